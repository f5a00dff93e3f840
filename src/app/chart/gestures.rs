//! Pointer, wheel and keys on a chart over time: they move the window and the
//! cross-hair of all charts.

use super::paint::Geometry;
use super::source::{Samples, Source};
use crate::analysis::chart::window::{TimeSpan, TimeWindow};
use crate::analysis::overview::strip::run_span;
use crate::app::canvas::pointer::{CLICK_PX, capture, is_for_chart, turned, zoom_factor};
use crate::app::chart::view::View;
use crate::telemetry::samples::SampleLog;
use core::ops::Range;
use leptos::prelude::*;
use web_sys::{KeyboardEvent, PointerEvent, WheelEvent};

/// How the keys are told to who does not see the chart.
pub(crate) const KEYS_HELP: &str = "Left and right arrow move the cross-hair, with Shift ten times as far; plus and \
     minus zoom; Home and End go to the window's ends; Escape follows the run again. A drag with Shift selects a span of \
     time for all panels.";

const ZOOM_PER_KEY: f64 = 1.5;

#[derive(Clone, Copy)]
struct Drag {
    x: f64,
    window: TimeWindow,
    /// With Shift: the moment from which a span of time is chosen.
    chosen_from: Option<f64>,
    moved: bool,
}

/// The state between two events.
pub(crate) struct Gestures {
    view: View,
    source: Source,
    /// Of the frame that was drawn last.
    geometry: Option<Geometry>,
    drag: Option<Drag>,
    /// Where the pointer rests, CSS pixels.
    hover_x: Option<f64>,
    /// A key moved the cross-hair: what is there is to be said.
    pub(crate) keyed: bool,
}

impl Gestures {
    /// No event yet.
    pub(crate) const fn new(view: View, source: Source) -> Self {
        Self { view, source, geometry: None, drag: None, hover_x: None, keyed: false }
    }

    /// What events need: the log, where the plot is, what it spans.
    fn scene(&self) -> Option<(Samples, Geometry, TimeSpan)> {
        let log = self.source.samples()?;
        let span = self.view.span(&log);
        Some((log, self.geometry?, span))
    }

    /// Zooms at the pointer; with Shift or sideways, pans.
    pub(crate) fn wheel(&self, event: &WheelEvent) {
        let Some((log, geometry, span)) = self.scene().filter(|_| is_for_chart(event)) else { return };
        event.prevent_default();
        let (dx, dy) = turned(event);
        let (window, run) = (self.view.window(), run_span(&log));
        let sideways = if event.shift_key() && dx == 0.0 { dy } else { dx };
        if sideways.abs() > dy.abs() || event.shift_key() {
            return self.view.set_window(window.panned(sideways * geometry.us_per_px(span), run));
        }
        let at = geometry.time_at(f64::from(event.offset_x()), span);
        self.view.zoom(&log, zoom_factor(event, dy), at, false);
    }

    /// A click or a drag begins.
    pub(crate) fn down(&mut self, event: &PointerEvent) {
        if event.button() != 0 {
            return;
        }
        capture(event);
        let x = f64::from(event.offset_x());
        let scene = self.scene().filter(|_| event.shift_key());
        let chosen_from = scene.map(|(_, geometry, span)| geometry.time_at(x, span));
        self.drag = Some(Drag { x, window: self.view.window(), chosen_from, moved: false });
    }

    /// Moves the cross-hair, or the window with a drag.
    pub(crate) fn moved(&mut self, event: &PointerEvent) {
        let Some((log, geometry, span)) = self.scene() else { return };
        let x = f64::from(event.offset_x());
        self.hover_x = Some(x);
        let Some(drag) = self.drag else { return };
        let by = drag.x - x;
        if drag.moved || by.abs() >= CLICK_PX {
            self.drag = Some(Drag { moved: true, ..drag });
            if let Some(from) = drag.chosen_from {
                return self.choose(from, geometry.time_at(x, span), run_span(&log));
            }
            self.view.set_window(drag.window.panned(by * geometry.us_per_px(span), run_span(&log)));
        }
    }

    /// Chooses the time from one moment to another, for all panels.
    fn choose(&self, one_us: f64, other_us: f64, run: TimeSpan) {
        let [from, to] =
            [one_us.min(other_us), one_us.max(other_us)].map(|at| at.clamp(run.start_us, run.end_us) as u64);
        self.source.choose(from..to + 1);
    }

    /// Where the chosen span of time lies, CSS pixels from the canvas' left edge.
    pub(crate) fn band(&self) -> Option<Range<f64>> {
        let chosen = self.source.chosen()?;
        let (_, geometry, span) = self.scene()?;
        geometry.place_of(&chosen, span)
    }

    /// A click pins the cross-hair, or frees it; with Shift, it lets go of the chosen span
    /// of time.
    pub(crate) fn up(&mut self, event: &PointerEvent) {
        let Some(drag) = self.drag.take() else { return };
        if drag.chosen_from.is_some() {
            self.source.settle();
            if !drag.moved {
                self.source.let_go();
            }
            return;
        }
        let Some((_, geometry, span)) = self.scene() else { return };
        if !drag.moved {
            self.view.pinned.update(|pinned| *pinned = !*pinned);
            self.view.set_cursor(Some(geometry.time_at(f64::from(event.offset_x()), span).min(span.end_us)));
        }
    }

    /// Keeps the cross-hair under a resting pointer while time flows below it.
    /// Called once a frame.
    pub(super) fn follow(&mut self, geometry: Geometry) {
        self.geometry = Some(geometry);
        let Some((_, geometry, span)) = self.scene() else { return };
        if let Some(x) = self.hover_x {
            self.view.point(Some(geometry.time_at(x, span).min(span.end_us)));
        }
    }

    /// The cross-hair goes with the pointer, unless it is pinned.
    pub(crate) fn left(&mut self) {
        self.hover_x = None;
        self.view.point(None);
    }

    /// All charts follow the run again.
    pub(crate) fn reset(&self) {
        match self.source.samples() {
            Some(log) => self.view.reset_on(&log),
            None => self.view.reset(),
        }
    }

    /// Acts on a key; true where it was one of ours.
    pub(crate) fn key(&mut self, event: &KeyboardEvent) -> bool {
        if event.ctrl_key() || event.meta_key() || event.alt_key() {
            return false;
        }
        let Some((log, _, span)) = self.scene() else { return false };
        let run = run_span(&log);
        let step = span.width_us() * if event.shift_key() { 0.1 } else { 0.01 };
        match event.key().as_str() {
            "ArrowLeft" => self.step(-step, span, run),
            "ArrowRight" => self.step(step, span, run),
            "Home" => self.show_at(span.start_us.max(run.start_us)),
            "End" => self.show_at(span.end_us),
            "+" | "=" => self.zoom(&log, 1.0 / ZOOM_PER_KEY, span),
            "-" => self.zoom(&log, ZOOM_PER_KEY, span),
            "Escape" => self.reset(),
            _ => return false,
        }
        event.prevent_default();
        event.stop_propagation();
        true
    }

    fn zoom(&self, log: &SampleLog, factor: f64, span: TimeSpan) {
        let at = self.view.cursor_us.get_untracked().unwrap_or(span.end_us);
        self.view.zoom(log, factor, at, true);
    }

    /// Moves the cross-hair, and the window where it would leave it.
    fn step(&mut self, by_us: f64, span: TimeSpan, run: TimeSpan) {
        let from = self.view.cursor_us.get_untracked().unwrap_or(span.end_us);
        let to = (from + by_us).clamp(run.start_us, run.end_us);
        let outside = (to - span.end_us).max(0.0) + (to - span.start_us).min(0.0);
        if outside != 0.0 {
            self.view.set_window(self.view.window().panned(outside, run));
        }
        self.show_at(to);
    }

    /// A cross-hair set by a key stays until a pointer or Escape moves it.
    fn show_at(&mut self, time_us: f64) {
        self.view.pinned.set(true);
        self.keyed = true;
        self.view.set_cursor(Some(time_us));
    }
}
