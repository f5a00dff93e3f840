//! What every chart over time is made of, as plain data: the charts of the page
//! draw it, and nothing else. So what is drawn can be tested without a browser.

use super::columns::Grid;
use super::ticks::Tick;
use arenascope_telemetry::metrics::Metrics;
use arenascope_telemetry::samples::{SampleLog, Series};
use arenascope_units::Micros;
use arenascope_units::owner::MemoryCategory;
use std::borrow::Cow;

/// What a shape is, from which the theme takes its colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Paint {
    /// Memory of a category.
    Category(MemoryCategory),
    /// The main line of a chart.
    First,
    /// The second line of a chart.
    Second,
    /// A ratio of which more is better.
    Good,
    /// A line in the background.
    Dim,
    /// A limit, a failure.
    Bad,
    /// Work of a thread: 0 is the engine, the others are mutators.
    Thread(u8),
}

/// How a shape is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stroke {
    /// Filled down to zero.
    Area,
    /// A line from point to point.
    Line,
    /// A vertical line with a dot, at each point.
    Marker,
}

/// One entry of a legend.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// What the shape is, for people.
    pub label: Cow<'static, str>,
    /// What it is, for its colour.
    pub paint: Paint,
    /// How its swatch looks.
    pub stroke: Stroke,
}

/// One shape: points of time (µs) and value.
#[derive(Clone, Debug, PartialEq)]
pub struct Shape {
    /// What it is, for its colour.
    pub paint: Paint,
    /// How it is drawn.
    pub stroke: Stroke,
    /// From left to right.
    pub points: Vec<(f64, f64)>,
}

/// A value axis and the scale it belongs to.
#[derive(Clone, Debug, PartialEq)]
pub struct Axis {
    /// The value at the upper edge; the lower one is 0.
    pub top: f64,
    /// Its marks, from the lowest.
    pub ticks: Vec<Tick>,
    /// A dashed line across, where it is inside.
    pub limit: Option<f64>,
}

/// One of the plots that a chart stacks over a common time axis.
#[derive(Clone, Debug, PartialEq)]
pub struct Pane {
    /// Its part of the height, 0 to 1.
    pub share: f64,
    /// The value axis at its left.
    pub axis: Axis,
    /// In the order of drawing.
    pub shapes: Vec<Shape>,
}

/// The screen that a chart is computed for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Screen {
    /// One column per device pixel.
    pub grid: Grid,
    /// Marks that fit one above the other, over the whole height.
    pub rows: usize,
    /// The page's clock, for axes that wait before they shrink.
    pub now: Micros,
}

/// A chart over time.
pub trait Plot {
    /// The legend, in the order of [`Self::read`].
    fn keys(&self) -> Vec<Key>;

    /// Takes what the engine published since the last call.
    fn update(&mut self, log: &SampleLog, screen: Screen);

    /// What to draw, from top to bottom.
    fn panes(&self) -> Vec<Pane>;

    /// The exact values of one row, one text per key, of constant width.
    fn read(&self, log: &SampleLog, row: u64) -> Vec<String>;

    /// The values of one row where the cross-hair marks them: pane, value.
    fn marks(&self, log: &SampleLog, row: u64) -> Vec<(usize, f64, Paint)>;

    /// What else there is to know of each key; may be empty.
    fn hints(&self, _metrics: &Metrics) -> Vec<String> {
        Vec::new()
    }

    /// The window in one sentence, for who does not see it.
    fn summary(&self) -> String;
}

/// One figure of one row; NaN where the row is gone.
pub(crate) fn figure(log: &SampleLog, row: u64, series: Series) -> f64 {
    log.get(row, series).unwrap_or(f64::NAN)
}

/// By how much a counter grew with this row; 0 at the run's first row.
pub(crate) fn increment(log: &SampleLog, row: u64, series: Series) -> f64 {
    if row <= log.rows().start {
        return 0.0;
    }
    figure(log, row, series) - figure(log, row - 1, series)
}

/// The row whose time is nearest to `time_us`; `None` where there is no row.
pub fn nearest_row(log: &SampleLog, time_us: f64) -> Option<u64> {
    let rows = log.rows();
    let after = log.row_at(time_us).min(rows.end.checked_sub(1)?);
    let before = after.saturating_sub(1).max(rows.start);
    let distance = |row| (figure(log, row, Series::TimeUs) - time_us).abs();
    (rows.start < rows.end).then(|| if distance(before) <= distance(after) { before } else { after })
}

#[cfg(test)]
pub(crate) mod fixture {
    use super::super::window::TimeSpan;
    use super::*;
    use arenascope_telemetry::samples::Sample;

    /// A log of rows one second apart, each made from its number.
    pub(crate) fn log_of(rows: u32, make: impl Fn(Sample, f64) -> Sample) -> SampleLog {
        let log = SampleLog::new();
        for row in 0..rows {
            let at = f64::from(row);
            log.append(&make(Sample::ZERO.with(Series::TimeUs, at * 1e6), at));
        }
        log
    }

    /// A screen that shows the first `seconds`, one column each.
    pub(crate) fn screen_of(seconds: u32) -> Screen {
        let span = TimeSpan { start_us: 0.0, end_us: f64::from(seconds) * 1e6 - 1.0 };
        let grid = Grid { column_us: 1e6, first: 0, ..Grid::over(span, seconds) };
        Screen { grid, rows: 4, now: Micros::ZERO }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_row_is_found() {
        let log = fixture::log_of(10, |sample, _| sample);
        for (time, row) in [(-5e6, 0), (0.4e6, 0), (0.6e6, 1), (4e6, 4), (99e6, 9)] {
            assert_eq!(nearest_row(&log, time), Some(row), "{time}");
        }
        assert_eq!(nearest_row(&SampleLog::new(), 1.0), None);
        log.begin_run();
        assert_eq!(nearest_row(&log, 1.0), None);
    }

    #[test]
    fn a_counter_starts_at_the_first_row() {
        let log = fixture::log_of(3, |sample, at| sample.with(Series::ArenaFailures, 5.0 + at * at));
        let steps: Vec<f64> = (0..3).map(|row| increment(&log, row, Series::ArenaFailures)).collect();
        assert_eq!(steps, [0.0, 1.0, 3.0]);
    }
}
