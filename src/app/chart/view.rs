//! What all charts over time show at once: one window of time, and one moment under the
//! cross-hair.

use crate::analysis::chart::window::{TimeSpan, TimeWindow, WIDTH_DEFAULT_US};
use crate::analysis::overview::strip::run_span;
use crate::analysis::recordings::samples::is_recorded;
use crate::analysis::timeline::window::{whole_still, zoomed_still};
use crate::telemetry::samples::SampleLog;
use leptos::prelude::*;

/// The view's state. Cheap to copy; one for the page, in context.
#[derive(Clone, Copy)]
pub struct View {
    /// Width of the window, µs.
    pub window_us: RwSignal<f64>,
    /// Right edge of the window, µs of engine time; `None` follows the newest
    /// row.
    pub end_us: RwSignal<Option<f64>>,
    /// The moment under the pointer, µs of engine time; cross-hair on all
    /// charts.
    pub cursor_us: RwSignal<Option<f64>>,
    /// The moment stays when the pointer leaves.
    pub pinned: RwSignal<bool>,
}

impl View {
    /// Follows the newest 30 s.
    pub fn new() -> Self {
        Self {
            window_us: RwSignal::new(WIDTH_DEFAULT_US),
            end_us: RwSignal::new(None),
            cursor_us: RwSignal::new(None),
            pinned: RwSignal::new(false),
        }
    }

    /// Follows the newest 30 s again, without a cross-hair.
    pub fn reset(self) {
        self.set_window(TimeWindow::default());
        self.set_cursor(None);
        self.pinned.set(false);
    }

    /// The window, without subscribing to it.
    pub fn window(self) -> TimeWindow {
        TimeWindow { width_us: self.window_us.get_untracked(), end_us: self.end_us.get_untracked() }
    }

    /// Shows a window. While a run goes on, one that stands still stops the clock: see
    /// [`crate::analysis::moment::clock`].
    pub fn set_window(self, window: TimeWindow) {
        self.window_us.set(window.width_us);
        self.end_us.set(window.end_us);
    }

    /// The span on screen of charts over samples: of a narrower window, which only
    /// the timeline can fill, the seconds around it. A file may be shorter than these.
    pub fn span(self, log: &SampleLog) -> TimeSpan {
        let window = self.window();
        let window = if is_recorded(log) { window } else { window.widened() };
        window.span(run_span(log))
    }

    /// Wider or narrower around a moment; `follows`: one that follows keeps its right edge.
    pub fn zoom(self, log: &SampleLog, factor: f64, at_us: f64, follows: bool) {
        let (window, run) = (self.window(), run_span(log));
        self.set_window(match follows {
            _ if is_recorded(log) => zoomed_still(window, factor, at_us, run),
            true => window.zoomed(factor, at_us, run),
            false => window.zoomed_at(factor, at_us, run),
        });
    }

    /// Shows the newest again, or all of a file, without a cross-hair.
    pub fn reset_on(self, log: &SampleLog) {
        self.reset();
        if is_recorded(log) {
            self.set_window(whole_still(run_span(log)));
        }
    }

    /// Makes the window follow the run, which may be a new one. Called once a frame. A file's
    /// stands where it was put: its rows may still be on their way.
    pub fn settle(self, log: &SampleLog) {
        if is_recorded(log) {
            return;
        }
        let (window, run) = (self.window(), run_span(log));
        let settled = window.settled(run);
        if settled != window {
            self.set_window(settled);
        }
        if self.cursor_us.get_untracked().is_some_and(|cursor_us| cursor_us > run.end_us) {
            self.set_cursor(None);
            self.pinned.set(false);
        }
    }

    /// Moves the cross-hair with the pointer, or takes it away with it; not where it is pinned.
    pub fn point(self, time_us: Option<f64>) {
        if !self.pinned.get_untracked() {
            self.set_cursor(time_us);
        }
    }

    /// Moves the cross-hair, or takes it away.
    pub fn set_cursor(self, time_us: Option<f64>) {
        if self.cursor_us.get_untracked() != time_us {
            self.cursor_us.set(time_us);
        }
    }
}

impl Default for View {
    fn default() -> Self {
        Self::new()
    }
}
