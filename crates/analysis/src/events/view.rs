//! The table of events between two frames: what is asked for, how far it is counted,
//! where it is scrolled to, which rows are picked. The clock is an argument: a frame
//! counts and sorts for as long as it says.

use super::filter::EventFilter;
use super::line::{EventLine, line};
use super::query::span_of;
use super::row_scroll::RowScroll;
use super::table::{EventOrder, EventTable, Progress};
use crate::run::names::Names;
use arenascope_recording::Reader;
use core::ops::{Range, RangeInclusive};

/// Height of a row, CSS pixels; `events.css` has it too.
pub const ROW_PX: f64 = 22.0;
/// Events counted or sorted between two looks at the clock.
const SLICE: u64 = 8_192;

/// What the rows are.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Asked {
    /// What an event must be to be a row.
    pub filter: EventFilter,
    /// Of which time, µs since the run's start; `None` for all of it.
    pub time_us: Option<Range<u64>>,
}

/// What is known about them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Answer {
    /// Events of the run that match.
    pub matching: u64,
    /// Events of the run.
    pub whole: u64,
    /// Rows of the table.
    pub rows: u64,
    /// Rows that came after sorting.
    pub unsorted: u64,
    /// How far it is.
    pub progress: Progress,
}

impl Default for Answer {
    fn default() -> Self {
        Self { matching: 0, whole: 0, rows: 0, unsorted: 0, progress: Progress::Done }
    }
}

/// One row on screen.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// Its place in the table, from 0.
    pub row: u64,
    /// The event as text.
    pub line: EventLine,
    /// The moment that is looked at.
    pub is_active: bool,
    /// Among those that are copied.
    pub is_picked: bool,
}

/// The rows that are picked: events from the one picked first to the one picked last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Picked {
    /// The event picked first.
    pub first: u64,
    /// The event picked last: the moment.
    pub last: u64,
}

/// The table of events as it is on screen: filter, order, scroll and what is picked.
pub struct EventView {
    asked: Asked,
    table: Option<EventTable>,
    /// Where it is scrolled to.
    pub scroll: RowScroll,
    /// The rows that are picked; `None` where none is.
    pub picked: Option<Picked>,
    /// Where the view was paused: no event at or after it is shown.
    paused_at: Option<u64>,
    /// Scrolled, picked or asked anew since rows were drawn.
    pub has_moved: bool,
    /// The event to bring to the middle, once it is counted.
    wanted: Option<u64>,
}

impl EventView {
    /// A table that was asked nothing yet.
    pub fn new() -> Self {
        let scroll = RowScroll::new(ROW_PX);
        Self {
            asked: Asked::default(),
            table: None,
            scroll,
            picked: None,
            paused_at: None,
            has_moved: true,
            wanted: None,
        }
    }

    /// Takes a frame's step: asks anew where something else is asked, counts and
    /// sorts for `share_ms`. Where the view was paused, at `paused_at`, no later event comes;
    /// the few that came since the figures on screen stay. With nothing asked, what was
    /// asked before stays.
    /// O(a frame's share).
    pub fn step(
        &mut self,
        reader: &Reader<'_>,
        asked: Option<Asked>,
        order: EventOrder,
        paused_at: Option<u64>,
        share_ms: f64,
        clock_ms: impl Fn() -> f64,
    ) {
        let is_old = self.table.as_ref().is_some_and(|table| table.is_of_an_old_run(reader));
        let asked = asked.unwrap_or_else(|| self.asked.clone());
        if is_old {
            (self.picked, self.paused_at) = (None, None);
        }
        if is_old || self.table.is_none() || self.asked != asked {
            let span = span_of(reader, asked.time_us.as_ref());
            self.table = Some(EventTable::over(reader, span, asked.filter.clone(), order));
            (self.asked, self.has_moved) = (asked, true);
            self.wanted = self.picked.map(|picked| picked.last);
            self.scroll.move_by(f64::MIN);
        }
        let Some(table) = &mut self.table else { return };
        self.paused_at = paused_at.map(|paused_at| paused_at.max(table.counted_to()));
        if table.order() != order {
            table.set_order(order);
            // What is picked stays in view; else another order begins at its top.
            (self.has_moved, self.wanted) = (true, self.picked.map(|picked| picked.last));
            self.scroll.move_by(f64::MIN);
        }
        let (begun, rows) = (clock_ms(), table.count());
        while !table.advance(reader, self.paused_at.unwrap_or(u64::MAX), SLICE) && clock_ms() - begun < share_ms {}
        let came = table.count().saturating_sub(rows);
        self.scroll.set_rows(table.count());
        if order.descends && order.key.is_none() && rows > 0 {
            // What is in view stays there while newer rows come above it.
            self.scroll.move_by(came as f64 * ROW_PX);
        }
        self.bring(reader);
    }

    /// Brings the event that is wanted to the middle, once its row and the view's height are
    /// known: the middle of a view of no height is its upper edge, half under the head.
    fn bring(&mut self, reader: &Reader<'_>) {
        let (Some(table), Some(wanted)) = (&self.table, self.wanted) else { return };
        if self.scroll.has_view() && table.progress(reader) == Progress::Done {
            self.wanted = None;
            if let Some(row) = table.row_of(reader, wanted) {
                self.scroll.centre(row);
                self.has_moved = true;
            }
        }
    }

    /// Shows the newest rows.
    pub fn to_newest(&mut self, descends: bool) {
        if descends { self.scroll.move_by(f64::MIN) } else { self.scroll.to_end() }
    }

    /// Picks one event, or all from the first picked up to it.
    pub fn pick(&mut self, index: u64, extends: bool) {
        let first = self.picked.filter(|_| extends).map_or(index, |picked| picked.first);
        self.picked = Some(Picked { first, last: index });
        self.has_moved = true;
    }

    /// Picks an event and brings it into view.
    pub fn go_to(&mut self, index: u64) {
        self.pick(index, false);
        self.wanted = Some(index);
    }

    /// Brings a row that is partly in view into it as a whole.
    pub fn reveal(&mut self, row: u64) {
        self.scroll.show(row);
        self.has_moved = true;
    }

    /// Sorts again, what came since included.
    pub fn sort_again(&mut self) {
        if let Some(table) = &mut self.table {
            table.sort_again();
        }
        self.has_moved = true;
    }

    /// How many events match, as far as they are counted.
    pub fn answer(&self, reader: &Reader<'_>) -> Answer {
        let run = reader.run();
        let whole = run.end.min(self.paused_at.unwrap_or(u64::MAX)).saturating_sub(run.start);
        self.table.as_ref().map_or(Answer { whole, ..Answer::default() }, |table| Answer {
            matching: table.matching(),
            whole,
            rows: table.count(),
            unsorted: table.unsorted(),
            progress: table.progress(reader),
        })
    }

    /// The rows in view, of a run with these names.
    pub fn rows(&self, reader: &Reader<'_>, names: &Names) -> Vec<Row> {
        let Some(table) = &self.table else { return Vec::new() };
        let visible = self.scroll.visible();
        let (picked, active) = (self.picked_rows(reader), self.picked.map(|picked| picked.last));
        let events = table.events(reader, visible.clone());
        let row = |(row, index)| {
            let line = line(reader, index, self.until(reader), names)?;
            let is_picked = picked.as_ref().is_some_and(|picked| picked.contains(&row));
            Some(Row { row, line, is_active: active == Some(index), is_picked: is_picked && self.picked.is_some() })
        };
        visible.zip(events).filter_map(row).collect()
    }

    /// The row that was picked last, where it is in the table.
    pub fn active_row(&self, reader: &Reader<'_>) -> Option<u64> {
        self.table.as_ref()?.row_of(reader, self.picked?.last)
    }

    /// The rows that are picked.
    pub fn picked_rows(&self, reader: &Reader<'_>) -> Option<RangeInclusive<u64>> {
        let (table, picked) = (self.table.as_ref()?, self.picked?);
        let (first, last) = (table.row_of(reader, picked.first)?, table.row_of(reader, picked.last)?);
        let rows = first.min(last)..=first.max(last);
        let is_there = table.events(reader, last..last + 1).first() == Some(&picked.last);
        (is_there || first != last).then_some(rows)
    }

    /// The events of some rows.
    pub fn events(&self, reader: &Reader<'_>, rows: Range<u64>) -> Vec<u64> {
        self.table.as_ref().map_or_else(Vec::new, |table| table.events(reader, rows))
    }

    /// Rows of the table.
    pub fn count(&self) -> u64 {
        self.table.as_ref().map_or(0, EventTable::count)
    }

    /// The position as of which lifetimes are told.
    pub fn until(&self, reader: &Reader<'_>) -> u64 {
        self.paused_at.unwrap_or(reader.events().end)
    }
}

impl Default for EventView {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::super::sort::SortKey;
    use super::*;
    use arenascope_recording::{EventLog, Recorder};
    use arenascope_telemetry::event::{Event, Op};
    use core::cell::Cell;

    /// A run of `count` submissions, one each microsecond, from `first` on.
    fn submit(recorder: &mut Recorder<'_>, reader: &mut Reader<'_>, numbers: Range<u64>) {
        numbers.for_each(|id| recorder.take(Event { id, ..Event::note(id, Op::Submit) }));
        recorder.publish();
        reader.refresh();
    }

    fn step(view: &mut EventView, reader: &Reader<'_>, order: EventOrder, paused_at: Option<u64>) {
        view.scroll.set_view(10.0 * ROW_PX);
        view.step(reader, Some(Asked::default()), order, paused_at, 3.0, || 0.0);
    }

    fn shown(view: &EventView, reader: &Reader<'_>) -> Vec<u64> {
        view.rows(reader, &Names::engine()).iter().map(|row| row.line.index).collect()
    }

    const TIME: EventOrder = EventOrder { key: None, descends: false };
    const NEWEST_FIRST: EventOrder = EventOrder { key: None, descends: true };

    #[test]
    fn it_opens_at_the_moment_that_is_looked_at() {
        let log = EventLog::default();
        let (mut recorder, mut reader, mut view) = (Recorder::new(&log), Reader::new(&log), EventView::new());
        submit(&mut recorder, &mut reader, 0..1_000);
        view.go_to(500);
        step(&mut view, &reader, TIME, None);
        let rows = view.rows(&reader, &Names::engine());
        assert!(rows.iter().any(|row| row.line.index == 500 && row.is_active && row.is_picked));
        assert_eq!(rows.iter().filter(|row| row.is_picked).count(), 1);
        // Another filter keeps it in view; one that it does not pass shows the next.
        let asked = Asked { time_us: Some(700..900), ..Asked::default() };
        view.step(&reader, Some(asked), TIME, None, 3.0, || 0.0);
        assert_eq!((view.answer(&reader).matching, shown(&view, &reader)[0]), (200, 700));
        assert!(view.rows(&reader, &Names::engine()).iter().all(|row| !row.is_active && !row.is_picked));
    }

    #[test]
    fn a_moment_that_is_there_before_the_panel_is_in_the_middle_not_under_the_head() {
        let log = EventLog::default();
        let (mut recorder, mut reader, mut view) = (Recorder::new(&log), Reader::new(&log), EventView::new());
        submit(&mut recorder, &mut reader, 0..1_000);
        view.go_to(500);
        view.step(&reader, Some(Asked::default()), TIME, None, 3.0, || 0.0);
        view.scroll.set_view(10.0 * ROW_PX);
        view.step(&reader, None, TIME, None, 3.0, || 0.0);
        let rows = shown(&view, &reader);
        assert_eq!((rows.first(), rows.last()), (Some(&495), Some(&505)), "it opens with 500 in the middle");
        // One that is cut by the view's edge comes into it as a whole.
        view.scroll.move_by(0.5 * ROW_PX);
        let first = view.scroll.visible().start;
        view.reveal(first);
        assert_eq!((view.scroll.visible().start, view.scroll.cut_px()), (first, 0.0));
    }

    #[test]
    fn a_frame_counts_no_longer_than_its_share() {
        let log = EventLog::default();
        let (mut recorder, mut reader, mut view) = (Recorder::new(&log), Reader::new(&log), EventView::new());
        submit(&mut recorder, &mut reader, 0..50_000);
        let now_ms = Cell::new(0.0);
        // Each look at the clock takes a millisecond.
        let clock = || now_ms.replace(now_ms.get() + 1.0);
        view.step(&reader, Some(Asked::default()), TIME, None, 3.0, clock);
        let answer = view.answer(&reader);
        assert_eq!(answer.matching, 3 * SLICE);
        assert!(matches!(answer.progress, Progress::Counting(part) if part > 0.4 && part < 0.6), "{answer:?}");
        view.step(&reader, None, TIME, None, 3.0, clock);
        view.step(&reader, None, TIME, None, 3.0, clock);
        let answer = view.answer(&reader);
        assert_eq!((answer.matching, answer.whole, answer.progress), (50_000, 50_000, Progress::Done));
    }

    #[test]
    fn newer_rows_above_do_not_move_what_is_in_view() {
        let log = EventLog::default();
        let (mut recorder, mut reader, mut view) = (Recorder::new(&log), Reader::new(&log), EventView::new());
        submit(&mut recorder, &mut reader, 0..1_000);
        step(&mut view, &reader, NEWEST_FIRST, None);
        assert_eq!(shown(&view, &reader)[0], 999);
        // Another order begins at its top.
        view.scroll.to_end();
        step(&mut view, &reader, TIME, None);
        assert_eq!(shown(&view, &reader)[0], 0);
        step(&mut view, &reader, NEWEST_FIRST, None);
        view.scroll.move_by(100.0 * ROW_PX);
        let before = shown(&view, &reader);
        submit(&mut recorder, &mut reader, 1_000..1_300);
        step(&mut view, &reader, NEWEST_FIRST, None);
        assert_eq!((shown(&view, &reader), view.count()), (before, 1_300));
    }

    #[test]
    fn a_paused_table_stands_still_until_a_new_run() {
        let log = EventLog::default();
        let (mut recorder, mut reader, mut view) = (Recorder::new(&log), Reader::new(&log), EventView::new());
        submit(&mut recorder, &mut reader, 0..1_000);
        step(&mut view, &reader, TIME, Some(1_000));
        submit(&mut recorder, &mut reader, 1_000..1_300);
        step(&mut view, &reader, TIME, Some(1_000));
        let answer = view.answer(&reader);
        assert_eq!((answer.rows, answer.whole), (1_000, 1_000));
        view.pick(3, false);
        recorder.take(Event::note(0, Op::RunStart));
        submit(&mut recorder, &mut reader, 0..20);
        step(&mut view, &reader, TIME, None);
        assert_eq!((view.count(), view.picked), (21, None));
    }

    #[test]
    fn rows_are_picked_from_the_first_to_the_last_in_any_order() {
        let log = EventLog::default();
        let (mut recorder, mut reader, mut view) = (Recorder::new(&log), Reader::new(&log), EventView::new());
        submit(&mut recorder, &mut reader, 0..1_000);
        step(&mut view, &reader, TIME, None);
        view.pick(7, false);
        view.pick(3, true);
        assert_eq!(view.picked_rows(&reader), Some(3..=7));
        step(&mut view, &reader, NEWEST_FIRST, None);
        assert_eq!(view.picked_rows(&reader), Some(992..=996));
        assert_eq!(view.active_row(&reader), Some(996));
        // Sorted by size, which all share: in the order of time again.
        step(&mut view, &reader, EventOrder { key: Some(SortKey::Size), descends: false }, None);
        step(&mut view, &reader, EventOrder { key: Some(SortKey::Size), descends: false }, None);
        assert_eq!(view.picked_rows(&reader), Some(3..=7));
    }
}
