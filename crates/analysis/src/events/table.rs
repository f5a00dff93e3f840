//! A table of events: filtered, sorted, counted and sorted in slices. In the order
//! of time it grows with the run; in another order it is of one moment.

use super::filter::EventFilter;
use super::rows::EventRows;
use super::sort::{SORTED_MAX, SortKey, SortedRows};
use arenascope_recording::Reader;
use core::ops::Range;

/// The order of the rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EventOrder {
    /// What rows are sorted by; `None` for time.
    pub key: Option<SortKey>,
    /// From the newest, largest or longest on.
    pub descends: bool,
}

/// How far the table is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Progress {
    /// Everything is counted and in its order.
    Done,
    /// Counting, from 0 to 1.
    Counting(f64),
    /// Counted; sorting, from 0 to 1.
    Sorting(f64),
    /// Counted; more rows than can be sorted, so they are in the order of time.
    TooMany,
}

/// The events of a filter in an order, read row by row.
#[derive(Clone, Debug)]
pub struct EventTable {
    order: EventOrder,
    run_start: u64,
    span: Range<u64>,
    rows: EventRows,
    sorted: Option<SortedRows>,
    counted_all: bool,
}

impl EventTable {
    /// The events of the newest run that a filter shows; none is counted yet.
    pub fn new(reader: &Reader<'_>, filter: EventFilter, order: EventOrder) -> Self {
        Self::over(reader, reader.run().start..u64::MAX, filter, order)
    }

    /// As [`Self::new`], for a span of events.
    pub fn over(reader: &Reader<'_>, span: Range<u64>, filter: EventFilter, order: EventOrder) -> Self {
        let run_start = reader.run().start;
        let rows = EventRows::since(filter, span.start);
        Self { order, run_start, span, rows, sorted: None, counted_all: false }
    }

    /// True where there is a newer run than the table's.
    pub fn is_of_an_old_run(&self, reader: &Reader<'_>) -> bool {
        // The oldest events of a run may be gone by now: it is the same run.
        reader.run().start > self.run_start.max(reader.events().start)
    }

    /// The first event that is not counted yet.
    pub const fn counted_to(&self) -> u64 {
        self.rows.counted_to()
    }

    /// The order that was asked for.
    pub const fn order(&self) -> EventOrder {
        self.order
    }

    /// Another order of the same rows.
    pub fn set_order(&mut self, order: EventOrder) {
        if order.key != self.order.key {
            self.sorted = None;
        }
        self.order = order;
    }

    /// Sorts again, what came since included.
    pub fn sort_again(&mut self) {
        self.sorted = None;
    }

    /// Goes on over at most `most` events, to none from `until` on. True when there
    /// is nothing left to do now.
    pub fn advance(&mut self, reader: &Reader<'_>, until: u64, most: u64) -> bool {
        self.counted_all = self.rows.advance_to(reader, until.min(self.span.end), most);
        if !self.counted_all {
            return false;
        }
        let Some(key) = self.order.key.filter(|_| self.rows.count() <= SORTED_MAX) else { return true };
        let start = self.span.start.max(reader.events().start);
        let counted_to = self.rows.counted_to();
        let sorted = self.sorted.get_or_insert_with(|| SortedRows::new(key, start..counted_to.max(start)));
        sorted.advance(reader, self.rows.filter(), most)
    }

    /// How far it is.
    pub fn progress(&self, reader: &Reader<'_>) -> Progress {
        if !self.counted_all {
            let (start, end) = (self.span.start, self.span.end.min(reader.events().end));
            let whole = end.saturating_sub(start).max(1);
            return Progress::Counting(self.rows.counted_to().saturating_sub(start) as f64 / whole as f64);
        }
        match (self.order.key, &self.sorted) {
            (None, _) => Progress::Done,
            (Some(_), _) if self.rows.count() > SORTED_MAX => Progress::TooMany,
            (Some(_), None) => Progress::Sorting(0.0),
            (Some(_), Some(sorted)) => match sorted.progress() {
                1.0 => Progress::Done,
                part => Progress::Sorting(part),
            },
        }
    }

    /// Events of the run that match, as far as they are counted.
    pub fn matching(&self) -> u64 {
        self.rows.count()
    }

    /// Rows that came after they were sorted.
    pub fn unsorted(&self) -> u64 {
        self.sorted
            .as_ref()
            .filter(|sorted| sorted.count() > 0)
            .map_or(0, |sorted| self.matching().saturating_sub(sorted.count()))
    }

    /// Rows of the table.
    pub fn count(&self) -> u64 {
        self.done().map_or_else(|| self.rows.count(), SortedRows::count)
    }

    /// The events of some rows.
    pub fn events(&self, reader: &Reader<'_>, rows: Range<u64>) -> Vec<u64> {
        let descends = self.order.descends;
        if let Some(sorted) = self.done() {
            return (rows.start..rows.end.min(sorted.count())).filter_map(|row| sorted.event(row, descends)).collect();
        }
        if !descends {
            return self.rows.events(reader, rows).collect();
        }
        let count = self.rows.count();
        let mut events: Vec<u64> =
            self.rows.events(reader, count - rows.end.min(count)..count - rows.start.min(count)).collect();
        events.reverse();
        events
    }

    /// The row of an event; in the order of time, of the next one shown where the
    /// event itself is not.
    pub fn row_of(&self, reader: &Reader<'_>, index: u64) -> Option<u64> {
        let descends = self.order.descends;
        if let Some(sorted) = self.done() {
            return sorted.row_of(reader, index, descends);
        }
        let row = self.rows.row_of(reader, index)?;
        if descends { (self.rows.count().checked_sub(1)?).checked_sub(row) } else { Some(row) }
    }

    /// The sorted rows, where they are what is shown.
    fn done(&self) -> Option<&SortedRows> {
        self.order.key?;
        self.sorted.as_ref().filter(|sorted| sorted.progress() >= 1.0)
    }
}
