//! One thread's way to tell what happens: its ring, its run, its time. The engine and
//! the mutators write their events here, so each kind of event has one writer and one
//! meaning.

use super::time::Stamps;
use arenascope_telemetry::Shared;
use arenascope_telemetry::event::{Event, NOBODY, Op};
use arenascope_telemetry::ring::Producer;
use arenascope_telemetry::run::RunNumber;
use arenascope_units::owner::Owner;
use arenascope_units::{Bytes, Micros};

/// Tells what time it is, on the clock that all threads share.
pub(crate) type Clock = Box<dyn FnMut() -> Micros>;

/// What an event says, beside when.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Said {
    pub(crate) op: Op,
    pub(crate) detail: u8,
    pub(crate) owner: Owner,
    pub(crate) id: u64,
    pub(crate) offset: u64,
    pub(crate) size: Bytes,
}

impl Said {
    /// Something about nobody in particular.
    pub(crate) const fn note(op: Op) -> Self {
        Self { op, detail: 0, owner: NOBODY, id: 0, offset: 0, size: Bytes::ZERO }
    }

    /// Something that happened to the thing of this number.
    pub(crate) const fn of(op: Op, owner: Owner, id: u64, size: Bytes) -> Self {
        Self { owner, id, size, ..Self::note(op) }
    }
}

/// The events of one thread, on their way to the recorder.
pub(crate) struct EventSink<'s> {
    shared: &'s Shared,
    /// The thread's ring; `None` where all were taken, and while a mutator rests: an
    /// open ring that says nothing would hold up the recorder.
    ring: Option<Producer<'s>>,
    stamps: Stamps,
    /// When the run began, on the shared clock.
    started: Micros,
    /// `None` where time is told from outside.
    clock: Option<Clock>,
    /// Whether events of one reading follow each other.
    steps: bool,
    stands_still: bool,
}

impl<'s> EventSink<'s> {
    /// A sink without a ring, for a run that began at `started`. Until it has a clock,
    /// all events have the time that was noted last.
    pub(crate) fn new(shared: &'s Shared, started: Micros) -> Self {
        let stamps = Stamps::default();
        Self { shared, ring: None, stamps, started, clock: None, steps: false, stands_still: false }
    }

    /// The same, for who notes the time every few events.
    pub(crate) fn stepping(shared: &'s Shared, started: Micros) -> Self {
        Self { steps: true, ..Self::new(shared, started) }
    }

    /// Takes a ring for events of `run` by the mutator that counts as `thread` (from 1),
    /// unless it has one.
    pub(crate) fn open(&mut self, run: RunNumber, thread: u8) {
        if self.ring.is_none() {
            self.ring = self.shared.events.open();
            if let Some(ring) = &mut self.ring {
                ring.announce(run, thread);
            }
        }
    }

    /// Gives the ring back, with everything in it handed over.
    pub(crate) fn close(&mut self) {
        self.ring = None;
    }

    /// From now on events are stamped one by one.
    pub(crate) fn set_clock(&mut self, clock: Clock) {
        (self.clock, self.steps) = (Some(clock), true);
    }

    /// Begins `run` for all threads, in an arena of `capacity` whose payload begins at
    /// `payload`. The engine's, which takes the first free ring for good.
    pub(crate) fn begin_run(&mut self, started: Micros, run: RunNumber, payload: u64, capacity: Bytes) {
        (self.stamps, self.started, self.stands_still) = (Stamps::default(), started, false);
        if self.ring.is_none() {
            self.ring = self.shared.events.open();
        }
        let note = Event::note(0, Op::RunStart);
        match &mut self.ring {
            Some(ring) => ring.begin_run(run, Event { offset_bytes: payload, size_bytes: capacity.get(), ..note }),
            None => self.shared.events.lose(),
        }
    }

    /// Takes in what the shared clock reads. From a stop on, time stands still.
    pub(crate) fn note_time(&mut self, now: Micros) {
        if !self.stands_still {
            self.stamps.note(now.since(self.started));
        }
    }

    /// Lets time stand still, or go on.
    pub(crate) fn set_still(&mut self, stands_still: bool) {
        self.stands_still = stands_still;
    }

    /// The time of what happens now, since the run's start: for its event, and for
    /// whoever else notes when it happened.
    pub(crate) fn stamp(&mut self) -> Micros {
        if self.stands_still {
            return self.stamps.same();
        }
        if let Some(clock) = &mut self.clock {
            let now = clock();
            self.stamps.note(now.since(self.started));
        }
        if self.steps { self.stamps.next() } else { self.stamps.same() }
    }

    /// No event to come is older.
    pub(crate) fn newest(&self) -> Micros {
        self.stamps.newest()
    }

    /// Says what happens now. O(1).
    pub(crate) fn push(&mut self, said: Said) {
        let time = self.stamp();
        self.push_at(time, said);
    }

    /// Says what happened at `time`, a stamp of this sink.
    pub(crate) fn push_at(&mut self, time: Micros, said: Said) {
        let Said { op, detail, owner, id, offset, size } = said;
        let note = Event::note(time.get(), op);
        let event = Event { detail, owner, id, offset_bytes: offset, size_bytes: size.get(), ..note };
        match &mut self.ring {
            // A full ring counts what it loses.
            Some(ring) => _ = ring.push(event),
            None => self.shared.events.lose(),
        }
    }

    /// Hands everything so far to the recorder.
    pub(crate) fn flush(&mut self) {
        let newest = self.stamps.newest();
        match &mut self.ring {
            Some(ring) if self.stands_still => ring.rest(newest.get()),
            Some(ring) => ring.flush(newest.get()),
            None => {}
        }
    }

    /// Events that are not handed over yet.
    pub(crate) fn gathered(&self) -> u64 {
        self.ring.as_ref().map_or(0, Producer::gathered)
    }
}
