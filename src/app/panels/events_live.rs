//! The table of events between two frames: what is asked for, how far it is counted,
//! where it is scrolled to, which rows are picked.

use crate::analysis::event_filter::EventFilter;
use crate::analysis::event_line::{EventLine, line};
use crate::analysis::event_query::span_of;
use crate::analysis::event_table::{EventOrder, EventTable, Progress};
use crate::analysis::row_scroll::RowScroll;
use crate::platform::clock::now_ms;
use crate::recording::Reader;
use core::ops::{Range, RangeInclusive};

/// Height of a row, CSS pixels; `events.css` has it too.
pub(super) const ROW_PX: f64 = 22.0;
/// Events counted or sorted between two looks at the clock.
const SLICE: u64 = 8_192;
/// A frame's share for counting and sorting.
const SLICE_MS: f64 = 3.0;

/// What the rows are.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Asked {
    pub(super) filter: EventFilter,
    pub(super) time_us: Option<Range<u64>>,
}

/// What is known about them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Answer {
    /// Events of the run that match.
    pub(super) matching: u64,
    /// Events of the run.
    pub(super) whole: u64,
    /// Rows of the table.
    pub(super) rows: u64,
    /// Rows that came after sorting.
    pub(super) unsorted: u64,
    /// How far it is.
    pub(super) progress: Progress,
}

impl Default for Answer {
    fn default() -> Self {
        Self { matching: 0, whole: 0, rows: 0, unsorted: 0, progress: Progress::Done }
    }
}

/// One row on screen.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Row {
    /// Its place in the table, from 0.
    pub(super) row: u64,
    pub(super) line: EventLine,
    /// The moment that is looked at.
    pub(super) is_active: bool,
    /// Among those that are copied.
    pub(super) is_picked: bool,
}

/// The rows that are picked: events from the one picked first to the one picked last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Picked {
    pub(super) first: u64,
    pub(super) last: u64,
}

/// The table.
pub(super) struct Live {
    asked: Asked,
    table: Option<EventTable>,
    pub(super) scroll: RowScroll,
    pub(super) picked: Option<Picked>,
    /// The event after the last one shown, while the view is paused.
    frozen: Option<u64>,
    /// Scrolled, picked or asked anew since rows were drawn.
    pub(super) has_moved: bool,
    /// The event to bring to the middle, once it is counted.
    wanted: Option<u64>,
}

impl Live {
    /// Nothing asked yet.
    pub(super) fn new() -> Self {
        let scroll = RowScroll::new(ROW_PX);
        Self { asked: Asked::default(), table: None, scroll, picked: None, frozen: None, has_moved: true, wanted: None }
    }

    /// Takes a frame's step: asks anew where something else is asked, counts and
    /// sorts for some milliseconds. O(a frame's share).
    pub(super) fn step(&mut self, reader: &Reader<'_>, asked: Option<Asked>, order: EventOrder, is_paused: bool) {
        let is_old = self.table.as_ref().is_some_and(|table| table.is_of_an_old_run(reader));
        let asked = asked.unwrap_or_else(|| self.asked.clone());
        if is_old {
            (self.picked, self.frozen) = (None, None);
        }
        if is_old || self.table.is_none() || self.asked != asked {
            let span = span_of(reader, asked.time_us.as_ref());
            self.table = Some(EventTable::over(reader, span, asked.filter.clone(), order));
            (self.asked, self.has_moved) = (asked, true);
            self.wanted = self.picked.map(|picked| picked.last);
            self.scroll.move_by(f64::MIN);
        }
        self.frozen = is_paused.then(|| self.frozen.unwrap_or(reader.events().end));
        let Some(table) = &mut self.table else { return };
        if table.order() != order {
            table.set_order(order);
            (self.has_moved, self.wanted) = (true, self.picked.map(|picked| picked.last));
        }
        let (begun, rows) = (now_ms(), table.count());
        while !table.advance(reader, self.frozen.unwrap_or(u64::MAX), SLICE) && now_ms() - begun < SLICE_MS {}
        let came = table.count().saturating_sub(rows);
        self.scroll.set_rows(table.count());
        if order.descends && order.key.is_none() && rows > 0 {
            // What is in view stays there while newer rows come above it.
            self.scroll.move_by(came as f64 * ROW_PX);
        }
        self.bring(reader);
    }

    /// Brings the event that is wanted to the middle.
    fn bring(&mut self, reader: &Reader<'_>) {
        let (Some(table), Some(wanted)) = (&self.table, self.wanted) else { return };
        if table.progress(reader) == Progress::Done {
            self.wanted = None;
            if let Some(row) = table.row_of(reader, wanted) {
                self.scroll.centre(row);
                self.has_moved = true;
            }
        }
    }

    /// Shows the newest rows.
    pub(super) fn to_newest(&mut self, descends: bool) {
        if descends { self.scroll.move_by(f64::MIN) } else { self.scroll.to_end() }
    }

    /// Picks one event, or all from the first picked up to it.
    pub(super) fn pick(&mut self, index: u64, extends: bool) {
        let first = self.picked.filter(|_| extends).map_or(index, |picked| picked.first);
        self.picked = Some(Picked { first, last: index });
        self.has_moved = true;
    }

    /// Picks an event and brings it into view.
    pub(super) fn go_to(&mut self, index: u64) {
        self.pick(index, false);
        self.wanted = Some(index);
    }

    /// Sorts again, what came since included.
    pub(super) fn sort_again(&mut self) {
        if let Some(table) = &mut self.table {
            table.sort_again();
        }
        self.has_moved = true;
    }

    /// What is known.
    pub(super) fn answer(&self, reader: &Reader<'_>) -> Answer {
        let run = reader.run();
        let whole = run.end.min(self.frozen.unwrap_or(u64::MAX)).saturating_sub(run.start);
        self.table.as_ref().map_or(Answer { whole, ..Answer::default() }, |table| Answer {
            matching: table.matching(),
            whole,
            rows: table.count(),
            unsorted: table.unsorted(),
            progress: table.progress(reader),
        })
    }

    /// The rows in view.
    pub(super) fn rows(&self, reader: &Reader<'_>) -> Vec<Row> {
        let Some(table) = &self.table else { return Vec::new() };
        let visible = self.scroll.visible();
        let (picked, active) = (self.picked_rows(reader), self.picked.map(|picked| picked.last));
        let events = table.events(reader, visible.clone());
        let row = |(row, index)| {
            let line = line(reader, index, self.until(reader))?;
            let is_picked = picked.as_ref().is_some_and(|picked| picked.contains(&row));
            Some(Row { row, line, is_active: active == Some(index), is_picked: is_picked && self.picked.is_some() })
        };
        visible.zip(events).filter_map(row).collect()
    }

    /// The row that was picked last, where it is in the table.
    pub(super) fn active_row(&self, reader: &Reader<'_>) -> Option<u64> {
        self.table.as_ref()?.row_of(reader, self.picked?.last)
    }

    /// The rows that are picked.
    pub(super) fn picked_rows(&self, reader: &Reader<'_>) -> Option<RangeInclusive<u64>> {
        let (table, picked) = (self.table.as_ref()?, self.picked?);
        let (first, last) = (table.row_of(reader, picked.first)?, table.row_of(reader, picked.last)?);
        let rows = first.min(last)..=first.max(last);
        let is_there = table.events(reader, last..last + 1).first() == Some(&picked.last);
        (is_there || first != last).then_some(rows)
    }

    /// The events of some rows.
    pub(super) fn events(&self, reader: &Reader<'_>, rows: Range<u64>) -> Vec<u64> {
        self.table.as_ref().map_or_else(Vec::new, |table| table.events(reader, rows))
    }

    /// Rows of the table.
    pub(super) fn count(&self) -> u64 {
        self.table.as_ref().map_or(0, EventTable::count)
    }

    /// The position as of which lifetimes are told.
    pub(super) fn until(&self, reader: &Reader<'_>) -> u64 {
        self.frozen.unwrap_or(reader.events().end)
    }
}
