//! What gestures on all charts have in common: how far is a drag, how much a wheel turns,
//! and who hears of a pointer that leaves while it is down.

use wasm_bindgen::JsCast;
use web_sys::{Element, PointerEvent, WheelEvent};

/// Less than this is a click, CSS pixels.
pub(super) const CLICK_PX: f64 = 4.0;
/// A window gets wider by this factor of e for each pixel of a wheel.
pub(super) const ZOOM_PER_PX: f64 = 0.002;
/// One line of a wheel that counts lines, CSS pixels.
const LINE_PX: f64 = 16.0;

/// How far a wheel was turned, CSS pixels: across, then down.
pub(super) fn turned(event: &WheelEvent) -> (f64, f64) {
    let unit = if event.delta_mode() == WheelEvent::DOM_DELTA_LINE { LINE_PX } else { 1.0 };
    (event.delta_x() * unit, event.delta_y() * unit)
}

/// The chart hears of the pointer until it is released, wherever it goes.
pub(super) fn capture(event: &PointerEvent) {
    if let Some(canvas) = event.target().and_then(|target| target.dyn_into::<Element>().ok()) {
        // Refused only for a pointer that is already gone.
        let _ = canvas.set_pointer_capture(event.pointer_id());
    }
}
