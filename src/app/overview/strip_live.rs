//! What the overview strip does in a frame.

use super::strip_gestures::StripGestures;
use super::strip_paint::{Scene, StripPainter};
use super::strip_place::StripPlace;
use crate::analysis::chart::ticks::moment;
use crate::analysis::chart::window::TimeSpan;
use crate::analysis::numbers::text::count;
use crate::analysis::overview::strip::{Strip, run_span};
use crate::analysis::recordings::samples::is_recorded;
use crate::app::canvas::keyed::KeyedLayer;
use crate::app::canvas::layer::Layer;
use crate::app::canvas::live::LiveCanvas;
use crate::app::canvas::pace::{FrameTurn, TextPace};
use crate::app::canvas::plotters_backend::TextWidths;
use crate::app::canvas::stage::Size;
use crate::app::chart::source::Source;
use crate::app::chart::view::View;
use crate::app::frames::frame_loop::Frame;
use crate::app::theme::palette::{self, Palette};
use crate::telemetry::samples::SampleLog;
use leptos::prelude::*;
use std::rc::Rc;

/// The frames that most charts leave.
const TURN: FrameTurn = FrameTurn::Odd;

/// The strip's texts.
#[derive(Clone, Copy, Default)]
pub(super) struct StripTexts {
    /// Run and window in a sentence.
    pub(super) summary: RwSignal<String>,
    /// The pointer is on an edge of the window.
    pub(super) on_edge: RwSignal<bool>,
}

/// All that usage is drawn into: where it is the same, usage only grows.
#[derive(Clone, Copy, PartialEq)]
struct Ground {
    place: StripPlace,
    theme: u32,
    run_start: u64,
    top: f64,
    /// Of a file's run: whether it tells when things happened.
    recorded: Option<bool>,
}

/// All that the layer of usage shows, to the pixel.
#[derive(Clone, Copy, PartialEq)]
struct RunKey {
    ground: Ground,
    newest_px: u32,
    /// The column that may still change.
    open: i64,
}

/// All that the strip shows.
#[derive(Clone, Copy, PartialEq)]
struct Key {
    run: RunKey,
    window_px: (i64, i64),
    play_px: Option<i64>,
}

/// The strip between two frames.
pub(super) struct LiveStrip {
    run: KeyedLayer<RunKey>,
    over: KeyedLayer<Key>,
    view: View,
    source: Source,
    texts: StripTexts,
    pace: TextPace,
    strip: Strip,
    widths: TextWidths,
    pub(super) gestures: StripGestures,
}

impl LiveCanvas for LiveStrip {
    fn draw(&mut self, size: Size, frame: &Frame) {
        let Some(samples) = self.source.samples() else { return };
        let log = &*samples;
        self.view.settle(log);
        self.strip.update(log, size.px().0.max(1));
        let (scene, place) = (self.scene(log), StripPlace { span: self.strip.span(), size });
        self.gestures.place = Some(place);
        let key = self.key_of(log, place, &scene);
        if self.is_due(key, frame) {
            self.paint(size, &scene, key);
        }
        if self.pace.takes_summary(frame) {
            self.texts.summary.set(words(log, scene.window, self.source.has_times()));
        }
    }
}

impl LiveStrip {
    /// A strip that nothing was drawn of.
    pub(super) fn new([run, over]: [Layer; 2], view: View, source: Source, texts: StripTexts) -> Self {
        let gestures = StripGestures::new(view, Rc::clone(&source), texts.on_edge);
        Self {
            run: KeyedLayer::new(run),
            over: KeyedLayer::new(over),
            view,
            source,
            texts,
            pace: TextPace::default(),
            strip: Strip::new(),
            widths: TextWidths::default(),
            gestures,
        }
    }

    /// What only flows takes turns with the charts; a window that is dragged, stands still
    /// or has another width is drawn at once.
    fn is_due(&self, key: Key, frame: &Frame) -> bool {
        let Some(drawn) = self.over.shown() else { return true };
        let is_still = self.gestures.is_dragging() || self.view.end_us.get_untracked().is_some();
        let is_flowing = !is_still && drawn.run.ground == key.run.ground;
        *drawn != key && (!is_flowing || TURN.has(frame))
    }

    fn paint(&mut self, size: Size, scene: &Scene, key: Key) {
        let (widths, palette, strip) = (&self.widths, &Palette::current(), &self.strip);
        let recorded = key.run.ground.recorded;
        self.run.draw_if(key.run, |layer, key, before| {
            let painter = StripPainter { layer, widths, palette, size, strip, recorded };
            match before.filter(|drawn| drawn.ground == key.ground) {
                Some(drawn) => painter.draw_newest(drawn.open),
                None => painter.draw_run(),
            }
        });
        self.over.draw_if(key, |layer, _, _| {
            StripPainter { layer, widths, palette, size, strip, recorded }.draw_over(scene)
        });
    }

    fn scene(&self, log: &SampleLog) -> Scene {
        let run = run_span(log);
        let window = self.view.span(log);
        let cursor = self.view.cursor_us.get_untracked();
        Scene { window, play_us: cursor.unwrap_or(window.end_us).clamp(run.start_us, run.end_us), run }
    }

    fn key_of(&self, log: &SampleLog, place: StripPlace, scene: &Scene) -> Key {
        let px = |time_us: f64| place.px_of(time_us) as i64;
        let rows = log.rows();
        let ground = Ground {
            place,
            theme: palette::number(),
            run_start: rows.start - log.dropped(),
            top: self.strip.top(),
            recorded: is_recorded(log).then(|| self.source.has_times()),
        };
        Key {
            run: RunKey { ground, newest_px: px(scene.run.end_us) as u32, open: self.strip.open_column() },
            window_px: (px(scene.window.start_us), px(scene.window.end_us)),
            play_px: (!rows.is_empty()).then(|| px(scene.play_us)),
        }
    }
}

fn words(log: &SampleLog, window: TimeSpan, has_times: bool) -> String {
    let run = run_span(log);
    if !has_times {
        let [start, end] = [window.start_us.max(run.start_us), window.end_us].map(|at| count(at as u64));
        let all = count(run.end_us as u64);
        return format!("Overview of the run, {all} operations; the window shows {start} to {end}");
    }
    let (start, end) = (moment(window.start_us.max(run.start_us)), moment(window.end_us));
    format!("Overview of the run, {}; the window shows {start} to {end}", moment(run.end_us))
}
