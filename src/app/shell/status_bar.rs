//! The status bar: what the machine offers, and what the profiler costs.
//! Always on screen.

use crate::analysis::numbers::text::{count, millis, per_second};
use crate::analysis::shell::capabilities::{self, Capability};
use crate::analysis::timeline::text::{cap_text, file_text, is_file_ended, kept_text, missing, missing_text};
use crate::app::frames::frame_loop;
use crate::app::state::signals::put;
use crate::app::state::store::Store;
use crate::recording::{FileState, Limits, LogFigures};
use crate::units::Bytes;
use leptos::prelude::*;

/// Own cost is read this often.
const COST_MS: f64 = 500.0;

/// The status bar: what the browser offers, and the recording's figures.
#[component]
pub fn StatusBar() -> impl IntoView {
    let store = Store::expect();
    let isolation = Memo::new(move |_| store.capabilities.with(capabilities::isolation));
    let threads = Memo::new(move |_| store.capabilities.with(capabilities::threads));
    let gpu_mode = store.figure(|metrics| metrics.gpu.mode.clone());
    let nn_mode = store.figure(|metrics| metrics.nn.mode.clone());
    let webgpu =
        Memo::new(move |_| store.capabilities.with(|found| capabilities::webgpu(&found.webgpu, &gpu_mode.get())));
    let webnn = Memo::new(move |_| store.capabilities.with(|found| capabilities::webnn(&found.webnn, &nn_mode.get())));
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
    frame_loop::every(COST_MS, move |_| {
        let text = millis(frame_loop::timings().script_ms_p95);
        put(cost, text);
    });
    let events = move || store.events_per_second.get().map_or_else(|| String::from("–"), per_second);
    let bytes = store.figure(|metrics| Bytes::new(metrics.own.profiler_bytes).to_string());
    view! {
        <dl class="status-costs">
            <Cost label="events" hint="Events of all threads that came to the recorder, over the last second." value=events/>
            <Kept/>
            <KeptFile/>
            <Cost label="profiler" hint="Recording, rings, boards, samples: memory of the profiler itself, outside all totals." value=move || bytes.get()/>
            <Cost label="own cost" hint="Script time of the page per frame, 95th percentile of the last 240." value=move || format!("{}/frame", cost.get())/>
        </dl>
    }
}

/// What the recording holds, and whether it holds everything.
#[component]
fn Kept() -> impl IntoView {
    let store = Store::expect();
    let figures = RwSignal::new((LogFigures::default(), Limits::default()));
    frame_loop::every(COST_MS, move |_| {
        let Some(engine) = store.engine.0.get_untracked() else { return };
        let new = (engine.event_log().figures(), engine.event_log().limits());
        put(figures, new);
    });
    let text = move || figures.with(|(figures, _)| kept_text(figures));
    let missing = move || figures.with(|(figures, _)| missing(figures));
    let hint = move || {
        figures.with(|(figures, limits)| format!("Recording: {}", cap_text(figures, limits.bytes, limits.when_full)))
    };
    view! {
        <div title=move || figures.with(|(figures, _)| missing_text(figures)) class:warn=move || missing() != 0>
            <dt>"missing"</dt>
            <dd>{move || count(missing())}</dd>
        </div>
        <div class="status-kept" title=hint class:warn=move || figures.with(|(figures, _)| figures.has_gaps())>
            <dt>"recorded"</dt>
            <dd>{text}</dd>
        </div>
    }
}

/// The run as a file: what becomes of it, where it is kept as one.
#[component]
fn KeptFile() -> impl IntoView {
    let store = Store::expect();
    let state = RwSignal::new(FileState::None);
    frame_loop::every(COST_MS, move |_| {
        if let Some(engine) = store.engine.0.get_untracked() {
            put(state, engine.event_log().file());
        }
    });
    move || {
        let (word, sentence) = file_text(state.get())?;
        let is_ended = is_file_ended(state.get());
        Some(view! { <div class="status-file" class:warn=is_ended title=sentence><dt>"file"</dt><dd>{word}</dd></div> })
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
