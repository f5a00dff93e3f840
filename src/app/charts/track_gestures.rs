//! Pointer and wheel on the timeline: the axis and a click move the moment, a
//! drag moves the window, with Shift it chooses a span of time.

use super::live_tracks::LiveTracks;
use super::pointer::{CLICK_PX, ZOOM_PER_PX, capture, turned};
use super::track_rows::RULER;
use crate::analysis::event_columns::EventAxis;
use crate::analysis::window::TimeWindow;
use web_sys::{PointerEvent, WheelEvent};

/// A pinch comes as a wheel with Ctrl, in smaller steps.
const ZOOM_PER_PINCH: f64 = 0.01;

/// What a drag does.
#[derive(Clone, Copy)]
enum Hold {
    /// The window goes along; a click moves the moment.
    Window(TimeWindow),
    /// The moment goes along.
    Moment,
    /// A span of time from here.
    Choice(f64),
    /// Two fingers: how far apart, and the window then.
    Pinch(f64, TimeWindow),
}

/// The state between two events.
#[derive(Default)]
pub(super) struct TrackGestures {
    hold: Option<(Hold, f64)>,
    has_moved: bool,
    /// Fingers on the chart: number and place.
    fingers: Vec<(i32, f64)>,
}

impl TrackGestures {
    /// Zooms at the pointer; with Shift or sideways, pans.
    pub(super) fn wheel(&self, chart: &LiveTracks, event: &WheelEvent) {
        let Some(scale) = chart.scale else { return };
        let timeline = chart.timeline;
        let (dx, dy) = turned(event);
        event.prevent_default();
        if event.shift_key() || dx.abs() > dy.abs() {
            let by = if dx == 0.0 { dy } else { dx };
            return timeline.pan(by / f64::from(scale.width.max(1)));
        }
        let pace = if event.ctrl_key() { ZOOM_PER_PINCH } else { ZOOM_PER_PX };
        timeline.zoom((dy * pace).exp(), Some(scale.place(f64::from(event.offset_x()))));
    }

    /// A click, a drag or a pinch begins.
    pub(super) fn down(&mut self, chart: &mut LiveTracks, event: &PointerEvent) {
        if event.button() != 0 {
            return;
        }
        capture(event);
        let (x, y) = (f64::from(event.offset_x()), f64::from(event.offset_y()));
        self.fingers.retain(|finger| finger.0 != event.pointer_id());
        self.fingers.push((event.pointer_id(), x));
        self.has_moved = false;
        let Some(scale) = chart.scale else { return };
        let window = chart.timeline.window();
        let hold = if let [one, other] = self.fingers[..] {
            Hold::Pinch((one.1 - other.1).abs(), window)
        } else if event.shift_key() {
            Hold::Choice(scale.place(x))
        } else if y < RULER {
            Hold::Moment
        } else {
            Hold::Window(window)
        };
        self.hold = Some((hold, x));
        if matches!(hold, Hold::Moment) {
            self.moved(chart, event);
        }
    }

    /// Moves what is held, or the cross-hair.
    pub(super) fn moved(&mut self, chart: &mut LiveTracks, event: &PointerEvent) {
        let x = f64::from(event.offset_x());
        chart.hover_x = Some(x);
        if let Some(finger) = self.fingers.iter_mut().find(|finger| finger.0 == event.pointer_id()) {
            finger.1 = x;
        }
        let (Some((hold, from)), Some(scale)) = (self.hold, chart.scale) else { return };
        self.has_moved |= (x - from).abs() >= CLICK_PX;
        let timeline = chart.timeline;
        match hold {
            Hold::Moment => {
                let position = timeline.position_at(scale.place(x));
                timeline.store.selected.adjust(|selection| selection.moment = Some(position));
            }
            Hold::Window(window) if self.has_moved => {
                let by = (from - x) / f64::from(scale.width.max(1)) * window.width_us;
                timeline.set_window(window.panned(by, timeline.run()));
            }
            Hold::Choice(start) if self.has_moved => choose(chart, start, scale.place(x)),
            Hold::Pinch(apart, window) => {
                if let [one, other] = self.fingers[..] {
                    let factor = apart.max(1.0) / (one.1 - other.1).abs().max(1.0);
                    timeline.set_window(window);
                    timeline.zoom(factor, Some(scale.place(f64::midpoint(one.1, other.1))));
                }
            }
            Hold::Window(_) | Hold::Choice(_) => {}
        }
    }

    /// What is held is let go; a click on the rows moves the moment there.
    pub(super) fn up(&mut self, chart: &LiveTracks, event: &PointerEvent) {
        self.fingers.retain(|finger| finger.0 != event.pointer_id());
        let Some((hold, x)) = self.hold.take() else { return };
        let timeline = chart.timeline;
        timeline.store.selected.settle();
        match (hold, chart.scale) {
            (Hold::Window(_), Some(scale)) if !self.has_moved => {
                timeline.store.selected.set_moment(timeline.position_at(scale.place(x)));
            }
            (Hold::Choice(_), _) if !self.has_moved => {
                timeline.store.selected.select(|selection| selection.time_us = None);
            }
            _ => {}
        }
    }

    /// The browser took the pointer away.
    pub(super) fn cancel(&mut self, chart: &LiveTracks) {
        self.fingers.clear();
        self.hold = None;
        chart.timeline.store.selected.settle();
    }
}

/// Chooses the time from one place to another.
fn choose(chart: &LiveTracks, one: f64, other: f64) {
    let timeline = chart.timeline;
    let time_us = |place: f64| match timeline.axis() {
        EventAxis::Time => place.clamp(0.0, timeline.run().end_us) as u64,
        EventAxis::Number => {
            let event = timeline.position_at(place).saturating_sub(1);
            timeline.recording.read(|reader, _| reader.time_us(event).unwrap_or(0))
        }
    };
    let (start, end) = (time_us(one.min(other)), time_us(one.max(other)) + 1);
    timeline.store.selected.adjust(|selection| selection.time_us = Some(start..end));
}
