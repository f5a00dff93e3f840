//! Pressure over time: what is charged as part of the total, under the
//! watermarks at which the next step begins.

use crate::chart::columns::ColumnCache;
use crate::chart::plot::{Axis, Key, Paint, Pane, Plot, Screen, Shape, Stroke, figure};
use crate::chart::ticks::percent_ticks;
use crate::chart::window::TimeSpan;
use arenascope_budget::Pressure;
use arenascope_telemetry::samples::{SampleLog, Series};
use arenascope_units::{Bytes, Ratio};

/// The steps above normal, and how each mark is drawn.
const MARKS: [(Pressure, &str, Paint); 3] = [
    (Pressure::Elevated, "elevated from", Paint::Dim),
    (Pressure::High, "high from", Paint::Second),
    (Pressure::Critical, "critical from", Paint::Bad),
];

/// Charged ÷ total, with the watermarks.
pub struct PressurePlot {
    columns: ColumnCache<1>,
    span: TimeSpan,
    rows: usize,
}

impl PressurePlot {
    /// A plot that has seen no sample yet.
    pub const fn new() -> Self {
        Self { columns: ColumnCache::new(clamped), span: TimeSpan { start_us: 0.0, end_us: 0.0 }, rows: 0 }
    }
}

impl Default for PressurePlot {
    fn default() -> Self {
        Self::new()
    }
}

impl Plot for PressurePlot {
    fn keys(&self) -> Vec<Key> {
        let used = Key { label: "charged".into(), paint: Paint::First, stroke: Stroke::Area };
        let mark = |(_, label, paint): (Pressure, &'static str, Paint)| Key {
            label: label.into(),
            paint,
            stroke: Stroke::Line,
        };
        std::iter::once(used).chain(MARKS.map(mark)).collect()
    }

    fn update(&mut self, log: &SampleLog, screen: Screen) {
        self.columns.update(log, screen.grid);
        (self.span, self.rows) = (screen.grid.span(), screen.rows);
    }

    fn panes(&self) -> Vec<Pane> {
        let area = Shape { paint: Paint::First, stroke: Stroke::Area, points: self.columns.line(0) };
        let mark = |(step, _, paint): (Pressure, &'static str, Paint)| {
            let at = mark_of(step);
            Shape { paint, stroke: Stroke::Line, points: vec![(self.span.start_us, at), (self.span.end_us, at)] }
        };
        let axis = Axis { top: 1.0, ticks: percent_ticks(self.rows), limit: None };
        vec![Pane { share: 1.0, axis, shapes: std::iter::once(area).chain(MARKS.map(mark)).collect() }]
    }

    fn read(&self, log: &SampleLog, row: u64) -> Vec<String> {
        let total = figure(log, row, Series::BudgetTotal);
        let bytes = |step: Pressure| Bytes::new((total * mark_of(step)) as u64).to_string();
        let used = part(log, row);
        let used = if used.is_nan() { "–".into() } else { Ratio::new(used).to_string() };
        std::iter::once(used).chain(MARKS.map(|(step, ..)| bytes(step))).collect()
    }

    fn marks(&self, log: &SampleLog, row: u64) -> Vec<(usize, f64, Paint)> {
        vec![(0, clamped(log, row)[0], Paint::First)]
    }

    fn summary(&self) -> String {
        let Some(now) = self.columns.last(0) else { return "Pressure: no data in this window".into() };
        let highest = self.columns.high(0);
        let reached = MARKS.iter().rev().find(|(step, ..)| highest >= mark_of(*step));
        let words = reached.map_or("no mark was reached".into(), |(step, ..)| {
            format!("the mark of {step} pressure, {} %, was reached", step.percent())
        });
        format!("{} of the total charged, highest {} in this window; {words}", Ratio::new(now), Ratio::new(highest))
    }
}

fn mark_of(step: Pressure) -> f64 {
    step.percent() as f64 / 100.0
}

fn part(log: &SampleLog, row: u64) -> f64 {
    let charged: f64 = Series::BUDGET.iter().map(|series| figure(log, row, *series)).sum();
    let total = figure(log, row, Series::BudgetTotal);
    if total > 0.0 { charged / total } else { f64::NAN }
}

/// A total that was lowered below what is charged: the axis ends at its limit.
fn clamped(log: &SampleLog, row: u64) -> [f64; 1] {
    let part = part(log, row);
    [if part > 1.0 { 1.0 } else { part }]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chart::plot::fixture::{log_of, screen_of};
    use arenascope_telemetry::samples::Sample;

    const MIB: f64 = 1048576.0;

    fn row(sample: Sample, at: f64) -> Sample {
        sample
            .with(Series::BudgetTotal, 100.0 * MIB)
            .with(Series::BudgetEcs, 60.0 * MIB)
            .with(Series::BudgetTemporary, at * 10.0 * MIB)
    }

    #[test]
    fn what_is_charged_stands_under_its_marks() {
        let log = log_of(6, row);
        let mut plot = PressurePlot::new();
        plot.update(&log, screen_of(6));
        let shapes = &plot.panes()[0].shapes;
        let heights: Vec<f64> = shapes[0].points.iter().map(|point| (point.1 * 100.0).round()).collect();
        assert_eq!(heights, [60.0, 70.0, 80.0, 90.0, 100.0, 100.0]);
        assert_eq!(shapes[1..].iter().map(|shape| shape.points[0].1).collect::<Vec<_>>(), [0.7, 0.85, 0.95]);
        assert_eq!(plot.read(&log, 5), ["110.0 %", "70.0 MiB", "85.0 MiB", "95.0 MiB"]);
        assert_eq!(plot.keys().len(), plot.read(&log, 5).len());
    }

    #[test]
    fn words_say_the_worst_mark() {
        let mut plot = PressurePlot::new();
        assert_eq!(plot.summary(), "Pressure: no data in this window");
        plot.update(&log_of(4, row), screen_of(4));
        let expected =
            "90.0 % of the total charged, highest 90.0 % in this window; the mark of high pressure, 85 %, was reached";
        assert_eq!(plot.summary(), expected);
    }
}
