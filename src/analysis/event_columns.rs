//! Columns of a metric over time, from every event: exact extremes for each, on
//! a grid that depends on the zoom alone. Widths are powers of two microseconds,
//! and a window is kept with as much again on both sides: panning computes few
//! columns, a small zoom none, and none changes while it scrolls.

use crate::recording::{EventSeries, Extremes, Metric, Reader};
use std::collections::VecDeque;

/// A window of columns of equal width. Column `k` is the time from
/// `k · width` up to `(k + 1) · width`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EventGrid {
    /// The width is 2^`doublings` µs.
    pub doublings: u32,
    /// The leftmost column.
    pub first: u64,
    /// The column after the last.
    pub end: u64,
}

impl EventGrid {
    /// The grid of the window from `start_us` to `end_us`, drawn on `pixels`: the
    /// widest columns that are not wider than a pixel, or 1 µs, the clock's own.
    pub fn over(start_us: u64, end_us: u64, pixels: u32) -> Self {
        let pixel_us = end_us.saturating_sub(start_us) / u64::from(pixels.max(1));
        let doublings = pixel_us.checked_ilog2().unwrap_or(0);
        Self { doublings, first: start_us >> doublings, end: (end_us >> doublings) + 1 }
    }

    /// Width of a column, µs.
    pub const fn width_us(self) -> u64 {
        1 << self.doublings
    }

    /// The window with as much again on both sides, up to the present.
    const fn buffered(self, end_us: u64) -> Self {
        let margin = self.end - self.first;
        let (present, wanted) = ((end_us >> self.doublings) + 1, self.end + margin);
        let end = if wanted < present { wanted } else { present };
        let first = self.first.saturating_sub(margin);
        Self { doublings: self.doublings, first: if first < end { first } else { end }, end }
    }
}

/// The columns of one metric, kept between frames.
#[derive(Clone, Debug)]
pub struct EventColumns {
    metric: Metric,
    run_start: Option<u64>,
    doublings: u32,
    first: u64,
    columns: VecDeque<Option<Extremes>>,
    /// The column that was growing when it was last computed.
    growing: u64,
}

impl EventColumns {
    /// No columns yet.
    pub const fn new(metric: Metric) -> Self {
        Self { metric, run_start: None, doublings: 0, first: 0, columns: VecDeque::new(), growing: u64::MAX }
    }

    /// Brings the columns of a window of the newest run up to date; `series` is
    /// up to date with `reader`. Returns how many were computed, each in
    /// O(log events).
    pub fn update(&mut self, reader: &Reader<'_>, series: &EventSeries, grid: EventGrid) -> u64 {
        let run = reader.run();
        let newest_us = run.end.checked_sub(1).and_then(|last| reader.time_us(last)).unwrap_or(0);
        let is_same = self.run_start == Some(run.start) && self.doublings == grid.doublings;
        let wanted = grid.buffered(newest_us);
        if !is_same || wanted.first > self.end() || wanted.end < self.first {
            (self.run_start, self.doublings, self.first) = (Some(run.start), grid.doublings, wanted.first);
            self.columns.clear();
        } else if self.covers(grid, newest_us >> grid.doublings) {
            return 0;
        }
        self.trim(wanted);
        let left = wanted.first..self.first;
        let mut computed = 0;
        for column in left.rev() {
            self.columns.push_front(self.column(reader, series, column));
            (self.first, computed) = (column, computed + 1);
        }
        for column in self.end()..wanted.end {
            self.columns.push_back(self.column(reader, series, column));
            computed += 1;
        }
        self.growing = newest_us >> self.doublings;
        computed
    }

    /// True where every column of the window is there, and none has grown since.
    fn covers(&self, grid: EventGrid, newest: u64) -> bool {
        self.first <= grid.first
            && grid.end.min(newest + 1) <= self.end()
            && (newest == self.growing && grid.end <= newest || grid.end <= self.growing)
    }

    /// Forgets columns outside of the window, and those that were growing.
    fn trim(&mut self, wanted: EventGrid) {
        let keep = wanted.end.min(self.growing).saturating_sub(self.first) as usize;
        self.columns.truncate(keep);
        while self.first < wanted.first && self.columns.pop_front().is_some() {
            self.first += 1;
        }
        if self.columns.is_empty() {
            self.first = wanted.first;
        }
    }

    fn column(&self, reader: &Reader<'_>, series: &EventSeries, column: u64) -> Option<Extremes> {
        let at = |column: u64| reader.position_at(column << self.doublings);
        series.steps(reader, self.metric, at(column)..at(column + 1))
    }

    /// The column after the last.
    fn end(&self) -> u64 {
        self.first + self.columns.len() as u64
    }

    /// The columns that are kept: number and extremes, the value held at the
    /// column's start included; `None` before the recording begins.
    pub fn columns(&self) -> impl Iterator<Item = (u64, Option<Extremes>)> {
        (self.first..).zip(self.columns.iter().copied())
    }
}
