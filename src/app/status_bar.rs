//! The status bar: what the machine offers, and what the profiler costs.
//! Always on screen.

use super::frame;
use super::link;
use super::signals::put;
use super::store::Store;
use crate::analysis::table_capabilities::{self, Capability};
use crate::analysis::table_numbers::{count, millis, per_second};
use crate::analysis::timeline_words::{cap_words, kept_words};
use crate::recording::{Limits, LogFigures};
use crate::units::Bytes;
use leptos::prelude::*;

/// Own cost is read this often.
const COST_MS: f64 = 500.0;

/// The status bar.
#[component]
pub fn StatusBar() -> impl IntoView {
    let store = Store::expect();
    let isolation = Memo::new(move |_| store.capabilities.with(table_capabilities::isolation));
    let threads = Memo::new(move |_| store.capabilities.with(table_capabilities::threads));
    let gpu_mode = store.figure(|metrics| metrics.gpu.mode.clone());
    let nn_mode = store.figure(|metrics| metrics.nn.mode.clone());
    let webgpu =
        Memo::new(move |_| store.capabilities.with(|found| table_capabilities::webgpu(&found.webgpu, &gpu_mode.get())));
    let webnn =
        Memo::new(move |_| store.capabilities.with(|found| table_capabilities::webnn(&found.webnn, &nn_mode.get())));
    view! {
        <footer class="status" aria-label="Status">
            <ul class="status-capabilities" aria-label="Capabilities">
                <Show when=move || store.engine.0.with(Option::is_some) fallback=|| view! { <li class="dim">"no engine"</li> }>
                    <Light name="isolation" found=isolation/>
                    <Light name="threads" found=threads/>
                    <Light name="webgpu" found=webgpu/>
                    <Light name="webnn" found=webnn/>
                </Show>
            </ul>
            <Costs/>
        </footer>
    }
}

/// One capability: a dot, a few words, and the whole sentence on hover or focus.
#[component]
fn Light(name: &'static str, found: Memo<Capability>) -> impl IntoView {
    let id = format!("capability-{name}");
    view! {
        <li class="capability">
            <button type="button" class="capability-label" aria-describedby=id.clone()>
                <i class=move || format!("dot dot-{}", found.with(|found| found.light.word())) aria-hidden="true"></i>
                {move || found.with(|found| found.label.clone())}
            </button>
            <span class="tooltip" role="tooltip" id=id>{move || found.with(|found| found.detail.clone())}</span>
        </li>
    }
}

#[component]
fn Costs() -> impl IntoView {
    let store = Store::expect();
    let cost = RwSignal::new(String::from("–"));
    link::every(COST_MS, move |_| {
        let text = millis(frame::timings().script_ms_p95);
        put(cost, text);
    });
    let events = move || store.events_per_second.get().map_or_else(|| String::from("–"), per_second);
    let lost = store.figure(|metrics| metrics.own.events_lost_total);
    let bytes = store.figure(|metrics| Bytes::new(metrics.own.profiler_bytes).to_string());
    view! {
        <dl class="status-costs">
            <Cost label="events" hint="Events of all threads that came to the recorder, over the last second." value=events/>
            <div title="Events that found a full ring: gaps in the recorder's count." class:warn=move || lost.get() != 0>
                <dt>"lost"</dt>
                <dd>{move || count(lost.get())}</dd>
            </div>
            <Kept/>
            <Cost label="profiler" hint="Rings, boards, samples: memory of the profiler itself, outside all totals." value=move || bytes.get()/>
            <Cost label="own cost" hint="Script time of the page per frame, 95th percentile of the last 240." value=move || format!("{}/frame", cost.get())/>
        </dl>
    }
}

/// What the recording holds, and whether it holds everything.
#[component]
fn Kept() -> impl IntoView {
    let store = Store::expect();
    let figures = RwSignal::new((LogFigures::default(), Limits::default()));
    link::every(COST_MS, move |_| {
        let Some(engine) = store.engine.0.get_untracked() else { return };
        let new = (engine.event_log().figures(), engine.event_log().limits());
        put(figures, new);
    });
    let text = move || figures.with(|(figures, _)| kept_words(figures));
    let hint = move || {
        figures.with(|(figures, limits)| format!("Recording: {}", cap_words(figures, limits.bytes, limits.when_full)))
    };
    view! {
        <div class="status-kept" title=hint class:warn=move || figures.with(|(figures, _)| figures.has_gaps())>
            <dt>"recorded"</dt>
            <dd>{text}</dd>
        </div>
    }
}

#[component]
fn Cost(label: &'static str, hint: &'static str, value: impl Fn() -> String + Send + Sync + 'static) -> impl IntoView {
    view! {
        <div title=hint>
            <dt>{label}</dt>
            <dd>{value}</dd>
        </div>
    }
}
