//! What the mark under the pointer stands for, as the chart's title.

use super::navigation::Timeline;
use super::rows::{MARKS, RULER};
use super::tracks_live::LiveTracks;
use crate::analysis::timeline::landmarks::Landmark;
use crate::analysis::timeline::text::event_text;
use crate::analysis::timeline::ticks::moment_at;
use web_sys::wasm_bindgen::JsCast;
use web_sys::{HtmlElement, PointerEvent};

/// As far from a mark as the pointer may be, CSS pixels.
const REACH: f64 = 3.0;
/// Events looked at: a pixel of a long run holds many.
const EVENTS_MAX: u64 = 1 << 18;

/// Writes it, or nothing where there is no mark.
pub(super) fn put(chart: &LiveTracks, event: &PointerEvent) {
    let (x, y) = (f64::from(event.offset_x()), f64::from(event.offset_y()));
    let is_on_marks = (RULER..RULER + MARKS).contains(&y);
    let scale = chart.scale.filter(|_| is_on_marks);
    let words = scale.and_then(|scale| words(chart.timeline, scale.place(x - REACH), scale.place(x + REACH)));
    let canvas = event.current_target().and_then(|target| target.dyn_into::<HtmlElement>().ok());
    let text = words.unwrap_or_default();
    if let Some(canvas) = canvas.filter(|canvas| canvas.title() != text) {
        canvas.set_title(&text);
    }
}

/// The first event that is worth a mark between two places.
fn words(timeline: Timeline, from: f64, to: f64) -> Option<String> {
    let [start, end] = [from, to].map(|place| timeline.position_at(place));
    // A position is after its event.
    let start = start.saturating_sub(1);
    timeline.recording.read(|reader, _| {
        let events = start..end.min(start.saturating_add(EVENTS_MAX));
        let mut marked = reader.scan(events, |kind| Landmark::MARKED.into_iter().any(|landmark| landmark.is_at(kind)));
        let event = reader.event(marked.next()?)?;
        let more = marked.next().map_or("", |_| " · and more");
        let names = timeline.recording.names_now();
        Some(format!("{} · {}{more}", moment_at(event.time_us, &names), event_text(&event, &names)))
    })
}
