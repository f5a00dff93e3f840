//! One order for the events of all threads.
//!
//! Each thread's events keep their order. Between threads, the earlier time goes
//! first; of one time, the lower ring, unless what happened says
//! otherwise: clocks tick in microseconds at best, and a game's frame has one
//! time. So an event is held back while it cannot have happened yet: the free or
//! the reuse of what has not begun, the allocation of bytes that are not free.
//! What it waits for is in another thread's ring, and comes first.
//!
//! What remains open is which of two threads got the same bytes first, where one
//! tick holds both allocations and both frees. A wrong guess is seen when the
//! second free comes: it is put right there, counted as inferred and unmatched, and
//! the run marked as approximate from there on.
//!
//! Each ring says which run its events are of ([`arenascope_telemetry::run`]). A run
//! begins after every event of the one before; what comes later still, or belongs to
//! a run whose start never came, is counted and left out.
//!
//! An event waits for two things, and neither wait lasts, whatever other rings do:
//!
//! - until no ring can bring an older event (the promise of
//!   [`arenascope_telemetry::ring::Producer::flush`]). A ring that is waited for and
//!   says nothing for [`QUIET_ROUNDS`] rounds is not asked until it speaks again.
//! - for its cause. What happened before an event was drained has been handed over once
//!   every ring has promised anew after that; so if the cause is still missing, it is lost,
//!   and the event goes ahead; what is then made up is counted.
//!
//! No more than [`HELD_MAX`] events wait: beyond that, the earliest go ahead.

use super::intake::Intake;
use arenascope_telemetry::event::{Event, Op, Role, THREADS};
use arenascope_telemetry::record::Record;
use arenascope_telemetry::ring::Ring;
use arenascope_telemetry::rings::Rings;
use arenascope_telemetry::run::{Announcement, Promise, RunNumber};
use arenascope_units::owner::Heap;
use std::collections::VecDeque;

/// Rounds for which others wait for a ring that says nothing and does not rest: a second at
/// the recorder's pace. A thread that is not scheduled for that long, on a machine under
/// load, still keeps its place in the order; one that is dead is found by its heartbeat.
pub(super) const QUIET_ROUNDS: u32 = 128;
/// Events that may wait; beyond, they go ahead.
pub(super) const HELD_MAX: usize = 1 << 18;

/// The events that wait, by ring.
#[derive(Default)]
pub(super) struct Merge {
    rings: [Pending; THREADS],
    /// The run that is recorded; `None` before the first that has a number.
    run: Option<RunNumber>,
    /// Rounds since the recorder was made.
    round: u64,
}

/// What one ring has brought.
#[derive(Default)]
struct Pending {
    events: VecDeque<Waiting>,
    /// The run of what comes next.
    run: Option<RunNumber>,
    /// The promise that was seen last; `None` while nobody pushed.
    promise: Option<Promise>,
    /// The round in which it had changed.
    spoke_in: u64,
    /// Rounds since, in which others waited.
    quiet: u32,
}

#[derive(Clone, Copy)]
struct Waiting {
    event: Event,
    run: Option<RunNumber>,
    /// The round in which it was drained.
    drained_in: u64,
}

/// A place in the order of all events.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    /// How many runs after the one that is recorded.
    run: i16,
    /// A run's start comes before everything else of it.
    is_started: bool,
    time_us: u64,
}

/// What open rings have promised.
#[derive(Clone, Copy)]
struct Horizon {
    /// Nothing older is to come; `None` where nobody can bring anything older.
    promise: Option<Promise>,
    /// Everything that happened before this round's drain has been handed over.
    complete_to: u64,
}

impl Pending {
    /// Notes what the ring promises now.
    fn listen(&mut self, ring: &Ring, round: u64) {
        let promise = ring.promise();
        if promise != self.promise {
            (self.promise, self.spoke_in, self.quiet) = (promise, round, 0);
        }
    }

    /// The promise that others have to wait for.
    fn binding(&self) -> Option<Promise> {
        self.promise.filter(|_| self.quiet < QUIET_ROUNDS)
    }
}

impl Merge {
    /// Drains the rings and hands over what is in order; returns the number of
    /// events drained.
    pub(super) fn round(&mut self, rings: &Rings, intake: &mut Intake<'_>) -> u64 {
        self.round += 1;
        // Promises first: what is older than a promise was handed over before it.
        let horizon = self.listen(rings);
        let is_alone = rings.iter().count() == 1 && self.held() == 0;
        let mut drained = 0;
        for ring in rings.iter() {
            let Some(mut consumer) = ring.consumer() else { continue };
            let place = usize::from(ring.thread());
            consumer.drain(u64::MAX, |words| drained += u64::from(self.drain(place, words, is_alone, intake)));
        }
        self.merge(horizon, intake);
        self.count_quiet();
        drained
    }

    /// Bytes of memory held by events that wait, and by the room for them.
    pub(super) fn bytes(&self) -> u64 {
        self.rings.iter().map(|pending| (pending.events.capacity() * size_of::<Waiting>()) as u64).sum()
    }

    fn held(&self) -> usize {
        self.rings.iter().map(|pending| pending.events.len()).sum()
    }

    fn listen(&mut self, rings: &Rings) -> Horizon {
        for ring in rings.iter() {
            self.rings[usize::from(ring.thread())].listen(ring, self.round);
        }
        let open = || self.rings.iter().filter(|pending| pending.binding().is_some());
        let promise = open().filter_map(Pending::binding).min_by_key(|promise| self.promise_key(*promise));
        // Between two looks at a promise lies the drain of the first: what was drained
        // one round earlier had happened before the newer promise was given.
        let complete_to = open().map(|pending| pending.spoke_in).min().unwrap_or(self.round);
        Horizon { promise, complete_to: complete_to.saturating_sub(2) }
    }

    /// Takes in one record; true for an event.
    fn drain(&mut self, place: usize, words: &Record, is_alone: bool, intake: &mut Intake<'_>) -> bool {
        let pending = &mut self.rings[place];
        if let Some(Announcement { run }) = Announcement::from_words(words) {
            pending.run = Some(run);
            return false;
        }
        let Some(event) = Event::from_words(*words) else {
            intake.take_malformed();
            return true;
        };
        if event.op == Op::RunStart {
            pending.run = RunNumber::from_bits(event.id);
        }
        let waiting = Waiting { event, run: pending.run, drained_in: self.round };
        if is_alone {
            self.hand_over(waiting, intake);
        } else {
            pending.events.push_back(waiting);
        }
        true
    }

    fn merge(&mut self, horizon: Horizon, intake: &mut Intake<'_>) {
        while let Some(place) = self.next(horizon, intake) {
            self.take(place, intake);
            self.follow(place, horizon, intake);
        }
        let endless = Horizon { promise: None, ..horizon };
        while self.held() > HELD_MAX {
            let Some(place) = self.next(endless, intake).or_else(|| self.earliest()) else { break };
            self.take(place, intake);
        }
        for pending in &mut self.rings {
            // Room that a rare wait took is given back.
            if pending.events.is_empty() && pending.events.capacity() > HELD_MAX / 16 {
                pending.events = VecDeque::new();
            }
        }
    }

    /// Whoever said nothing while others waited was waited for.
    fn count_quiet(&mut self) {
        let waits = self.held() > 0;
        for pending in self.rings.iter_mut().filter(|pending| pending.spoke_in < self.round) {
            pending.quiet = match pending.quiet {
                QUIET_ROUNDS.. => QUIET_ROUNDS,
                quiet => {
                    if waits {
                        quiet + 1
                    } else {
                        0
                    }
                }
            };
        }
    }

    /// Goes on with a ring as long as it comes before all others, so that they are
    /// not asked for every event.
    fn follow(&mut self, place: usize, horizon: Horizon, intake: &mut Intake<'_>) {
        let others = (0..THREADS).filter(|other| *other != place);
        let bound = others.filter_map(|other| Some((self.key(other)?, other))).min();
        while let Some(key) = self.key(place)
            && bound.is_none_or(|bound| (key, place) < bound)
            && self.head(place).is_some_and(|head| {
                // A start of a run turns the order of the others.
                head.event.op != Op::RunStart && self.is_within(head, horizon) && self.is_ready(head, intake)
            })
        {
            self.take(place, intake);
        }
    }

    /// The ring whose event comes next; `None` where every one must wait.
    fn next(&self, horizon: Horizon, intake: &Intake<'_>) -> Option<usize> {
        let (mut tried, mut late) = (0_u32, None);
        loop {
            let untried = (0..THREADS).filter(|place| tried & (1 << place) == 0);
            let Some((_, place)) = untried.filter_map(|place| Some((self.key(place)?, place))).min() else {
                return late;
            };
            let head = self.head(place)?;
            if !self.is_within(head, horizon) {
                return late;
            }
            if self.is_ready(head, intake) {
                return Some(place);
            }
            if late.is_none() && head.event.op != Op::RunStart && head.drained_in <= horizon.complete_to {
                late = Some(place);
            }
            tried |= 1 << place;
        }
    }

    fn earliest(&self) -> Option<usize> {
        (0..THREADS).filter_map(|place| Some((self.key(place)?, place))).min().map(|(_, place)| place)
    }

    fn head(&self, place: usize) -> Option<&Waiting> {
        self.rings[place].events.front()
    }

    fn key(&self, place: usize) -> Option<Key> {
        let Waiting { event, run, .. } = self.head(place)?;
        let is_started = event.op != Op::RunStart;
        let run = match run {
            // A start without a number is of the run after this one.
            None => i16::from(!is_started),
            Some(run) => self.runs_on(Some(*run)),
        };
        Some(Key { run, is_started, time_us: event.time_us })
    }

    /// How many runs after the one that is recorded; 0 for what has no number.
    fn runs_on(&self, run: Option<RunNumber>) -> i16 {
        match (run, self.run) {
            (Some(run), Some(recorded)) => run.since(recorded),
            (Some(_), None) => 1,
            (None, _) => 0,
        }
    }

    fn promise_key(&self, promise: Promise) -> (i16, u64) {
        (self.runs_on(promise.run), promise.time_us)
    }

    /// True where no ring can bring anything older.
    fn is_within(&self, waiting: &Waiting, horizon: Horizon) -> bool {
        let Some(promise) = horizon.promise else { return true };
        let time_us = if waiting.event.op == Op::RunStart { 0 } else { waiting.event.time_us };
        (self.runs_on(waiting.run), time_us) <= self.promise_key(promise)
    }

    fn is_ready(&self, waiting: &Waiting, intake: &Intake<'_>) -> bool {
        let event = &waiting.event;
        if event.op == Op::RunStart {
            // Every event of the old run comes before it.
            let run = waiting.run.map_or(1, |run| self.runs_on(Some(run)));
            return (0..THREADS).all(|other| self.key(other).is_none_or(|key| key.run >= run));
        }
        let live = &intake.live;
        match (self.runs_on(waiting.run), event.op.role()) {
            // Left out: nothing to wait for.
            (..0, _) => true,
            (1.., _) => false,
            (0, Role::Begins(heap)) => {
                let is_free = heap != Heap::Arena || !live.is_taken(event.offset_bytes, event.size_bytes, None);
                is_free && live.get(heap, event.id).is_none()
            }
            (0, Role::Changes(heap) | Role::Ends(heap)) => live.get(heap, event.id).is_some(),
            (0, Role::Notes) => true,
        }
    }

    fn take(&mut self, place: usize, intake: &mut Intake<'_>) {
        if let Some(waiting) = self.rings[place].events.pop_front() {
            self.hand_over(waiting, intake);
        }
    }

    fn hand_over(&mut self, Waiting { event, run, .. }: Waiting, intake: &mut Intake<'_>) {
        // A recorder that is begun anew in the middle of a run goes on with it.
        if event.op == Op::RunStart || self.run.is_none() {
            self.run = run;
        }
        match self.runs_on(run) {
            0 => intake.hear(event),
            _ => intake.leave_out(event),
        }
    }
}
