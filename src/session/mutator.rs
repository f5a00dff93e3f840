//! One mutator at work: it looks at the board, carries out a batch of its seeded
//! steps on the shared arena, and comes back. The platform runs it on a thread of
//! its own and says what time it is.

use super::cookie;
use super::crew::{Crew, Kept, MutatorBoard, MutatorFigures, Order, run_of};
use crate::arena::{Allocation, AllocationId, Extent, FreeError, Pinned, Request, ThreadArena};
use crate::owner::Heap;
use crate::telemetry::Shared;
use crate::telemetry::event::{Event, Op};
use crate::telemetry::ring::Producer;
use crate::units::{Bytes, Micros};
use crate::workload::mutator::{MutatorPlace, MutatorStep, MutatorWorkload};
use crate::workload::tags;
use std::sync::Arc;

/// Steps of a batch, unless its time is up before.
const BATCH_STEPS: u32 = 1_024;
/// Steps between two looks at the clock.
const STRIDE: u32 = 64;
/// Time of a batch after which no stride is begun.
const BATCH: Micros = Micros::new(2_000);

/// What became of a look at the board.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
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
    pub fn enlist(board: Arc<MutatorBoard>, shared: &'s Shared) -> Option<Self> {
        let number = board.enlist()?;
        Some(Self { number, board, shared, at_work: None })
    }

    /// From 0.
    pub const fn number(&self) -> u32 {
        self.number
    }

    /// Carries out the newest order: a batch of work of some 2 ms at most, or
    /// nothing, or the end of its part in a run. `clock` is the session's.
    pub fn turn(&mut self, clock: &mut dyn FnMut() -> Micros) -> Turn {
        let (word, order) = self.board.order();
        match order {
            Order::Leave => self.leave(),
            Order::Hold => {
                if let Some(at_work) = &mut self.at_work {
                    at_work.desk.events = None;
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
                    return Turn::Worked;
                }
            }
        }
        self.board.answer(self.number, word);
        Turn::Idle
    }

    /// Takes part in the run of the board, if there is one with a place for it.
    fn join(&self, run: u32) -> Option<AtWork<'s>> {
        let crew = self.board.crew().filter(|crew| self.number < crew.count)?;
        let thread = crew.arena.attach().ok()?;
        self.board.set_thread(self.number, Some(thread.number().get()));
        Some(AtWork { run, thread, desk: Desk::new(self.number, crew, self.shared) })
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
        self.desk.set_time(begun);
        self.desk.open_ring();
        self.desk.take_in(&mut here);
        for _ in 0..BATCH_STEPS / STRIDE {
            (0..STRIDE).for_each(|_| self.desk.step(&mut here));
            let now = clock();
            self.desk.set_time(now);
            if now.since(begun) >= BATCH {
                break;
            }
        }
        drop(here);
        self.desk.flush();
    }

    /// Gives everything back.
    fn leave(mut self) {
        // Where the arena stays paused for good, it is about to be dropped whole.
        self.desk.open_ring();
        if let Ok(mut here) = self.thread.pin() {
            self.desk.take_in(&mut here);
            for kept in std::mem::take(&mut self.desk.held).into_iter().flatten() {
                self.desk.free(&mut here, kept);
            }
        }
        // What is still owed the engine frees, once all are gone.
        for kept in std::mem::take(&mut self.desk.owed) {
            self.desk.crew.owe(kept);
        }
        self.desk.flush();
    }
}

/// What a mutator works with, beside the arena.
struct Desk<'s> {
    number: u32,
    crew: Arc<Crew>,
    shared: &'s Shared,
    /// The thread's own ring, while it works: an open ring that says nothing would
    /// hold up the recorder. `None` also where all were taken: its events are then
    /// counted as lost.
    events: Option<Producer<'s>>,
    workload: MutatorWorkload,
    held: Vec<Option<Kept>>,
    /// Given up, and not freed yet.
    owed: Vec<Kept>,
    figures: MutatorFigures,
    /// Of the last look at the clock, since the run's start.
    time: Micros,
    cookie: u32,
}

impl<'s> Desk<'s> {
    fn new(number: u32, crew: Arc<Crew>, shared: &'s Shared) -> Self {
        let workload = MutatorWorkload::new(crew.seed, number, crew.limit);
        let held = (0..MutatorPlace::COUNT).map(|_| None).collect();
        let cookie = (number + 1) << 24;
        let (figures, time) = (MutatorFigures::default(), Micros::ZERO);
        Self { number, crew, shared, events: None, workload, held, owed: Vec::new(), figures, time, cookie }
    }

    fn open_ring(&mut self) {
        if self.events.is_none() {
            self.events = self.shared.events.open();
        }
    }

    fn set_time(&mut self, now: Micros) {
        self.time = now.since(self.crew.started);
    }

    fn step(&mut self, here: &mut Pinned<'_>) {
        match self.workload.next_step() {
            MutatorStep::Allocate { place, size, align } => {
                self.held[place.index()] = self.allocate(here, size, align);
            }
            MutatorStep::Free { place } => {
                if let Some(kept) = self.held[place.index()].take() {
                    self.free(here, kept);
                }
            }
            MutatorStep::Pass { place, to } => {
                let Some(kept) = self.held[place.index()].take() else { return };
                match self.crew.pass(self.number, to, kept) {
                    Ok(()) => self.figures.passed += 1,
                    Err(kept) => self.free(here, kept),
                }
            }
        }
    }

    /// As the engine does it: reserved, placed, paid for. A refusal is counted, and
    /// the place stays vacant.
    fn allocate(&mut self, here: &mut Pinned<'_>, size: Bytes, align: Bytes) -> Option<Kept> {
        let owner = tags::MUTATOR;
        let reservation = self.crew.budget.try_reserve(owner.category, Heap::Arena, size);
        let request = Request { size, align, owner, now: self.time };
        let placed = reservation.map_err(drop).and_then(|reservation| {
            let Allocation { id, offset, usable } = here.allocate(&request).map_err(drop)?;
            let extent = Extent { offset, size: usable };
            self.emit(Op::ArenaAllocate, id, extent);
            let charge = reservation.commit(usable).ok();
            Ok(Kept { id, extent, charge, cookie: None })
        });
        let mut kept = match placed {
            Ok(kept) if kept.charge.is_some() => kept,
            refused => {
                self.figures.refused += 1;
                // Rounding went over the limit: undone. Both happened, so both are said.
                refused.into_iter().for_each(|kept| self.free_checked(here, kept));
                return None;
            }
        };
        self.cookie = self.cookie.wrapping_add(1);
        cookie::write(here, &mut kept, self.cookie);
        Some(kept)
    }

    fn free(&mut self, here: &mut Pinned<'_>, kept: Kept) {
        if !cookie::holds(here, &kept) {
            self.figures.overlaps += 1;
        }
        self.free_checked(here, kept);
    }

    /// Where the arena is held too long, the memory stays, and so does its charge: it
    /// is freed with a later batch.
    fn free_checked(&mut self, here: &mut Pinned<'_>, kept: Kept) {
        match here.deallocate(kept.id) {
            Ok(extent) => self.emit(Op::ArenaFree, kept.id, extent),
            Err(FreeError::Contended(_)) => return self.owed.push(kept),
            Err(_) => {}
        }
        drop(kept.charge);
    }

    /// Frees what it owes, and what others have passed on.
    fn take_in(&mut self, here: &mut Pinned<'_>) {
        for kept in std::mem::take(&mut self.owed) {
            self.free_checked(here, kept);
        }
        for kept in self.crew.passed_to(self.number) {
            self.free(here, kept);
        }
    }

    fn emit(&mut self, op: Op, id: AllocationId, extent: Extent) {
        let (offset_bytes, size_bytes) = (extent.offset.get(), extent.size.get());
        let note = Event::note(self.time.get(), op);
        let event = Event { owner: tags::MUTATOR, id: id.to_bits(), offset_bytes, size_bytes, ..note };
        match &mut self.events {
            // A full ring counts what it loses.
            Some(ring) => _ = ring.push(event),
            None => self.shared.events.lose(),
        }
    }

    /// Hands everything emitted so far to the recorder.
    fn flush(&mut self) {
        if let Some(ring) = &mut self.events {
            ring.flush(self.time.get());
        }
    }
}
