//! Time travel and series against a fresh replay of the events.

use crate::model::{Model, replayed};
use crate::program::{Mix, events};
use arenascope_recording::{
    CHUNK, Cursor, EventLog, EventSeries, Extremes, Limits, Metric, Reader, Recorder, WhenFull,
};
use arenascope_telemetry::event::{Event, Op};
use arenascope_units::owner::MemoryCategory;
use arenascope_workload::rng::Rng;
use proptest::prelude::*;

/// Records events, and goes on to the end.
fn recorded<'l>(log: &'l EventLog, events: &[Event]) -> (Recorder<'l>, Reader<'l>) {
    let mut recorder = Recorder::new(log);
    events.iter().for_each(|event| recorder.take(*event));
    recorder.publish();
    let mut reader = Reader::new(log);
    reader.refresh();
    (recorder, reader)
}

fn mixes() -> impl Strategy<Value = Mix> {
    (2..400_usize, prop_oneof![Just(0), 500..9_000_u32], prop_oneof![Just(0), 2_000..20_000_u32])
        .prop_map(|(alive, resets, runs)| Mix { alive, resets, runs })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn any_moment_equals_a_replay_of_the_events_up_to_it(seed: u64, mix in mixes(), jumps in prop::collection::vec(any::<(bool, u32)>(), 12)) {
        let events = events(seed, 3 * CHUNK as usize + 700, mix);
        let log = EventLog::default();
        let (recorder, reader) = recorded(&log, &events);
        prop_assert!(!recorder.figures().has_gaps());
        prop_assert_eq!(reader.events(), 0..events.len() as u64);
        let mut cursor = Cursor::new();
        let mut at = 0_u64;
        for (is_near, by) in jumps {
            // Steps of a few events in both directions, and jumps anywhere.
            at = match is_near {
                true => (at + u64::from(by) % 401).saturating_sub(200).min(events.len() as u64),
                false => u64::from(by) % (events.len() as u64 + 1),
            };
            let state = cursor.seek(&reader, at).unwrap();
            replayed(&reader, at).check(state);
            prop_assert!(!state.is_approximate());
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2))]

    #[test]
    fn series_equal_a_look_at_every_event(seed: u64, mix in mixes(), windows in prop::collection::vec(any::<(u32, u32, bool)>(), 30)) {
        let events = events(seed, CHUNK as usize + 3_000, mix);
        let log = EventLog::default();
        let (_, reader) = recorded(&log, &events);
        let mut series = EventSeries::new();
        series.update(&reader);
        let values = Metric::ALL.map(|metric| {
            let value = |position: usize| reader.metric(metric, position as u64).unwrap();
            (1..=events.len()).map(value).collect::<Vec<u64>>()
        });
        let mut model = Model::default();
        for (index, event) in events.iter().enumerate() {
            model.take(index as u64, *event);
            if index % 61 == 0 {
                prop_assert_eq!(Metric::ALL.map(|metric| model.metric(metric)), values.each_ref().map(|values| values[index]));
            }
        }
        for (one, other, is_small) in windows {
            let start = u64::from(one) % events.len() as u64;
            let width = u64::from(other) % if is_small { 300 } else { events.len() as u64 };
            let window = start..(start + width).min(events.len() as u64);
            for (metric, values) in Metric::ALL.into_iter().zip(&values) {
                let inside = values[window.start as usize..window.end as usize].iter();
                let brute = inside.map(|value| Extremes::of(*value)).reduce(Extremes::then);
                prop_assert_eq!(series.extremes(&reader, metric, window.clone()), brute, "{:?} {:?}", metric, &window);
                let first = brute.and_then(|brute| window.clone().find(|index| values[*index as usize] == brute.high));
                prop_assert_eq!(series.peak(&reader, metric, window.clone()), first);
            }
        }
    }
}

/// About the range of that number.
fn of_arena(op: Op, index: u64, category: MemoryCategory) -> Event {
    Event { owner: category.into(), id: index, offset_bytes: 64 * index, size_bytes: 64, ..Event::note(index, op) }
}

#[test]
fn a_category_that_comes_late_was_zero_before() {
    let [early, late, never] = [0, 9, 15].map(|index| MemoryCategory::every()[index]);
    let (comes, count) = (CHUNK + 1_000, CHUNK + 5_000);
    let category = |index: u64| if index >= comes && index.is_multiple_of(3) { late } else { early };
    let log = EventLog::default();
    let (mut recorder, mut reader, mut series) = (Recorder::new(&log), Reader::new(&log), EventSeries::new());
    for index in 0..count {
        recorder.take(of_arena(Op::ArenaAllocate, index, category(index)));
        if index % 777 != 776 && index + 1 != count {
            continue;
        }
        recorder.publish();
        reader.refresh();
        // Now and then it lags behind the reader.
        if index.is_multiple_of(2) {
            series.update(&reader);
        }
        let window = 3..reader.events().end;
        let high = (comes..=index).filter(|index| category(*index) == late).count() as u64 * 64;
        assert_eq!(
            series.extremes(&reader, Metric::of(late), window.clone()),
            Some(Extremes { low: 0, high, last: high })
        );
        assert_eq!(series.extremes(&reader, Metric::of(never), window), Some(Extremes::of(0)));
    }
    series.update(&reader);
    for start in (0..count - 600).step_by(599) {
        let window = start..start + 600;
        let values = window.clone().map(|index| reader.metric(Metric::of(late), index + 1).unwrap());
        let brute = values.map(Extremes::of).reduce(Extremes::then);
        assert_eq!(series.extremes(&reader, Metric::of(late), window), brute);
    }
}

#[test]
fn a_category_that_never_comes_takes_no_room() {
    let bytes = |categories: u64| {
        let category = |index: u64| MemoryCategory::every()[(index % categories) as usize];
        let events = (0..CHUNK).map(|index| of_arena(Op::ArenaAllocate, index, category(index)));
        let log = EventLog::default();
        let (_, reader) = recorded(&log, &events.collect::<Vec<_>>());
        let mut series = EventSeries::new();
        series.update(&reader);
        series.bytes()
    };
    // The arena's bytes, its ranges, and each category.
    assert!(bytes(1) > 0);
    assert_eq!([2, 7, 16].map(bytes), [4, 9, 18].map(|trees| trees * bytes(1) / 3));
}

#[test]
fn a_reader_that_follows_sees_every_moment() {
    let events = events(7, 2 * CHUNK as usize + 50, Mix { alive: 300, resets: 0, runs: 0 });
    let log = EventLog::default();
    let (mut recorder, mut reader, mut cursor) = (Recorder::new(&log), Reader::new(&log), Cursor::new());
    let (mut model, mut series, mut rng) = (Model::default(), EventSeries::new(), Rng::new(1));
    let mut taken = 0;
    while taken < events.len() {
        for _ in 0..rng.between(1, 900) {
            let Some(event) = events.get(taken) else { break };
            model.take(taken as u64, *event);
            recorder.take(*event);
            taken += 1;
        }
        reader.refresh();
        let unseen = reader.events().end;
        recorder.publish();
        reader.refresh();
        assert!(unseen <= taken as u64);
        assert_eq!(reader.events(), 0..taken as u64);
        series.update(&reader);
        model.check(cursor.seek(&reader, taken as u64).unwrap());
        let whole = series.extremes(&reader, Metric::ArenaBytes, 0..taken as u64).unwrap();
        assert_eq!(whole.last, model.metric(Metric::ArenaBytes));
    }
}

#[test]
fn dropped_chunks_take_no_moment_of_the_rest_with_them() {
    let events = events(3, 12 * CHUNK as usize, Mix { alive: 200, resets: 0, runs: 0 });
    let log = EventLog::new(Limits { bytes: 3_000_000, when_full: WhenFull::DropOldest });
    let (recorder, reader) = recorded(&log, &events);
    let figures = recorder.figures();
    assert!(figures.dropped >= 3 * CHUNK && figures.first == figures.dropped, "{figures:?}");
    assert!(figures.bytes < 3_000_000 + 1_000_000, "{figures:?}");
    assert_eq!(reader.events(), figures.first..events.len() as u64);
    let (mut cursor, mut rng) = (Cursor::new(), Rng::new(5));
    assert!(cursor.seek(&reader, figures.first - 1).is_none());
    for _ in 0..20 {
        let kept = (figures.length - figures.first) as u32;
        let at = figures.first + u64::from(rng.below(kept + 1));
        let mut model = Model::default();
        events[..at as usize].iter().zip(0..).for_each(|(event, index)| model.take(index, *event));
        model.check(cursor.seek(&reader, at).unwrap());
    }
}

#[test]
fn a_recording_that_stops_says_how_much_it_refused() {
    let events = events(3, 9 * CHUNK as usize, Mix { alive: 50, resets: 0, runs: 0 });
    let log = EventLog::new(Limits { bytes: 2_000_000, when_full: WhenFull::Stop });
    let (recorder, reader) = recorded(&log, &events);
    let figures = recorder.figures();
    assert!(figures.refused > CHUNK && figures.dropped == 0, "{figures:?}");
    assert_eq!(figures.length + figures.refused, events.len() as u64);
    let at = reader.events().end;
    replayed(&reader, at).check(Cursor::new().seek(&reader, at).unwrap());
    assert_eq!(log.figures(), figures);
}

#[test]
fn a_recording_that_stopped_makes_room_for_the_next_run() {
    let first = events(3, 9 * CHUNK as usize, Mix { alive: 50, resets: 0, runs: 0 });
    let second = events(4, 2 * CHUNK as usize, Mix { alive: 50, resets: 0, runs: 0 });
    let log = EventLog::new(Limits { bytes: 2_000_000, when_full: WhenFull::Stop });
    let mut recorder = Recorder::new(&log);
    first.iter().for_each(|event| recorder.take(*event));
    let refused = recorder.figures().refused;
    second.iter().for_each(|event| recorder.take(*event));
    recorder.publish();
    let mut reader = Reader::new(&log);
    reader.refresh();
    assert!(refused > 0 && recorder.figures().refused == refused, "{:?}", recorder.figures());
    assert_eq!(reader.run().end - reader.run().start, second.len() as u64);
    let mut model = Model::default();
    second.iter().zip(reader.run()).for_each(|(event, index)| model.take(index, *event));
    model.check(Cursor::new().seek(&reader, reader.run().end).unwrap());
}

#[test]
fn an_event_takes_at_most_24_bytes() {
    let events = events(9, 40 * CHUNK as usize, Mix { alive: 4_000, resets: 0, runs: 0 });
    let log = EventLog::default();
    let (recorder, _) = recorded(&log, &events);
    let each = recorder.figures().bytes as f64 / events.len() as f64;
    assert!(each <= 24.0, "{each:.1} bytes");
    assert_eq!(recorder.tally().count(Op::RunStart), 1);
}
