//! A setting that differs from the run in progress: begin anew with it.

use crate::app::engine::console;
use crate::app::engine::rpc;
use crate::app::run;
use crate::app::state::store::Store;
use leptos::prelude::*;

/// Says that `argument` waits for the next start, and offers one.
#[component]
pub fn Again(
    /// The setting, by the name of the scripting interface.
    argument: &'static str,
) -> impl IntoView {
    let store = Store::expect();
    let waits = Memo::new(move |_| run::settings::differs(store, argument));
    let again = move |_| {
        let config = store.chosen.get_untracked();
        console::spawn(store, async move { rpc::start(store, config).await.map(drop) });
    };
    view! {
        <span class="again" class:hidden=move || !waits.get()>
            <span class="warn">"Applies at the next start."</span>
            <button type="button" class="button" title="Drop this run and start one with what is chosen" on:click=again>
                "Start again"
            </button>
        </span>
    }
}
