//! One order for the events of all threads.
//!
//! Each thread's events keep their order. Between threads, the earlier time goes
//! first; of one time, the lower thread number, unless what happened says
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
//! An event also waits until no ring can bring an older one (the promise of
//! [`crate::telemetry::ring::Producer::flush`]). Neither wait lasts: after
//! [`PATIENCE`] rounds without progress the earliest event goes first whatever it
//! says, and what is then made up is counted.

use super::recorder::Recorder;
use crate::owner::Heap;
use crate::telemetry::event::{Event, Op, Role, THREADS};
use crate::telemetry::ring::Ring;
use crate::telemetry::rings::Rings;
use std::collections::VecDeque;

/// Rounds without progress before an event that waits goes ahead.
pub(super) const PATIENCE: u32 = 4;
/// Events that may wait; beyond, they go ahead.
const HELD_MAX: usize = 1 << 18;

/// The events that wait, by thread.
#[derive(Default)]
pub(super) struct Merge {
    pending: [VecDeque<Event>; THREADS],
    /// The last time of each thread in this run; where it goes back, a run began.
    last_us: [u64; THREADS],
    stalled: u32,
}

impl Merge {
    /// Drains the rings and hands over what is in order; returns the number of
    /// records drained.
    pub(super) fn round(&mut self, rings: &Rings, recorder: &mut Recorder<'_>) -> u64 {
        // Promises first: what is older than a promise was handed over before it.
        let horizon_us = rings.iter().map(Ring::promise_us).min().unwrap_or(u64::MAX);
        let is_alone = rings.iter().count() == 1 && self.held() == 0;
        let mut drained = 0;
        for ring in rings.iter() {
            let Some(mut consumer) = ring.consumer() else { continue };
            drained += consumer.drain(u64::MAX, |words| match Event::from_words(*words) {
                Some(event) if is_alone => self.hand_over(event, recorder),
                Some(event) => self.pending[usize::from(event.thread)].push_back(event),
                None => recorder.take_malformed(),
            });
        }
        self.merge(horizon_us, recorder);
        drained
    }

    fn held(&self) -> usize {
        self.pending.iter().map(VecDeque::len).sum()
    }

    fn merge(&mut self, horizon_us: u64, recorder: &mut Recorder<'_>) {
        let before = self.held();
        while let Some(thread) = self.next(horizon_us, recorder) {
            self.take(thread, recorder);
            self.follow(thread, horizon_us, recorder);
        }
        let held = self.held();
        self.stalled = if held == 0 || held < before { 0 } else { self.stalled + 1 };
        while self.held() > 0 && (self.stalled >= PATIENCE || self.held() > HELD_MAX) {
            self.force(recorder);
        }
    }

    /// Goes on with a thread as long as it comes before all others, so that they are
    /// not asked for every event.
    fn follow(&mut self, thread: usize, horizon_us: u64, recorder: &mut Recorder<'_>) {
        let others = (0..THREADS).filter(|other| *other != thread);
        let bound = others.filter_map(|other| Some((self.key(other)?, other))).min();
        while let Some(key) = self.key(thread)
            && key.1 <= horizon_us
            && bound.is_none_or(|bound| (key, thread) < bound)
            // A start of a run turns the order of the others.
            && self.pending[thread].front().is_some_and(|head| head.op != Op::RunStart)
            && self.is_ready(thread, recorder)
        {
            self.take(thread, recorder);
        }
    }

    /// Lets the earliest event go ahead, and everything that can follow it.
    fn force(&mut self, recorder: &mut Recorder<'_>) {
        let earliest = (0..THREADS).filter_map(|thread| Some((self.key(thread)?, thread))).min();
        if let Some((_, thread)) = earliest {
            self.take(thread, recorder);
        }
        while let Some(thread) = self.next(u64::MAX, recorder) {
            self.take(thread, recorder);
        }
        if self.held() == 0 {
            self.stalled = 0;
        }
    }

    /// The thread whose event comes next; `None` where every one must wait.
    fn next(&self, horizon_us: u64, recorder: &Recorder<'_>) -> Option<usize> {
        let mut tried = 0_u32;
        loop {
            let untried = (0..THREADS).filter(|thread| tried & (1 << thread) == 0);
            let (key, thread) = untried.filter_map(|thread| Some((self.key(thread)?, thread))).min()?;
            if key.1 > horizon_us {
                return None;
            }
            if self.is_ready(thread, recorder) {
                return Some(thread);
            }
            tried |= 1 << thread;
        }
    }

    /// Orders heads: those of the old run before those of the new one.
    fn key(&self, thread: usize) -> Option<(bool, u64)> {
        let head = self.pending[thread].front()?;
        Some((self.is_restarted(thread, head), head.time_us))
    }

    /// True where an event belongs to a run whose start is still to come.
    fn is_restarted(&self, thread: usize, head: &Event) -> bool {
        head.op == Op::RunStart || head.time_us < self.last_us[thread]
    }

    fn is_ready(&self, thread: usize, recorder: &Recorder<'_>) -> bool {
        let Some(head) = self.pending[thread].front() else { return false };
        if head.op == Op::RunStart {
            // Every event of the old run comes before it.
            return (0..THREADS)
                .all(|other| self.pending[other].front().is_none_or(|head| self.is_restarted(other, head)));
        }
        let books = recorder.books();
        !self.is_restarted(thread, head)
            && match head.op.role() {
                Role::Begins(heap) => {
                    let is_free = heap != Heap::Arena || !books.is_taken(head.offset_bytes, head.size_bytes, None);
                    is_free && books.get(heap, head.id).is_none()
                }
                Role::Changes(heap) | Role::Ends(heap) => books.get(heap, head.id).is_some(),
                Role::Notes => true,
            }
    }

    fn take(&mut self, thread: usize, recorder: &mut Recorder<'_>) {
        if let Some(event) = self.pending[thread].pop_front() {
            self.hand_over(event, recorder);
        }
    }

    fn hand_over(&mut self, event: Event, recorder: &mut Recorder<'_>) {
        if event.op == Op::RunStart {
            self.last_us = [0; THREADS];
        }
        self.last_us[usize::from(event.thread)] = event.time_us;
        recorder.hear(event);
    }
}
