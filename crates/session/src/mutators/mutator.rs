//! One mutator at work: it looks at the board, carries out a batch of its seeded
//! steps on the shared arena, and comes back. The platform runs it on a thread of
//! its own and says what time it is.

use super::board::{MutatorBoard, MutatorFigures, Order, run_of};
use super::mark;
use super::pool::{MarkedRange, MutatorPool};
use crate::events::EventSink;
use crate::ledger::{Ledger, Range};
use arenascope_arena::{Pinned, Request, ThreadArena};
use arenascope_telemetry::Shared;
use arenascope_units::owner::Heap;
use arenascope_units::{Bytes, Micros};
use arenascope_workload::mutator::{MutatorPlace, MutatorStep, MutatorWorkload};
use arenascope_workload::tags;
use std::sync::Arc;

/// Steps of a batch, unless its time is up before.
const BATCH_STEPS: u32 = 1_024;
/// Steps between two looks at the clock: a few microseconds.
const STRIDE: u32 = 8;
/// Time of a batch after which no stride is begun.
const BATCH: Micros = Micros::new(2_000);

/// What became of a look at the board.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Activity {
    /// A batch was done: come back soon.
    Worked,
    /// There is nothing to do now: come back in a while.
    Idle,
}

/// A mutator thread, in a run or between two.
pub struct Mutator<'s> {
    number: u32,
    board: Arc<MutatorBoard>,
    shared: &'s Shared,
    at_work: Option<AtWork<'s>>,
}

impl<'s> Mutator<'s> {
    /// The mutator of the calling thread; `None` where there are as many as can be.
    pub fn register(board: Arc<MutatorBoard>, shared: &'s Shared) -> Option<Self> {
        let number = board.register()?;
        Some(Self { number, board, shared, at_work: None })
    }

    /// Its number on the board, from 0.
    pub const fn number(&self) -> u32 {
        self.number
    }

    /// Carries out the newest order: a batch of work of some 2 ms at most, or
    /// nothing, or the end of its part in a run. `clock` is the session's.
    pub fn turn(&mut self, clock: &mut dyn FnMut() -> Micros) -> Activity {
        let (word, order) = self.board.order();
        match order {
            Order::Leave => self.leave(),
            Order::Hold => {
                if let Some(at_work) = &mut self.at_work {
                    at_work.desk.events.close();
                }
            }
            Order::Work => {
                // Who was given up comes back to another run.
                if self.at_work.as_ref().is_some_and(|at_work| at_work.run != run_of(word)) {
                    self.leave();
                }
                if self.at_work.is_none() {
                    self.at_work = self.join(run_of(word));
                }
                if let Some(at_work) = &mut self.at_work {
                    at_work.batch(clock);
                    self.board.publish(self.number, &at_work.desk.figures);
                    self.board.answer(self.number, word);
                    return Activity::Worked;
                }
            }
        }
        self.board.answer(self.number, word);
        Activity::Idle
    }

    /// Takes part in the run of the board, if there is one with a place for it.
    fn join(&self, run: u32) -> Option<AtWork<'s>> {
        let pool = self.board.pool().filter(|pool| self.number < pool.count)?;
        let thread = pool.arena.attach().ok()?;
        self.board.set_thread(self.number, Some(thread.number().get()));
        Some(AtWork { run, thread, desk: Desk::new(self.number, pool, self.shared) })
    }

    fn leave(&mut self) {
        if let Some(at_work) = self.at_work.take() {
            at_work.leave();
            self.board.set_thread(self.number, None);
        }
    }
}

impl Drop for Mutator<'_> {
    fn drop(&mut self) {
        self.leave();
        self.board.give_up(self.number);
    }
}

/// Its part of the arena, and everything else.
struct AtWork<'s> {
    /// The run's number on the board.
    run: u32,
    thread: ThreadArena,
    desk: Desk<'s>,
}

impl AtWork<'_> {
    fn batch(&mut self, clock: &mut dyn FnMut() -> Micros) {
        // A pause that outlasts the patience: this batch falls out.
        let Ok(mut here) = self.thread.pin() else { return };
        let begun = clock();
        self.desk.events.note_time(begun);
        self.desk.open_ring();
        self.desk.take_in(&mut here);
        // Under guards every step takes the arena's lock, and may wait for it.
        let stride = if self.desk.pool.is_guarded { 1 } else { STRIDE };
        for _ in 0..BATCH_STEPS / stride {
            (0..stride).for_each(|_| self.desk.step(&mut here, clock));
            let now = clock();
            self.desk.events.note_time(now);
            if now.since(begun) >= BATCH {
                break;
            }
        }
        drop(here);
        self.desk.events.flush();
    }

    /// Frees everything that it holds, and lets go of the arena.
    fn leave(mut self) {
        // Where the arena stays paused for good, it is about to be dropped whole.
        self.desk.open_ring();
        if let Ok(mut here) = self.thread.pin() {
            self.desk.take_in(&mut here);
            for marked in std::mem::take(&mut self.desk.held).into_iter().flatten() {
                self.desk.free(&mut here, marked);
            }
        }
        // What is still owed the engine frees, once all are gone.
        for range in self.desk.ledger.take_owed() {
            self.desk.pool.owe(range);
        }
        self.desk.events.flush();
    }
}

/// What a mutator works with, beside the arena.
struct Desk<'s> {
    number: u32,
    pool: Arc<MutatorPool>,
    events: EventSink<'s>,
    ledger: Ledger,
    workload: MutatorWorkload,
    held: Vec<Option<MarkedRange>>,
    figures: MutatorFigures,
    mark: u32,
}

impl<'s> Desk<'s> {
    fn new(number: u32, pool: Arc<MutatorPool>, shared: &'s Shared) -> Self {
        Self {
            number,
            events: EventSink::stepping(shared, pool.started),
            ledger: Ledger::new(pool.is_guarded),
            workload: MutatorWorkload::new(pool.seed, number, pool.limit),
            held: (0..MutatorPlace::COUNT).map(|_| None).collect(),
            figures: MutatorFigures::default(),
            mark: (number + 1) << 24,
            pool,
        }
    }

    /// Its events bear the number after its own: the engine's is 0.
    fn open_ring(&mut self) {
        self.events.open(self.pool.run, self.number as u8 + 1);
    }

    fn step(&mut self, here: &mut Pinned<'_>, clock: &mut dyn FnMut() -> Micros) {
        match self.workload.next_step() {
            MutatorStep::Allocate { place, size, align } => {
                self.held[place.index()] = self.allocate(here, clock, size, align);
            }
            MutatorStep::Free { place } => {
                if let Some(marked) = self.held[place.index()].take() {
                    self.free(here, marked);
                }
            }
            MutatorStep::Pass { place, to } => {
                let Some(marked) = self.held[place.index()].take() else { return };
                // Who gets it may free it at once: its allocation must have been said.
                self.events.flush();
                match self.pool.pass(self.number, to, marked) {
                    Ok(()) => self.figures.passed += 1,
                    Err(marked) => self.free(here, marked),
                }
            }
        }
    }

    /// As the engine does it, but nobody gives way to it. A refusal is counted, and the
    /// place stays vacant.
    fn allocate(
        &mut self,
        here: &mut Pinned<'_>,
        clock: &mut dyn FnMut() -> Micros,
        size: Bytes,
        align: Bytes,
    ) -> Option<MarkedRange> {
        let owner = tags::MUTATOR;
        let reservation = self.pool.budget.try_reserve(owner.category, Heap::Arena, size);
        let request = Request { size, align, owner, now: self.events.stamp() };
        let mut stamp = |events: &mut EventSink<'_>| {
            events.note_time(clock());
            events.stamp()
        };
        let taken = reservation.map_err(drop).and_then(|reservation| {
            let commit = |usable| reservation.commit(usable);
            self.ledger.take(here, &mut self.events, &request, &mut stamp, commit).map_err(drop)
        });
        let Ok(range) = taken else {
            self.figures.refused += 1;
            return None;
        };
        let mut marked = MarkedRange { range, mark: None };
        self.mark = self.mark.wrapping_add(1);
        mark::write(here, &mut marked, self.mark);
        Some(marked)
    }

    fn free(&mut self, here: &mut Pinned<'_>, marked: MarkedRange) {
        if !mark::holds(here, &marked) {
            self.figures.overlaps += 1;
        }
        self.give_back(here, marked.range);
    }

    fn give_back(&mut self, here: &mut Pinned<'_>, range: Range) {
        // What is no live range has been counted by the arena.
        let _ = self.ledger.give_back(here, &mut self.events, range);
    }

    /// Frees what it owes, and what others have passed on.
    fn take_in(&mut self, here: &mut Pinned<'_>) {
        for range in self.ledger.take_owed() {
            self.give_back(here, range);
        }
        for marked in self.pool.passed_to(self.number) {
            self.free(here, marked);
        }
    }
}
