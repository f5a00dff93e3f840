//! The Snapshots panel: documents taken and opened, recordings in the browser's storage,
//! and the differences of two documents.

use super::recordings::RecordingsCard;
use super::snapshot_compare::CompareCard;
use super::snapshot_list::ListCard;
use crate::app::store::Store;
use crate::app::{files, link, snapshots};
use leptos::html::Input;
use leptos::prelude::*;
use wasm_bindgen::JsValue;

/// Reads a chosen or dropped file onto the shelf.
pub(super) fn open_first(store: Store, holder: &JsValue) {
    let Some(file) = files::first_of(holder) else { return };
    link::spawn(store, async move {
        let (name, text) = files::read(file).await?;
        snapshots::open(store, name, text)
    });
}

/// The panel; files may be dropped anywhere on it.
#[component]
pub fn Snapshots() -> impl IntoView {
    let store = Store::expect();
    let over = RwSignal::new(false);
    let dropped = move |event: leptos::ev::DragEvent| {
        event.prevent_default();
        over.set(false);
        let transfer = js_sys::Reflect::get(&event, &"dataTransfer".into());
        if let Some(transfer) = transfer.ok().filter(JsValue::is_object) {
            open_first(store, &transfer);
        }
    };
    view! {
        <div
            class="stack drop-zone"
            class:over=over
            on:dragover=move |event| { event.prevent_default(); over.set(true); }
            on:dragleave=move |_| over.set(false)
            on:drop=dropped
        >
            <ListCard/>
            <RecordingsCard/>
            <CompareCard/>
        </div>
    }
}

/// A button that opens a file.
#[component]
pub fn OpenButton() -> impl IntoView {
    let store = Store::expect();
    let input = NodeRef::<Input>::new();
    view! {
        <button
            type="button"
            class="button"
            title="Open a document that was saved before, or drop it anywhere on this panel"
            on:click=move |_| if let Some(input) = input.get_untracked() { input.click() }
        >
            "Open file"
        </button>
        <input
            class="hidden"
            type="file"
            accept=".json,application/json"
            aria-label="File to open"
            tabindex="-1"
            node_ref=input
            on:change:target=move |event| {
                open_first(store, &event.target());
                // So that the same file can be chosen again.
                event.target().set_value("");
            }
        />
    }
}
