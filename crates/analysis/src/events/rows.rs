//! The rows of a table of events without a list of them: a count for each chunk,
//! and a look at one chunk for the rows on screen.

use super::filter::EventFilter;
use arenascope_recording::{CHUNK, Reader};
use core::ops::Range;

/// How many events of the newest run a filter shows, and which is which row.
#[derive(Clone, Debug)]
pub struct EventRows {
    filter: EventFilter,
    /// Nothing is filtered: rows are events, and no event is looked at.
    is_all: bool,
    /// The first event and the number of rows before it, of each stretch.
    stretches: Vec<(u64, u64)>,
    rows: u64,
    next: u64,
}

impl EventRows {
    /// Of no events yet.
    pub fn new(filter: EventFilter) -> Self {
        Self::since(filter, 0)
    }

    /// Of no events yet, and never of those before `first`.
    pub fn since(filter: EventFilter, first: u64) -> Self {
        let is_all = filter == EventFilter::default();
        Self { filter, is_all, stretches: Vec::new(), rows: 0, next: first }
    }

    /// The filter that chooses the rows.
    pub const fn filter(&self) -> &EventFilter {
        &self.filter
    }

    /// Counts on, over at most `most` events (a frame's share), and forgets
    /// stretches that are no longer kept. True when all are counted.
    pub fn advance(&mut self, reader: &Reader<'_>, most: u64) -> bool {
        self.advance_to(reader, u64::MAX, most)
    }

    /// As [`Self::advance`], to no event from `until` on.
    pub fn advance_to(&mut self, reader: &Reader<'_>, until: u64, most: u64) -> bool {
        let events = reader.events();
        let gone = self.stretches.partition_point(|stretch| (stretch.0 / CHUNK + 1) * CHUNK <= events.start);
        self.stretches.drain(..gone);
        self.next = self.next.max(events.start);
        let all = events.end.min(until).max(self.next);
        let end = all.min(self.next.saturating_add(most));
        while self.next < end {
            let stretch = (self.next / CHUNK + 1) * CHUNK;
            if self.stretches.last().is_none_or(|last| last.0 / CHUNK < self.next / CHUNK) {
                self.stretches.push((self.next, self.rows));
            }
            let until = stretch.min(end);
            self.rows += self.count_of(reader, self.next..until);
            self.next = until;
        }
        self.next == all
    }

    fn count_of(&self, reader: &Reader<'_>, events: Range<u64>) -> u64 {
        if self.is_all { events.end - events.start } else { self.filter.scan(reader, events).count() as u64 }
    }

    /// The event after the last that was counted.
    pub const fn counted_to(&self) -> u64 {
        self.next
    }

    /// Rows counted so far that can be shown.
    pub fn count(&self) -> u64 {
        self.rows - self.stretches.first().map_or(self.rows, |first| first.1)
    }

    /// The event of a row. O(log chunks + chunk).
    pub fn event(&self, reader: &Reader<'_>, row: u64) -> Option<u64> {
        self.events(reader, row..row + 1).next()
    }

    /// The events of some rows, in order. O(log chunks + chunk + events between).
    pub fn events<'r>(&'r self, reader: &'r Reader<'_>, rows: Range<u64>) -> impl Iterator<Item = u64> + 'r {
        let dropped = self.stretches.first().map_or(0, |first| first.1);
        let (start, end) = (rows.start + dropped, (rows.end + dropped).min(self.rows));
        let at = self.stretches.partition_point(|stretch| stretch.1 <= start);
        let (first, before) = at.checked_sub(1).map_or((self.next, start), |at| self.stretches[at]);
        let count = end.saturating_sub(start) as usize;
        let passed = start - before;
        let (first, skipped) = if self.is_all { (first + passed, 0) } else { (first, passed as usize) };
        self.filter.scan(reader, first..self.next).skip(skipped).take(count)
    }

    /// The row of an event, or of the next that is shown. O(log chunks + chunk).
    pub fn row_of(&self, reader: &Reader<'_>, index: u64) -> Option<u64> {
        let stretch = self.stretches.partition_point(|stretch| stretch.0 <= index).checked_sub(1)?;
        let (first, before) = self.stretches[stretch];
        let row = before + self.count_of(reader, first..index.min(self.next).max(first));
        Some(row - self.stretches[0].1)
    }
}
