//! Columns of all metrics over time, or over the events' numbers, from every
//! event: exact extremes for each, on a grid that depends on the zoom alone.
//! Widths are powers of two, and what was computed is kept as far again on both
//! sides: panning computes few columns, a small zoom none, and none changes while
//! it scrolls.

use crate::recordings::event_index::{EventCounts, EventIndex};
use arenascope_recording::{AllExtremes, EventSeries, Extremes, Metric, Reader};
use core::ops::Range;
use std::collections::VecDeque;

/// What a chart of events is drawn against.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum EventAxis {
    /// Time since the run's start, µs.
    #[default]
    Time,
    /// The events of the run, counted: each has a place of its own, also where
    /// many happened in the same microsecond.
    Number,
}

impl EventAxis {
    /// The position at which a place of the axis begins, in the newest run.
    pub fn position(self, reader: &Reader<'_>, index: &EventIndex, place: u64) -> u64 {
        match self {
            Self::Time => index.position_at(reader, place),
            Self::Number => reader.run_start().saturating_add(place).min(reader.run().end),
        }
    }

    /// The place of an event of the newest run.
    pub fn place(self, reader: &Reader<'_>, event: u64) -> Option<u64> {
        match self {
            Self::Time => reader.time_us(event),
            Self::Number => event.checked_sub(reader.run_start()),
        }
    }

    /// The place of the newest event; 0 where there is none.
    pub fn newest(self, reader: &Reader<'_>) -> u64 {
        let run = reader.run();
        let last = run.end.checked_sub(1).filter(|last| *last >= run.start);
        last.and_then(|last| self.place(reader, last)).unwrap_or(0)
    }
}

/// A window of columns of equal width. Column `k` is what lies from `k · width`
/// up to `(k + 1) · width`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EventGrid {
    /// The width is 2^`doublings` µs, or events.
    pub doublings: u32,
    /// The number of the leftmost column.
    pub first: u64,
    /// The column after the last.
    pub end: u64,
}

impl EventGrid {
    /// The grid of the window from `start` to `end`, drawn on `pixels`: the widest
    /// columns that are not wider than a pixel, or 1.
    pub fn over(start: u64, end: u64, pixels: u32) -> Self {
        let pixel = end.saturating_sub(start) / u64::from(pixels.max(1));
        let doublings = pixel.checked_ilog2().unwrap_or(0);
        Self { doublings, first: start >> doublings, end: (end >> doublings) + 1 }
    }

    /// Width of a column.
    pub const fn width(self) -> u64 {
        1 << self.doublings
    }
}

/// What happened in one column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EventColumn {
    /// Position before its first event.
    pub start: u64,
    /// Position after its last.
    pub end: u64,
    /// The value at its start included; `None` before the recording begins.
    pub extremes: Option<AllExtremes>,
    /// By thread, and what is worth a mark.
    pub counts: EventCounts,
}

impl EventColumn {
    /// The extremes of one metric.
    pub fn of(&self, metric: Metric) -> Option<Extremes> {
        self.extremes.map(|all| all[metric.index()])
    }
}

/// The columns of a window, kept between frames.
#[derive(Clone, Debug)]
pub struct EventColumns {
    axis: EventAxis,
    run_start: Option<u64>,
    doublings: u32,
    first: u64,
    columns: VecDeque<EventColumn>,
    /// The column that was growing when it was last computed.
    growing: u64,
}

impl EventColumns {
    /// A cache without columns, on one of the two axes.
    pub const fn new(axis: EventAxis) -> Self {
        Self { axis, run_start: None, doublings: 0, first: 0, columns: VecDeque::new(), growing: u64::MAX }
    }

    /// Brings the columns of a window of the newest run up to date, but computes
    /// at most `most`, each in O(block + log events); the next call goes on.
    /// `series` and `index` are up to date with `reader`. Returns how many were
    /// computed.
    pub fn update(
        &mut self,
        reader: &Reader<'_>,
        series: &EventSeries,
        index: &EventIndex,
        grid: EventGrid,
        most: u64,
    ) -> u64 {
        let newest = self.axis.newest(reader) >> grid.doublings;
        let is_same = self.is_of(reader, grid);
        let wanted = grid.first.min(newest + 1)..grid.end.min(newest + 1);
        if !is_same || wanted.start > self.end() || wanted.end < self.first {
            (self.run_start, self.doublings, self.first) = (Some(reader.run_start()), grid.doublings, wanted.start);
            self.columns.clear();
            self.growing = u64::MAX;
        }
        self.trim(&wanted, newest);
        let left = wanted.start.max(self.first.saturating_sub(most))..self.first;
        let left = self.computed(reader, series, index, left);
        let rest = most - left.len() as u64;
        let right = self.computed(reader, series, index, self.end()..wanted.end.min(self.end().saturating_add(rest)));
        let computed = (left.len() + right.len()) as u64;
        self.first -= left.len() as u64;
        left.into_iter().rev().for_each(|column| self.columns.push_front(column));
        self.columns.extend(right);
        self.growing = newest;
        computed
    }

    /// True where every column of the window is there, up to the newest event.
    pub fn covers(&self, reader: &Reader<'_>, grid: EventGrid) -> bool {
        let present = (self.axis.newest(reader) >> grid.doublings) + 1;
        self.is_of(reader, grid) && self.first <= grid.first.min(present) && self.end() >= grid.end.min(present)
    }

    /// True where they are of this zoom, and of the newest run.
    pub fn is_of(&self, reader: &Reader<'_>, grid: EventGrid) -> bool {
        self.run_start == Some(reader.run_start()) && self.doublings == grid.doublings
    }

    /// True where they are of the newest run, or of none: those of another are not to be
    /// seen any more, also while those of the newest are computed.
    pub fn is_of_run(&self, reader: &Reader<'_>) -> bool {
        self.run_start.is_none_or(|start| start == reader.run_start())
    }

    /// The width of a column is two to the power of this.
    pub const fn doublings(&self) -> u32 {
        self.doublings
    }

    /// Forgets columns far outside of the window, and those that may have grown.
    fn trim(&mut self, wanted: &Range<u64>, newest: u64) {
        let margin = wanted.end - wanted.start;
        let has_grown = if self.growing <= newest { self.growing } else { u64::MAX };
        let keep = has_grown.min(wanted.end + margin).saturating_sub(self.first) as usize;
        self.columns.truncate(keep);
        let first = wanted.start.saturating_sub(margin);
        while self.first < first && self.columns.pop_front().is_some() {
            self.first += 1;
        }
        if self.columns.is_empty() {
            self.first = wanted.start;
        }
    }

    fn computed(
        &self,
        reader: &Reader<'_>,
        series: &EventSeries,
        index: &EventIndex,
        columns: Range<u64>,
    ) -> Vec<EventColumn> {
        if columns.is_empty() {
            return Vec::new();
        }
        let border = |column: u64| self.axis.position(reader, index, column << self.doublings);
        let positions: Vec<u64> = (columns.start..=columns.end).map(border).collect();
        let extremes = series.sweep(reader, &positions);
        let known = self.known_from(reader);
        let column = |((pair, extremes), number): ((&[u64], Option<AllExtremes>), u64)| EventColumn {
            start: pair[0],
            end: pair[1],
            extremes: extremes.filter(|_| number >= known),
            counts: index.counts(reader, pair[0]..pair[1]),
        };
        positions.windows(2).zip(extremes).zip(columns).map(column).collect()
    }

    /// The first column of which something is kept. What was before the oldest
    /// event that is kept, nobody knows.
    fn known_from(&self, reader: &Reader<'_>) -> u64 {
        let first = reader.run().start;
        let is_whole = first == reader.run_start();
        let place = self.axis.place(reader, first).filter(|_| !is_whole);
        place.map_or(0, |place| place >> self.doublings)
    }

    /// The column after the last.
    fn end(&self) -> u64 {
        self.first + self.columns.len() as u64
    }

    /// The columns that are kept, with their numbers.
    pub fn columns(&self) -> impl Iterator<Item = (u64, &EventColumn)> {
        self.columns_from(0)
    }

    /// As [`Self::columns`], from a number on.
    pub fn columns_from(&self, number: u64) -> impl Iterator<Item = (u64, &EventColumn)> {
        let before = number.saturating_sub(self.first).min(self.columns.len() as u64);
        (self.first + before..).zip(self.columns.iter().skip(before as usize))
    }

    /// The column that may still change: that of the newest event.
    pub const fn growing(&self) -> u64 {
        self.growing
    }

    /// The column of that number.
    pub fn get(&self, column: u64) -> Option<&EventColumn> {
        self.columns.get(column.checked_sub(self.first)? as usize)
    }
}
