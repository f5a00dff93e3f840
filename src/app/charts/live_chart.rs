//! What a chart over time does in a frame: look whether anything changed, draw
//! the layers that did, and set the texts at a readable pace.

use super::backend::TextWidths;
use super::gestures::Gestures;
use super::paint::{CrossHair, Geometry, Painter};
use super::source::Source;
use super::stage::{Layer, Stage, layered};
use crate::analysis::columns::Grid;
use crate::analysis::plot::{Axis, Pane, Plot, Screen, nearest_row};
use crate::analysis::ticks::{live_time_ticks, moment, run_time_ticks};
use crate::analysis::turns::Turn;
use crate::analysis::window::TimeSpan;
use crate::analysis::window_table::{TableRow, table_rows};
use crate::app::frame::{self, Frame};
use crate::app::palette::Palette;
use crate::app::signals::put;
use crate::app::view::View;
use crate::telemetry::metrics::Metrics;
use crate::telemetry::samples::{SampleLog, Series};
use crate::units::Micros;
use leptos::html;
use leptos::prelude::*;
use std::rc::Rc;

/// Texts change at most this often, so that they can be read: under a cross-hair, and
/// without one.
const TEXT_MS: f64 = 125.0;
const CALM_MS: f64 = 250.0;
/// What a screen reader hears, and the table, change at most this often.
const SUMMARY_MS: f64 = 1000.0;
/// Charts that only scroll take turns, so that no frame draws all of them.
const TURNS: u64 = 2;
/// Rows of the data table.
const TABLE_ROWS: usize = 60;

/// The chart's texts, set at a readable pace.
#[derive(Clone, Copy)]
pub(super) struct Texts {
    pub(super) readings: RwSignal<Vec<String>>,
    pub(super) hints: RwSignal<Vec<String>>,
    pub(super) moment: RwSignal<String>,
    pub(super) summary: RwSignal<String>,
    pub(super) spoken: RwSignal<String>,
    pub(super) empty: RwSignal<bool>,
    pub(super) rows: RwSignal<Vec<TableRow>>,
    pub(super) table_open: RwSignal<bool>,
}

impl Texts {
    /// Of a chart without data.
    pub(super) fn new() -> Self {
        Self {
            readings: RwSignal::default(),
            hints: RwSignal::default(),
            moment: RwSignal::default(),
            summary: RwSignal::default(),
            spoken: RwSignal::default(),
            empty: RwSignal::new(true),
            rows: RwSignal::default(),
            table_open: RwSignal::default(),
        }
    }
}

/// All that the static layer shows.
#[derive(Clone, PartialEq)]
struct StaticKey {
    geometry: Geometry,
    theme: u32,
    axes: Vec<(f64, Axis)>,
    column_us: f64,
    /// The end of a window that stands still; one that follows always looks the
    /// same.
    end_us: Option<f64>,
}

/// All that the live layer shows.
#[derive(Clone, Copy, PartialEq)]
struct LiveKey {
    /// All that changes at once where it changes.
    scene: SceneKey,
    /// The leftmost column: moves on while the window follows.
    first: i64,
    /// Half columns of the newest row: less is not to be seen.
    newest: i64,
}

/// What the series are drawn into.
#[derive(Clone, Copy, PartialEq)]
struct SceneKey {
    geometry: Geometry,
    theme: u32,
    column_us: f64,
    /// The leftmost column of a window that stands still.
    still_at: Option<i64>,
    run_start: u64,
    is_empty: bool,
}

/// All that the layer of the cross-hair shows.
#[derive(Clone, Copy, PartialEq)]
struct OverKey {
    live: LiveKey,
    row: Option<u64>,
}

struct Drawing {
    stage: Stage,
    base: Layer,
    live: Layer,
    over: Layer,
}

/// A chart between two frames.
pub(super) struct LiveChart {
    plot: Box<dyn Plot>,
    view: View,
    source: Source,
    texts: Texts,
    gestures: Rc<Gestures>,
    drawing: Option<Drawing>,
    /// What is on screen now.
    span: TimeSpan,
    /// What is drawn before the engine is up.
    nothing: Rc<SampleLog>,
    widths: TextWidths,
    static_key: Option<StaticKey>,
    live_key: Option<LiveKey>,
    over_key: Option<OverKey>,
    /// On which of [`TURNS`] frames it draws while it only scrolls.
    turn: u64,
    texts_turn: Turn,
    /// Of the figures that the texts were written beside, µs.
    told_us: Option<u64>,
    summary_turn: Turn,
}

impl LiveChart {
    /// A chart that nothing was drawn of.
    pub(super) fn new(
        plot: Box<dyn Plot>,
        turn: u64,
        view: View,
        source: Source,
        texts: Texts,
        gestures: Rc<Gestures>,
    ) -> Self {
        Self {
            plot,
            view,
            source,
            texts,
            gestures,
            drawing: None,
            span: TimeSpan { start_us: 0.0, end_us: 0.0 },
            nothing: Rc::default(),
            widths: TextWidths::default(),
            static_key: None,
            live_key: None,
            over_key: None,
            turn,
            texts_turn: Turn::new(),
            told_us: None,
            summary_turn: Turn::new(),
        }
    }

    /// True once there are canvases.
    pub(super) fn is_set_up(&self) -> bool {
        self.drawing.is_some()
    }

    /// Takes the canvases, as soon as they are in the page.
    pub(super) fn set_up(&mut self, holder: NodeRef<html::Div>, layers: [NodeRef<html::Canvas>; 3]) -> Option<()> {
        let (stage, [base, live, over]) = layered(holder, layers)?;
        self.drawing = Some(Drawing { stage, base, live, over });
        Some(())
    }

    /// Draws what changed. Nothing where the chart is not to be seen.
    pub(super) fn draw(&mut self, frame: &Frame) {
        let Some(size) = self.drawing.as_ref().and_then(|drawing| drawing.stage.size()) else { return };
        let geometry = Geometry { size };
        let nothing = Rc::clone(&self.nothing);
        let log = self.source.shared().map_or(&*nothing, |shared| &shared.samples);
        self.view.settle(log);
        self.gestures.geometry.set(Some(geometry));
        self.gestures.follow();
        let grid = Grid::over(self.view.span(log), geometry.columns());
        let (span, key) = (grid.span(), self.live_key(log, geometry, grid));
        if self.is_due(key, frame) {
            self.live_key = Some(key);
            let now = Micros::new((frame.now_ms * 1e3) as u64);
            self.plot.update(log, Screen { grid, rows: geometry.rows(), now });
            self.span = span;
            self.draw_layers(geometry);
        }
        let cursor_row = self.view.cursor_us.get_untracked().and_then(|time_us| nearest_row(log, time_us));
        self.draw_over(log, geometry, cursor_row);
        self.set_texts(log, cursor_row, frame.now_ms);
    }

    fn is_due(&self, key: LiveKey, frame: &Frame) -> bool {
        match self.live_key {
            Some(drawn) if drawn == key => false,
            Some(drawn) if drawn.scene == key.scene => frame.number % TURNS == self.turn % TURNS,
            _ => true,
        }
    }

    fn live_key(&self, log: &SampleLog, geometry: Geometry, grid: Grid) -> LiveKey {
        let rows = log.rows();
        let newest = rows.clone().last().and_then(|row| log.get(row, Series::TimeUs)).unwrap_or(0.0);
        let scene = SceneKey {
            geometry,
            theme: self.view.theme_number.get_untracked(),
            column_us: grid.column_us,
            still_at: self.view.end_us.get_untracked().map(|_| grid.first),
            run_start: rows.start - log.dropped(),
            is_empty: rows.is_empty(),
        };
        let newest = (newest.min(grid.span().end_us) / grid.column_us * 2.0) as i64;
        LiveKey { scene, first: grid.first, newest }
    }

    fn draw_layers(&mut self, geometry: Geometry) {
        let panes = self.plot.panes();
        let palette = Palette::current(self.view);
        let key = self.static_key_of(&panes, geometry);
        let Some(drawing) = &self.drawing else { return };
        let painter = |layer| Painter { layer, widths: &self.widths, palette: &palette, geometry };
        // Drawing fails only where the browser took the canvas away; the next
        // change draws again.
        let _ = painter(&drawing.live).draw_live(&panes, self.span);
        if self.static_key.as_ref() != Some(&key) {
            let _ = painter(&drawing.base).draw_static(&key.axes, self.span, &time_ticks(&key, self.span));
            self.static_key = Some(key);
        }
    }

    /// The cross-hair, on a layer of its own: a pointer moves it, not the series.
    fn draw_over(&mut self, log: &SampleLog, geometry: Geometry, row: Option<u64>) {
        let (Some(drawing), Some(live), Some(base)) = (&self.drawing, self.live_key, &self.static_key) else { return };
        let key = OverKey { live, row };
        if self.over_key == Some(key) || (row.is_none() && self.over_key.is_some_and(|drawn| drawn.row.is_none())) {
            return;
        }
        self.over_key = Some(key);
        let palette = Palette::current(self.view);
        let painter = Painter { layer: &drawing.over, widths: &self.widths, palette: &palette, geometry };
        match row.and_then(|row| self.cross_hair(log, row)) {
            Some(cross_hair) => drop(painter.draw_cross_hair(&base.axes, self.span, &cross_hair)),
            None => drawing.over.clear(geometry.size.px()),
        }
    }

    fn static_key_of(&self, panes: &[Pane], geometry: Geometry) -> StaticKey {
        let end_us = self.view.end_us.get_untracked().map(|_| self.span.end_us);
        StaticKey {
            geometry,
            theme: self.view.theme_number.get_untracked(),
            axes: panes.iter().map(|pane| (pane.share, pane.axis.clone())).collect(),
            column_us: self.live_key.map_or(0.0, |key| key.scene.column_us),
            end_us,
        }
    }

    /// Only where its moment is on screen.
    fn cross_hair(&self, log: &SampleLog, row: u64) -> Option<CrossHair> {
        let time_us = log.get(row, Series::TimeUs)?;
        let visible = (self.span.start_us..=self.span.end_us).contains(&time_us);
        visible.then(|| CrossHair { time_us, marks: self.plot.marks(log, row) })
    }

    fn set_texts(&mut self, log: &SampleLog, cursor_row: Option<u64>, now_ms: f64) {
        let pace_ms = if cursor_row.is_some() { TEXT_MS } else { CALM_MS };
        let told_us = self.source.told_us();
        if self.told_us != told_us {
            self.told_us = told_us;
            self.texts_turn.call(now_ms);
        }
        if frame::takes_turn(&mut self.texts_turn, now_ms, pace_ms) {
            self.set_readings(log, cursor_row);
            if self.gestures.keyed.take() {
                self.speak();
            }
        }
        if frame::takes_turn(&mut self.summary_turn, now_ms, SUMMARY_MS) {
            put(self.texts.summary, self.plot.summary());
            self.set_hints();
            if self.texts.table_open.get_untracked() {
                put(self.texts.rows, table_rows(log, self.plot.as_ref(), self.span, TABLE_ROWS));
            }
        }
    }

    /// What a key went to, for who does not see it.
    fn speak(&self) {
        let labels = self.plot.keys().into_iter().map(|key| key.label);
        let pairs = self.texts.readings.with_untracked(|readings| {
            labels.zip(readings).map(|(label, reading)| format!("{label} {reading}")).collect::<Vec<_>>()
        });
        let moment = self.texts.moment.get_untracked();
        put(self.texts.spoken, format!("{moment}: {}", pairs.join(", ")));
    }

    /// Limits and peaks, which are no series: from the newest metrics.
    fn set_hints(&self) {
        let text = self.source.shared().and_then(|shared| shared.metrics.read_text());
        if let Some(metrics) = text.and_then(|text| serde_json::from_str::<Metrics>(&text).ok()) {
            put(self.texts.hints, self.plot.hints(&metrics));
        }
    }

    fn set_readings(&self, log: &SampleLog, cursor_row: Option<u64>) {
        let told_row = || self.told_us.and_then(|told_us| nearest_row(log, told_us as f64));
        let row = cursor_row.or_else(told_row).or_else(|| log.rows().last());
        put(self.texts.empty, row.is_none());
        put(self.texts.readings, row.map_or_else(Vec::new, |row| self.plot.read(log, row)));
        let at = cursor_row.and_then(|row| log.get(row, Series::TimeUs));
        put(self.texts.moment, at.map_or_else(String::new, |time_us| format!("at {}", moment(time_us))));
    }
}

fn time_ticks(key: &StaticKey, span: TimeSpan) -> Vec<crate::analysis::ticks::Tick> {
    let room = key.geometry.time_labels();
    match key.end_us {
        None => live_time_ticks(span.start_us, span.end_us, room),
        Some(_) => run_time_ticks(span.start_us, span.end_us, room),
    }
}
