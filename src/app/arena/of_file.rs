//! The parts of the Arena panel that only the engine's run fills: what is there of a run that
//! another tool recorded.

use crate::analysis::events::query::{EventQuery, Ops};
use crate::analysis::numbers::text::count;
use crate::app::state::store::Store;
use crate::app::widgets::card::Card;
use crate::telemetry::event::Op;
use leptos::prelude::*;

/// Failed allocations: their number, and the way to them.
#[component]
pub fn RefusalsOfFile() -> impl IntoView {
    let store = Store::expect();
    let failures = store.shown(|metrics| metrics.arena.failures_total);
    let words = move || match failures.get() {
        0 => String::from("No allocation failed up to this moment, as far as the file tells."),
        1 => String::from("1 allocation failed up to this moment."),
        failures => format!("{} allocations failed up to this moment.", count(failures)),
    };
    let show = move |_| store.show_events(EventQuery { ops: Ops::One(Op::ArenaFailure), ..EventQuery::default() });
    view! {
        <Card title="Failed allocations" class="tall">
            <p class="note">{words}</p>
            <Show when=move || failures.get() != 0>
                <p class="note"><button type="button" class="button" on:click=show>"Show them in Events"</button></p>
            </Show>
            <p class="dim note">"The file holds no guards, no budget and no refused calls by kind: these are of the engine alone."</p>
        </Card>
    }
}

/// Threads of a file are rows of the Timeline.
#[component]
pub fn ThreadsOfFile() -> impl IntoView {
    view! {
        <Card title="Threads" class="tall">
            <p class="note">
                "The Timeline has a row for each thread of the file, and Events a column. The file does not hold caches, waits for a lock and mutators: these are of the engine alone."
            </p>
        </Card>
    }
}
