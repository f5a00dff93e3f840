//! The heat map of unusable free space in pixel columns: the highest value of each
//! column and request size, whatever the zoom, so that a short peak stays visible.
//! Columns without a row of their own keep the row before, for as long as it can be
//! held to be true.

use crate::chart::columns::Grid;
use arenascope_telemetry::heat::{HeatLog, HeatRow, SIZES};
use core::ops::Range;
use std::collections::VecDeque;

/// A row stands for this long at most, µs: rows come ten times a second, on a busy
/// machine more rarely. What is longer is a gap.
const HOLD_US: f64 = 1e6;

/// One column: the part of the free bytes that is unusable, by request size from
/// 16 B in powers of two.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HeatColumn {
    values: [f64; SIZES],
    count: usize,
}

impl HeatColumn {
    /// A column of no row.
    pub const EMPTY: Self = Self { values: [0.0; SIZES], count: 0 };

    /// The values, smallest size first; none where no row is known.
    pub fn values(&self) -> &[f64] {
        &self.values[..self.count]
    }

    fn add(&mut self, row: &HeatRow) {
        for (at, (_, value)) in row.values().enumerate() {
            self.values[at] = self.values[at].max(value);
            self.count = self.count.max(at + 1);
        }
    }
}

/// The columns of a map, kept between frames.
#[derive(Debug, Default)]
pub struct HeatGrid {
    run_start: u64,
    column_us: f64,
    first: i64,
    columns: VecDeque<HeatColumn>,
    /// The column of the newest row: it and those right of it may yet change.
    open: i64,
}

impl HeatGrid {
    /// Brings the columns up to date. O(new rows + new columns); O(rows of the window)
    /// after a zoom, a move to the left or a new run.
    pub fn update(&mut self, log: &HeatLog, grid: Grid) {
        let run_start = log.rows().start - log.dropped();
        let is_kept = run_start == self.run_start && grid.column_us == self.column_us && grid.first >= self.first;
        let keep_to = if is_kept { grid.end().min(self.open) } else { i64::MIN };
        self.columns.truncate(keep_to.saturating_sub(self.first).max(0) as usize);
        while self.first < grid.first && self.columns.pop_front().is_some() {
            self.first += 1;
        }
        self.first = grid.first;
        (self.run_start, self.column_us) = (run_start, grid.column_us);
        let missing = self.first + self.columns.len() as i64..grid.end();
        self.columns.extend(reduce(log, grid, missing));
        let newest = log.rows().last().and_then(|row| log.get(row));
        self.open = newest.map_or(i64::MIN, |row| grid.column_of(row.time_us as f64));
    }

    /// Every column, from the left.
    pub fn columns(&self) -> impl ExactSizeIterator<Item = &HeatColumn> {
        self.columns.iter()
    }

    /// Request sizes on the map: as many as the arena is large.
    pub fn sizes(&self) -> usize {
        self.columns.iter().map(|column| column.count).max().unwrap_or(0)
    }
}

/// Each column of `range`, from its rows, or from the row before.
fn reduce(log: &HeatLog, grid: Grid, range: Range<i64>) -> Vec<HeatColumn> {
    let start_us = (range.start as f64 * grid.column_us).max(0.0) as u64;
    let rows = log.rows();
    // One earlier, for the columns before the first row.
    let from = log.row_at(start_us).saturating_sub(1).max(rows.start);
    let mut rows = (from..rows.end).filter_map(|row| log.get(row)).peekable();
    let mut held: Option<HeatRow> = None;
    let column = |index: i64| {
        let mut column = HeatColumn::EMPTY;
        let at = |row: &HeatRow| grid.column_of(row.time_us as f64);
        while let Some(row) = rows.next_if(|row| at(row) <= index) {
            if at(&row) == index {
                column.add(&row);
            }
            held = Some(row);
        }
        let start_us = index as f64 * grid.column_us;
        if let Some(row) = held.filter(|row| column.count == 0 && start_us - row.time_us as f64 <= HOLD_US) {
            column.add(&row);
        }
        column
    };
    range.map(column).collect()
}

/// The row that is shown at a moment: the newest at or before it; `None` where there
/// is none, or it is too old to stand for that moment.
pub fn row_at(log: &HeatLog, time_us: f64) -> Option<HeatRow> {
    let rows = log.rows();
    let next = log.row_at(time_us.max(0.0) as u64 + 1);
    let row = log.get(next.checked_sub(1).filter(|row| rows.contains(row))?)?;
    (time_us - row.time_us as f64 <= HOLD_US).then_some(row)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chart::window::TimeSpan;
    use proptest::prelude::*;

    fn grid(start_us: f64, width_us: f64, pixels: u32) -> Grid {
        Grid::over(TimeSpan { start_us, end_us: start_us + width_us }, pixels)
    }

    fn append(log: &HeatLog, time_us: u64, values: &[f64]) {
        log.append(&HeatRow::new(time_us, values.iter().copied()));
    }

    /// Every column by looking at every row.
    fn brute_force(log: &HeatLog, grid: Grid) -> Vec<HeatColumn> {
        let rows: Vec<HeatRow> = log.rows().map(|row| log.get(row).unwrap()).collect();
        let column = |index: i64| {
            let mut column = HeatColumn::EMPTY;
            let own = rows.iter().filter(|row| grid.column_of(row.time_us as f64) == index);
            own.for_each(|row| column.add(row));
            let before = rows.iter().rfind(|row| grid.column_of(row.time_us as f64) < index);
            let held = before.filter(|row| index as f64 * grid.column_us - row.time_us as f64 <= HOLD_US);
            if let Some(row) = held.filter(|_| column.count == 0) {
                column.add(row);
            }
            column
        };
        (grid.first..grid.end()).map(column).collect()
    }

    #[derive(Clone, Debug)]
    enum Step {
        Rows(Vec<(u32, f64, f64)>),
        Look { start: u32, width: u32 },
        NewRun,
    }

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let row = (0..900_000_u32, 0.0..1.0, 0.0..1.0);
        let step = prop_oneof![
            4 => prop::collection::vec(row, 1..20).prop_map(Step::Rows),
            6 => (0..9_000_000_u32, 0..3_u32).prop_map(|(start, width)| Step::Look { start, width }),
            1 => Just(Step::NewRun),
        ];
        prop::collection::vec(step, 1..24)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(60))]
        #[test]
        fn kept_columns_equal_a_look_at_every_row(steps in steps()) {
            let (log, mut kept, mut time_us) = (HeatLog::new(), HeatGrid::default(), 0);
            for step in steps {
                match step {
                    Step::NewRun => {
                        log.begin_run();
                        time_us = 0;
                    }
                    Step::Rows(rows) => for (pause, low, high) in rows {
                        time_us += u64::from(pause);
                        append(&log, time_us, &[low, high]);
                    },
                    Step::Look { start, width } => {
                        let grid = grid(f64::from(start), 1e6 * (1.0 + 9.0 * f64::from(width)), 57);
                        kept.update(&log, grid);
                        prop_assert_eq!(kept.columns().copied().collect::<Vec<_>>(), brute_force(&log, grid));
                    }
                }
            }
        }
    }

    #[test]
    fn one_peak_among_many_rows_is_kept() {
        let log = HeatLog::new();
        (0..20_000).for_each(|row| append(&log, row * 100_000, &[0.0, if row == 12_345 { 0.9 } else { 0.1 }]));
        let mut map = HeatGrid::default();
        map.update(&log, grid(0.0, 2e9, 500));
        let hot = map.columns().filter(|column| column.values()[1] > 0.8).count();
        assert_eq!((map.columns().len(), map.sizes(), hot), (500, 2, 1));
    }

    #[test]
    fn a_gap_stays_a_gap() {
        let log = HeatLog::new();
        [1_000_000, 8_000_000].into_iter().for_each(|time| append(&log, time, &[0.5]));
        let mut map = HeatGrid::default();
        map.update(&log, grid(0.0, 9_999_999.0, 10));
        let known: Vec<bool> = map.columns().map(|column| !column.values().is_empty()).collect();
        // Columns are 2^20 µs wide: the rows lie in the first and the eighth.
        assert_eq!(known, [true, true, false, false, false, false, false, true, true, false]);
        assert_eq!(row_at(&log, 1.5e6).unwrap().time_us, 1_000_000);
        assert_eq!((row_at(&log, 0.5e6), row_at(&log, 5e6)), (None, None));
        assert_eq!(row_at(&log, 8e6).unwrap().time_us, 8_000_000);
    }
}
