//! What the heat map does in a frame: look whether anything changed, draw the layers
//! that did, and set the texts at a readable pace.

use super::backend::TextWidths;
use super::gestures::Gestures;
use super::heat_paint::{HeatPainter, draw_pointed};
use super::paint::{CrossHair, Geometry, Painter};
use super::source::Source;
use super::stage::{Layer, Stage, layered};
use crate::analysis::columns::Grid;
use crate::analysis::heat_grid::HeatGrid;
use crate::analysis::heat_words;
use crate::analysis::plot::Axis;
use crate::analysis::ticks::{live_time_ticks, run_time_ticks};
use crate::analysis::turns::Turn;
use crate::analysis::window::TimeSpan;
use crate::analysis::window_table::TableRow;
use crate::app::frame::{self, Frame};
use crate::app::palette::Palette;
use crate::app::signals::put;
use crate::app::view::View;
use crate::telemetry::Shared;
use leptos::html;
use leptos::prelude::*;
use std::rc::Rc;

/// Texts change at most this often, so that they can be read: under a cross-hair, and
/// without one.
const TEXT_MS: f64 = 125.0;
const CALM_MS: f64 = 250.0;
/// What a screen reader hears, and the table, change at most this often.
const SUMMARY_MS: f64 = 1000.0;
/// Rows of the data table.
const TABLE_ROWS: usize = 60;
/// The size that keys begin at: 64 KiB.
const SIZE_DEFAULT: usize = 12;

/// The map's texts.
#[derive(Clone, Copy)]
pub(super) struct HeatTexts {
    pub(super) reading: RwSignal<String>,
    pub(super) summary: RwSignal<String>,
    pub(super) spoken: RwSignal<String>,
    pub(super) empty: RwSignal<bool>,
    pub(super) rows: RwSignal<Vec<TableRow>>,
    pub(super) table_open: RwSignal<bool>,
}

impl HeatTexts {
    /// Of a map without data.
    pub(super) fn new() -> Self {
        Self {
            reading: RwSignal::default(),
            summary: RwSignal::default(),
            spoken: RwSignal::default(),
            empty: RwSignal::new(true),
            rows: RwSignal::default(),
            table_open: RwSignal::default(),
        }
    }
}

struct Drawing {
    stage: Stage,
    base: Layer,
    live: Layer,
    over: Layer,
    painter: HeatPainter,
}

/// All that the image shows.
#[derive(Clone, Copy, PartialEq)]
struct LiveKey {
    geometry: Geometry,
    theme: u32,
    column_us: f64,
    first: i64,
    run_start: u64,
    /// Rows so far.
    rows: u64,
}

/// All that the axes show.
#[derive(Clone, PartialEq)]
struct StaticKey {
    geometry: Geometry,
    theme: u32,
    sizes: usize,
    column_us: f64,
    /// The end of a window that stands still.
    end_us: Option<f64>,
}

/// All that the cross-hair shows.
#[derive(Clone, Copy, PartialEq)]
struct OverKey {
    live: LiveKey,
    time_us: f64,
    size: usize,
}

/// The map between two frames.
pub(super) struct LiveHeat {
    view: View,
    source: Source,
    texts: HeatTexts,
    gestures: Rc<Gestures>,
    drawing: Option<Drawing>,
    widths: TextWidths,
    map: HeatGrid,
    span: TimeSpan,
    static_key: Option<StaticKey>,
    live_key: Option<LiveKey>,
    over_key: Option<OverKey>,
    /// The request size that is read.
    size: usize,
    texts_turn: Turn,
    summary_turn: Turn,
}

impl LiveHeat {
    /// A map that nothing was drawn of.
    pub(super) fn new(view: View, source: Source, texts: HeatTexts, gestures: Rc<Gestures>) -> Self {
        Self {
            view,
            source,
            texts,
            gestures,
            drawing: None,
            widths: TextWidths::default(),
            map: HeatGrid::default(),
            span: TimeSpan { start_us: 0.0, end_us: 0.0 },
            static_key: None,
            live_key: None,
            over_key: None,
            size: SIZE_DEFAULT,
            texts_turn: Turn::new(),
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
        self.drawing = Some(Drawing { stage, base, live, over, painter: HeatPainter::new()? });
        Some(())
    }

    /// Draws what changed. Nothing where the map is not to be seen.
    pub(super) fn draw(&mut self, frame: &Frame) {
        let Some(size) = self.drawing.as_ref().and_then(|drawing| drawing.stage.size()) else { return };
        let Some(shared) = self.source.shared() else { return };
        let geometry = Geometry { size };
        self.view.settle(&shared.samples);
        self.gestures.geometry.set(Some(geometry));
        self.gestures.follow();
        let grid = Grid::over(self.view.span(&shared.samples), geometry.columns());
        let rows = shared.heat.rows();
        let theme = self.view.theme_number.get_untracked();
        let run_start = rows.start - shared.heat.dropped();
        let Grid { column_us, first, .. } = grid;
        let key = LiveKey { geometry, theme, column_us, first, run_start, rows: rows.end };
        if self.live_key != Some(key) {
            self.live_key = Some(key);
            self.map.update(&shared.heat, grid);
            self.span = grid.span();
            self.draw_image(geometry);
            self.draw_axes(geometry, theme, column_us);
        }
        self.draw_over(key);
        self.set_texts(shared, frame.now_ms);
    }

    fn draw_image(&mut self, geometry: Geometry) {
        let palette = Palette::current(self.view);
        let Some(drawing) = &mut self.drawing else { return };
        // Fails only where the browser took a canvas away; the next change draws again.
        let _ = drawing.painter.draw(&drawing.live, geometry, &self.map, &palette);
    }

    fn draw_axes(&mut self, geometry: Geometry, theme: u32, column_us: f64) {
        let end_us = self.view.end_us.get_untracked().map(|_| self.span.end_us);
        let key = StaticKey { geometry, theme, sizes: self.map.sizes(), column_us, end_us };
        if self.static_key.as_ref() == Some(&key) {
            return;
        }
        let (room, span) = (geometry.time_labels(), self.span);
        let times = match end_us {
            None => live_time_ticks(span.start_us, span.end_us, room),
            Some(_) => run_time_ticks(span.start_us, span.end_us, room),
        };
        let ticks = heat_words::size_ticks(key.sizes, geometry.rows());
        let axis = Axis { top: key.sizes.max(1) as f64, ticks, limit: None };
        let palette = Palette::current(self.view);
        if let Some(drawing) = &self.drawing {
            let painter = Painter { layer: &drawing.base, widths: &self.widths, palette: &palette, geometry };
            let _ = painter.draw_static(&[(1.0, axis)], span, &times);
        }
        self.static_key = Some(key);
    }

    /// The cross-hair, with a frame around the size that is read.
    fn draw_over(&mut self, live: LiveKey) {
        let Some(drawing) = &self.drawing else { return };
        let visible = |time_us: &f64| (self.span.start_us..=self.span.end_us).contains(time_us);
        let Some(time_us) = self.view.cursor_us.get_untracked().filter(visible) else {
            if self.over_key.take().is_some() {
                drawing.over.clear(live.geometry.size.px());
            }
            return;
        };
        let key = OverKey { live, time_us, size: self.size };
        if self.over_key == Some(key) {
            return;
        }
        self.over_key = Some(key);
        let (palette, geometry) = (Palette::current(self.view), live.geometry);
        let painter = Painter { layer: &drawing.over, widths: &self.widths, palette: &palette, geometry };
        let axis = Axis { top: 1.0, ticks: Vec::new(), limit: None };
        let _ = painter.draw_cross_hair(&[(1.0, axis)], self.span, &CrossHair { time_us, marks: Vec::new() });
        let sizes = self.map.sizes();
        if self.size < sizes {
            let [x, _, width, _] = geometry.plot();
            let share = (time_us - self.span.start_us) / self.span.width_us().max(1.0);
            draw_pointed(&drawing.over, geometry, x + share * width, self.size, sizes, palette.text);
        }
    }

    fn set_texts(&mut self, shared: &Shared, now_ms: f64) {
        let pace_ms = self.pace();
        if frame::takes_turn(&mut self.texts_turn, now_ms, pace_ms) {
            put(self.texts.empty, shared.heat.rows().is_empty());
            put(self.texts.reading, self.reading(shared));
            if self.gestures.keyed.take() {
                put(self.texts.spoken, self.texts.reading.get_untracked());
            }
        }
        if frame::takes_turn(&mut self.summary_turn, now_ms, SUMMARY_MS) {
            put(self.texts.summary, heat_words::summary(&shared.heat));
            if self.texts.table_open.get_untracked() {
                put(self.texts.rows, heat_words::table(&shared.heat, self.span, TABLE_ROWS));
            }
        }
    }

    /// What is pointed at is read at once, what only flows by, more calmly.
    fn pace(&self) -> f64 {
        if self.view.cursor_us.get_untracked().is_some() { TEXT_MS } else { CALM_MS }
    }

    fn reading(&self, shared: &Shared) -> String {
        match self.view.cursor_us.get_untracked() {
            Some(time_us) => heat_words::reading(&shared.heat, time_us, self.size),
            None => heat_words::newest(&shared.heat),
        }
    }

    /// The pointer is at that height, CSS pixels: the size there is read.
    pub(super) fn point(&mut self, y: f64) {
        let (Some(geometry), sizes) = (self.gestures.geometry.get(), self.map.sizes()) else { return };
        let [_, top, _, height] = geometry.plot();
        let share = 1.0 - (y * geometry.size.ratio - top) / height.max(1.0);
        if sizes > 0 {
            self.size = ((share * sizes as f64).max(0.0) as usize).min(sizes - 1);
        }
    }

    /// Reads a larger or smaller size; true where the key was one of ours.
    pub(super) fn step_size(&mut self, key: &str) -> bool {
        let last = self.map.sizes().saturating_sub(1);
        match key {
            "ArrowUp" => self.size = (self.size + 1).min(last),
            "ArrowDown" => self.size = self.size.saturating_sub(1),
            _ => return false,
        }
        self.gestures.keyed.set(true);
        true
    }
}
