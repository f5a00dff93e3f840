//! Pointer, wheel and keys on a chart over time: they move the window and the
//! cross-hair of all charts.

use super::paint::Geometry;
use super::pointer::{CLICK_PX, ZOOM_PER_PX, capture, turned};
use super::source::Source;
use crate::analysis::strip::run_span;
use crate::analysis::window::{TimeSpan, TimeWindow};
use crate::app::view::View;
use crate::telemetry::samples::SampleLog;
use leptos::prelude::*;
use std::cell::Cell;
use web_sys::{KeyboardEvent, PointerEvent, WheelEvent};

/// How the keys are told to who does not see the chart.
pub(super) const KEYS_HELP: &str = "Left and right arrow move the cross-hair, with Shift ten times as far; plus and \
     minus zoom; Home and End go to the window's ends; Escape follows the run again.";

const ZOOM_PER_KEY: f64 = 1.5;

#[derive(Clone, Copy)]
struct Drag {
    x: f64,
    window: TimeWindow,
    moved: bool,
}

/// The state between two events.
pub(super) struct Gestures {
    view: View,
    source: Source,
    /// Of the frame that was drawn last.
    pub(super) geometry: Cell<Option<Geometry>>,
    drag: Cell<Option<Drag>>,
    /// Where the pointer rests, CSS pixels.
    hover_x: Cell<Option<f64>>,
    /// A key moved the cross-hair: what is there is to be said.
    pub(super) keyed: Cell<bool>,
}

impl Gestures {
    /// No event yet.
    pub(super) fn new(view: View, source: Source) -> Self {
        Self {
            view,
            source,
            geometry: Cell::new(None),
            drag: Cell::new(None),
            hover_x: Cell::new(None),
            keyed: Cell::new(false),
        }
    }

    /// What events need: the log, where the plot is, what it spans.
    fn scene(&self) -> Option<(&'static SampleLog, Geometry, TimeSpan)> {
        let log = &self.source.shared()?.samples;
        Some((log, self.geometry.get()?, self.view.span(log)))
    }

    /// Zooms at the pointer; with Shift or sideways, pans.
    pub(super) fn wheel(&self, event: &WheelEvent) {
        let Some((log, geometry, span)) = self.scene() else { return };
        event.prevent_default();
        let (dx, dy) = turned(event);
        let (window, run) = (self.view.window(), run_span(log));
        let sideways = if event.shift_key() && dx == 0.0 { dy } else { dx };
        if sideways.abs() > dy.abs() || event.shift_key() {
            return self.view.set_window(window.panned(sideways * geometry.us_per_px(span), run));
        }
        let at = geometry.time_at(f64::from(event.offset_x()), span);
        self.view.set_window(window.zoomed((dy * ZOOM_PER_PX).exp(), at, run));
    }

    /// A click or a drag begins.
    pub(super) fn down(&self, event: &PointerEvent) {
        if event.button() != 0 {
            return;
        }
        capture(event);
        self.drag.set(Some(Drag { x: f64::from(event.offset_x()), window: self.view.window(), moved: false }));
    }

    /// Moves the cross-hair, or the window with a drag.
    pub(super) fn moved(&self, event: &PointerEvent) {
        let Some((log, geometry, span)) = self.scene() else { return };
        let x = f64::from(event.offset_x());
        self.hover_x.set(Some(x));
        let Some(drag) = self.drag.get() else { return };
        let by = drag.x - x;
        if drag.moved || by.abs() >= CLICK_PX {
            self.drag.set(Some(Drag { moved: true, ..drag }));
            self.view.set_window(drag.window.panned(by * geometry.us_per_px(span), run_span(log)));
        }
    }

    /// A click pins the cross-hair, or frees it.
    pub(super) fn up(&self, event: &PointerEvent) {
        let Some(drag) = self.drag.take() else { return };
        let Some((_, geometry, span)) = self.scene() else { return };
        if !drag.moved {
            self.view.pinned.update(|pinned| *pinned = !*pinned);
            self.view.set_cursor(Some(geometry.time_at(f64::from(event.offset_x()), span).min(span.end_us)));
        }
    }

    /// Keeps the cross-hair under a resting pointer while time flows below it.
    /// Called once a frame.
    pub(super) fn follow(&self) {
        let Some((_, geometry, span)) = self.scene() else { return };
        if let Some(x) = self.hover_x.get().filter(|_| !self.view.pinned.get_untracked()) {
            self.view.set_cursor(Some(geometry.time_at(x, span).min(span.end_us)));
        }
    }

    /// The cross-hair goes with the pointer, unless it is pinned.
    pub(super) fn left(&self) {
        self.hover_x.set(None);
        if !self.view.pinned.get_untracked() {
            self.view.set_cursor(None);
        }
    }

    /// Acts on a key; true where it was one of ours.
    pub(super) fn key(&self, event: &KeyboardEvent) -> bool {
        if event.ctrl_key() || event.meta_key() || event.alt_key() {
            return false;
        }
        let Some((log, _, span)) = self.scene() else { return false };
        let run = run_span(log);
        let step = span.width_us() * if event.shift_key() { 0.1 } else { 0.01 };
        match event.key().as_str() {
            "ArrowLeft" => self.step(-step, span, run),
            "ArrowRight" => self.step(step, span, run),
            "Home" => self.show_at(span.start_us.max(run.start_us)),
            "End" => self.show_at(span.end_us),
            "+" | "=" => self.zoom(1.0 / ZOOM_PER_KEY, span, run),
            "-" => self.zoom(ZOOM_PER_KEY, span, run),
            "Escape" => self.view.reset(),
            _ => return false,
        }
        event.prevent_default();
        event.stop_propagation();
        true
    }

    fn zoom(&self, factor: f64, span: TimeSpan, run: TimeSpan) {
        let at = self.view.cursor_us.get_untracked().unwrap_or(span.end_us);
        self.view.set_window(self.view.window().zoomed(factor, at, run));
    }

    /// Moves the cross-hair, and the window where it would leave it.
    fn step(&self, by_us: f64, span: TimeSpan, run: TimeSpan) {
        let from = self.view.cursor_us.get_untracked().unwrap_or(span.end_us);
        let to = (from + by_us).clamp(run.start_us, run.end_us);
        let outside = (to - span.end_us).max(0.0) + (to - span.start_us).min(0.0);
        if outside != 0.0 {
            self.view.set_window(self.view.window().panned(outside, run));
        }
        self.show_at(to);
    }

    /// A cross-hair set by a key stays until a pointer or Escape moves it.
    fn show_at(&self, time_us: f64) {
        self.view.pinned.set(true);
        self.keyed.set(true);
        self.view.set_cursor(Some(time_us));
    }
}
