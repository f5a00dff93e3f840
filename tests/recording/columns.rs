//! Charts over every event: sweeps and the index against one look at a time.

use crate::program::{Mix, events};
use arenascope::analysis::recordings::event_index::EventIndex;
use arenascope::analysis::timeline::columns::{EventAxis, EventColumns, EventGrid};
use arenascope::analysis::timeline::landmarks::Landmark;
use arenascope::recording::{BLOCK, CHUNK, EventLog, EventSeries, Limits, Metric, Reader, Recorder, WhenFull};
use arenascope::telemetry::event::{Event, THREADS};
use arenascope::workload::rng::Rng;

const MIX: Mix = Mix { alive: 150, resets: 6_000, runs: 30_000 };
const COUNT: usize = 3 * CHUNK as usize + 999;

/// Records events, looking now and then, as a page does, with `look`.
fn recorded(log: &EventLog, mut look: impl FnMut(&Reader<'_>)) {
    let (mut recorder, mut reader) = (Recorder::new(log), Reader::new(log));
    for (number, event) in threads(events(5, COUNT, MIX)).into_iter().enumerate() {
        recorder.take(event);
        if number % 1_777 == 0 || number + 1 == COUNT {
            recorder.publish();
            reader.refresh();
            look(&reader);
        }
    }
}

fn threads(events: Vec<Event>) -> Vec<Event> {
    let thread = |number: usize| (number * number % THREADS) as u8;
    events.into_iter().enumerate().map(|(number, event)| Event { thread: thread(number), ..event }).collect()
}

/// Ascending positions, some of them equal, some beyond what is kept.
fn positions(rng: &mut Rng, reader: &Reader<'_>) -> Vec<u64> {
    let kept = reader.events();
    let span = (kept.end - kept.start + 40) as u32;
    let reach = [3, 300, 5_000, span][rng.below(4) as usize].min(span);
    let from = kept.start + u64::from(rng.below(span - reach + 1));
    let mut positions: Vec<u64> = (0..30).map(|_| from + u64::from(rng.below(reach))).collect();
    positions.sort_unstable();
    positions
}

#[test]
fn a_sweep_is_what_single_looks_say() {
    let limits = [Limits::default(), Limits { bytes: 1_200_000, when_full: WhenFull::DropOldest }];
    for limits in limits {
        let log = EventLog::new(limits);
        let (mut series, mut rng, mut some) = (EventSeries::new(), Rng::new(9), 0);
        recorded(&log, |reader| {
            series.update(reader);
            for _ in 0..6 {
                let positions = positions(&mut rng, reader);
                let swept = series.sweep(reader, &positions);
                assert_eq!(swept.len(), positions.len() - 1);
                for (pair, all) in positions.windows(2).zip(swept) {
                    let reaches = pair[0] >= reader.events().start && pair[1] <= reader.events().end;
                    assert_eq!(all.is_some(), reaches, "{pair:?} of {:?}", reader.events());
                    let Some(all) = all else { continue };
                    some += 1;
                    for metric in Metric::ALL {
                        let single = series.steps(reader, metric, pair[0]..pair[1]);
                        assert_eq!(Some(all[metric.index()]), single, "{metric:?} over {pair:?}");
                    }
                }
            }
        });
        assert!(some > 1_000, "{some}");
    }
}

#[test]
fn the_index_finds_times_and_counts_as_a_look_at_every_event_does() {
    let log = EventLog::new(Limits { bytes: 1_200_000, when_full: WhenFull::DropOldest });
    let (mut index, mut rng) = (EventIndex::new(), Rng::new(4));
    recorded(&log, |reader| {
        // Slower than events come at first: it catches up.
        index.update(reader, if reader.events().end < CHUNK { 3 } else { u64::MAX });
        assert_eq!(index.is_complete(reader), reader.events().end >= CHUNK || reader.events().end < BLOCK);
        let newest = reader.time_us(reader.events().end - 1).unwrap();
        for _ in 0..5 {
            let time_us = u64::from(rng.below(newest as u32 + 3));
            assert_eq!(index.position_at(reader, time_us), reader.position_at(time_us));
        }
        let kept = reader.events();
        let start = kept.start + u64::from(rng.below((kept.end - kept.start) as u32 + 1));
        let end = start + u64::from(rng.below((kept.end - start) as u32 + 1));
        let kinds: Vec<_> = (start..end).filter_map(|event| reader.kind(event)).collect();
        let counts = index.counts(reader, start..end);
        for thread in 0..THREADS {
            let brute = kinds.iter().filter(|kind| usize::from(kind.thread()) == thread).count();
            assert_eq!(counts.of_thread(thread) as usize, brute, "thread {thread} over {start}..{end}");
        }
        for (landmark, count) in counts.marks() {
            assert_eq!(count as usize, kinds.iter().filter(|kind| landmark.is_at(**kind)).count(), "{landmark:?}");
        }
        assert_eq!(counts.total() as u64, end - start);
    });
    assert!(log.figures().dropped > 0 && Landmark::MARKED.len() == 6);
}

#[test]
fn by_number_every_event_has_a_column() {
    let log = EventLog::default();
    let (mut series, mut index, mut columns) =
        (EventSeries::new(), EventIndex::new(), EventColumns::new(EventAxis::Number));
    recorded(&log, |reader| {
        series.update(reader);
        index.update(reader, u64::MAX);
        let run = reader.run();
        let end = run.end - run.start;
        let grid = EventGrid::over(end.saturating_sub(20), end - 1, 500);
        // In two goes, as a page that must not take long.
        columns.update(reader, &series, &index, grid, 7);
        assert_eq!(columns.covers(reader, grid), end <= 7);
        columns.update(reader, &series, &index, grid, 14);
        assert!(columns.covers(reader, grid));
        for place in end.saturating_sub(20)..end {
            let column = columns.get(place).unwrap();
            assert_eq!((column.start, column.end), (run.start + place, run.start + place + 1));
            let last = column.of(Metric::ArenaBytes).unwrap().last;
            assert_eq!(Some(last), reader.metric(Metric::ArenaBytes, column.end));
            assert_eq!(column.counts.total(), 1);
        }
        assert_eq!(columns.get(end), None);
    });
}

#[test]
fn what_was_dropped_is_unknown_on_both_axes() {
    let log = EventLog::new(Limits { bytes: 1_200_000, when_full: WhenFull::DropOldest });
    let (mut series, mut index, mut looks) = (EventSeries::new(), EventIndex::new(), 0);
    let (mut recorder, mut reader) = (Recorder::new(&log), Reader::new(&log));
    for event in events(5, COUNT, Mix { runs: 0, ..MIX }) {
        recorder.take(event);
    }
    recorder.publish();
    reader.refresh();
    series.update(&reader);
    index.update(&reader, u64::MAX);
    let first = reader.events().start;
    assert!(first > 0 && reader.run_start() == 0);
    for axis in [EventAxis::Time, EventAxis::Number] {
        let mut columns = EventColumns::new(axis);
        let grid = EventGrid::over(0, axis.newest(&reader), 300);
        columns.update(&reader, &series, &index, grid, u64::MAX);
        let known = axis.place(&reader, first).unwrap() >> grid.doublings;
        for (number, column) in columns.columns() {
            // The column in which the first event lies may be known in part.
            if number != known {
                assert_eq!(column.extremes.is_some(), number > known, "{axis:?}, column {number} of {known}");
                looks += 1;
            }
        }
    }
    assert!(looks > 400, "{looks}");
}
