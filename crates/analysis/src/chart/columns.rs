//! From rows to pixel columns: the exact lowest and highest value of each
//! column, whatever the zoom. A spike of one row among 100 000 stays visible;
//! strides and smoothing would hide it.
//!
//! Columns lie on a grid fixed in engine time, not in the window: while a window
//! follows the run, finished columns do not change, only scroll. So nothing
//! shimmers, and a frame reads only the rows of its newest column.

use super::window::TimeSpan;
use arenascope_telemetry::samples::{SampleLog, Series};
use std::collections::VecDeque;

/// Columns of equal width; column `k` holds the rows of `k ≤ time ÷ width < k+1`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Grid {
    /// Width of a column, µs.
    pub column_us: f64,
    /// The number of the leftmost column.
    pub first: i64,
    /// How many columns there are.
    pub count: u32,
}

impl Grid {
    /// The grid of a window that is `pixels` wide on screen. The column of the
    /// window's end is the last one.
    pub fn over(span: TimeSpan, pixels: u32) -> Self {
        let count = pixels.max(1);
        // Whole µs: of a window that follows the run, the end less the start is not the
        // same to the last bit in every frame, and columns of another width are others.
        // A window without width would have columns without width.
        let column_us = (span.width_us().round() / f64::from(count)).max(1e-3);
        let last = (span.end_us / column_us).floor() as i64;
        Self { column_us, first: last + 1 - i64::from(count), count }
    }

    /// The span the columns cover: the window, moved to the grid.
    pub fn span(self) -> TimeSpan {
        TimeSpan { start_us: self.first as f64 * self.column_us, end_us: self.end() as f64 * self.column_us }
    }

    /// The column after the last one.
    pub fn end(self) -> i64 {
        self.first.saturating_add(i64::from(self.count))
    }

    /// The column of a moment.
    pub(crate) fn column_of(self, time_us: f64) -> i64 {
        (time_us / self.column_us).floor() as i64
    }
}

/// Exact extremes of one figure over the rows of one column.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Extent {
    /// The lowest value; +∞ where there was none.
    pub low: f64,
    /// The highest value; −∞ where there was none.
    pub high: f64,
    /// The newest value that is a number.
    pub last: f64,
    /// The lowest came before the highest.
    pub rising: bool,
}

impl Extent {
    /// The extent of no rows: its low is above its high.
    pub const EMPTY: Self = Self { low: f64::INFINITY, high: f64::NEG_INFINITY, last: f64::NAN, rising: false };

    /// True where no row had a number.
    pub fn is_empty(self) -> bool {
        self.low > self.high
    }

    fn add(&mut self, value: f64) {
        if value.is_nan() {
            return;
        }
        if value < self.low {
            self.low = value;
            self.rising = false;
        }
        if value > self.high {
            self.rising = !self.is_empty();
            self.high = value;
        }
        self.last = value;
    }
}

/// The figures of one row that a chart draws. Sums over several series are
/// formed here, on the row, so that their extremes are exact too.
pub type Figures<const N: usize> = fn(&SampleLog, u64) -> [f64; N];

/// The columns of one chart, kept between frames.
pub struct ColumnCache<const N: usize> {
    figures: Figures<N>,
    run_start: u64,
    column_us: f64,
    first: i64,
    columns: VecDeque<[Extent; N]>,
    /// The column that held the newest row when it was last looked at: rows may
    /// have come since.
    open: i64,
}

impl<const N: usize> ColumnCache<N> {
    /// A cache that has read no rows yet; `figures` says what it reads of each.
    pub const fn new(figures: Figures<N>) -> Self {
        let columns = VecDeque::new();
        Self { figures, run_start: 0, column_us: 0.0, first: 0, columns, open: i64::MIN }
    }

    /// Brings the columns up to date. O(new rows + new columns); O(rows of the
    /// window) after a zoom or a new run.
    pub fn update(&mut self, log: &SampleLog, grid: Grid) {
        let run_start = log.rows().start - log.dropped();
        if run_start != self.run_start || grid.column_us != self.column_us || !self.overlaps(grid) {
            self.columns.clear();
            self.first = grid.first;
        }
        (self.run_start, self.column_us) = (run_start, grid.column_us);
        self.drop_outside(grid);
        self.add_left(log, grid);
        self.add_right(log, grid);
    }

    /// Every column from the left: its index on the grid and its extremes.
    pub fn columns(&self) -> impl Iterator<Item = (i64, &[Extent; N])> {
        (self.first..).zip(&self.columns)
    }

    /// Width of a column, µs.
    pub fn column_us(&self) -> f64 {
        self.column_us
    }

    /// The highest value of one figure; 0 where there is none.
    pub fn high(&self, figure: usize) -> f64 {
        self.columns.iter().map(|column| column[figure].high).fold(0.0, f64::max)
    }

    /// The newest value of one figure.
    pub fn last(&self, figure: usize) -> Option<f64> {
        self.columns.iter().rev().map(|column| column[figure].last).find(|value| !value.is_nan())
    }

    /// True where no row fell into any column.
    pub fn is_empty(&self) -> bool {
        self.columns.iter().all(|column| column.iter().all(|extent| extent.is_empty()))
    }

    /// The column that may still change: that of the newest row. The smallest number
    /// there is where there was no row.
    pub fn open(&self) -> i64 {
        self.open
    }

    /// One figure as a line: time (µs) and value, at most two points per column,
    /// in the order in which the extremes came.
    pub fn line(&self, figure: usize) -> Vec<(f64, f64)> {
        self.line_from(figure, i64::MIN)
    }

    /// As [`Self::line`], from a column on; where that has no row, from the last one before
    /// it that has, so that a line which is drawn on goes on where it ended.
    pub fn line_from(&self, figure: usize, from: i64) -> Vec<(f64, f64)> {
        let before = from.saturating_sub(self.first).clamp(0, self.columns.len() as i64) as usize;
        let has_row = |index: &usize| self.columns.get(*index).is_some_and(|column| !column[figure].is_empty());
        let before = (0..=before).rev().find(has_row).unwrap_or(before);
        let mut points = Vec::with_capacity((self.columns.len() - before) * 2);
        for (index, column) in self.columns().skip(before) {
            let extent = column[figure];
            let at = (index as f64 + 0.5) * self.column_us;
            match extent {
                _ if extent.is_empty() => {}
                Extent { low, high, .. } if low == high => points.push((at, low)),
                Extent { low, high, rising: true, .. } => points.extend([(at, low), (at, high)]),
                Extent { low, high, .. } => points.extend([(at, high), (at, low)]),
            }
        }
        points
    }

    fn overlaps(&self, grid: Grid) -> bool {
        let end = self.first.saturating_add(self.columns.len() as i64);
        grid.first < end && self.first < grid.end()
    }

    /// Forgets columns left and right of the grid, and the one that was open.
    fn drop_outside(&mut self, grid: Grid) {
        while self.first < grid.first && self.columns.pop_front().is_some() {
            self.first += 1;
        }
        let keep = grid.end().min(self.open).saturating_sub(self.first).max(0) as usize;
        self.columns.truncate(keep);
    }

    fn add_left(&mut self, log: &SampleLog, grid: Grid) {
        if self.columns.is_empty() {
            self.first = grid.first;
            return;
        }
        let left = self.reduce(log, grid, grid.first..self.first);
        left.into_iter().rev().for_each(|column| self.columns.push_front(column));
        self.first = grid.first;
    }

    fn add_right(&mut self, log: &SampleLog, grid: Grid) {
        let from = self.first + self.columns.len() as i64;
        let right = self.reduce(log, grid, from..grid.end());
        self.columns.extend(right);
        // A run without rows yet has no newest one: the last row is another run's.
        let newest = log.rows().last().and_then(|row| log.get(row, Series::TimeUs));
        self.open = newest.map_or(i64::MIN, |time| grid.column_of(time));
    }

    /// Each column of `range`, from its rows.
    fn reduce(&self, log: &SampleLog, grid: Grid, range: core::ops::Range<i64>) -> Vec<[Extent; N]> {
        let mut columns = vec![[Extent::EMPTY; N]; range.end.saturating_sub(range.start).max(0) as usize];
        if columns.is_empty() {
            return columns;
        }
        for row in first_row_of(log, grid, range.start)..log.rows().end {
            let Some(time) = log.get(row, Series::TimeUs) else { break };
            let Some(column) = columns.get_mut((grid.column_of(time) - range.start).max(0) as usize) else { break };
            for (extent, value) in column.iter_mut().zip((self.figures)(log, row)) {
                extent.add(value);
            }
        }
        columns
    }
}

/// The first row at or right of a column. By the same division that assigns
/// rows to columns, so that no row falls between two of them.
fn first_row_of(log: &SampleLog, grid: Grid, column: i64) -> u64 {
    let rows = log.rows();
    let (mut low, mut high) = (rows.start, rows.end);
    while low < high {
        let middle = low + (high - low) / 2;
        match log.get(middle, Series::TimeUs) {
            Some(time) if grid.column_of(time) < column => low = middle + 1,
            _ => high = middle,
        }
    }
    low
}

#[cfg(test)]
mod tests {
    use super::*;
    use arenascope_telemetry::samples::Sample;
    use proptest::prelude::*;

    fn figures(log: &SampleLog, row: u64) -> [f64; 2] {
        let get = |series| log.get(row, series).unwrap_or(f64::NAN);
        let below = get(Series::ArenaUsed);
        [below, below + get(Series::ArenaFree)]
    }

    fn append(log: &SampleLog, time_us: f64, values: [f64; 2]) {
        let sample = Sample::ZERO.with(Series::TimeUs, time_us);
        log.append(&sample.with(Series::ArenaUsed, values[0]).with(Series::ArenaFree, values[1]));
    }

    /// Every column by looking at every row.
    fn brute_force(log: &SampleLog, grid: Grid) -> Vec<[(f64, f64); 2]> {
        let column = |index: i64| {
            let inside = |row: &u64| grid.column_of(log.get(*row, Series::TimeUs).unwrap()) == index;
            let rows: Vec<[f64; 2]> = log.rows().filter(inside).map(|row| figures(log, row)).collect();
            [0, 1].map(|figure| {
                let values = || rows.iter().map(|row| row[figure]).filter(|value| !value.is_nan());
                (values().fold(f64::INFINITY, f64::min), values().fold(f64::NEG_INFINITY, f64::max))
            })
        };
        (grid.first..grid.end()).map(column).collect()
    }

    fn extremes(cache: &ColumnCache<2>) -> Vec<[(f64, f64); 2]> {
        cache.columns().map(|(_, column)| column.map(|extent| (extent.low, extent.high))).collect()
    }

    /// What a page does between two frames.
    #[derive(Clone, Debug)]
    enum Step {
        Rows(Vec<(u32, [f64; 2])>),
        Look { start: u32, width: u32, pixels: u32 },
        NewRun,
    }

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let value = prop_oneof![6 => 0.0..1e9, 1 => Just(f64::NAN)];
        let row = (0..40_000_u32, [value.clone(), value]);
        let look = (0..900_000_u32, 1..600_000_u32, 1..200_u32);
        let step = prop_oneof![
            4 => prop::collection::vec(row, 1..60).prop_map(Step::Rows),
            6 => look.prop_map(|(start, width, pixels)| Step::Look { start, width, pixels }),
            1 => Just(Step::NewRun),
        ];
        prop::collection::vec(step, 1..24)
    }

    proptest! {
        // Each case makes a log of its own, and looks at every row often.
        #![proptest_config(ProptestConfig::with_cases(100))]
        #[test]
        fn cached_columns_equal_a_look_at_every_row(steps in steps()) {
            let (log, mut cache, mut time) = (SampleLog::new(), ColumnCache::new(figures), 0.0);
            for step in steps {
                match step {
                    Step::NewRun => {
                        log.begin_run();
                        time = 0.0;
                    }
                    Step::Rows(rows) => for (pause, values) in rows {
                        time += f64::from(pause);
                        append(&log, time, values);
                    },
                    Step::Look { start, width, pixels } => {
                        // Few widths, so that most looks reuse columns.
                        let (start_us, width_us) = (f64::from(start), f64::from(width / 150_000 * 150_000 + 70_001));
                        let pixels = pixels / 50 * 50 + 7;
                        let grid = Grid::over(TimeSpan { start_us, end_us: start_us + width_us }, pixels);
                        cache.update(&log, grid);
                        prop_assert_eq!(extremes(&cache), brute_force(&log, grid));
                    }
                }
            }
        }
    }

    #[test]
    fn one_spike_among_100_000_rows_is_drawn() {
        let log = SampleLog::new();
        for row in 0..100_000_u32 {
            append(&log, f64::from(row) * 16_667.0, [if row == 54_321 { 9.0 } else { 1.0 }, 0.0]);
        }
        let mut cache = ColumnCache::new(figures);
        cache.update(&log, Grid::over(TimeSpan { start_us: 0.0, end_us: 1.7e9 }, 800));
        let line = cache.line(0);
        assert!(line.len() <= 1600);
        assert_eq!(line.iter().filter(|point| point.1 == 9.0).count(), 1);
        assert_eq!(cache.high(0), 9.0);
    }

    #[test]
    fn a_line_that_is_drawn_on_behind_a_pause_begins_before_it() {
        let log = SampleLog::new();
        for (at, value) in [(5.0, 4.0), (15.0, 7.0), (95.0, 2.0)] {
            append(&log, at, [value, 0.0]);
        }
        let mut cache = ColumnCache::new(figures);
        cache.update(&log, Grid::over(TimeSpan { start_us: -1.0, end_us: 99.0 }, 10));
        let from = |column| cache.line_from(0, column);
        assert_eq!(from(5), [(15.0, 7.0), (95.0, 2.0)]);
        assert_eq!((from(1), from(9), from(10)), (from(5), vec![(95.0, 2.0)], vec![(95.0, 2.0)]));
        assert_eq!(from(i64::MIN), cache.line(0));
    }

    #[test]
    fn points_come_in_the_order_of_the_extremes() {
        let log = SampleLog::new();
        for (at, value) in [(0.0, 5.0), (1.0, 9.0), (2.0, 1.0), (10.0, 1.0), (11.0, 9.0), (12.0, f64::NAN), (20.0, 3.0)]
        {
            append(&log, at, [value, 0.0]);
        }
        let mut cache = ColumnCache::new(figures);
        cache.update(&log, Grid::over(TimeSpan { start_us: 0.0, end_us: 30.0 }, 3));
        assert_eq!(cache.line(0), [(15.0, 1.0), (15.0, 9.0), (25.0, 3.0)]);
        cache.update(&log, Grid::over(TimeSpan { start_us: -5.0, end_us: 25.0 }, 3));
        assert_eq!(cache.line(0), [(5.0, 9.0), (5.0, 1.0), (15.0, 1.0), (15.0, 9.0), (25.0, 3.0)]);
        assert_eq!(cache.last(0), Some(3.0));
    }
}
