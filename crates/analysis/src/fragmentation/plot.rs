//! Fragmentation: two ratios over time, and where allocations failed.

use crate::chart::columns::ColumnCache;
use crate::chart::plot::{Axis, Key, Paint, Pane, Plot, Screen, Shape, Stroke, figure, increment};
use crate::chart::ticks::ratio_ticks;
use arenascope_telemetry::samples::{SampleLog, Series};

const EXTERNAL: usize = 0;
const CONCENTRATION: usize = 1;
const FAILURES: usize = 2;

/// External fragmentation and free-space concentration of the arena.
pub struct FragmentationPlot {
    columns: ColumnCache<3>,
    rows: usize,
}

impl FragmentationPlot {
    /// A plot that has seen no sample yet: its axes are the smallest.
    pub const fn new() -> Self {
        Self { columns: ColumnCache::new(figures), rows: 0 }
    }

    fn failures(&self) -> Shape {
        let failed = self.columns.columns().filter(|(_, column)| column[FAILURES].high > 0.0);
        let middle = |index: i64| (index as f64 + 0.5) * self.columns.column_us();
        let points = failed.map(|(index, _)| (middle(index), 1.0)).collect();
        Shape { paint: Paint::Bad, stroke: Stroke::Marker, points }
    }
}

impl Default for FragmentationPlot {
    fn default() -> Self {
        Self::new()
    }
}

impl Plot for FragmentationPlot {
    fn keys(&self) -> Vec<Key> {
        vec![
            Key { label: "1 − largest ÷ free".into(), paint: Paint::First, stroke: Stroke::Line },
            Key { label: "1 − √Σf² ÷ Σf".into(), paint: Paint::Second, stroke: Stroke::Line },
            Key { label: "failed allocations so far".into(), paint: Paint::Bad, stroke: Stroke::Marker },
        ]
    }

    fn update(&mut self, log: &SampleLog, screen: Screen) {
        self.columns.update(log, screen.grid);
        self.rows = screen.rows;
    }

    fn panes(&self) -> Vec<Pane> {
        let line = |paint, figure| Shape { paint, stroke: Stroke::Line, points: self.columns.line(figure) };
        let shapes = vec![self.failures(), line(Paint::Second, CONCENTRATION), line(Paint::First, EXTERNAL)];
        vec![Pane { share: 1.0, axis: Axis { top: 1.0, ticks: ratio_ticks(self.rows), limit: None }, shapes }]
    }

    fn read(&self, log: &SampleLog, row: u64) -> Vec<String> {
        let [external, concentration, _] = figures(log, row);
        // The run's, as everywhere: those of one tick are what the marks are for.
        vec![ratio_text(external), ratio_text(concentration), count_text(figure(log, row, Series::ArenaFailures))]
    }

    fn marks(&self, log: &SampleLog, row: u64) -> Vec<(usize, f64, Paint)> {
        let [external, concentration, _] = figures(log, row);
        vec![(0, external, Paint::First), (0, concentration, Paint::Second)]
    }

    fn summary(&self) -> String {
        let Some(now) = self.columns.last(EXTERNAL) else {
            return "Fragmentation: no data in this window".into();
        };
        let highest = self.columns.high(EXTERNAL);
        let columns = self.failures().points.len();
        let failures = match columns {
            0 => "no failed allocation".to_owned(),
            1 => "failed allocations at 1 moment".to_owned(),
            _ => format!("failed allocations at {columns} moments"),
        };
        format!("External fragmentation {now:.2}, highest {highest:.2} in this window; {failures}")
    }
}

fn figures(log: &SampleLog, row: u64) -> [f64; 3] {
    [
        figure(log, row, Series::ExternalFragmentation),
        figure(log, row, Series::FreeSpaceConcentration),
        increment(log, row, Series::ArenaFailures),
    ]
}

fn count_text(value: f64) -> String {
    if value.is_nan() { "–".into() } else { crate::numbers::text::count(value as u64) }
}

fn ratio_text(value: f64) -> String {
    if value.is_nan() { "–".into() } else { format!("{value:.3}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chart::plot::fixture::{log_of, screen_of};
    use arenascope_telemetry::samples::Sample;

    fn row(sample: Sample, at: f64) -> Sample {
        let failures = if at >= 6.0 { 3.0 } else { 0.0 };
        sample
            .with(Series::ExternalFragmentation, if at == 3.0 { 0.44 } else { 0.31 })
            .with(Series::FreeSpaceConcentration, 0.2)
            .with(Series::ArenaFailures, failures)
    }

    #[test]
    fn a_failure_is_marked_where_the_counter_grew() {
        let log = log_of(10, row);
        let mut plot = FragmentationPlot::new();
        plot.update(&log, screen_of(10));
        assert_eq!(plot.failures().points, [(6.5e6, 1.0)]);
        assert_eq!(plot.read(&log, 6), ["0.310", "0.200", "3"]);
        assert_eq!(plot.read(&log, 7)[2], "3");
        assert_eq!(plot.read(&log, 5)[2], "0");
    }

    #[test]
    fn words_for_who_does_not_see_it() {
        let mut plot = FragmentationPlot::new();
        assert_eq!(plot.summary(), "Fragmentation: no data in this window");
        plot.update(&log_of(6, row), screen_of(6));
        let calm = "External fragmentation 0.31, highest 0.44 in this window; no failed allocation";
        assert_eq!(plot.summary(), calm);
        plot.update(&log_of(8, row), screen_of(8));
        assert!(plot.summary().ends_with("failed allocations at 1 moment"));
    }
}
