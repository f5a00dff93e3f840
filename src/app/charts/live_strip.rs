//! What the overview strip does in a frame, and with a drag.

use super::backend::TextWidths;
use super::pointer::capture;
use super::source::Source;
use super::stage::{Layer, Size, Stage, layered};
use super::strip_paint::{Scene, StripPainter};
use crate::analysis::brush::{Grip, centred, dragged, grip_at};
use crate::analysis::strip::{Strip, run_span};
use crate::analysis::ticks::moment;
use crate::analysis::turns::Turn;
use crate::analysis::window::TimeSpan;
use crate::app::frame::{self, Frame};
use crate::app::palette::Palette;
use crate::app::view::View;
use crate::telemetry::samples::SampleLog;
use leptos::html;
use leptos::prelude::*;
use web_sys::{KeyboardEvent, PointerEvent};

/// How near a pointer must be to an edge of the window, CSS pixels.
const REACH_PX: f64 = 7.0;
const SUMMARY_MS: f64 = 1000.0;
/// While it only flows it draws every second frame, on the turn that most charts leave.
const TURNS: u64 = 2;
const TURN: u64 = 1;

/// The strip's texts.
#[derive(Clone, Copy)]
pub(super) struct StripTexts {
    /// Run and window in a sentence.
    pub(super) summary: RwSignal<String>,
    /// The pointer is on an edge of the window.
    pub(super) on_edge: RwSignal<bool>,
}

impl StripTexts {
    /// Of an empty run.
    pub(super) fn new() -> Self {
        Self { summary: RwSignal::default(), on_edge: RwSignal::default() }
    }
}

/// All that usage is drawn into: where it is the same, usage only grows.
#[derive(Clone, Copy, PartialEq)]
struct Ground {
    size: Size,
    theme: u32,
    run_start: u64,
    span: TimeSpan,
    top: f64,
}

/// All that the strip shows, to the pixel.
#[derive(Clone, Copy, PartialEq)]
struct Key {
    ground: Ground,
    newest_px: u32,
    window_px: (i64, i64),
    play_px: Option<i64>,
    /// The column that may still change.
    open: i64,
}

struct Drawing {
    stage: Stage,
    run: Layer,
    over: Layer,
}

struct Drag {
    grip: Grip,
    x: f64,
    from: TimeSpan,
}

/// The strip between two frames.
pub(super) struct LiveStrip {
    view: View,
    source: Source,
    texts: StripTexts,
    strip: Strip,
    drawing: Option<Drawing>,
    widths: TextWidths,
    key: Option<Key>,
    drag: Option<Drag>,
    summary_turn: Turn,
}

impl LiveStrip {
    /// A strip that nothing was drawn of.
    pub(super) fn new(view: View, source: Source, texts: StripTexts) -> Self {
        Self {
            view,
            source,
            texts,
            strip: Strip::new(),
            drawing: None,
            widths: TextWidths::default(),
            key: None,
            drag: None,
            summary_turn: Turn::new(),
        }
    }

    /// True once there is a canvas.
    pub(super) fn is_set_up(&self) -> bool {
        self.drawing.is_some()
    }

    /// Takes the canvas, as soon as it is in the page.
    pub(super) fn set_up(&mut self, holder: NodeRef<html::Div>, layers: [NodeRef<html::Canvas>; 2]) -> Option<()> {
        let (stage, [run, over]) = layered(holder, layers)?;
        self.drawing = Some(Drawing { stage, run, over });
        Some(())
    }

    fn size(&self) -> Option<Size> {
        self.drawing.as_ref()?.stage.size()
    }

    /// Draws where something changed.
    pub(super) fn draw(&mut self, frame: &Frame) {
        let (Some(size), Some(shared)) = (self.size(), self.source.shared()) else { return };
        let log = &shared.samples;
        self.view.settle(log);
        self.strip.update(log, size.px().0.max(1));
        let scene = self.scene(log);
        let key = self.key_of(log, size, &scene);
        if self.is_due(key, frame) {
            self.paint(size, &scene, key);
            self.key = Some(key);
        }
        if frame::takes_turn(&mut self.summary_turn, frame.now_ms, SUMMARY_MS) {
            self.texts.summary.set(words(log, scene.window));
        }
    }

    /// What only flows takes turns with the charts; a window that is dragged, stands still
    /// or has another width is drawn at once.
    fn is_due(&self, key: Key, frame: &Frame) -> bool {
        let Some(drawn) = self.key else { return true };
        let is_still = self.drag.is_some() || self.view.end_us.get_untracked().is_some();
        let is_flowing = !is_still && drawn.ground == key.ground;
        drawn != key && (!is_flowing || frame.number % TURNS == TURN)
    }

    fn paint(&self, size: Size, scene: &Scene, key: Key) {
        let Some(drawing) = &self.drawing else { return };
        let (widths, palette, strip) = (&self.widths, &Palette::current(self.view), &self.strip);
        let on = |layer| StripPainter { layer, widths, palette, size, strip };
        // What fails, fails where the browser took the canvas away; the next change
        // draws again.
        let _ = match self.key.filter(|drawn| drawn.ground == key.ground) {
            Some(drawn) if (drawn.newest_px, drawn.open) == (key.newest_px, key.open) => Ok(()),
            Some(drawn) => on(&drawing.run).draw_newest(drawn.open),
            None => on(&drawing.run).draw_run(),
        };
        let _ = on(&drawing.over).draw_over(scene);
    }

    fn scene(&self, log: &SampleLog) -> Scene {
        let run = run_span(log);
        let window = self.view.span(log);
        let cursor = self.view.cursor_us.get_untracked();
        Scene { window, play_us: cursor.unwrap_or(window.end_us).clamp(run.start_us, run.end_us), run }
    }

    fn key_of(&self, log: &SampleLog, size: Size, scene: &Scene) -> Key {
        let span = self.strip.span();
        let place = |time_us: f64| px_of(time_us, span, size) as i64;
        let rows = log.rows();
        Key {
            ground: Ground {
                size,
                theme: self.view.theme_number.get_untracked(),
                run_start: rows.start - log.dropped(),
                span,
                top: self.strip.top(),
            },
            newest_px: place(scene.run.end_us) as u32,
            window_px: (place(scene.window.start_us), place(scene.window.end_us)),
            play_px: (!rows.is_empty()).then(|| place(scene.play_us)),
            open: self.strip.open_column(),
        }
    }

    /// The window's edges, CSS pixels.
    fn edges(&self, window: TimeSpan, size: Size) -> (f64, f64) {
        let place = |time_us| px_of(time_us, self.strip.span(), size) / size.ratio;
        (place(window.start_us), place(window.end_us))
    }

    /// Grips an edge or the window; beside it, the window jumps there.
    pub(super) fn down(&mut self, event: &PointerEvent) {
        let (Some(size), Some(shared)) = (self.size(), self.source.shared()) else { return };
        if event.button() != 0 {
            return;
        }
        capture(event);
        let (log, x) = (&shared.samples, f64::from(event.offset_x()));
        let window = self.view.span(log);
        let grip = grip_at(x, self.edges(window, size), REACH_PX);
        if grip == Grip::Beside {
            let at_us = self.strip.span().start_us + x * self.us_per_px(size);
            self.view.set_window(centred(window, at_us, run_span(log)));
        }
        let mut from = self.view.span(log);
        if grip == Grip::Start {
            // The edge is drawn on the strip also where the window begins before.
            from.start_us = from.start_us.max(self.strip.span().start_us);
        }
        self.drag = Some(Drag { grip, x, from });
    }

    /// Drags what is gripped, or shows what would be.
    pub(super) fn moved(&mut self, event: &PointerEvent) {
        let (Some(size), Some(shared)) = (self.size(), self.source.shared()) else { return };
        let (log, x) = (&shared.samples, f64::from(event.offset_x()));
        match &self.drag {
            Some(drag) => {
                let by_us = (x - drag.x) * self.us_per_px(size);
                self.view.set_window(dragged(drag.from, drag.grip, by_us, run_span(log)));
            }
            None => {
                let grip = grip_at(x, self.edges(self.view.span(log), size), REACH_PX);
                self.texts.on_edge.set(matches!(grip, Grip::Start | Grip::End));
            }
        }
    }

    /// The drag ends.
    pub(super) fn release(&mut self) {
        self.drag = None;
    }

    /// Moves and zooms the window.
    pub(super) fn key(&mut self, event: &KeyboardEvent) {
        let Some(shared) = self.source.shared() else { return };
        let (window, run) = (self.view.window(), run_span(&shared.samples));
        let step = window.width_us * if event.shift_key() { 1.0 } else { 0.1 };
        let middle = self.view.span(&shared.samples).end_us - window.width_us / 2.0;
        let next = match event.key().as_str() {
            "ArrowLeft" => window.panned(-step, run),
            "ArrowRight" => window.panned(step, run),
            "+" | "=" => window.zoomed(1.0 / 1.5, middle, run),
            "-" => window.zoomed(1.5, middle, run),
            "Home" => window.panned(run.start_us - run.end_us, run),
            "End" => window.panned(run.width_us(), run),
            _ => return,
        };
        self.view.set_window(next);
        event.prevent_default();
        event.stop_propagation();
    }

    fn us_per_px(&self, size: Size) -> f64 {
        self.strip.span().width_us() / size.css.0.max(1.0)
    }
}

/// Device pixels from the left.
fn px_of(time_us: f64, span: TimeSpan, size: Size) -> f64 {
    ((time_us - span.start_us) / span.width_us().max(1.0) * f64::from(size.px().0)).round()
}

fn words(log: &SampleLog, window: TimeSpan) -> String {
    let run = run_span(log);
    let (start, end) = (moment(window.start_us.max(run.start_us)), moment(window.end_us));
    format!("Overview of the run, {}; the window shows {start} to {end}", moment(run.end_us))
}
