//! Several threads, and events that are missing: one order, nothing made up
//! where nothing is missing, everything counted where something is.

use crate::model::replayed;
use arenascope_recording::{Cursor, EventLog, Reader, Recorder};
use arenascope_telemetry::event::{Event, Op, Role};
use arenascope_telemetry::ring::Producer;
use arenascope_telemetry::rings::Rings;
use arenascope_telemetry::run::RunNumber;
use arenascope_units::owner::Heap;
use arenascope_workload::rng::Rng;

fn range(op: Op, time_us: u64, id: u64, place: u64) -> Event {
    Event { id, offset_bytes: place * 64, size_bytes: 64, ..Event::note(time_us, op) }
}

fn seen(log: &EventLog) -> Vec<(u8, Op, u64)> {
    let mut reader = Reader::new(log);
    reader.refresh();
    let event = |index| reader.event(index).unwrap();
    reader.events().map(|index| (event(index).thread, event(index).op, event(index).id)).collect()
}

#[test]
fn a_free_comes_before_the_reuse_of_its_bytes_whatever_the_clock_says() {
    let (log, rings) = (EventLog::default(), Rings::with_capacity(1 << 10));
    let mut recorder = Recorder::new(&log);
    let (mut low, mut high) = (rings.open().unwrap(), rings.open().unwrap());
    high.push(range(Op::ArenaAllocate, 5, 1, 0)).unwrap();
    // One tick of the clock: thread 1 frees, thread 0 gets the same bytes.
    high.push(range(Op::ArenaFree, 7, 1, 0)).unwrap();
    low.push(range(Op::ArenaAllocate, 7, 2, 0)).unwrap();
    // Handed over to thread 1, which frees it: still in the same tick.
    high.push(range(Op::ArenaFree, 7, 2, 0)).unwrap();
    low.flush(8);
    high.flush(8);
    recorder.take_from(&rings);
    use Op::{ArenaAllocate as Allocate, ArenaFree as Free};
    assert_eq!(seen(&log), [(1, Allocate, 1), (1, Free, 1), (0, Allocate, 2), (1, Free, 2)]);
    assert!(!recorder.figures().has_gaps());
}

#[test]
fn what_may_still_come_is_waited_for_but_not_for_ever() {
    let (log, rings) = (EventLog::default(), Rings::with_capacity(1 << 10));
    let mut recorder = Recorder::new(&log);
    let (mut early, mut late) = (rings.open().unwrap(), rings.open().unwrap());
    early.flush(10);
    late.push(range(Op::ArenaAllocate, 20, 1, 0)).unwrap();
    late.flush(21);
    recorder.take_from(&rings);
    assert_eq!(seen(&log).len(), 0);
    early.push(range(Op::ArenaAllocate, 15, 2, 1)).unwrap();
    early.flush(30);
    recorder.take_from(&rings);
    assert_eq!(seen(&log).iter().map(|event| event.2).collect::<Vec<_>>(), [2, 1]);
    // A thread that says nothing more holds nobody up for long.
    late.push(range(Op::ArenaAllocate, 90, 3, 2)).unwrap();
    late.flush(91);
    (0..QUIET_ROUNDS).for_each(|_| _ = recorder.take_from(&rings));
    assert_eq!(seen(&log).len(), 2);
    recorder.take_from(&rings);
    assert_eq!(seen(&log).len(), 3);
    // Nor does it do so again, until it speaks.
    late.push(range(Op::ArenaAllocate, 92, 5, 4)).unwrap();
    late.flush(92);
    recorder.take_from(&rings);
    assert_eq!(seen(&log).len(), 4);
    early.push(range(Op::ArenaAllocate, 60, 4, 3)).unwrap();
    early.flush(95);
    recorder.take_from(&rings);
    assert_eq!((seen(&log).len(), recorder.figures().late), (5, 1));
}

#[test]
fn a_thread_that_rests_holds_nobody_up() {
    let (log, rings) = (EventLog::default(), Rings::with_capacity(1 << 10));
    let mut recorder = Recorder::new(&log);
    let (mut engine, mut mutator) = (rings.open().unwrap(), rings.open().unwrap());
    engine.flush(10);
    mutator.push(range(Op::ArenaAllocate, 20, 1, 0)).unwrap();
    mutator.flush(21);
    recorder.take_from(&rings);
    assert_eq!(seen(&log).len(), 0);
    engine.rest(10);
    recorder.take_from(&rings);
    assert_eq!(seen(&log).len(), 1);
    // It goes on, and is waited for again.
    engine.flush(30);
    mutator.push(range(Op::ArenaFree, 40, 1, 0)).unwrap();
    mutator.flush(41);
    recorder.take_from(&rings);
    assert_eq!(seen(&log).len(), 1);
    engine.flush(50);
    recorder.take_from(&rings);
    assert_eq!((seen(&log).len(), recorder.figures().late), (2, 0));
}

/// The recorder's rounds for which a ring that says nothing is waited for.
const QUIET_ROUNDS: u32 = 128;

/// A run, its start, and the rings of an engine and of one mutator.
fn start() -> Event {
    Event { size_bytes: 1 << 20, ..Event::note(0, Op::RunStart) }
}

#[test]
fn a_run_starts_after_every_event_of_the_one_before() {
    let (log, rings) = (EventLog::default(), Rings::with_capacity(1 << 10));
    let mut recorder = Recorder::new(&log);
    let (mut engine, mut mutator) = (rings.open().unwrap(), rings.open().unwrap());
    let [first, second] = [1, 2].map(RunNumber::after);
    engine.begin_run(first, start());
    mutator.announce(first, 1);
    mutator.push(range(Op::ArenaAllocate, 900, 1, 0)).unwrap();
    // The new run's clock is further than the old one's was.
    mutator.announce(second, 1);
    mutator.push(range(Op::ArenaAllocate, 1_903, 2, 0)).unwrap();
    engine.push(Event::note(950, Op::Submit)).unwrap();
    engine.begin_run(second, start());
    engine.push(Event::note(4, Op::Submit)).unwrap();
    engine.flush(2_000);
    mutator.flush(2_000);
    recorder.take_from(&rings);
    let ops: Vec<Op> = seen(&log).iter().map(|event| event.1).collect();
    assert_eq!(ops, [Op::RunStart, Op::ArenaAllocate, Op::Submit, Op::RunStart, Op::Submit, Op::ArenaAllocate]);
    assert_eq!(recorder.standing().alive[0], 1);
    assert!(!recorder.figures().has_gaps() && recorder.figures().other_runs == 0);
}

#[test]
fn what_comes_of_an_earlier_run_is_left_out_and_counted() {
    let (log, rings) = (EventLog::default(), Rings::with_capacity(1 << 10));
    let mut recorder = Recorder::new(&log);
    let (mut engine, mut mutator) = (rings.open().unwrap(), rings.open().unwrap());
    let [first, second] = [1, 2].map(RunNumber::after);
    engine.begin_run(first, start());
    mutator.announce(first, 1);
    mutator.push(range(Op::ArenaAllocate, 3, 1, 0)).unwrap();
    engine.flush(10);
    mutator.flush(10);
    recorder.take_from(&rings);
    // The mutator does not answer; the next run begins without it, with the same
    // numbers, at the same places.
    engine.begin_run(second, start());
    engine.push(range(Op::ArenaAllocate, 8, 1, 0)).unwrap();
    engine.flush(11);
    (0..=QUIET_ROUNDS).for_each(|_| _ = recorder.take_from(&rings));
    assert_eq!(recorder.standing().alive[0], 1);
    // It comes back, and its times fit the new run as well as the old one.
    mutator.push(range(Op::ArenaFree, 12, 1, 0)).unwrap();
    mutator.announce(second, 1);
    mutator.push(range(Op::ArenaAllocate, 12, 2, 1)).unwrap();
    engine.flush(20);
    mutator.flush(20);
    recorder.take_from(&rings);
    let figures = recorder.figures();
    assert_eq!((recorder.standing().alive[0], figures.other_runs), (2, 1));
    assert!(!figures.has_gaps(), "{figures:?}");
    assert_eq!(log.figures().other_runs, 1);
}

#[test]
fn rings_that_change_hands_between_runs_leave_no_trace() {
    let (log, rings) = (EventLog::default(), Rings::with_capacity(1 << 10));
    let mut recorder = Recorder::new(&log);
    let mut engine = rings.open().unwrap();
    let mut rng = Rng::new(6);
    for number in 0..200 {
        let run = RunNumber::after(number);
        engine.begin_run(run, start());
        // Whoever asks first has the lowest ring; all bear their own numbers.
        let mut order = [1, 2, 3];
        order.swap(rng.below(3) as usize, rng.below(3) as usize);
        let mut mutators = order.map(|thread| (thread, rings.open().unwrap()));
        let lasts = 5 + u64::from(rng.below(100));
        for (thread, ring) in &mut mutators {
            ring.announce(run, *thread);
            let place = u64::from(*thread);
            ring.push(range(Op::ArenaAllocate, u64::from(rng.below(4)), place, place)).unwrap();
            ring.push(range(Op::ArenaFree, lasts + u64::from(rng.below(3)), place, place)).unwrap();
        }
        engine.flush(lasts + 3);
        for (_, mut ring) in mutators {
            ring.flush(lasts + 3);
            if rng.once_in(3) {
                recorder.take_from(&rings);
            }
        }
    }
    (0..3).for_each(|_| _ = recorder.take_from(&rings));
    let figures = recorder.figures();
    assert!(!figures.has_gaps(), "{figures:?}");
    assert_eq!((figures.length, figures.other_runs, figures.late), (200 * 7, 0, 0));
    assert!(seen(&log).iter().all(|(thread, op, id)| *op == Op::RunStart || u64::from(*thread) == *id));
}

/// A ring that lost the beginnings of what it ends, beside one that goes on: both
/// come through, whatever the other does.
#[test]
fn loss_on_one_ring_beside_progress_on_another_holds_nothing_back() {
    let (log, rings) = (EventLog::default(), Rings::with_capacity(1 << 10));
    let mut recorder = Recorder::new(&log);
    let (mut lossy, mut busy) = (rings.open().unwrap(), rings.open().unwrap());
    for round in 0..500_u64 {
        let now = 10 * round;
        // Twenty frees of what nobody saw begin, each with another in the way.
        (0..20).for_each(|n| lossy.push(range(Op::ArenaFree, now + 1, 1_000_000 + 20 * round + n, 50)).unwrap());
        lossy.push(range(Op::ArenaAllocate, now + 2, 2 * round + 1, round % 40)).unwrap();
        lossy.push(range(Op::ArenaFree, now + 3, 2 * round + 1, round % 40)).unwrap();
        busy.push(range(Op::ArenaAllocate, now + 4, 2 * round + 2, 100)).unwrap();
        busy.push(range(Op::ArenaFree, now + 5, 2 * round + 2, 100)).unwrap();
        lossy.flush(now + 6);
        busy.flush(now + 6);
        recorder.take_from(&rings);
        // Three rounds bring everything that was said before.
        let taken = recorder.figures().length;
        assert!(taken + 3 * 24 >= 24 * (round + 1), "round {round}: {taken} of {}", 24 * (round + 1));
    }
    for round in 0..3 {
        lossy.flush(5_100 + round);
        busy.flush(5_100 + round);
        recorder.take_from(&rings);
    }
    let figures = recorder.figures();
    // Nothing is made up but what the lost beginnings leave unmatched.
    assert_eq!((figures.length, figures.unmatched, figures.inferred), (24 * 500, 20 * 500, 0));
}

#[test]
fn a_thread_that_is_not_scheduled_for_a_while_keeps_its_place() {
    let (log, rings) = (EventLog::default(), Rings::with_capacity(1 << 12));
    let mut recorder = Recorder::new(&log);
    let (mut sleeper, mut other) = (rings.open().unwrap(), rings.open().unwrap());
    for night in 0..20_u64 {
        let (dusk, thing) = (10_000 * night, night + 1);
        sleeper.push(range(Op::ArenaAllocate, dusk, thing, 0)).unwrap();
        sleeper.flush(dusk + 1);
        other.flush(dusk + 1);
        recorder.take_from(&rings);
        // It frees, and is put to sleep before it hands that over; the other takes
        // the bytes, works and gives them back, round after round.
        sleeper.push(range(Op::ArenaFree, dusk + 2, thing, 0)).unwrap();
        for round in 0..u64::from(QUIET_ROUNDS) - 2 {
            let (now, id) = (dusk + 10 * round + 3, 1_000 * (night + 1) + round);
            other.push(range(Op::ArenaAllocate, now, id, 0)).unwrap();
            other.push(range(Op::ArenaFree, now + 1, id, 0)).unwrap();
            other.flush(now + 2);
            recorder.take_from(&rings);
        }
        sleeper.flush(dusk + 9_000);
        other.flush(dusk + 9_000);
        recorder.take_from(&rings);
    }
    let figures = recorder.figures();
    assert!(!figures.has_gaps() && figures.late == 0, "{figures:?}");
    assert_eq!(figures.length, 20 * (2 + 2 * (u64::from(QUIET_ROUNDS) - 2)));
}

/// More events than may wait: the earliest go ahead, and the rest still wait.
#[test]
fn a_silent_ring_never_holds_back_more_than_may_wait() {
    let (log, rings) = (EventLog::default(), Rings::with_capacity(1 << 15));
    let mut recorder = Recorder::new(&log);
    let (mut silent, mut busy) = (rings.open().unwrap(), rings.open().unwrap());
    silent.flush(1);
    busy.flush(1);
    let mut pushed = 0;
    for now in 0..12_u64 {
        (0..30_000).for_each(|n| busy.push(Event::note(10 + now * 30_000 + n, Op::Submit)).unwrap());
        busy.flush(10 + now * 30_000);
        pushed += 30_000;
        recorder.take_from(&rings);
    }
    let waiting = pushed - recorder.figures().length;
    assert_eq!(waiting, 1 << 18);
    assert!(recorder.bytes() > waiting * 40, "{} bytes", recorder.bytes());
    silent.flush(1_000_000);
    busy.flush(1_000_000);
    recorder.take_from(&rings);
    recorder.take_from(&rings);
    assert_eq!(recorder.figures().length, pushed);
    assert!(recorder.bytes() < 4 << 20, "{} bytes", recorder.bytes());
}

/// Threads that take and give back places in one list, as an arena would.
/// So many of their events share a tick of the clock.
fn hammer(rings: &Rings, recorder: &mut Recorder<'_>, count: u64, per_tick: u64) -> u64 {
    let (threads, mut rng) = (4, Rng::new(11));
    let mut producers: Vec<Producer<'_>> = (0..threads).map(|_| rings.open().unwrap()).collect();
    let (mut live, mut free, mut offered) = (Vec::new(), (0..200_u64).collect::<Vec<_>>(), 0);
    for step in 0..count {
        let producer = &mut producers[rng.below(threads) as usize];
        let is_free = !live.is_empty() && (free.is_empty() || rng.once_in(2));
        let event = if is_free {
            let (id, place) = live.swap_remove(rng.below(live.len() as u32) as usize);
            free.push(place);
            range(Op::ArenaFree, step / per_tick, id, place)
        } else {
            let place = free.swap_remove(rng.below(free.len() as u32) as usize);
            live.push((step + 1, place));
            range(Op::ArenaAllocate, step / per_tick, step + 1, place)
        };
        let _ = producer.push(event);
        offered += 1;
        if rng.once_in(300) {
            producers.iter_mut().for_each(|producer| producer.flush(step / per_tick));
            recorder.take_from(rings);
        }
    }
    drop(producers);
    (0..3).for_each(|_| _ = recorder.take_from(rings));
    let sum: u64 = live.len() as u64;
    assert_eq!(recorder.figures().length + recorder.figures().lost, offered + marks(recorder));
    sum
}

/// Events that the recorder added.
fn marks(recorder: &Recorder<'_>) -> u64 {
    let figures = recorder.figures();
    figures.inferred + figures.length - figures.inferred - recorder.tally().events_total
}

#[test]
fn threads_that_pass_memory_on_leave_no_gap() {
    let (log, rings) = (EventLog::default(), Rings::with_capacity(1 << 12));
    let mut recorder = Recorder::new(&log);
    let live = hammer(&rings, &mut recorder, 40_000, 1);
    let figures = recorder.figures();
    assert_eq!(recorder.standing().alive[0], live);
    assert!(!figures.has_gaps() && figures.length == 40_000, "{figures:?}");
}

#[test]
fn a_wrong_guess_within_a_tick_is_counted_and_put_right() {
    let (log, rings) = (EventLog::default(), Rings::with_capacity(1 << 12));
    let mut recorder = Recorder::new(&log);
    let live = hammer(&rings, &mut recorder, 40_000, 40);
    let figures = recorder.figures();
    assert_eq!(recorder.standing().alive[0], live);
    assert_eq!(figures.inferred, figures.unmatched);
    // The order within a tick is unknown; one event in a hundred at most is placed so
    // that an end had to be made up.
    assert!((1..400).contains(&figures.inferred), "{figures:?}");
    assert_eq!(figures.length, 40_000 + figures.inferred);
}

#[test]
fn losses_are_counted_placed_and_marked() {
    let (log, rings) = (EventLog::default(), Rings::with_capacity(128));
    let mut recorder = Recorder::new(&log);
    let mut producer = rings.open().unwrap();
    producer.push(Event { offset_bytes: 0, size_bytes: 1 << 20, ..Event::note(0, Op::RunStart) }).unwrap();
    let (mut rng, mut live, mut offered) = (Rng::new(2), Vec::new(), 1);
    for step in 0..30_000_u64 {
        let event = if live.len() > 60 {
            let (id, place) = live.swap_remove(rng.below(live.len() as u32) as usize);
            range(Op::ArenaFree, step, id, place)
        } else {
            let place = (0..100).find(|place| live.iter().all(|(_, taken)| taken != place)).unwrap();
            live.push((step + 1, place));
            range(Op::ArenaAllocate, step, step + 1, place)
        };
        let _ = producer.push(event);
        offered += 1;
        if rng.once_in(150) {
            producer.flush(step);
            recorder.take_from(&rings);
        }
    }
    producer.flush(30_000);
    recorder.take_from(&rings);
    let figures = recorder.figures();
    assert!(figures.lost > 1_000 && figures.inferred > 10 && figures.unmatched > 10, "{figures:?}");
    assert_eq!(figures.lost, rings.lost());
    // Every event is recorded, or lost; what was made up and said stands beside.
    assert_eq!(recorder.tally().events_total + figures.lost, offered);
    let mut reader = Reader::new(&log);
    reader.refresh();
    let said: u64 =
        reader.scan(0..u64::MAX, |kind| kind.op() == Op::Lost).map(|at| reader.event(at).unwrap().size_bytes).sum();
    assert_eq!(said, figures.lost);
    let mut cursor = Cursor::new();
    let first = reader.scan(0..u64::MAX, |kind| kind.op() == Op::Lost).next().unwrap();
    assert!(!cursor.seek(&reader, first).unwrap().is_approximate());
    assert!(cursor.seek(&reader, first + 1).unwrap().is_approximate());
    for at in [first, 5_000, 9_000, reader.events().end] {
        let state = cursor.seek(&reader, at).unwrap();
        // As a replay of what is recorded, which never overlaps.
        assert_eq!(state.ranges(), replayed(&reader, at).of(Heap::Arena));
        assert!(
            state.ranges().windows(2).all(|pair| pair[0].offset_bytes + pair[0].size_bytes <= pair[1].offset_bytes)
        );
    }
    assert!(
        reader
            .scan(0..u64::MAX, |kind| kind.is_inferred())
            .all(|at| matches!(reader.kind(at).unwrap().role(), Role::Ends(_)))
    );
}

#[test]
fn what_makes_no_sense_is_counted_and_left_out() {
    let log = EventLog::default();
    let mut recorder = Recorder::new(&log);
    recorder.take(Event { offset_bytes: 1 << 50, ..range(Op::ArenaAllocate, 1, 1, 0) });
    recorder.take_malformed();
    assert_eq!((recorder.figures().malformed, recorder.figures().length), (2, 0));
}
