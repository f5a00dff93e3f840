//! Which events a table shows, and the table's rows without a list of them: a
//! count for each chunk, and a look at one chunk for each row on screen.

use crate::owner::{MemoryCategory, Tag};
use crate::recording::{CHUNK, Kind, Reader};
use crate::telemetry::event::{Op, Role};
use core::ops::RangeInclusive;
use std::collections::BTreeSet;

/// What an event must be to be shown. The default shows all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventFilter {
    ops: u32,
    categories: u8,
    threads: u16,
    /// `None` for all.
    tags: Option<BTreeSet<Tag>>,
    size_bytes: RangeInclusive<u64>,
    /// `None` shows events without a lifetime as well.
    lifetime_us: Option<RangeInclusive<u64>>,
}

impl Default for EventFilter {
    fn default() -> Self {
        let all = 0..=u64::MAX;
        Self { ops: u32::MAX, categories: u8::MAX, threads: u16::MAX, tags: None, size_bytes: all, lifetime_us: None }
    }
}

impl EventFilter {
    /// Only these operations.
    #[must_use]
    pub fn ops(mut self, ops: &[Op]) -> Self {
        self.ops = ops.iter().fold(0, |mask, op| mask | 1 << op.index());
        self
    }

    /// Only refusals, failures and losses.
    #[must_use]
    pub fn failures(self) -> Self {
        let failures: Vec<Op> = Op::ALL.into_iter().filter(|op| op.is_failure()).collect();
        self.ops(&failures)
    }

    /// Only these categories.
    #[must_use]
    pub fn categories(mut self, categories: &[MemoryCategory]) -> Self {
        self.categories = categories.iter().fold(0, |mask, category| mask | 1 << category.index());
        self
    }

    /// Only these threads, by number.
    #[must_use]
    pub fn threads(mut self, threads: &[u8]) -> Self {
        self.threads = threads.iter().fold(0, |mask, thread| mask | 1_u16 << (thread % 16));
        self
    }

    /// Only these tags.
    #[must_use]
    pub fn tags(mut self, tags: impl IntoIterator<Item = Tag>) -> Self {
        self.tags = Some(tags.into_iter().collect());
        self
    }

    /// Only sizes in this range, bytes.
    #[must_use]
    pub fn sizes(mut self, size_bytes: RangeInclusive<u64>) -> Self {
        self.size_bytes = size_bytes;
        self
    }

    /// Only ends of what lived as long, µs.
    #[must_use]
    pub fn lifetimes(mut self, lifetime_us: RangeInclusive<u64>) -> Self {
        self.lifetime_us = Some(lifetime_us);
        self
    }

    /// Whether an event of this kind may be shown.
    pub fn admits(&self, kind: Kind) -> bool {
        self.ops & 1 << kind.op().index() != 0
            && self.categories & 1 << kind.owner().category.index() != 0
            && self.threads & 1_u16 << kind.thread() != 0
            && self.tags.as_ref().is_none_or(|tags| tags.contains(&kind.owner().tag))
    }

    /// Whether an event of a kind that is admitted is shown. O(1), but for a
    /// lifetime across resizes.
    pub fn shows(&self, reader: &Reader<'_>, index: u64) -> bool {
        let needs_size = self.size_bytes != (0..=u64::MAX);
        let is_sized =
            !needs_size || reader.event(index).is_some_and(|event| self.size_bytes.contains(&event.size_bytes));
        is_sized
            && self
                .lifetime_us
                .as_ref()
                .is_none_or(|span| lifetime_us(reader, index).is_some_and(|us| span.contains(&us)))
    }

    /// The events of a range that are shown, first to last; reversed, last to
    /// first. Nothing is gathered.
    pub fn scan<'r>(
        &'r self,
        reader: &'r Reader<'_>,
        range: core::ops::Range<u64>,
    ) -> impl DoubleEndedIterator<Item = u64> + 'r {
        reader.scan(range, |kind| self.admits(kind)).filter(move |index| self.shows(reader, *index))
    }
}

/// How long the thing lived that an event ended, µs; `None` for other events, and
/// where its beginning is not kept.
pub fn lifetime_us(reader: &Reader<'_>, index: u64) -> Option<u64> {
    if !matches!(reader.kind(index)?.role(), Role::Ends(_)) {
        return None;
    }
    let begun = reader.origin(index)?;
    Some(reader.time_us(index)?.saturating_sub(reader.time_us(begun)?))
}

/// The rows of a table of events: how many there are, and which event any of
/// them is.
#[derive(Clone, Debug)]
pub struct EventRows {
    filter: EventFilter,
    /// The first event and the number of rows before it, of each stretch.
    stretches: Vec<(u64, u64)>,
    rows: u64,
    next: u64,
}

impl EventRows {
    /// Of no events yet.
    pub const fn new(filter: EventFilter) -> Self {
        Self { filter, stretches: Vec::new(), rows: 0, next: 0 }
    }

    /// The filter.
    pub const fn filter(&self) -> &EventFilter {
        &self.filter
    }

    /// Counts on, over at most `most` events (a frame's share), and forgets
    /// stretches that are no longer kept. True when all are counted.
    pub fn advance(&mut self, reader: &Reader<'_>, most: u64) -> bool {
        let events = reader.events();
        let gone = self.stretches.partition_point(|stretch| stretch.0 + CHUNK <= events.start);
        self.stretches.drain(..gone);
        self.next = self.next.max(events.start);
        let end = events.end.min(self.next.saturating_add(most));
        while self.next < end {
            let stretch = (self.next / CHUNK + 1) * CHUNK;
            if self.stretches.last().is_none_or(|last| last.0 / CHUNK < self.next / CHUNK) {
                self.stretches.push((self.next, self.rows));
            }
            let until = stretch.min(end);
            self.rows += self.filter.scan(reader, self.next..until).count() as u64;
            self.next = until;
        }
        self.next == events.end
    }

    /// Rows counted so far that can be shown.
    pub fn count(&self) -> u64 {
        self.rows - self.stretches.first().map_or(self.rows, |first| first.1)
    }

    /// The event of a row. O(log chunks + chunk).
    pub fn event(&self, reader: &Reader<'_>, row: u64) -> Option<u64> {
        let row = row + self.stretches.first()?.1;
        if row >= self.rows {
            return None;
        }
        let stretch = self.stretches.partition_point(|stretch| stretch.1 <= row).checked_sub(1)?;
        let (first, before) = self.stretches[stretch];
        self.filter.scan(reader, first..self.next).nth((row - before) as usize)
    }

    /// The row of an event, or of the next that is shown. O(log chunks + chunk).
    pub fn row_of(&self, reader: &Reader<'_>, index: u64) -> Option<u64> {
        let stretch = self.stretches.partition_point(|stretch| stretch.0 <= index).checked_sub(1)?;
        let (first, before) = self.stretches[stretch];
        let row = before + self.filter.scan(reader, first..index.min(self.next)).count() as u64;
        Some(row - self.stretches[0].1)
    }
}
