//! What is being looked at: one window of time, one moment, one allocation, on
//! all charts at once.

use super::map_look::MapLook;
use crate::analysis::strip::run_span;
use crate::analysis::window::{TimeSpan, TimeWindow, WIDTH_DEFAULT_US};
use crate::telemetry::samples::SampleLog;
use leptos::prelude::*;

/// The view's state. Cheap to copy; one for the page, in context.
#[derive(Clone, Copy)]
pub struct View {
    /// The view stands still; the engine goes on.
    pub paused: RwSignal<bool>,
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
    /// What the arena map looks at.
    pub map: MapLook,
    /// Grows whenever the theme changes.
    pub theme_number: RwSignal<u32>,
}

impl View {
    /// Follows the newest 30 s.
    pub fn new() -> Self {
        Self {
            paused: RwSignal::new(false),
            window_us: RwSignal::new(WIDTH_DEFAULT_US),
            end_us: RwSignal::new(None),
            cursor_us: RwSignal::new(None),
            pinned: RwSignal::new(false),
            map: MapLook::new(),
            theme_number: RwSignal::new(0),
        }
    }

    /// Stops at the newest row of `log`.
    pub fn pause(self, log: &SampleLog) {
        self.set_window(TimeWindow { end_us: Some(run_span(log).end_us), ..self.window() });
    }

    /// Follows the newest row again.
    pub fn resume(self) {
        self.set_window(TimeWindow { end_us: None, ..self.window() });
    }

    /// Pauses, or follows again.
    pub fn toggle_paused(self, log: &SampleLog) {
        if self.paused.get_untracked() { self.resume() } else { self.pause(log) }
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

    /// Shows a window. One that stands still is paused, one that follows is not.
    pub fn set_window(self, window: TimeWindow) {
        self.window_us.set(window.width_us);
        self.end_us.set(window.end_us);
        let paused = window.end_us.is_some();
        if self.paused.get_untracked() != paused {
            self.paused.set(paused);
        }
    }

    /// The span on screen of charts over samples: of a narrower window, which only
    /// the timeline can fill, the seconds around it.
    pub fn span(self, log: &SampleLog) -> TimeSpan {
        self.window().widened().span(run_span(log))
    }

    /// Makes the window follow `paused`, which others may have set, and the run,
    /// which may be a new one. Called once a frame.
    pub fn settle(self, log: &SampleLog) {
        let (window, run) = (self.window(), run_span(log));
        let settled = window.settled(self.paused.get_untracked(), run);
        if settled != window {
            self.set_window(settled);
        }
        if self.cursor_us.get_untracked().is_some_and(|cursor_us| cursor_us > run.end_us) {
            self.set_cursor(None);
            self.pinned.set(false);
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
