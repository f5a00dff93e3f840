//! Usage by category, stacked in the order of the budget.

use crate::chart::axis_range::ByteAxis;
use crate::chart::columns::ColumnCache;
use crate::chart::plot::{Axis, Key, Paint, Pane, Plot, Screen, Shape, Stroke, figure};
use crate::chart::ticks::byte_ticks;
use crate::run::names::Names;
use arenascope_telemetry::metrics::{CategoryMetrics, Metrics};
use arenascope_telemetry::samples::{SampleLog, Series};
use arenascope_units::Bytes;
use arenascope_units::owner::MemoryCategory;
use std::sync::Arc;

/// Of which samples tell: the engine's.
const CATEGORIES: usize = MemoryCategory::ALL.len();
const TOTAL: usize = CATEGORIES - 1;

/// The categories that samples tell apart, over time, with the total limit.
pub struct UsagePlot {
    names: Arc<Names>,
    stack: ColumnCache<CATEGORIES>,
    axis: ByteAxis,
    top: Bytes,
    rows: usize,
    limit: f64,
    newest: [f64; CATEGORIES],
}

impl UsagePlot {
    /// A plot that has seen no sample yet, of a run with these names: its axes are the
    /// smallest.
    pub fn new(names: Arc<Names>) -> Self {
        let (stack, axis) = (ColumnCache::new(stacked), ByteAxis::new());
        Self { names, stack, axis, top: Bytes::ZERO, rows: 0, limit: 0.0, newest: [0.0; CATEGORIES] }
    }

    /// The categories of the run of which samples tell.
    fn sampled(&self) -> impl Iterator<Item = MemoryCategory> + use<> {
        self.names.categories().take(CATEGORIES)
    }

    /// The limit is on the axis where usage comes near: beyond half of it.
    /// Below, a chart of the limit would show a flat line.
    fn top(&self, step: Bytes) -> Bytes {
        let limit = Bytes::new(self.limit as u64);
        let near = step.get() >= limit.get() / 2 && step <= limit;
        if near { limit } else { step }
    }
}

impl Plot for UsagePlot {
    fn keys(&self) -> Vec<Key> {
        let key = |category: MemoryCategory| Key {
            label: self.names.category(category).to_owned().into(),
            paint: Paint::Category(category),
            stroke: Stroke::Area,
        };
        self.sampled().map(key).collect()
    }

    fn update(&mut self, log: &SampleLog, screen: Screen) {
        self.stack.update(log, screen.grid);
        if let Some(row) = log.rows().last() {
            self.limit = figure(log, row, Series::BudgetTotal);
            self.newest = Series::BUDGET.map(|series| figure(log, row, series));
        }
        let step = self.axis.update(Bytes::new(self.stack.high(TOTAL) as u64), screen.now);
        (self.top, self.rows) = (self.top(step), screen.rows);
    }

    fn panes(&self) -> Vec<Pane> {
        // From the top of the stack down, each over the one before: neighbours
        // share no edge that would shine through.
        let area = |level: usize| Shape {
            paint: Paint::Category(MemoryCategory::ALL[level]),
            stroke: Stroke::Area,
            points: self.stack.line(level),
        };
        let top = self.top.get() as f64;
        let limit = (self.limit > 0.0 && self.limit <= top).then_some(self.limit);
        let axis = Axis { top, ticks: byte_ticks(self.top, self.rows), limit };
        vec![Pane { share: 1.0, axis, shapes: (0..self.sampled().count()).rev().map(area).collect() }]
    }

    fn read(&self, log: &SampleLog, row: u64) -> Vec<String> {
        self.sampled().zip(Series::BUDGET).map(|(_, series)| bytes_text(figure(log, row, series))).collect()
    }

    fn marks(&self, log: &SampleLog, row: u64) -> Vec<(usize, f64, Paint)> {
        let levels = stacked(log, row);
        self.sampled().map(|category| (0, levels[category.index()], Paint::Category(category))).collect()
    }

    fn hints(&self, metrics: &Metrics) -> Vec<String> {
        let hint = |row: &CategoryMetrics| {
            let [current, limit, peak] = [row.current_bytes, row.limit_bytes, row.peak_bytes].map(Bytes::new);
            format!("{}: {current} of {limit}, peak {peak}", self.names.category(row.category))
        };
        metrics.budget.categories.iter().map(hint).collect()
    }

    fn summary(&self) -> String {
        if self.stack.is_empty() {
            return "Usage by category: no data in this window".into();
        }
        let highest = Bytes::new(self.stack.high(TOTAL) as u64);
        let now = Bytes::new(self.stack.last(TOTAL).unwrap_or(0.0) as u64);
        let largest = self
            .sampled()
            .max_by(|a, b| self.newest[a.index()].total_cmp(&self.newest[b.index()]))
            .unwrap_or(MemoryCategory::ECS);
        let share = Bytes::new(self.newest[largest.index()] as u64);
        let largest = self.names.category(largest);
        let limit = Bytes::new(self.limit as u64);
        format!("Usage {now} of {limit}, highest {highest} in this window; most is {largest} with {share}")
    }
}

/// The running sums over the categories: the edges of the stack.
fn stacked(log: &SampleLog, row: u64) -> [f64; CATEGORIES] {
    let mut sum = 0.0;
    Series::BUDGET.map(|series| {
        sum += figure(log, row, series);
        sum
    })
}

/// A byte figure as text; a dash where there is none.
pub(crate) fn bytes_text(value: f64) -> String {
    if value.is_nan() { "–".into() } else { Bytes::new(value as u64).to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chart::plot::fixture::{log_of, screen_of};
    use arenascope_telemetry::samples::Sample;

    const MIB: f64 = 1048576.0;

    fn row(sample: Sample, at: f64) -> Sample {
        let limited = sample.with(Series::BudgetTotal, 256.0 * MIB).with(Series::BudgetEcs, at * MIB);
        limited.with(Series::BudgetGpuTextures, 2.0 * MIB).with(Series::BudgetTemporary, MIB)
    }

    fn plot_of(rows: u32) -> UsagePlot {
        let mut plot = UsagePlot::new(Arc::new(Names::engine()));
        plot.update(&log_of(rows, row), screen_of(rows));
        plot
    }

    #[test]
    fn areas_are_running_sums_drawn_from_the_top() {
        let pane = plot_of(4).panes().remove(0);
        let last = |shape: &Shape| shape.points.last().map(|point| point.1 / MIB);
        let tops: Vec<_> = pane.shapes.iter().map(|shape| last(shape).unwrap()).collect();
        assert_eq!(tops, [6.0, 5.0, 5.0, 5.0, 3.0, 3.0]);
        assert_eq!(pane.shapes[0].paint, Paint::Category(MemoryCategory::TEMPORARY));
    }

    #[test]
    fn the_limit_shows_when_usage_comes_near() {
        let small = plot_of(4).panes().remove(0).axis;
        assert_eq!((small.top, small.limit), (6.0 * MIB, None));
        let large = plot_of(120).panes().remove(0).axis;
        assert_eq!((large.top, large.limit), (256.0 * MIB, Some(256.0 * MIB)));
    }

    #[test]
    fn words_for_who_does_not_see_it() {
        let expected = "Usage 13.0 MiB of 256.0 MiB, highest 13.0 MiB in this window; most is ECS with 10.0 MiB";
        assert_eq!(plot_of(11).summary(), expected);
        assert_eq!(UsagePlot::new(Arc::new(Names::engine())).summary(), "Usage by category: no data in this window");
    }

    #[test]
    fn hints_tell_limit_and_peak() {
        let row =
            CategoryMetrics { current_bytes: 1 << 20, limit_bytes: 3 << 20, peak_bytes: 2 << 20, ..Default::default() };
        let mut metrics = Metrics::default();
        metrics.budget.categories.push(row);
        assert_eq!(
            UsagePlot::new(Arc::new(Names::engine())).hints(&metrics),
            ["ECS: 1.0 MiB of 3.0 MiB, peak 2.0 MiB"]
        );
    }

    #[test]
    fn a_row_reads_its_own_values_not_the_sums() {
        let log = log_of(3, row);
        let plot = UsagePlot::new(Arc::new(Names::engine()));
        assert_eq!(plot.read(&log, 2), ["2.0 MiB", "0 B", "2.0 MiB", "0 B", "0 B", "1.0 MiB"]);
        assert_eq!(plot.read(&log, 9)[0], "–");
        assert_eq!(plot.marks(&log, 2)[5].1, 5.0 * MIB);
    }
}
