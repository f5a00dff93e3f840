//! Columns of a metric over time, from every event: exact extremes for each, on
//! a grid that depends on the zoom alone. Widths are powers of two microseconds,
//! and a window is kept with as much again on both sides: panning computes few
//! columns, a small zoom none, and none changes while it scrolls.

use crate::recording::{EventSeries, Extremes, Metric, Reader};
use core::ops::Range;
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

/// Columns of the margin that one update computes: a fraction of a millisecond.
const MARGIN_AT_ONCE: u64 = 160;

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
    /// The newest event then.
    seen: u64,
}

impl EventColumns {
    /// No columns yet.
    pub const fn new(metric: Metric) -> Self {
        let columns = VecDeque::new();
        Self { metric, run_start: None, doublings: 0, first: 0, columns, growing: u64::MAX, seen: 0 }
    }

    /// Brings the columns of a window of the newest run up to date, and some of the
    /// margin beside it; `series` is up to date with `reader`. Returns how many were
    /// computed: 0 once the margin is complete too. Each in O(log events); columns of
    /// half the width are put together.
    pub fn update(&mut self, reader: &Reader<'_>, series: &EventSeries, grid: EventGrid) -> u64 {
        let run = reader.run();
        let newest_us = run.end.checked_sub(1).and_then(|last| reader.time_us(last)).unwrap_or(0);
        let newest = newest_us >> grid.doublings;
        self.turn_to(run.start, grid, newest);
        if self.seen != run.end {
            // The last column may have grown, and is not the last any more.
            let whole = self.growing.saturating_sub(self.first) as usize;
            self.columns.truncate(whole);
        }
        (self.growing, self.seen) = (newest, run.end);
        let wanted = grid.buffered(newest_us);
        self.trim(wanted);
        let shown = grid.first.min(newest + 1)..grid.end.min(newest + 1);
        let computed = self.extend(reader, series, shown.start, shown.end);
        let left = self.first.saturating_sub(MARGIN_AT_ONCE).max(wanted.first);
        let right = (self.end() + MARGIN_AT_ONCE).min(wanted.end);
        computed + self.extend(reader, series, left.min(self.first), right.max(self.end()))
    }

    /// Keeps what serves this run and zoom.
    fn turn_to(&mut self, run_start: u64, grid: EventGrid, newest: u64) {
        let is_same_run = self.run_start == Some(run_start);
        if is_same_run && self.doublings + 1 == grid.doublings {
            self.halve();
        } else if !is_same_run || self.doublings != grid.doublings {
            self.columns.clear();
        }
        (self.run_start, self.doublings) = (Some(run_start), grid.doublings);
        if self.columns.is_empty() || grid.first > self.end() || grid.end < self.first {
            self.columns.clear();
            self.first = grid.first.min(newest + 1);
        }
    }

    /// Puts columns together two by two, those alone at the ends left out.
    fn halve(&mut self) {
        let whole = self.growing.saturating_sub(self.first) as usize;
        self.columns.truncate(whole);
        if self.first % 2 == 1 && self.columns.pop_front().is_some() {
            self.first += 1;
        }
        let pairs = self.columns.make_contiguous().chunks_exact(2);
        self.columns = pairs.map(|pair| together(pair[0], pair[1])).collect();
        self.first = self.first.div_ceil(2);
        self.growing /= 2;
    }

    /// Forgets columns outside of the window.
    fn trim(&mut self, wanted: EventGrid) {
        self.columns.truncate(wanted.end.saturating_sub(self.first) as usize);
        while self.first < wanted.first && self.columns.pop_front().is_some() {
            self.first += 1;
        }
    }

    /// Computes what is missing between these columns, which touch those there.
    fn extend(&mut self, reader: &Reader<'_>, series: &EventSeries, first: u64, end: u64) -> u64 {
        let left = self.compute(reader, series, first..self.first);
        let right = self.compute(reader, series, self.end()..end);
        let computed = (left.len() + right.len()) as u64;
        self.first -= left.len() as u64;
        left.into_iter().rev().for_each(|column| self.columns.push_front(column));
        self.columns.extend(right);
        computed
    }

    fn compute(&self, reader: &Reader<'_>, series: &EventSeries, columns: Range<u64>) -> Vec<Option<Extremes>> {
        if columns.is_empty() {
            return Vec::new();
        }
        let mut position = reader.position_at(columns.start << self.doublings);
        let (mut borders, mut ahead) = (vec![position], 0);
        for column in columns.start + 1..=columns.end {
            let next = reader.position_from(position, ahead, column << self.doublings);
            (position, ahead) = (next, next - position);
            borders.push(position);
        }
        let mut computed = Vec::with_capacity(borders.len());
        series.strip(reader, self.metric, &borders, |column| computed.push(column));
        computed
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

/// Two columns that follow each other as one.
fn together(left: Option<Extremes>, right: Option<Extremes>) -> Option<Extremes> {
    match (left, right) {
        (Some(left), Some(right)) => Some(left.then(right)),
        (left, right) => left.or(right),
    }
}
