//! Everything alive in a pool, one line each: sorted, filtered, copied. Only the
//! lines on screen are built.

use super::side::{Detail, Side};
use crate::analysis::moment;
use crate::analysis::numbers::text::count;
use crate::analysis::pool::live_table::{self, Choice, Column};
use crate::app::browser::files;
use crate::app::engine::console;
use crate::app::moment::figures::at_moment;
use crate::app::state::store::Store;
use crate::app::widgets::card::Card;
use crate::owner::Heap;
use crate::telemetry::pool_detail::ResourceRow;
use leptos::html;
use leptos::prelude::*;

/// Height of a line, as in the style sheet.
const LINE_PX: f64 = 24.0;

/// The card of what lives in the pool, by size class and usage.
#[component]
pub fn LiveCard(
    /// Which pool.
    side: RwSignal<Side>,
    /// What the engine answered last.
    detail: Detail,
) -> impl IntoView {
    let store = Store::expect();
    let choice = RwSignal::new(Choice::default());
    let past = past_rows(detail);
    let read = move |read: &dyn Fn(&[ResourceRow]) -> Vec<ResourceRow>| {
        past.with(|past| match past {
            Some(past) => read(&past[side.get() as usize]),
            None => detail.with(|detail| read(&side.get().detail(detail).resources)),
        })
    };
    let all = Memo::new(move |_| {
        past.with(|past| match past {
            Some(past) => past[side.get() as usize].len(),
            None => detail.with(|detail| side.get().detail(detail).resources.len()),
        })
    });
    let selection = store.selected.now;
    let rows = Memo::new(move |_| {
        choice.with(|choice| selection.with(|selection| read(&|rows| live_table::chosen(rows, choice, selection))))
    });
    let shown = move || format!("{} of {}", count(rows.with(Vec::len) as u64), count(all.get() as u64));
    let copy = move |_| {
        let text = rows.with_untracked(|rows| live_table::copied(rows));
        console::spawn(store, async move { files::copy(text).await });
    };
    let tools = move || {
        view! {
            <span aria-live="polite">{shown}</span>
            <label class="setting live-filter" title="Words that must all occur: idle sky rgba8">
                <span class="setting-label">"Filter"</span>
                <input
                    type="search"
                    aria-label="Filter live resources"
                    prop:value=move || choice.with_untracked(|choice| choice.filter.clone())
                    on:input:target=move |event| {
                        let filter = event.target().value();
                        choice.update(|choice| choice.filter = filter);
                    }
                />
            </label>
            <button type="button" class="button" title="Copy these lines, tab-separated, with exact bytes" on:click=copy>"Copy"</button>
        }
    };
    view! {
        <Card title="Live, by owner" class="live-card" figures=tools>
            <Lines rows choice/>
            <Show when=move || rows.with(Vec::is_empty)>
                <p class="dim note">{move || if all.get() == 0 { "Nothing is alive in this pool." } else { "No line has all of these words." }}</p>
            </Show>
        </Card>
    }
}

/// What was alive at the selected moment, in both pools.
fn past_rows(detail: Detail) -> RwSignal<Option<[Vec<ResourceRow>; 2]>> {
    let names = Store::expect().names;
    at_moment(move |reader, state| {
        let names = names.get_untracked();
        detail.with_untracked(|detail| {
            let rows = |heap, side: Side| {
                moment::tables::resources((reader, &names), state, heap, &side.detail(detail).resources)
            };
            [rows(Heap::Device, Side::Gpu), rows(Heap::Npu, Side::Tensors)]
        })
    })
}

#[component]
fn Lines(rows: Memo<Vec<ResourceRow>>, choice: RwSignal<Choice>) -> impl IntoView {
    let store = Store::expect();
    let body = NodeRef::<html::Div>::new();
    let (scrolled, height) = (RwSignal::new(0.0), RwSignal::new(400.0));
    let window = Memo::new(move |_| live_table::window(rows.with(Vec::len), LINE_PX, scrolled.get(), height.get()));
    let on_scroll = move |_| {
        if let Some(body) = body.get_untracked() {
            scrolled.set(f64::from(body.scroll_top()));
            height.set(f64::from(body.client_height()));
        }
    };
    let above = move || format!("{}px", window.get().start as f64 * LINE_PX);
    let below = move || format!("{}px", (rows.with(Vec::len) - window.get().end) as f64 * LINE_PX);
    let lines = move || {
        let now_us = store.shown_us();
        let window = window.get();
        rows.with(|rows| {
            rows[window.clone()].iter().zip(window).map(|(row, index)| line(row, index, now_us)).collect_view()
        })
    };
    view! {
        <div class="live-table" role="table" aria-label="Live resources" aria-rowcount=move || (rows.with(Vec::len) + 1).to_string()>
            <div role="rowgroup">
                <div class="live-row live-head" role="row">{Column::ALL.map(|column| head(column, choice)).collect_view()}</div>
            </div>
            <div
                class="live-body"
                role="rowgroup"
                tabindex="0"
                aria-label="Lines"
                node_ref=body
                on:scroll=on_scroll
                style:padding-top=above
                style:padding-bottom=below
            >
                {lines}
            </div>
        </div>
    }
}

fn head(column: Column, choice: RwSignal<Choice>) -> impl IntoView {
    let direction = move || {
        choice
            .with(|choice| (choice.by == column).then_some(if choice.descending { "descending" } else { "ascending" }))
    };
    let mark = move || direction().map_or("", |direction| if direction == "descending" { " ↓" } else { " ↑" });
    view! {
        <div role="columnheader" class:number=column.is_number() aria-sort=move || direction().unwrap_or("none")>
            <button
                type="button"
                class="head-button"
                title=format!("{}. Press to sort.", column.hint())
                on:click=move |_| choice.update(|choice| choice.toggle(column))
            >
                {column.label()}<span aria-hidden="true">{mark}</span>
            </button>
        </div>
    }
}

fn line(row: &ResourceRow, index: usize, now_us: u64) -> impl IntoView + use<> {
    let chip = format!("chip chip-{}", row.category.key());
    let cells = live_table::cells(row, now_us);
    let cell = |(column, text): (Column, String)| {
        let chip = (column == Column::Owner).then(|| view! { <i class=chip.clone() aria-hidden="true"></i> });
        let title = matches!(column, Column::Kind | Column::Owner).then(|| text.clone());
        view! { <div role="cell" class:number=column.is_number() title=title>{chip}{text}</div> }
    };
    view! {
        <div class="live-row" role="row" aria-rowindex=(index + 2).to_string()>
            {Column::ALL.into_iter().zip(cells).map(cell).collect_view()}
        </div>
    }
}
