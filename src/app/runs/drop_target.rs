//! Files dropped anywhere on the page.

use super::opening::open_all;
use crate::app::state::store::Store;
use leptos::ev;
use leptos::prelude::*;
use wasm_bindgen::JsValue;

/// Takes files that are dropped on the page, and says so while they are over it.
#[component]
pub fn DropTarget() -> impl IntoView {
    let store = Store::expect();
    let is_over = RwSignal::new(false);
    let over = window_event_listener(ev::dragover, move |event| {
        if holds_files(&event) {
            event.prevent_default();
            is_over.set(true);
        }
    });
    let left = window_event_listener(ev::dragleave, move |event| {
        // Of the window itself, not from one element to another.
        if event.related_target().is_none() {
            is_over.set(false);
        }
    });
    let dropped = window_event_listener(ev::drop, move |event| {
        is_over.set(false);
        if let Some(transfer) = transfer_of(&event).filter(|_| holds_files(&event)) {
            event.prevent_default();
            open_all(store, &transfer);
        }
    });
    on_cleanup(move || {
        over.remove();
        left.remove();
        dropped.remove();
    });
    view! {
        <Show when=move || is_over.get()>
            <div class="drop-target" aria-hidden="true">
                <p>"Drop to open: a recording of any known tool, or a snapshot"</p>
            </div>
        </Show>
    }
}

fn transfer_of(event: &web_sys::DragEvent) -> Option<JsValue> {
    js_sys::Reflect::get(event, &"dataTransfer".into()).ok().filter(JsValue::is_object)
}

/// Whether files are dragged, not a selection of text.
fn holds_files(event: &web_sys::DragEvent) -> bool {
    let types = transfer_of(event).and_then(|transfer| js_sys::Reflect::get(&transfer, &"types".into()).ok());
    types.is_some_and(|types| js_sys::Array::from(&types).includes(&"Files".into(), 0))
}
