//! The row of open runs: the engine's and one for each file, with how far it is read; and the
//! ways in and out.

use super::showing::{close, show};
use super::state::{OpenRun, Progress};
use crate::analysis::numbers::text::count;
use crate::app::attach::connecting;
use crate::app::frames::frame_loop;
use crate::app::shell::actions::Action;
use crate::app::state::signals::put;
use crate::app::state::store::Store;
use crate::app::widgets::action_button::ActionButton;
use crate::platform::runs::{Reading, RunSlot};
use crate::units::{Bytes, Ratio};
use leptos::prelude::*;

/// How far files are is looked at so often.
const PROGRESS_MS: f64 = 100.0;

/// The row.
#[component]
pub fn RunRow() -> impl IntoView {
    let store = Store::expect();
    let engines = move || match store.running.get() {
        true => "Engine · running",
        false => "Engine",
    };
    let is_engines = move || store.runs.shown.get() == RunSlot::ENGINE;
    view! {
        <div class="run-row">
            <nav class="run-list" aria-label="Open runs">
                <span class="run-item" class:shown=is_engines>
                    <button
                        type="button"
                        class="run-show"
                        title="The engine of this page, which may go on beside"
                        aria-pressed=move || is_engines().to_string()
                        on:click=move |_| show(store, RunSlot::ENGINE)
                    >{engines}</button>
                </span>
                <For each=move || store.runs.open.get() key=|run| run.clone() let(run)>{item(store, run)}</For>
            </nav>
            <div class="run-actions">
                <ActionButton action=Action::OpenFile class="small">"Open…"</ActionButton>
                <ActionButton action=Action::Attach class="small">"Attach…"</ActionButton>
                <ActionButton action=Action::Export class="small">"Save as…"</ActionButton>
                <ActionButton action=Action::Categories class="small">"Categories…"</ActionButton>
            </div>
        </div>
    }
}

fn item(store: Store, run: OpenRun) -> impl IntoView {
    let OpenRun { slot, name, progress, regrouped } = run;
    let is_shown = move || store.runs.shown.get() == slot;
    let close_label = match progress {
        Progress::Reading => format!("Cancel reading {name}"),
        Progress::Attached => format!("Stop recording {name}"),
        Progress::Whole(_) => format!("Close {name}"),
    };
    let (title, is_reading) = match &progress {
        Progress::Reading => (format!("{name}: being read"), true),
        Progress::Attached => (format!("{name}: recorded as it happens"), false),
        Progress::Whole(format) if regrouped.is_some() => (format!("{name}: {format}, categories by rules"), false),
        Progress::Whole(format) => (format!("{name}: {format}"), false),
    };
    let is_attached = progress == Progress::Attached;
    view! {
        <span class="run-item" class:shown=is_shown class:attached=is_attached>
            <button
                type="button"
                class="run-show"
                title=title
                aria-pressed=move || is_shown().to_string()
                on:click=move |_| show(store, slot)
            >
                <span class="run-file">{name.to_string()}</span>
                {is_reading.then(|| view! { <ReadingBar of=slot/> })}
            </button>
            <button type="button" class="run-close" aria-label=close_label.clone() title=close_label on:click=move |_| end_or_close(store, slot)>
                "×"
            </button>
        </span>
    }
}

/// A page that is recorded is let go first: what was received of it stays.
fn end_or_close(store: Store, slot: RunSlot) {
    if !connecting::stop(store, slot) {
        close(store, slot);
    }
}

/// How far a file is read.
#[component]
fn ReadingBar(of: RunSlot) -> impl IntoView {
    let reading = RwSignal::new(Reading::default());
    frame_loop::every(PROGRESS_MS, move |_| put(reading, of.reading()));
    let part = move || {
        let Reading { read_bytes, file_bytes, .. } = reading.get();
        Bytes::new(read_bytes).ratio_of(Bytes::new(file_bytes)).map_or(0.0, Ratio::get)
    };
    let words = move || {
        let Reading { read_bytes, file_bytes, events } = reading.get();
        format!("{} of {}, {} events", Bytes::new(read_bytes), Bytes::new(file_bytes), count(events))
    };
    view! {
        <span
            class="run-reading"
            role="progressbar"
            aria-label="Reading"
            aria-valuemin="0"
            aria-valuemax="100"
            aria-valuenow=move || format!("{:.0}", 100.0 * part())
            title=words
        >
            <i style:width=move || format!("{:.1}%", 100.0 * part())></i>
        </span>
    }
}
