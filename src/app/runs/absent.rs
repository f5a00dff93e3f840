//! In the place of the panel that is the engine's alone, while the run of a file is shown.

use super::showing::show;
use crate::app::state::store::Store;
use crate::platform::runs::RunSlot;
use leptos::prelude::*;

/// Why the panel is empty, and the way to the run that fills it.
#[component]
pub fn Absent() -> impl IntoView {
    let store = Store::expect();
    let name = move || store.runs.shown_file().map(|run| run.name.to_string()).unwrap_or_default();
    let why = "hits, misses and idle buffers of a pool are those of the engine on this page";
    view! {
        <section class="empty absent">
            <p>{move || format!("{} was recorded by another tool, and its format does not hold this: {why}.", name())}</p>
            <button type="button" class="button" on:click=move |_| show(store, RunSlot::ENGINE)>
                "Show the engine's run"
            </button>
        </section>
    }
}
