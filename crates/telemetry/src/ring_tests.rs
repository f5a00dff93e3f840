//! The ring between threads, and what it says of what it lost.

use super::event::{Event, Op};
use super::ring::{BATCH, Full, Ring};
use super::rings::Rings;
use super::run::{Announcement, Promise, RunNumber};

fn numbered(id: u64) -> Event {
    Event { id, offset_bytes: id + 1, size_bytes: id + 2, ..Event::note(id, Op::Submit) }
}

fn drain(ring: &Ring) -> Vec<Event> {
    let mut seen = Vec::new();
    ring.consumer().unwrap().drain(u64::MAX, |words| seen.push(Event::from_words(*words).unwrap()));
    seen
}

#[test]
fn full_means_counted_loss_said_where_it_happened() {
    let ring = Ring::with_capacity(128, 3);
    let mut producer = ring.producer().unwrap();
    (0..128).for_each(|id| producer.push(numbered(id)).unwrap());
    (128..131).for_each(|id| assert_eq!(producer.push(numbered(id)), Err(Full)));
    assert_eq!((ring.lost(), ring.offered(), producer.gathered()), (3, 131, 0));
    let seen = drain(&ring);
    assert_eq!(seen.len(), 128);
    assert!(seen.iter().zip(0..).all(|(event, id)| *event == Event { thread: 3, ..numbered(id) }));
    producer.push(numbered(200)).unwrap();
    producer.flush(200);
    let missing = Event { thread: 3, ..Event::lost(200, 3) };
    assert_eq!(drain(&ring), [missing, Event { thread: 3, ..numbered(200) }]);
}

#[test]
fn one_free_cell_is_not_enough_to_say_what_is_missing() {
    let ring = Ring::with_capacity(128, 0);
    let mut producer = ring.producer().unwrap();
    (0..130).for_each(|id| _ = producer.push(numbered(id)));
    ring.consumer().unwrap().drain(1, |_| {});
    assert_eq!(producer.push(numbered(130)), Err(Full));
    ring.consumer().unwrap().drain(1, |_| {});
    producer.push(numbered(131)).unwrap();
    producer.flush(131);
    let tail = drain(&ring).split_off(126);
    assert_eq!(tail, [Event::lost(131, 3), numbered(131)]);
}

#[test]
fn a_flush_says_what_was_lost_last() {
    let ring = Ring::with_capacity(128, 0);
    let mut producer = ring.producer().unwrap();
    (0..133).for_each(|id| _ = producer.push(numbered(id)));
    drain(&ring);
    producer.flush(9);
    assert_eq!(drain(&ring), [Event::lost(9, 5)]);
    assert_eq!(ring.promise(), Some(Promise { run: None, time_us: 9 }));
    drop(producer);
    assert_eq!(ring.promise(), None);
}

#[test]
fn a_ring_that_rests_promises_nothing_until_it_goes_on() {
    let ring = Ring::with_capacity(128, 0);
    let mut producer = ring.producer().unwrap();
    producer.push(numbered(1)).unwrap();
    producer.rest(7);
    assert_eq!((drain(&ring).len(), ring.promise()), (1, None));
    producer.flush(8);
    assert_eq!(ring.promise(), Some(Promise { run: None, time_us: 8 }));
    producer.rest(9);
    let run = RunNumber::after(1);
    producer.announce(run, 2);
    assert_eq!(ring.promise(), Some(Promise { run: Some(run), time_us: 0 }));
    producer.rest(10);
    drop(producer);
    assert!(ring.producer().is_some() && ring.promise().is_none());
}

#[test]
fn batches_are_handed_over_whole() {
    let ring = Ring::with_capacity(1024, 0);
    let mut producer = ring.producer().unwrap();
    (0..BATCH - 1).for_each(|id| producer.push(numbered(id)).unwrap());
    assert_eq!(drain(&ring).len(), 0);
    producer.push(numbered(0)).unwrap();
    assert_eq!(drain(&ring).len(), BATCH as usize);
    producer.push(numbered(0)).unwrap();
    drop(producer);
    assert_eq!(drain(&ring).len(), 1);
}

#[test]
fn there_is_one_producer_and_one_consumer() {
    let ring = Ring::with_capacity(128, 0);
    let (producer, consumer) = (ring.producer(), ring.consumer());
    assert!(producer.is_some() && consumer.is_some());
    assert!(ring.producer().is_none() && ring.consumer().is_none());
    drop((producer, consumer));
    assert!(ring.producer().is_some() && ring.consumer().is_some());
}

/// Pushes `count` events from another thread and holds every one against its
/// number; returns how many came.
fn race(ring: &Ring, count: u64) -> u64 {
    std::thread::scope(|scope| {
        let pushing = scope.spawn(|| {
            let mut producer = ring.producer().unwrap();
            (0..count).for_each(|id| _ = producer.push(numbered(id)));
        });
        let (mut next, mut seen, mut consumer) = (0, 0, ring.consumer().unwrap());
        loop {
            let is_done = pushing.is_finished();
            let drained = consumer.drain(1000, |words| match Event::from_words(*words).unwrap() {
                Event { op: Op::Lost, size_bytes, .. } => next += size_bytes,
                event => {
                    assert_eq!(event, numbered(next));
                    (next, seen) = (next + 1, seen + 1);
                }
            });
            if is_done && drained == 0 {
                return seen;
            }
        }
    })
}

#[test]
fn nothing_is_torn_or_reordered_between_threads_and_losses_are_placed() {
    let ring = Ring::with_capacity(128, 0);
    let seen = race(&ring, 200_000);
    assert_eq!(seen + ring.lost(), 200_000);
}

#[test]
fn lossless_producers_wait() {
    let ring = Ring::with_capacity(128, 0);
    ring.set_lossless(true);
    assert_eq!(race(&ring, 200_000), 200_000);
    assert_eq!(ring.lost(), 0);
}

#[test]
fn switching_to_loss_frees_a_producer_that_waits() {
    let ring = Ring::with_capacity(128, 0);
    ring.set_lossless(true);
    std::thread::scope(|scope| {
        let pushing = scope.spawn(|| {
            let mut producer = ring.producer().unwrap();
            (0..129).map(|id| producer.push(numbered(id))).filter(Result::is_err).count()
        });
        while ring.waits() == 0 {
            std::thread::yield_now();
        }
        ring.set_lossless(false);
        assert_eq!(pushing.join().unwrap(), 1);
    });
    assert_eq!((ring.lost(), drain(&ring).len()), (1, 128));
}

#[test]
fn sixteen_threads_have_rings_and_the_next_is_counted() {
    let rings = Rings::with_capacity(128);
    let mut producers: Vec<_> = (0..16).map(|_| rings.open().unwrap()).collect();
    assert!(rings.open().is_none());
    rings.lose();
    assert_eq!(rings.lost(), 1);
    producers.iter_mut().for_each(|producer| producer.push(numbered(7)).unwrap());
    producers.remove(4);
    assert!(rings.open().is_some());
    drop(producers);
    let mut threads = Vec::new();
    rings.drain(|words| threads.push(Event::from_words(words).unwrap().thread));
    assert_eq!(threads, (0..16).collect::<Vec<u8>>());
}

#[test]
fn a_consumer_that_died_stops_no_producer_for_ever() {
    let ring = Ring::with_capacity(128, 0);
    ring.set_lossless(true);
    let mut producer = ring.producer().unwrap();
    (0..128).for_each(|id| producer.push(numbered(id)).unwrap());
    assert_eq!(producer.push(numbered(128)), Err(Full));
    // It waited once; from then on the ring loses and counts.
    assert_eq!(producer.push(numbered(129)), Err(Full));
    assert_eq!((ring.waits(), ring.lost()), (1, 2));
}

/// What a record says: the run that it opens, or an event's operation, thread and
/// number.
fn said(ring: &Ring) -> Vec<(Option<u16>, Op, u8, u64)> {
    let mut said = Vec::new();
    ring.consumer().unwrap().drain(u64::MAX, |words| {
        said.push(match (Announcement::from_words(words), Event::from_words(*words)) {
            (Some(announcement), None) => (Some(announcement.run.get()), Op::RunStart, 0, 0),
            (None, Some(event)) if event.op == Op::Lost => (None, event.op, event.thread, event.size_bytes),
            (None, Some(event)) => (None, event.op, event.thread, event.id),
            neither => panic!("{neither:?}"),
        });
    });
    said
}

#[test]
fn a_run_is_announced_before_its_first_event_and_promised_at_once() {
    let ring = Ring::with_capacity(128, 3);
    let mut producer = ring.producer().unwrap();
    let run = RunNumber::after(4);
    producer.announce(run, 7);
    assert_eq!(ring.promise(), Some(Promise { run: Some(run), time_us: 0 }));
    producer.push(numbered(1)).unwrap();
    assert_eq!((ring.offered(), producer.gathered()), (0, 1));
    producer.flush(6);
    assert_eq!((ring.offered(), producer.gathered()), (1, 0));
    assert_eq!(ring.promise(), Some(Promise { run: Some(run), time_us: 6 }));
    assert_eq!(said(&ring), [(Some(5), Op::RunStart, 0, 0), (None, Op::Submit, 7, 1)]);
}

#[test]
fn a_full_ring_loses_no_announcement_and_tells_losses_by_run() {
    for begins in [false, true] {
        let ring = Ring::with_capacity(128, 3);
        let mut producer = ring.producer().unwrap();
        (0..130).for_each(|id| _ = producer.push(numbered(id)));
        // A run in which nothing finds room leaves its losses to those before.
        producer.announce(RunNumber::after(1), 2);
        (0..4).for_each(|id| assert_eq!(producer.push(numbered(id)), Err(Full)));
        match begins {
            true => producer.begin_run(RunNumber::after(2), Event::note(0, Op::RunStart)),
            false => producer.announce(RunNumber::after(2), 2),
        }
        (0..5).for_each(|id| assert_eq!(producer.push(numbered(id)), Err(Full)));
        assert_eq!((ring.lost(), ring.offered()), (11, 139));
        assert_eq!(said(&ring).len(), 128);
        producer.push(numbered(77)).unwrap();
        producer.flush(77);
        let thread = if begins { 0 } else { 2 };
        let opening = if begins { (None, Op::RunStart, 0, 3) } else { (Some(3), Op::RunStart, 0, 0) };
        let expected =
            [(None, Op::Lost, thread, 6), opening, (None, Op::Lost, thread, 5), (None, Op::Submit, thread, 77)];
        assert_eq!(said(&ring), expected);
        // Neither what says a loss nor an announcement is an event that was offered.
        assert_eq!(ring.offered(), 128 + 11 + 1 + u64::from(begins));
    }
}
