//! In the place of a panel that is the engine's alone, while the run of a file is shown.

use super::showing::show;
use crate::app::state::place::Tab;
use crate::app::state::store::Store;
use crate::platform::runs::RunSlot;
use leptos::prelude::*;

/// Whether a panel shows nothing of a file's run.
pub const fn is_engines(tab: Tab) -> bool {
    matches!(tab, Tab::GpuPool | Tab::Budget)
}

/// Why the panel is empty, and the way to the run that fills it.
#[component]
pub fn Absent(
    /// The panel that would be here.
    tab: Tab,
) -> impl IntoView {
    let store = Store::expect();
    let name = move || store.runs.shown_file().map(|run| run.name.to_string()).unwrap_or_default();
    let why = match tab {
        Tab::Budget => "limits, reservations and refusals of a budget are those of the engine on this page",
        _ => "hits, misses and idle buffers of a pool are those of the engine on this page",
    };
    view! {
        <section class="empty absent">
            <p>{move || format!("{} was recorded by another tool, and its format does not hold this: {why}.", name())}</p>
            <button type="button" class="button" on:click=move |_| show(store, RunSlot::ENGINE)>
                "Show the engine's run"
            </button>
        </section>
    }
}
