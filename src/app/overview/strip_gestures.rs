//! Pointer and keys on the overview strip: they move the window of all charts, by its edges
//! or as a whole.

use super::strip_place::StripPlace;
use crate::analysis::chart::window::TimeSpan;
use crate::analysis::overview::brush::{Grip, centred, dragged, dragged_still, grip_at};
use crate::analysis::overview::strip::run_span;
use crate::analysis::recordings::samples::is_recorded;
use crate::app::canvas::pointer::capture;
use crate::app::chart::source::Source;
use crate::app::chart::view::View;
use crate::telemetry::samples::SampleLog;
use core::ops::Range;
use leptos::prelude::*;
use web_sys::{KeyboardEvent, PointerEvent};

/// How near a pointer must be to an edge of the window, CSS pixels.
const REACH_PX: f64 = 7.0;
const ZOOM_PER_KEY: f64 = 1.5;

struct Drag {
    grip: Grip,
    x: f64,
    from: TimeSpan,
}

/// The state between two events.
pub(super) struct StripGestures {
    view: View,
    source: Source,
    on_edge: RwSignal<bool>,
    /// Of the frame that was drawn last.
    pub(super) place: Option<StripPlace>,
    drag: Option<Drag>,
}

impl StripGestures {
    /// No event yet. `on_edge` is set where the pointer is on an edge of the window.
    pub(super) const fn new(view: View, source: Source, on_edge: RwSignal<bool>) -> Self {
        Self { view, source, on_edge, place: None, drag: None }
    }

    /// Whether the window is held.
    pub(super) const fn is_dragging(&self) -> bool {
        self.drag.is_some()
    }

    fn grip_at(&self, place: StripPlace, x: f64, window: TimeSpan) -> Grip {
        grip_at(x, (place.css_of(window.start_us), place.css_of(window.end_us)), REACH_PX)
    }

    /// Grips an edge or the window; beside it, the window jumps there.
    pub(super) fn down(&mut self, event: &PointerEvent) {
        let (Some(place), Some(log)) = (self.place, self.source.samples()) else { return };
        if event.button() != 0 {
            return;
        }
        capture(event);
        let x = f64::from(event.offset_x());
        let window = self.view.span(&log);
        let grip = self.grip_at(place, x, window);
        if grip == Grip::Beside {
            let at_us = place.span.start_us + x * place.us_per_px();
            self.view.set_window(centred(window, at_us, run_span(&log)));
        }
        let mut from = self.view.span(&log);
        if grip == Grip::Start {
            // The edge is drawn on the strip also where the window begins before.
            from.start_us = from.start_us.max(place.span.start_us);
        }
        self.drag = Some(Drag { grip, x, from });
    }

    /// Drags what is gripped, or shows what would be.
    pub(super) fn moved(&self, event: &PointerEvent) {
        let (Some(place), Some(log)) = (self.place, self.source.samples()) else { return };
        let x = f64::from(event.offset_x());
        match &self.drag {
            Some(drag) => {
                let by_us = (x - drag.x) * place.us_per_px();
                let drag_to = if is_recorded(&log) { dragged_still } else { dragged };
                self.view.set_window(drag_to(drag.from, drag.grip, by_us, run_span(&log)));
            }
            None => {
                let grip = self.grip_at(place, x, self.view.span(&log));
                self.on_edge.set(matches!(grip, Grip::Start | Grip::End));
            }
        }
    }

    /// Ends the drag, wherever the pointer is.
    pub(super) fn release(&mut self) {
        self.drag = None;
    }

    /// Where the chosen span of time lies, CSS pixels from the left edge.
    pub(super) fn band(&self) -> Option<Range<f64>> {
        self.place?.range_of(&self.source.chosen()?)
    }

    /// Moves and zooms the window.
    pub(super) fn key(&self, event: &KeyboardEvent) {
        let Some(log) = self.source.samples() else { return };
        let (window, run) = (self.view.window(), run_span(&log));
        let step = window.width_us * if event.shift_key() { 1.0 } else { 0.1 };
        let middle = self.view.span(&log).end_us - window.width_us / 2.0;
        let next = match event.key().as_str() {
            "ArrowLeft" => window.panned(-step, run),
            "ArrowRight" => window.panned(step, run),
            "+" | "=" => return self.zoom(event, &log, 1.0 / ZOOM_PER_KEY, middle),
            "-" => return self.zoom(event, &log, ZOOM_PER_KEY, middle),
            "Home" => window.panned(run.start_us - run.end_us, run),
            "End" => window.panned(run.width_us(), run),
            _ => return,
        };
        self.view.set_window(next);
        event.prevent_default();
        event.stop_propagation();
    }

    fn zoom(&self, event: &KeyboardEvent, log: &SampleLog, factor: f64, at_us: f64) {
        self.view.zoom(log, factor, at_us, true);
        event.prevent_default();
        event.stop_propagation();
    }

    /// The newest again, or all of a file.
    pub(super) fn reset(&self) {
        match self.source.samples() {
            Some(log) => self.view.reset_on(&log),
            None => self.view.reset(),
        }
    }
}
