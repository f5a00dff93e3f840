//! A histogram with a base-2 axis, in HTML: few bars, which change rarely.
//! Hover or the arrow keys read one of them.

use crate::analysis::chart::log_bars::LogBars;
use crate::analysis::numbers::text::count;
use leptos::prelude::*;

/// The bars of a histogram, with read-out, both axes and the table behind.
#[component]
pub fn Histogram(
    /// Its name, for the table and for who hears the page.
    title: &'static str,
    /// Bars by power of two.
    bars: Memo<LogBars>,
) -> impl IntoView {
    let at = RwSignal::new(None::<usize>);
    let spoken = RwSignal::new(String::new());
    let length = Memo::new(move |_| bars.with(|bars| bars.bars.len()));
    let words = move || at.get().and_then(|at| bars.with(|bars| bars.bar_text(at)));
    let readout = move || words().unwrap_or_else(|| bars.with(|bars| bars.summary.clone()));
    let step = move |event: web_sys::KeyboardEvent| {
        let last = length.get_untracked().saturating_sub(1);
        let moved = moved_to(&event.key(), at.get_untracked(), last);
        let Some(moved) = moved else { return };
        event.prevent_default();
        event.stop_propagation();
        at.set(moved);
        spoken.set(words().unwrap_or_default());
    };
    let scale = move |part: f64| bars.with(|bars| count((bars.top as f64 * part) as u64));
    view! {
        <div class="histogram">
            <p class="histogram-readout">{readout}</p>
            <div class="histogram-scale" aria-hidden="true"><span>{move || scale(1.0)}</span><span>"0"</span></div>
            <div
                class="histogram-plot"
                role="img"
                tabindex="0"
                aria-label=move || format!("{title}: {}", bars.with(|bars| bars.summary.clone()))
                aria-description="Left and right arrow keys read one bar after the other"
                on:keydown=step
                on:pointerleave=move |_| at.set(None)
                on:blur=move |_| at.set(None)
            >
                {move || (0..length.get()).map(|index| bar(bars, at, index)).collect_view()}
            </div>
            <div class="histogram-ticks" aria-hidden="true">
                {move || (0..length.get()).map(|index| tick(bars, index)).collect_view()}
            </div>
            <p class="unseen" aria-live="polite">{spoken}</p>
            {table(title, bars)}
        </div>
    }
}

fn moved_to(key: &str, at: Option<usize>, last: usize) -> Option<Option<usize>> {
    match key {
        "ArrowRight" => Some(Some(at.map_or(0, |at| (at + 1).min(last)))),
        "ArrowLeft" => Some(Some(at.map_or(last, |at| at.saturating_sub(1)))),
        "Home" => Some(Some(0)),
        "End" => Some(Some(last)),
        "Escape" if at.is_some() => Some(None),
        _ => None,
    }
}

fn bar(bars: Memo<LogBars>, at: RwSignal<Option<usize>>, index: usize) -> impl IntoView {
    let height = move || bars.with(|bars| bars.bars.get(index).map_or(0.0, |bar| bar.part * 100.0));
    let is_counted = move || bars.with(|bars| bars.bars.get(index).is_some_and(|bar| bar.count > 0));
    view! {
        <div class="histogram-bar" class:read=move || at.get() == Some(index) on:pointerenter=move |_| at.set(Some(index))>
            <i class:counted=is_counted style:height=move || format!("{:.2}%", height())></i>
        </div>
    }
}

fn tick(bars: Memo<LogBars>, index: usize) -> impl IntoView {
    let label = bars.with_untracked(|bars| bars.bars.get(index).and_then(|bar| bar.tick.clone()));
    view! { <span>{label}</span> }
}

fn table(title: &'static str, bars: Memo<LogBars>) -> impl IntoView {
    let open = RwSignal::new(false);
    let rows = move || {
        let row =
            |(range, number): (String, u64)| view! { <tr><th scope="row">{range}</th><td>{count(number)}</td></tr> };
        let rows = bars.with(|bars| bars.bars.iter().map(|bar| (bar.range.clone(), bar.count)).collect::<Vec<_>>());
        rows.into_iter().map(row).collect_view()
    };
    view! {
        <details class="chart-table" on:toggle=move |_| open.update(|open| *open = !*open)>
            <summary aria-label=format!("Show data table: {title}") title="Show data table">"Table"</summary>
            <div class="chart-table-scroll" tabindex="0" role="region" aria-label=format!("{title}: data table")>
                <table>
                    <thead><tr><th scope="col">"Range"</th><th scope="col">"Count"</th></tr></thead>
                    <tbody>{move || open.get().then(rows)}</tbody>
                </table>
            </div>
        </details>
    }
}
