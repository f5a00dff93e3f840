//! What panels ask, against simple answers.

use crate::program::{Mix, PAYLOAD, events};
use arenascope::analysis::events::filter::{EventFilter, lifetime_us};
use arenascope::analysis::events::life::Life;
use arenascope::analysis::events::rows::EventRows;
use arenascope::analysis::leaks::lifetimes::LifetimeMap;
use arenascope::analysis::map::blockers_search::blockers;
use arenascope::analysis::recordings::event_index::EventIndex;
use arenascope::analysis::timeline::columns::{EventAxis, EventColumns, EventGrid};
use arenascope::analysis::timeline::landmarks::Landmark;
use arenascope::owner::{Heap, MemoryCategory};
use arenascope::recording::{CHUNK, Cursor, EventLog, EventSeries, Extremes, Metric, Reader, Recorder, State};
use arenascope::telemetry::event::{Event, Op};
use arenascope::workload::rng::Rng;

const MIX: Mix = Mix { alive: 150, resets: 6_000, runs: 0 };

fn recorded(log: &EventLog, count: usize) -> (Vec<Event>, Reader<'_>) {
    let events = events(21, count, MIX);
    let mut recorder = Recorder::new(log);
    events.iter().for_each(|event| recorder.take(*event));
    recorder.publish();
    let mut reader = Reader::new(log);
    reader.refresh();
    (events, reader)
}

#[test]
fn filters_show_what_a_look_at_every_event_shows() {
    let log = EventLog::default();
    let (events, reader) = recorded(&log, 2 * CHUNK as usize + 999);
    let filters = [
        EventFilter::default(),
        EventFilter::default().failures(),
        EventFilter::default().ops(&[Op::ArenaFree, Op::PoolDestroy]).categories(&[MemoryCategory::ECS]),
        EventFilter::default().sizes(17..=40),
        EventFilter::default().lifetimes(100..=900),
        EventFilter::default().threads(&[0]).tags([arenascope::owner::Tag(3)]),
        EventFilter::default().threads(&[5]),
    ];
    for filter in filters {
        let shown = |index: &u64| {
            let kind = reader.kind(*index).unwrap();
            filter.admits(kind) && filter.shows(&reader, *index)
        };
        let brute: Vec<u64> = (0..events.len() as u64).filter(shown).collect();
        assert!(filter.scan(&reader, 0..u64::MAX).eq(brute.iter().copied()));
        assert!(filter.scan(&reader, 0..u64::MAX).rev().eq(brute.iter().rev().copied()));
        let mut rows = EventRows::new(filter.clone());
        while !rows.advance(&reader, 7_000) {}
        assert_eq!(rows.count(), brute.len() as u64);
        for row in (0..brute.len()).step_by(531) {
            assert_eq!(rows.event(&reader, row as u64), Some(brute[row]));
            assert_eq!(rows.row_of(&reader, brute[row]), Some(row as u64));
        }
        assert_eq!(rows.event(&reader, brute.len() as u64), None);
    }
    let sized = |index: u64| events[index as usize].size_bytes;
    assert!(
        EventFilter::default().sizes(17..=40).scan(&reader, 0..9_000).all(|index| (17..=40).contains(&sized(index)))
    );
}

#[test]
fn a_life_has_its_beginning_and_its_end() {
    let log = EventLog::default();
    let (events, reader) = recorded(&log, 2 * CHUNK as usize);
    for index in (0..events.len()).step_by(37) {
        let event = events[index];
        let Some(life) = Life::of(&reader, index as u64) else {
            assert_eq!(event.op.role(), arenascope::telemetry::event::Role::Notes);
            continue;
        };
        let is_same = |at: &usize| events[*at].id == event.id;
        let begun = (0..=index)
            .rev()
            .filter(is_same)
            .find(|at| matches!(events[*at].op, Op::ArenaAllocate | Op::PoolCreate | Op::NpuCharge));
        let ended = (index..events.len()).find(|at| match events[*at].op {
            Op::ArenaReset => life.heap == Heap::Arena && *at > index,
            Op::ArenaFree | Op::PoolDestroy | Op::NpuRelease => is_same(at),
            _ => false,
        });
        assert_eq!(life.begun.map(|moment| moment.event as usize), begun);
        assert_eq!(life.ended.map(|moment| moment.event as usize), ended);
        assert_eq!(life.owner, events[begun.unwrap()].owner);
    }
}

#[test]
fn lifetimes_are_counted_once_each() {
    let log = EventLog::default();
    let (events, reader) = recorded(&log, 20_000);
    let map = LifetimeMap::of(&reader, Heap::Arena, 0..20_000);
    let frees: Vec<u64> = (0..20_000).filter(|index| events[*index as usize].op == Op::ArenaFree).collect();
    assert_eq!((map.shorter_than(40).count, map.unknown), (frees.len() as u64, 0));
    let inside = |index: &&u64| {
        (64..128).contains(&lifetime_us(&reader, **index).unwrap()) && events[**index as usize].size_bytes / 32 == 1
    };
    assert_eq!(map.cell(6, 5).count, frees.iter().filter(inside).count() as u64);
    assert!(map.cell(6, 5).count > 0);
}

#[test]
fn landmarks_are_the_nearest() {
    let log = EventLog::default();
    let (events, reader) = recorded(&log, 20_000);
    for from in [0, 777, 19_990, 20_000] {
        for (landmark, op) in
            [(Landmark::FailedAllocation, Op::ArenaFailure), (Landmark::BudgetRefusal, Op::BudgetRefusal)]
        {
            let is_it = |index: &u64| events[*index as usize].op == op;
            assert_eq!(landmark.next(&reader, from), (from..20_000).find(is_it));
            assert_eq!(landmark.previous(&reader, from), (0..from).rev().find(is_it));
        }
    }
    assert_eq!(Landmark::Run.next(&reader, 0), Some(0));
    assert_eq!(Landmark::Loss.next(&reader, 0), None);
}

/// The least bytes in the way of a request, over every place it could have.
fn least_cost(state: &State, size: u64, align: u64) -> Option<u64> {
    let starts = (PAYLOAD..state.standing.capacity_bytes).step_by(16).filter(|start| start.is_multiple_of(align));
    let costs = starts.filter(|start| start + size <= state.standing.capacity_bytes).map(|start| {
        let in_the_way = state
            .ranges()
            .iter()
            .filter(|range| range.offset_bytes < start + size && start < range.offset_bytes + range.size_bytes);
        in_the_way.map(|range| range.size_bytes).sum()
    });
    costs.min()
}

#[test]
fn blockers_are_the_cheapest_stretch() {
    let log = EventLog::default();
    let mut recorder = Recorder::new(&log);
    let (mut rng, capacity) = (Rng::new(4), PAYLOAD + 8_192);
    recorder.take(Event { offset_bytes: PAYLOAD, size_bytes: capacity, ..Event::note(0, Op::RunStart) });
    for slot in 0..60_u64 {
        let size_bytes = u64::from(rng.between(1, 6)) * 16;
        if !rng.once_in(4) {
            recorder.take(Event {
                id: slot,
                offset_bytes: PAYLOAD + slot * 128,
                size_bytes,
                ..Event::note(1, Op::ArenaAllocate)
            });
        }
    }
    recorder.publish();
    let (mut reader, mut cursor) = (Reader::new(&log), Cursor::new());
    reader.refresh();
    let state = cursor.seek(&reader, reader.events().end).unwrap();
    for (size, align) in [(16, 16), (128, 16), (300, 64), (1_000, 256), (4_000, 16), (8_192, 16), (8_193, 16)] {
        let space = state.standing.payload_bytes..state.standing.capacity_bytes;
        let found = blockers(state.ranges(), space, size, align);
        assert_eq!(found.as_ref().map(|found| found.cost_bytes), least_cost(state, size, align), "{size} at {align}");
        let Some(found) = found else { continue };
        assert!(found.offset_bytes.is_multiple_of(align));
        let sum: u64 = found.ranges.iter().map(|range| range.size_bytes).sum();
        assert_eq!(sum, found.cost_bytes);
        let is_in_the_way = |range: &&arenascope::recording::AliveThing| {
            range.offset_bytes < found.offset_bytes + size && found.offset_bytes < range.offset_bytes + range.size_bytes
        };
        let named = state.ranges().iter().filter(is_in_the_way).all(|range| found.ranges.contains(range));
        assert!(named, "{size} at {align}");
    }
}

#[test]
fn columns_are_exact_whatever_was_kept_before() {
    let log = EventLog::default();
    let events = events(8, CHUNK as usize + 4_000, Mix { resets: 0, ..MIX });
    let (mut recorder, mut reader, mut series) = (Recorder::new(&log), Reader::new(&log), EventSeries::new());
    let (mut columns, mut rng, mut taken, mut computed) = (EventColumns::new(EventAxis::Time), Rng::new(3), 0, 0);
    let mut index = EventIndex::new();
    for look in 0..60 {
        let until = (taken + if look % 3 == 0 { 900 } else { 0 }).min(events.len());
        events[taken..until].iter().for_each(|event| recorder.take(*event));
        taken = until;
        recorder.publish();
        reader.refresh();
        series.update(&reader);
        // Slower than the events come: the rest is looked at.
        index.update(&reader, 2);
        let newest = reader.time_us(reader.events().end - 1).unwrap();
        let width = [50, 400, 3_000, 90_000][rng.below(4) as usize];
        let start = u64::from(rng.below(newest as u32 + 1));
        let grid = EventGrid::over(start, start + width, 40);
        computed += columns.update(&reader, &series, &index, grid, u64::MAX);
        let kept: Vec<_> = columns.columns().map(|(number, column)| (number, column.of(Metric::DeviceBytes))).collect();
        for column in grid.first..grid.end.min((newest >> grid.doublings) + 1) {
            let span = column << grid.doublings..(column + 1) << grid.doublings;
            let inside = (0..taken as u64).filter(|index| span.contains(&events[*index as usize].time_us));
            let before = (0..taken as u64).filter(|index| events[*index as usize].time_us < span.start).count() as u64;
            let values = std::iter::once(before).chain(inside.map(|index| index + 1));
            let brute = values
                .map(|position| Extremes::of(reader.metric(Metric::DeviceBytes, position).unwrap()))
                .reduce(Extremes::then);
            let found = kept.iter().find(|(number, _)| *number == column).map(|(_, extremes)| *extremes);
            assert_eq!(found, Some(brute), "look {look}, column {column}, {grid:?}");
        }
    }
    assert!(computed > 100);
    let grid = EventGrid::over(0, 1_000, 40);
    columns.update(&reader, &series, &index, grid, u64::MAX);
    assert_eq!(columns.update(&reader, &series, &index, grid, u64::MAX), 0);
}
