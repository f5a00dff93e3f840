//! Asks before a run is dropped: undo does not bring one back.

use crate::app::engine::console;
use crate::app::engine::recordings;
use crate::app::engine::rpc;
use crate::app::state::store::Store;
use crate::telemetry::notice::Level;
use crate::units::Micros;
use leptos::prelude::*;

/// The question, with a way to keep the recording.
#[component]
pub fn Reset() -> impl IntoView {
    let store = Store::expect();
    let lost = store.metrics.with_untracked(|metrics| Micros::new(metrics.time_us));
    let close = move || store.dialog.set(None);
    let reset = move |_| {
        close();
        console::spawn(store, async move { rpc::reset(store).await });
    };
    let keep_and_reset = move |_| {
        close();
        console::spawn(store, async move {
            // Nothing is dropped where it could not be kept.
            recordings::save(store).await?;
            console::note(store, Level::Info, "the recording was kept: Snapshots lists it", None);
            rpc::reset(store).await
        });
    };
    view! {
        <header class="dialog-head"><h2>"Drop this run?"</h2></header>
        <p class="dialog-text">{format!("{lost} of it would be gone from every panel, and undo does not bring it back.")}</p>
        <div class="dialog-actions">
            <button type="button" class="button" on:click=keep_and_reset title="Writes what is recorded into the browser's storage first">
                "Keep the recording, then reset"
            </button>
            <button type="button" class="button" on:click=move |_| close()>"Cancel"</button>
            <button type="button" class="button primary" autofocus on:click=reset>"Reset"</button>
        </div>
    }
}
