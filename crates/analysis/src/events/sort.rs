//! Events in the order of a value: gathered, sorted and merged in slices, so that
//! no frame waits for millions of them.
//!
//! One word holds value and event: 38 bits of value (256 GiB; three days in µs;
//! what is larger counts as that much) above 26 bits of event, as many as a
//! recording keeps. So equal values stay in the order of time, and nothing is
//! looked up while sorting.

use super::filter::EventFilter;
use super::lifetime::life_us;
use arenascope_recording::Reader;
use core::cmp::Ordering;
use core::ops::Range;

/// Rows that can be sorted: 128 MiB, twice that for a moment.
pub const SORTED_MAX: u64 = 1 << 24;

const EVENT_BITS: u32 = 26;
const VALUE_MAX: u64 = (1 << (64 - EVENT_BITS)) - 1;
/// Rows sorted at once, before they are merged.
const RUN: usize = 1 << 12;

/// What rows are sorted by, other than time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SortKey {
    /// The bytes that the event tells of.
    Size,
    /// How long what it opens or closes was open.
    Lifetime,
}

impl SortKey {
    /// The value of an event, as things were at `until`.
    fn value(self, reader: &Reader<'_>, index: u64, until: u64) -> Option<u64> {
        match self {
            Self::Size => reader.event(index).map(|event| event.size_bytes),
            Self::Lifetime => life_us(reader, index, until),
        }
    }
}

/// The events of a range that a filter shows, from the least value to the
/// greatest; those without a value come after them, in the order of time.
#[derive(Clone, Debug)]
pub struct SortedRows {
    key: SortKey,
    range: Range<u64>,
    words: Vec<u64>,
    merged: Vec<u64>,
    step: Step,
    /// Rows with a value; known once sorted.
    valued: usize,
}

/// The next step of sorting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Gather { next: u64 },
    Sort { from: usize },
    Merge { width: usize, left: usize, right: usize },
    Done,
}

impl SortedRows {
    /// Nothing of a range yet.
    pub const fn new(key: SortKey, range: Range<u64>) -> Self {
        let step = Step::Gather { next: range.start };
        Self { key, range, words: Vec::new(), merged: Vec::new(), step, valued: 0 }
    }

    /// The range of events whose rows these are.
    pub const fn range(&self) -> &Range<u64> {
        &self.range
    }

    /// Goes on, over about `most` events. True when all are sorted.
    pub fn advance(&mut self, reader: &Reader<'_>, filter: &EventFilter, most: u64) -> bool {
        match self.step {
            Step::Gather { next } => self.gather(reader, filter, next, most),
            Step::Sort { from } => self.sort(from, most as usize),
            Step::Merge { width, left, right } => self.merge(width, left, right, most as usize),
            Step::Done => {}
        }
        self.step == Step::Done
    }

    /// How far it is, from 0 to 1: a third each for gathering, sorting, merging.
    pub fn progress(&self) -> f64 {
        let part = |of: usize| of as f64 / self.words.len().max(1) as f64;
        match self.step {
            Step::Gather { next } => {
                (next - self.range.start) as f64 / (self.range.end - self.range.start).max(1) as f64 / 3.0
            }
            Step::Sort { from } => (1.0 + part(from)) / 3.0,
            Step::Merge { width, .. } => {
                let passes = |rows: usize| f64::from(rows.div_ceil(RUN).next_power_of_two().ilog2());
                let done = passes(width) + part(self.merged.len());
                (2.0 + done / passes(self.words.len()).max(1.0)) / 3.0
            }
            Step::Done => 1.0,
        }
    }

    /// Rows, once all are sorted; before, none.
    pub fn count(&self) -> u64 {
        if self.step == Step::Done { self.words.len() as u64 } else { 0 }
    }

    /// The event of a row, from the least value or the greatest.
    pub fn event(&self, row: u64, descends: bool) -> Option<u64> {
        let row = usize::try_from(row).ok().filter(|_| self.step == Step::Done)?;
        let row = if descends && row < self.valued { self.valued - 1 - row } else { row };
        Some(self.range.start + (self.words.get(row)? & ((1 << EVENT_BITS) - 1)))
    }

    /// The row of an event. O(log rows).
    pub fn row_of(&self, reader: &Reader<'_>, index: u64, descends: bool) -> Option<u64> {
        let word = self.word(reader, index);
        let row = self.words.binary_search(&word).ok().filter(|_| self.step == Step::Done)?;
        Some(if descends && row < self.valued { self.valued - 1 - row } else { row } as u64)
    }

    fn word(&self, reader: &Reader<'_>, index: u64) -> u64 {
        let value = self.key.value(reader, index, self.range.end);
        let value = value.map_or(VALUE_MAX, |value| value.min(VALUE_MAX - 1));
        value << EVENT_BITS | (index - self.range.start) & ((1 << EVENT_BITS) - 1)
    }

    fn gather(&mut self, reader: &Reader<'_>, filter: &EventFilter, next: u64, most: u64) {
        let end = self.range.end.min(next.saturating_add(most));
        for index in filter.scan(reader, next..end) {
            let word = self.word(reader, index);
            self.words.push(word);
        }
        self.step = if end == self.range.end { Step::Sort { from: 0 } } else { Step::Gather { next: end } };
    }

    fn sort(&mut self, mut from: usize, most: usize) {
        let end = self.words.len().min(from.saturating_add(most));
        while from < end {
            let until = self.words.len().min(from + RUN);
            self.words[from..until].sort_unstable();
            from = until;
        }
        self.step = if from < self.words.len() { Step::Sort { from } } else { self.pass(RUN) };
    }

    /// The pass that merges sorted stretches of `width` rows into those of twice
    /// that.
    fn pass(&mut self, width: usize) -> Step {
        self.merged = Vec::new();
        if width < self.words.len() {
            self.merged.reserve_exact(self.words.len());
            return Step::Merge { width, left: 0, right: width };
        }
        self.valued = self.words.partition_point(|word| word >> EVENT_BITS < VALUE_MAX);
        Step::Done
    }

    fn merge(&mut self, width: usize, mut left: usize, mut right: usize, most: usize) {
        let rows = self.words.len();
        let until = rows.min(self.merged.len().saturating_add(most));
        while self.merged.len() < until {
            let pair = self.merged.len() / (2 * width) * (2 * width);
            if self.merged.len() == pair {
                (left, right) = (pair, rows.min(pair + width));
            }
            let (left_end, right_end) = (rows.min(pair + width), rows.min(pair + 2 * width));
            let takes_left = match (left < left_end, right < right_end) {
                (true, true) => self.words[left].cmp(&self.words[right]) != Ordering::Greater,
                (is_left, _) => is_left,
            };
            let from = if takes_left { &mut left } else { &mut right };
            self.merged.push(self.words[*from]);
            *from += 1;
        }
        if self.merged.len() < rows {
            self.step = Step::Merge { width, left, right };
        } else {
            self.words = core::mem::take(&mut self.merged);
            self.step = self.pass(2 * width);
        }
    }
}
