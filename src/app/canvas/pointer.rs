//! What gestures on all charts have in common: how far is a drag, how much a wheel turns,
//! whose it is, and who hears of a pointer that leaves while it is down.

use leptos::prelude::document;
use wasm_bindgen::JsCast;
use web_sys::{Element, PointerEvent, WheelEvent};

/// Less than this is a click, CSS pixels.
pub(crate) const CLICK_PX: f64 = 4.0;
/// A window gets wider by this factor of e for each pixel of a wheel.
const ZOOM_PER_PX: f64 = 0.002;
/// A pinch comes as a wheel with Ctrl, in smaller steps.
const ZOOM_PER_PINCH: f64 = 0.01;
/// One line of a wheel that counts lines, CSS pixels.
const LINE_PX: f64 = 16.0;

/// How far a wheel was turned, CSS pixels: across, then down.
pub(crate) fn turned(event: &WheelEvent) -> (f64, f64) {
    let unit = if event.delta_mode() == WheelEvent::DOM_DELTA_LINE { LINE_PX } else { 1.0 };
    (event.delta_x() * unit, event.delta_y() * unit)
}

/// By how much a window gets wider with a wheel turned so far down: less than 1 where it
/// gets narrower. A pinch on a trackpad has the same pace on all charts.
pub(crate) fn zoom_factor(event: &WheelEvent, down_px: f64) -> f64 {
    let pace = if event.ctrl_key() { ZOOM_PER_PINCH } else { ZOOM_PER_PX };
    (down_px * pace).exp()
}

/// Whether a wheel is the chart's: sideways, with Shift or Ctrl, over a chart that has the
/// focus, or where nothing around it scrolls. Otherwise it scrolls the page.
pub(crate) fn is_for_chart(event: &WheelEvent) -> bool {
    let (across, down) = turned(event);
    let is_held = event.ctrl_key() || event.shift_key();
    let Some(chart) = event.target().and_then(|target| target.dyn_into::<Element>().ok()) else { return true };
    let has_focus = document().active_element().as_ref() == Some(&chart);
    is_held || across.abs() > down.abs() || has_focus || !is_in_scroller(&chart)
}

fn is_in_scroller(chart: &Element) -> bool {
    let mut around = core::iter::successors(chart.parent_element(), |element| element.parent_element());
    around.any(|element| element.scroll_height() > element.client_height() + 1 && scrolls(&element))
}

/// By its style: what is only cut off does not scroll.
fn scrolls(element: &Element) -> bool {
    let style = web_sys::window().and_then(|window| window.get_computed_style(element).ok()).flatten();
    let overflow = style.and_then(|style| style.get_property_value("overflow-y").ok());
    overflow.is_some_and(|overflow| matches!(&*overflow, "auto" | "scroll"))
}

/// The chart hears of the pointer until it is released, wherever it goes.
pub(crate) fn capture(event: &PointerEvent) {
    if let Some(canvas) = event.target().and_then(|target| target.dyn_into::<Element>().ok()) {
        // Refused only for a pointer that is already gone.
        let _ = canvas.set_pointer_capture(event.pointer_id());
    }
}
