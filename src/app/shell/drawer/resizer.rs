//! The edge of the drawer: dragged, or moved with the arrow keys.

use crate::app::browser::storage;
use crate::app::state::store::Store;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Element, KeyboardEvent, PointerEvent};

const NAME: &str = "drawer-height";
/// The least height of the drawer, CSS pixels.
const LEAST: f64 = 56.0;
const USUAL: f64 = 106.0;
const MOST: f64 = 560.0;
const KEY_STEP: f64 = 16.0;

/// The remembered height, written back on every change.
pub(super) fn recalled_height() -> RwSignal<f64> {
    let recalled = storage::recall(NAME).and_then(|text| text.parse().ok()).filter(|height: &f64| height.is_finite());
    let height = RwSignal::new(recalled.unwrap_or(USUAL).clamp(LEAST, MOST));
    Effect::new(move || storage::remember(NAME, &height.get().to_string()));
    height
}

/// The drawer's upper edge, which is dragged, by pointer or by keys.
#[component]
pub fn Resizer(
    /// The height it changes, CSS pixels.
    height: RwSignal<f64>,
) -> impl IntoView {
    let store = Store::expect();
    // Pointer position and height when the drag began.
    let grip = StoredValue::new(None::<(f64, f64)>);
    let set = move |wanted: f64| height.set(wanted.clamp(LEAST, MOST).round());
    let drag = move |event: PointerEvent| {
        if let Some((from_y, from_height)) = grip.get_value() {
            set(from_height + from_y - f64::from(event.client_y()));
        }
    };
    view! {
        <div
            class="resizer"
            class:hidden=move || !store.drawer_open.get()
            role="separator"
            aria-orientation="horizontal"
            aria-label="Height of the drawer"
            aria-valuemin=LEAST
            aria-valuemax=MOST
            aria-valuenow=height
            tabindex="0"
            on:pointerdown=move |event| {
                capture(&event);
                grip.set_value(Some((f64::from(event.client_y()), height.get_untracked())));
            }
            on:pointermove=drag
            on:pointerup=move |_| grip.set_value(None)
            on:pointercancel=move |_| grip.set_value(None)
            on:dblclick=move |_| set(USUAL)
            on:keydown=move |event| {
                if let Some(wanted) = height_for(&event, height.get_untracked()) {
                    event.prevent_default();
                    set(wanted);
                }
            }
        ></div>
    }
}

/// The drag goes on outside the thin edge.
fn capture(event: &PointerEvent) {
    let edge = event.current_target().and_then(|target| target.dyn_into::<Element>().ok());
    if let Some(edge) = edge {
        // Fails only for a pointer that is gone already; then there is no drag.
        let _ = edge.set_pointer_capture(event.pointer_id());
    }
}

fn height_for(event: &KeyboardEvent, height: f64) -> Option<f64> {
    match event.key().as_str() {
        "ArrowUp" => Some(height + KEY_STEP),
        "ArrowDown" => Some(height - KEY_STEP),
        "Home" => Some(LEAST),
        "End" => Some(MOST),
        _ => None,
    }
}
