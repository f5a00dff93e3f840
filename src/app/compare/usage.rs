//! Live bytes of both runs on one axis.

use crate::analysis::compare::comparison::UsageCurves;
use crate::analysis::compare::usage::{COLUMNS, Curve};
use crate::analysis::compare::usage_plot::{HEIGHT, UsagePlot, WIDTH, column_at, moment_at, moved, plot, reading};
use crate::analysis::compare::{Comparison, Told};
use crate::app::state::store::Store;
use crate::app::widgets::card::Card;
use crate::units::Bytes;
use leptos::prelude::*;
use std::sync::Arc;
use wasm_bindgen::JsCast;
use web_sys::{Element, KeyboardEvent, MouseEvent};

/// The card "Usage over both runs".
pub fn usage_card(comparison: &Comparison) -> impl IntoView + use<> {
    let has_times = comparison.before.has_times && comparison.after.has_times;
    let content = match &comparison.usage {
        Told::Missing(why) => view! { <p class="note dim">{format!("Not compared: {why}.")}</p> }.into_any(),
        Told::Compared(usage) => view! { <Curves usage=Arc::new(usage.clone()) has_times/> }.into_any(),
    };
    let title = if comparison.is_one_run { "Usage over the run" } else { "Usage over both runs" };
    view! { <Card title>{content}</Card> }
}

#[component]
fn Curves(usage: Arc<UsageCurves>, has_times: bool) -> impl IntoView {
    let store = Store::expect();
    let drawn = plot(&usage, has_times);
    let label = label(&usage);
    let usage = StoredValue::new(usage);
    let pointed = RwSignal::new(None::<usize>);
    let said = move || match pointed.get() {
        Some(column) => usage.with_value(|usage| reading(usage, column, has_times)),
        None => "Point at the chart, or focus it and use the arrows; a click or Enter compares both there.".into(),
    };
    let compare = move |column: usize| {
        let moment = usage.with_value(|usage| moment_at(usage, column)).to_string();
        // Of a snapshot there is but one moment.
        store.compare.chosen.iter().for_each(|chosen| chosen.update(|chosen| chosen.moment.clone_from(&moment)));
    };
    let on_key = move |event: KeyboardEvent| {
        let column = pointed.get_untracked();
        match (event.key().as_str(), column) {
            ("Enter", Some(column)) => compare(column),
            (key, _) => match moved(column.unwrap_or(COLUMNS / 2), key) {
                Some(next) => pointed.set(Some(next)),
                None => return,
            },
        }
        event.prevent_default();
        event.stop_propagation();
    };
    let at = |event: &MouseEvent| {
        let chart = event.current_target().and_then(|target| target.dyn_into::<Element>().ok());
        let place = chart.map(|chart| chart.get_bounding_client_rect());
        place
            .filter(|place| place.width() > 0.0)
            .map(|place| column_at(((f64::from(event.client_x()) - place.left()) / place.width()).clamp(0.0, 1.0)))
    };
    view! {
        <div class="compare-legend">
            <span aria-hidden="true"><i class="compare-line before"></i>"before"</span>
            <span aria-hidden="true"><i class="compare-line after"></i>"after"</span>
            <span class="dim" role="status">{said}</span>
        </div>
        <div
            class="compare-usage"
            tabindex="0"
            role="group"
            aria-label=label
            on:keydown=on_key
            on:mousemove=move |event| pointed.set(at(&event))
            on:mouseleave=move |_| pointed.set(None)
            on:click=move |event| at(&event).into_iter().for_each(compare)
        >
            {chart(drawn, pointed)}
        </div>
    }
}

/// What it shows, for those who hear the page.
fn label(usage: &UsageCurves) -> String {
    let peak = |curve: &Option<Curve>| {
        let most = curve.as_ref().and_then(|curve| curve.columns.iter().map(|extent| extent.high_bytes).max());
        most.map_or_else(|| "not told".into(), |bytes| Bytes::new(bytes).to_string())
    };
    let align = usage.align.label().to_lowercase();
    let (before, after) = (peak(&usage.before), peak(&usage.after));
    format!("Live bytes aligned by {align}: most before {before}, most after {after}")
}

fn chart(plot: UsagePlot, pointed: RwSignal<Option<usize>>) -> impl IntoView {
    let percent = |part: f64, of: f64| format!("{:.2}%", 100.0 * part / of);
    let moment = |(at, class): (Option<f64>, &'static str)| {
        at.map(|x| view! { <line class=class x1=x x2=x y1="0" y2=HEIGHT vector-effect="non-scaling-stroke"></line> })
    };
    let level = |(y, _): &(f64, String)| {
        view! { <line class="compare-level" x1="0" x2=WIDTH y1=*y y2=*y vector-effect="non-scaling-stroke"></line> }
    };
    let [before, after] = plot.moments;
    let cursor = move || pointed.get().map(|column| percent(column as f64 + 0.5, COLUMNS as f64));
    view! {
        <svg aria-hidden="true" viewBox=format!("0 0 {WIDTH} {HEIGHT}") preserveAspectRatio="none">
            {plot.levels.iter().map(level).collect_view()}
            <path class="compare-area before" d=plot.before vector-effect="non-scaling-stroke"></path>
            <path class="compare-area after" d=plot.after vector-effect="non-scaling-stroke"></path>
            {[(before, "compare-moment-line before"), (after, "compare-moment-line after")].map(moment).collect_view()}
        </svg>
        <i class="compare-cursor" class:hidden=move || cursor().is_none() style:left=move || cursor().unwrap_or_default()></i>
        <div class="compare-levels" aria-hidden="true">
            {plot.levels.iter().map(|(y, text)| view! { <span style:top=percent(*y, HEIGHT)>{text.clone()}</span> }).collect_view()}
        </div>
        <div class="compare-ticks" aria-hidden="true">
            {plot.ticks.iter().map(|(x, text)| view! { <span style:left=percent(*x, WIDTH)>{text.clone()}</span> }).collect_view()}
        </div>
    }
}
