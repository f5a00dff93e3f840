//! The GPU pool over time: how often it could reuse, above what it holds.

use crate::chart::axis_range::ByteAxis;
use crate::chart::columns::ColumnCache;
use crate::chart::plot::{Axis, Key, Paint, Pane, Plot, Screen, Shape, Stroke, figure};
use crate::chart::ticks::{byte_ticks, percent_ticks};
use crate::overview::usage_plot::bytes_text;
use arenascope_telemetry::samples::{SampleLog, Series};
use arenascope_units::owner::MemoryCategory;
use arenascope_units::{Bytes, Ratio};

/// The ratio's part of the height: two plots with an axis each are read without
/// asking which line belongs to which side.
const RATIO_SHARE: f64 = 0.45;
const RATIO_TICK: usize = 0;
const RATIO: usize = 1;
const IN_USE: usize = 2;
const PENDING: usize = 3;
const HELD: usize = 4;

const IN_USE_PAINT: Paint = Paint::Category(MemoryCategory::GPU_BUFFERS);
const PENDING_PAINT: Paint = Paint::Category(MemoryCategory::GPU_TEXTURES);
const IDLE_PAINT: Paint = Paint::Category(MemoryCategory::TEMPORARY);

/// Hit ratio over bytes in use, pending and idle.
pub struct PoolPlot {
    columns: ColumnCache<5>,
    axis: ByteAxis,
    top: Bytes,
    rows: usize,
}

impl PoolPlot {
    /// A plot that has seen no sample yet: its axes are the smallest.
    pub const fn new() -> Self {
        Self { columns: ColumnCache::new(figures), axis: ByteAxis::new(), top: Bytes::ZERO, rows: 0 }
    }

    fn ratio_pane(&self) -> Pane {
        let line = |paint, figure| Shape { paint, stroke: Stroke::Line, points: self.columns.line(figure) };
        let room = (self.rows as f64 * RATIO_SHARE) as usize;
        let axis = Axis { top: 1.0, ticks: percent_ticks(room), limit: None };
        Pane { share: RATIO_SHARE, axis, shapes: vec![line(Paint::Dim, RATIO_TICK), line(Paint::Good, RATIO)] }
    }

    fn bytes_pane(&self) -> Pane {
        let area = |paint, figure| Shape { paint, stroke: Stroke::Area, points: self.columns.line(figure) };
        let room = (self.rows as f64 * (1.0 - RATIO_SHARE)).max(2.0) as usize;
        let axis = Axis { top: self.top.get() as f64, ticks: byte_ticks(self.top, room), limit: None };
        let shapes = vec![area(IDLE_PAINT, HELD), area(PENDING_PAINT, PENDING), area(IN_USE_PAINT, IN_USE)];
        Pane { share: 1.0 - RATIO_SHARE, axis, shapes }
    }
}

impl Default for PoolPlot {
    fn default() -> Self {
        Self::new()
    }
}

impl Plot for PoolPlot {
    fn keys(&self) -> Vec<Key> {
        let key = |label: &'static str, paint, stroke| Key { label: label.into(), paint, stroke };
        vec![
            key("hit ratio", Paint::Good, Stroke::Line),
            key("this tick", Paint::Dim, Stroke::Line),
            key("in use", IN_USE_PAINT, Stroke::Area),
            key("pending", PENDING_PAINT, Stroke::Area),
            key("idle", IDLE_PAINT, Stroke::Area),
        ]
    }

    fn update(&mut self, log: &SampleLog, screen: Screen) {
        self.columns.update(log, screen.grid);
        self.top = self.axis.update(Bytes::new(self.columns.high(HELD) as u64), screen.now);
        self.rows = screen.rows;
    }

    fn panes(&self) -> Vec<Pane> {
        vec![self.ratio_pane(), self.bytes_pane()]
    }

    fn read(&self, log: &SampleLog, row: u64) -> Vec<String> {
        let get = |series| figure(log, row, series);
        let values = figures(log, row);
        let ratios = [values[RATIO], values[RATIO_TICK]].map(percent_text);
        let bytes = [Series::PoolInUse, Series::PoolPending, Series::PoolIdle].map(|series| bytes_text(get(series)));
        ratios.into_iter().chain(bytes).collect()
    }

    fn marks(&self, log: &SampleLog, row: u64) -> Vec<(usize, f64, Paint)> {
        let values = figures(log, row);
        vec![
            (0, values[RATIO], Paint::Good),
            (1, values[IN_USE], IN_USE_PAINT),
            (1, values[PENDING], PENDING_PAINT),
            (1, values[HELD], IDLE_PAINT),
        ]
    }

    fn summary(&self) -> String {
        let Some(ratio) = self.columns.last(RATIO) else {
            return "GPU pool: not used in this window".into();
        };
        let (ratio, highest) = (Ratio::new(ratio), Bytes::new(self.columns.high(HELD) as u64));
        let held = bytes_text(self.columns.last(HELD).unwrap_or(0.0));
        format!("Pool hit ratio {ratio}; it holds {held}, highest {highest} in this window")
    }
}

/// The two ratios, and the edges of the stack of bytes.
fn figures(log: &SampleLog, row: u64) -> [f64; 5] {
    let get = |series| figure(log, row, series);
    let in_use = get(Series::PoolInUse);
    let pending = in_use + get(Series::PoolPending);
    let held = pending + get(Series::PoolIdle);
    // A pool that holds nothing and never hit was not asked: no ratio, not 0 %.
    let ratio = Some(get(Series::PoolHitRatio)).filter(|ratio| *ratio > 0.0 || held > 0.0);
    [get(Series::PoolHitRatioTick), ratio.unwrap_or(f64::NAN), in_use, pending, held]
}

/// A dash where there was no acquire.
fn percent_text(value: f64) -> String {
    if value.is_nan() { "–".into() } else { Ratio::new(value).to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chart::plot::fixture::{log_of, screen_of};
    use arenascope_telemetry::samples::Sample;

    const MIB: f64 = 1048576.0;

    fn row(sample: Sample, at: f64) -> Sample {
        sample
            .with(Series::PoolHitRatio, 0.9)
            .with(Series::PoolHitRatioTick, if at % 2.0 == 0.0 { 1.0 } else { f64::NAN })
            .with(Series::PoolInUse, 3.0 * MIB)
            .with(Series::PoolPending, 2.0 * MIB)
            .with(Series::PoolIdle, at * MIB)
    }

    #[test]
    fn ticks_without_an_acquire_leave_no_point() {
        let mut plot = PoolPlot::new();
        plot.update(&log_of(5, row), screen_of(5));
        let panes = plot.panes();
        assert_eq!(panes[0].shapes[0].points, [(0.5e6, 1.0), (2.5e6, 1.0), (4.5e6, 1.0)]);
        assert_eq!(panes[0].shapes[1].points.len(), 5);
    }

    #[test]
    fn bytes_are_stacked() {
        let log = log_of(5, row);
        let mut plot = PoolPlot::new();
        plot.update(&log, screen_of(5));
        let tops = plot.panes()[1].shapes.iter().map(|shape| shape.points[4].1 / MIB).collect::<Vec<_>>();
        assert_eq!(tops, [9.0, 5.0, 3.0]);
        assert_eq!(plot.read(&log, 3), ["90.0 %", "–", "3.0 MiB", "2.0 MiB", "3.0 MiB"]);
    }

    #[test]
    fn a_pool_that_nobody_asked_has_no_ratio() {
        let log = log_of(3, |sample, _| sample.with(Series::PoolHitRatioTick, f64::NAN));
        let mut plot = PoolPlot::new();
        plot.update(&log, screen_of(3));
        assert_eq!(plot.panes()[0].shapes[1].points, []);
        assert_eq!(plot.read(&log, 1), ["–", "–", "0 B", "0 B", "0 B"]);
    }

    #[test]
    fn words_for_who_does_not_see_it() {
        let mut plot = PoolPlot::new();
        assert_eq!(plot.summary(), "GPU pool: not used in this window");
        plot.update(&log_of(5, row), screen_of(5));
        assert_eq!(plot.summary(), "Pool hit ratio 90.0 %; it holds 9.0 MiB, highest 9.0 MiB in this window");
    }
}
