//! Threads over time: operations per second, stacked, above the waits for the
//! arena's lock.

use crate::chart::columns::ColumnCache;
use crate::chart::plot::{Axis, Key, Paint, Pane, Plot, Screen, Shape, Stroke, figure};
use crate::chart::rate_axis::{RateAxis, rate_ticks};
use crate::numbers::text::per_second;
use arenascope_telemetry::samples::{SampleLog, Series};

/// The engine and as many mutators as can be.
const THREADS: usize = Series::THREADS.len();
const TOTAL: usize = THREADS - 1;
const WAITS: usize = THREADS;
/// The waits' part of the height.
const WAITS_SHARE: f64 = 0.32;

/// Names for the legend, in the order of [`Series::THREADS`].
const LABELS: [&str; THREADS] =
    ["engine", "mutator 1", "mutator 2", "mutator 3", "mutator 4", "mutator 5", "mutator 6", "mutator 7", "mutator 8"];

/// Operations per second by thread, and waits per second of all.
pub struct ThreadsPlot {
    columns: ColumnCache<{ THREADS + 1 }>,
    /// Threads that the legend names: the engine and the mutators.
    shown: usize,
    rates: RateAxis,
    waits: RateAxis,
    tops: [f64; 2],
    rows: usize,
}

impl ThreadsPlot {
    /// Nothing seen yet, of a run with so many mutators.
    pub const fn new(mutators: u32) -> Self {
        let shown = if mutators as usize >= THREADS { THREADS } else { mutators as usize + 1 };
        let (rates, waits) = (RateAxis::new(), RateAxis::new());
        Self { columns: ColumnCache::new(figures), shown, rates, waits, tops: [0.0; 2], rows: 0 }
    }

    fn rates_pane(&self) -> Pane {
        // From the top of the stack down, each over the one before.
        let area =
            |thread: usize| Shape { paint: paint(thread), stroke: Stroke::Area, points: self.columns.line(thread) };
        let room = (self.rows as f64 * (1.0 - WAITS_SHARE)) as usize;
        let axis = Axis { top: self.tops[0], ticks: rate_ticks(self.tops[0], room), limit: None };
        Pane { share: 1.0 - WAITS_SHARE, axis, shapes: (0..self.shown).rev().map(area).collect() }
    }

    fn waits_pane(&self) -> Pane {
        let room = (self.rows as f64 * WAITS_SHARE) as usize;
        let axis = Axis { top: self.tops[1], ticks: rate_ticks(self.tops[1], room), limit: None };
        let line = Shape { paint: Paint::Bad, stroke: Stroke::Line, points: self.columns.line(WAITS) };
        Pane { share: WAITS_SHARE, axis, shapes: vec![line] }
    }
}

impl Plot for ThreadsPlot {
    fn keys(&self) -> Vec<Key> {
        let thread = |index: usize| Key { label: LABELS[index].into(), paint: paint(index), stroke: Stroke::Area };
        let waits = Key { label: "lock waits".into(), paint: Paint::Bad, stroke: Stroke::Line };
        (0..self.shown).map(thread).chain([waits]).collect()
    }

    fn update(&mut self, log: &SampleLog, screen: Screen) {
        self.columns.update(log, screen.grid);
        self.tops = [
            self.rates.update(self.columns.high(TOTAL), screen.now),
            self.waits.update(self.columns.high(WAITS), screen.now),
        ];
        self.rows = screen.rows;
    }

    fn panes(&self) -> Vec<Pane> {
        vec![self.rates_pane(), self.waits_pane()]
    }

    fn read(&self, log: &SampleLog, row: u64) -> Vec<String> {
        let series = Series::THREADS.into_iter().take(self.shown).chain([Series::LockWaitRate]);
        series.map(|series| rate_text(figure(log, row, series))).collect()
    }

    fn marks(&self, log: &SampleLog, row: u64) -> Vec<(usize, f64, Paint)> {
        let values = figures(log, row);
        let threads = (0..self.shown).map(|thread| (0, values[thread], paint(thread)));
        threads.chain([(1, values[WAITS], Paint::Bad)]).collect()
    }

    fn summary(&self) -> String {
        let Some(total) = self.columns.last(TOTAL) else {
            return "Threads: no data in this window".into();
        };
        let waits = rate_text(self.columns.last(WAITS).unwrap_or(0.0));
        let highest = per_second(self.columns.high(TOTAL));
        format!(
            "{} threads: {} operations, highest {highest} in this window; {waits} waits for the lock",
            self.shown,
            per_second(total)
        )
    }
}

/// The edges of the stack, and the waits.
fn figures(log: &SampleLog, row: u64) -> [f64; THREADS + 1] {
    let mut values = [0.0; THREADS + 1];
    let mut sum = 0.0;
    for (value, series) in values.iter_mut().zip(Series::THREADS) {
        sum += figure(log, row, series);
        *value = sum;
    }
    values[WAITS] = figure(log, row, Series::LockWaitRate);
    values
}

fn paint(thread: usize) -> Paint {
    Paint::Thread(thread as u8)
}

/// A dash where there is no row.
fn rate_text(value: f64) -> String {
    if value.is_nan() { "–".into() } else { per_second(value) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chart::plot::fixture::{log_of, screen_of};
    use arenascope_telemetry::samples::Sample;

    fn row(sample: Sample, at: f64) -> Sample {
        let engine = sample.with(Series::THREADS[0], 1000.0).with(Series::THREADS[1], 100.0 * at);
        engine.with(Series::THREADS[2], 50.0).with(Series::LockWaitRate, 3.0)
    }

    #[test]
    fn rates_are_stacked_from_the_engine_up() {
        let log = log_of(5, row);
        let mut plot = ThreadsPlot::new(2);
        plot.update(&log, screen_of(5));
        let panes = plot.panes();
        let tops: Vec<f64> = panes[0].shapes.iter().map(|shape| shape.points[4].1).collect();
        assert_eq!(tops, [1450.0, 1400.0, 1000.0]);
        assert_eq!(panes[0].shapes[2].paint, Paint::Thread(0));
        assert_eq!((panes[0].axis.top, panes[1].axis.top), (2000.0, 10.0));
        assert_eq!(panes[1].shapes[0].points[4].1, 3.0);
    }

    #[test]
    fn a_row_reads_its_own_values_not_the_sums() {
        let log = log_of(5, row);
        assert_eq!(ThreadsPlot::new(2).read(&log, 3), ["1.0 k/s", "300 /s", "50 /s", "3 /s"]);
        assert_eq!(ThreadsPlot::new(2).keys().len(), 4);
        assert_eq!(ThreadsPlot::new(99).keys().len(), THREADS + 1);
    }

    #[test]
    fn words_for_who_does_not_see_it() {
        let mut plot = ThreadsPlot::new(2);
        assert_eq!(plot.summary(), "Threads: no data in this window");
        plot.update(&log_of(5, row), screen_of(5));
        let expected = "3 threads: 1.4 k/s operations, highest 1.4 k/s in this window; 3 /s waits for the lock";
        assert_eq!(plot.summary(), expected);
    }
}
