//! The table of events against a look at every event.

use crate::program::{Mix, events};
use arenascope::analysis::events::filter::EventFilter;
use arenascope::analysis::events::lifetime::life_us;
use arenascope::analysis::events::sort::SortKey;
use arenascope::analysis::events::table::{EventOrder, EventTable, Progress};
use arenascope::recording::{CHUNK, EventLog, Limits, Reader, Recorder};
use arenascope::telemetry::event::{Event, Op};

const MIX: Mix = Mix { alive: 150, resets: 6_000, runs: 0 };
const KEYS: [Option<SortKey>; 3] = [None, Some(SortKey::Size), Some(SortKey::Lifetime)];

fn take(recorder: &mut Recorder<'_>, reader: &mut Reader<'_>, events: &[Event]) {
    events.iter().for_each(|event| recorder.take(*event));
    recorder.publish();
    reader.refresh();
}

fn finish(table: &mut EventTable, reader: &Reader<'_>, most: u64) {
    for _ in 0..10_000 {
        if table.advance(reader, u64::MAX, most) {
            assert_eq!(table.progress(reader), Progress::Done);
            return;
        }
        assert_ne!(table.progress(reader), Progress::Done);
    }
    panic!("{:?} is not the end", table.progress(reader));
}

/// The matching events in an order, by a sort of all of them.
fn brute(reader: &Reader<'_>, filter: &EventFilter, order: EventOrder) -> Vec<u64> {
    let until = reader.events().end;
    let mut found: Vec<u64> = filter.scan(reader, reader.run()).collect();
    let value = |index: &u64| match order.key {
        None => Some(0),
        Some(SortKey::Size) => reader.event(*index).map(|event| event.size_bytes),
        Some(SortKey::Lifetime) => life_us(reader, *index, until),
    };
    let (mut valued, without): (Vec<u64>, Vec<u64>) = found.drain(..).partition(|index| value(index).is_some());
    valued.sort_by_key(|index| (value(index), *index));
    if order.descends {
        valued.reverse();
    }
    valued.extend(without);
    valued
}

#[test]
fn every_order_is_that_of_a_plain_sort() {
    let log = EventLog::default();
    let (mut recorder, mut reader) = (Recorder::new(&log), Reader::new(&log));
    take(&mut recorder, &mut reader, &events(21, 2 * CHUNK as usize + 999, MIX));
    let filters = [
        EventFilter::default(),
        EventFilter::default().ops(&[Op::ArenaAllocate, Op::ArenaFree]).sizes(17..=90),
        EventFilter::default().threads(&[15]),
    ];
    for filter in filters {
        let mut table = EventTable::new(&reader, filter.clone(), EventOrder::default());
        for order in KEYS.into_iter().flat_map(|key| [false, true].map(|descends| EventOrder { key, descends })) {
            table.set_order(order);
            finish(&mut table, &reader, 1_777);
            let expected = brute(&reader, &filter, order);
            assert_eq!(table.events(&reader, 0..u64::MAX), expected, "{order:?}");
            assert_eq!((table.count(), table.matching()), (expected.len() as u64, expected.len() as u64));
            for row in (0..expected.len()).step_by(611) {
                let range = row as u64..row as u64 + 5;
                let end = expected.len().min(row + 5);
                assert_eq!(table.events(&reader, range), expected[row..end]);
                assert_eq!(table.row_of(&reader, expected[row]), Some(row as u64), "{order:?}");
            }
        }
    }
}

#[test]
fn in_the_order_of_time_it_grows_and_otherwise_it_is_of_a_moment() {
    let log = EventLog::default();
    let (mut recorder, mut reader) = (Recorder::new(&log), Reader::new(&log));
    let events = events(3, 40_000, MIX);
    take(&mut recorder, &mut reader, &events[..20_000]);
    let mut table = EventTable::new(&reader, EventFilter::default(), EventOrder::default());
    finish(&mut table, &reader, u64::MAX);
    table.set_order(EventOrder { key: Some(SortKey::Size), descends: true });
    finish(&mut table, &reader, u64::MAX);
    let before = table.events(&reader, 0..50);
    take(&mut recorder, &mut reader, &events[20_000..]);
    finish(&mut table, &reader, 5_000);
    assert_eq!((table.count(), table.unsorted(), table.matching()), (20_000, 20_000, 40_000));
    assert_eq!(table.events(&reader, 0..50), before);
    table.sort_again();
    finish(&mut table, &reader, u64::MAX);
    assert_eq!((table.count(), table.unsorted()), (40_000, 0));
    table.set_order(EventOrder { key: None, descends: true });
    assert_eq!(table.events(&reader, 0..3), [39_999, 39_998, 39_997]);
}

#[test]
fn a_table_stands_still_where_it_is_told_to() {
    let log = EventLog::default();
    let (mut recorder, mut reader) = (Recorder::new(&log), Reader::new(&log));
    take(&mut recorder, &mut reader, &events(5, 30_000, MIX));
    let mut table = EventTable::new(&reader, EventFilter::default(), EventOrder::default());
    while !table.advance(&reader, 12_345, 1_000) {}
    assert_eq!((table.count(), table.events(&reader, 12_340..99_999).len()), (12_345, 5));
    finish(&mut table, &reader, 1_000);
    assert_eq!(table.count(), 30_000);
}

#[test]
fn a_new_run_is_seen_and_only_its_events_are_shown() {
    let log = EventLog::default();
    let (mut recorder, mut reader) = (Recorder::new(&log), Reader::new(&log));
    take(&mut recorder, &mut reader, &events(5, 9_000, MIX));
    let table = EventTable::new(&reader, EventFilter::default(), EventOrder::default());
    assert!(!table.is_of_an_old_run(&reader));
    take(&mut recorder, &mut reader, &events(6, 4_000, MIX));
    assert!(table.is_of_an_old_run(&reader));
    let mut table = EventTable::new(&reader, EventFilter::default(), EventOrder::default());
    finish(&mut table, &reader, 999);
    assert_eq!(table.count(), reader.run().end - reader.run().start);
    assert_eq!(reader.event(table.events(&reader, 0..1)[0]).unwrap().op, Op::RunStart);
}

#[test]
fn events_that_made_room_leave_the_table() {
    let log = EventLog::new(Limits { bytes: 1, ..Limits::default() });
    let (mut recorder, mut reader) = (Recorder::new(&log), Reader::new(&log));
    let events = events(5, 12 * CHUNK as usize, MIX);
    let mut table = EventTable::new(&reader, EventFilter::default(), EventOrder::default());
    for part in events.chunks(10_000) {
        take(&mut recorder, &mut reader, part);
        table.advance(&reader, u64::MAX, u64::MAX);
        assert!(!table.is_of_an_old_run(&reader));
        assert_eq!(table.count(), reader.events().end - reader.events().start);
        assert_eq!(table.events(&reader, 0..1), [reader.events().start]);
    }
    assert!(reader.events().start > 0);
}
