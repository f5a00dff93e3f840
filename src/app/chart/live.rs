//! What a chart over time does in a frame: look whether anything changed, draw the layers
//! that did, and set the texts.

use super::drawing::Sheet;
use super::gestures::Gestures;
use super::paint::CrossHair;
use super::plot_view::OverTime;
use super::readings::Texts;
use super::source::{Samples, Source};
use super::time_layers::{Ground, TimeLayers};
use crate::analysis::chart::columns::Grid;
use crate::analysis::chart::plot::{Plot, Screen, nearest_row};
use crate::analysis::chart::window::TimeSpan;
use crate::analysis::chart::window_table::table_rows;
use crate::app::canvas::layer::Layer;
use crate::app::canvas::live::LiveCanvas;
use crate::app::canvas::pace::{FrameTurn, TextPace};
use crate::app::canvas::stage::Size;
use crate::app::chart::view::View;
use crate::app::frames::frame_loop::Frame;
use crate::app::theme::palette::Palette;
use crate::telemetry::samples::{SampleLog, Series};
use crate::units::Micros;
use leptos::prelude::*;
use std::rc::Rc;

/// All that the series show.
#[derive(Clone, Copy, PartialEq)]
struct FlowKey {
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
    ground: Ground,
    /// The leftmost column of a window that stands still.
    still_at: Option<i64>,
    run_start: u64,
    is_empty: bool,
}

/// A chart between two frames.
pub(crate) struct LiveChart {
    plot: Box<dyn Plot>,
    layers: TimeLayers<FlowKey, u64>,
    /// On which frames it draws while it only scrolls.
    turn: FrameTurn,
    source: Source,
    texts: Texts,
    pace: TextPace,
    /// Of the figures that the texts were written beside, µs.
    told_us: Option<u64>,
    /// What is drawn before the engine is up.
    nothing: Rc<SampleLog>,
}

impl LiveChart {
    /// A chart that nothing was drawn of.
    pub(crate) fn new(
        plot: Box<dyn Plot>,
        layers: [Layer; 3],
        turn: FrameTurn,
        view: View,
        source: Source,
        texts: Texts,
    ) -> Self {
        let layers = TimeLayers::new(layers, view, Rc::clone(&source));
        Self { plot, layers, turn, source, texts, pace: TextPace::default(), told_us: None, nothing: Rc::default() }
    }

    fn is_due(&self, key: FlowKey, frame: &Frame) -> bool {
        match self.layers.flow() {
            Some(drawn) if *drawn == key => false,
            Some(drawn) if drawn.scene == key.scene => self.turn.has(frame),
            _ => true,
        }
    }

    fn flow_key(&self, log: &SampleLog, ground: Ground, grid: Grid) -> FlowKey {
        let rows = log.rows();
        let newest = rows.clone().last().and_then(|row| log.get(row, Series::TimeUs)).unwrap_or(0.0);
        let scene = SceneKey {
            ground,
            still_at: self.layers.view.end_us.get_untracked().map(|_| grid.first),
            run_start: rows.start - log.dropped(),
            is_empty: rows.is_empty(),
        };
        let newest = (newest.min(grid.span().end_us) / grid.column_us * 2.0) as i64;
        FlowKey { scene, first: grid.first, newest }
    }

    fn draw_layers(&mut self, key: FlowKey, span: TimeSpan) {
        let (panes, ground) = (self.plot.panes(), key.scene.ground);
        self.layers.draw_flow(key, ground, span, |painter, _| painter.draw_live(&panes, span));
        self.layers.draw_axes(ground, panes.iter().map(|pane| (pane.share, pane.axis.clone())).collect());
    }

    /// Only where its moment is on screen.
    fn draw_cross_hair(&mut self, log: &SampleLog, ground: Ground, row: Option<u64>) {
        let time_us = row.and_then(|row| log.get(row, Series::TimeUs)).filter(|time_us| self.layers.shows(*time_us));
        let at = row.zip(time_us);
        let cross_hair = |(row, time_us)| CrossHair { time_us, marks: self.plot.marks(log, row) };
        self.layers.draw_cross_hair(at.map(|(row, _)| row), ground.geometry, |painter, _, axes, span| {
            at.map(|at| painter.draw_cross_hair(axes, span, &cross_hair(at)))
        });
    }

    /// The chart as an SVG document, as it is on screen; `None` where nothing is yet.
    pub(crate) fn svg(&self, title: &str) -> Option<String> {
        let (chart, geometry) = self.layers.drawing(&self.plot.panes())?;
        let readings = self.texts.readings.get_untracked().into_iter().chain(core::iter::repeat(String::new()));
        let sheet = Sheet {
            title,
            told: &self.plot.summary(),
            keys: self.plot.keys().into_iter().zip(readings).collect(),
            size: geometry.size,
            palette: &Palette::current(),
            widths: self.layers.widths(),
        };
        Some(sheet.around(&chart))
    }

    fn set_texts(&mut self, log: &SampleLog, cursor_row: Option<u64>, frame: &Frame) {
        let told_us = self.source.told_us();
        if core::mem::replace(&mut self.told_us, told_us) != told_us {
            self.pace.call_readings(frame);
        }
        if self.pace.takes_readings(frame, cursor_row.is_some()) {
            let cursor_us = self.layers.view.cursor_us.get_untracked();
            self.texts.set_readings(self.plot.as_ref(), self.source.as_ref(), log, cursor_us);
            if core::mem::take(&mut self.layers.gestures.keyed) {
                self.texts.speak(self.plot.as_ref());
            }
        }
        if self.pace.takes_summary(frame) {
            let table = |rows| table_rows(log, self.plot.as_ref(), self.layers.span, rows);
            self.texts.plot.summarise(self.plot.summary(), table);
            self.texts.set_hints(self.plot.as_ref(), self.source.as_ref());
        }
    }
}

impl LiveCanvas for LiveChart {
    fn draw(&mut self, size: Size, frame: &Frame) {
        let log = self.source.samples().unwrap_or_else(|| Samples::Opened(Rc::clone(&self.nothing)));
        let (ground, grid) = self.layers.follow(size, &log);
        let key = self.flow_key(&log, ground, grid);
        if self.is_due(key, frame) {
            let now = Micros::new((frame.now_ms * 1e3) as u64);
            self.plot.update(&log, Screen { grid, rows: ground.geometry.rows(), now });
            self.draw_layers(key, grid.span());
        }
        let cursor_us = self.layers.view.cursor_us.get_untracked();
        let cursor_row = cursor_us.and_then(|time_us| nearest_row(&log, time_us));
        self.draw_cross_hair(&log, ground, cursor_row);
        self.set_texts(&log, cursor_row, frame);
    }
}

impl OverTime for LiveChart {
    fn gestures(&mut self) -> &mut Gestures {
        &mut self.layers.gestures
    }
}
