//! Pointer and wheel on the timeline: the axis and a click move the moment, a
//! drag moves the window, with Shift it chooses a span of time.

use super::hand::Hold;
use super::navigation::Timeline;
use super::rows::RULER;
use super::tracks_live::LiveTracks;
use crate::analysis::moment::clock::Clock;
use crate::analysis::timeline::columns::EventAxis;
use crate::app::canvas::pointer::{CLICK_PX, capture, is_for_chart, turned, zoom_factor};
use web_sys::{PointerEvent, WheelEvent};

impl LiveTracks {
    /// Zooms at the pointer; with Shift or sideways, pans.
    pub(super) fn wheel(&self, event: &WheelEvent) {
        let Some(scale) = self.scale.filter(|_| is_for_chart(event)) else { return };
        let timeline = self.timeline;
        let (dx, dy) = turned(event);
        event.prevent_default();
        if event.shift_key() || dx.abs() > dy.abs() {
            let by = if dx == 0.0 { dy } else { dx };
            return timeline.pan(by / f64::from(scale.width.max(1)));
        }
        timeline.zoom_at(zoom_factor(event, dy), scale.place(f64::from(event.offset_x())));
    }

    /// A click, a drag or a pinch begins.
    pub(super) fn down(&mut self, event: &PointerEvent) {
        if event.button() != 0 {
            return;
        }
        capture(event);
        let (x, y) = (f64::from(event.offset_x()), f64::from(event.offset_y()));
        self.hand.fingers.retain(|finger| finger.0 != event.pointer_id());
        self.hand.fingers.push((event.pointer_id(), x));
        self.hand.has_moved = false;
        let Some(scale) = self.scale else { return };
        let window = self.timeline.window();
        let hold = if let [one, other] = self.hand.fingers[..] {
            Hold::Pinch((one.1 - other.1).abs(), window)
        } else if event.shift_key() {
            Hold::Choice(scale.place(x))
        } else if y < RULER {
            Hold::Moment
        } else {
            Hold::Window(window)
        };
        self.hand.hold = Some((hold, x));
        if matches!(hold, Hold::Moment) {
            self.moved(event);
        }
    }

    /// Moves what is held, or the cross-hair.
    pub(super) fn moved(&mut self, event: &PointerEvent) {
        let x = f64::from(event.offset_x());
        self.hover_x = Some(x);
        if let Some(finger) = self.hand.fingers.iter_mut().find(|finger| finger.0 == event.pointer_id()) {
            finger.1 = x;
        }
        let (Some((hold, from)), Some(scale)) = (self.hand.hold, self.scale) else { return };
        self.hand.has_moved |= (x - from).abs() >= CLICK_PX;
        let timeline = self.timeline;
        match hold {
            Hold::Moment => {
                let position = timeline.position_at(scale.place(x));
                timeline.store.selected.adjust(|selection| selection.set_clock(Clock::At(position)));
            }
            Hold::Window(window) if self.hand.has_moved => {
                let by = (from - x) / f64::from(scale.width.max(1)) * window.width_us;
                timeline.set_window(window.panned(by, timeline.run()));
            }
            Hold::Choice(start) if self.hand.has_moved => choose(timeline, start, scale.place(x)),
            Hold::Pinch(apart, window) => {
                if let [one, other] = self.hand.fingers[..] {
                    let factor = apart.max(1.0) / (one.1 - other.1).abs().max(1.0);
                    timeline.set_window(window);
                    timeline.zoom(factor, Some(scale.place(f64::midpoint(one.1, other.1))));
                }
            }
            Hold::Window(_) | Hold::Choice(_) => {}
        }
    }

    /// What is held is let go; a click on the rows moves the moment there.
    pub(super) fn up(&mut self, event: &PointerEvent) {
        self.hand.fingers.retain(|finger| finger.0 != event.pointer_id());
        let Some((hold, x)) = self.hand.hold.take() else { return };
        let timeline = self.timeline;
        timeline.store.selected.settle();
        match (hold, self.scale) {
            (Hold::Window(_), Some(scale)) if !self.hand.has_moved => {
                timeline.store.selected.set_moment(timeline.position_at(scale.place(x)));
            }
            (Hold::Choice(_), _) if !self.hand.has_moved => {
                timeline.store.selected.select(|selection| selection.time_us = None);
            }
            _ => {}
        }
    }

    /// The cross-hair goes with the pointer, unless it is pinned.
    pub(super) fn left(&mut self) {
        self.hover_x = None;
        self.timeline.view.point(None);
    }

    /// The browser took the pointer away.
    pub(super) fn cancel(&mut self) {
        self.hand.fingers.clear();
        self.hand.hold = None;
        self.timeline.store.selected.settle();
    }
}

/// Chooses the time from one place to another.
fn choose(timeline: Timeline, one: f64, other: f64) {
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
