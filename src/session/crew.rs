//! The mutators of a run: what they share, what they are told, and what they have
//! done. The engine posts, mutators look at the board before each batch of work,
//! and nobody waits for anybody.

use crate::arena::{AllocationId, Extent, SharedArena};
use crate::budget::{Budget, Charge};
use crate::units::{Bytes, Micros};
use crate::workload::mutator::{MUTATORS_MAX, Taker};
use core::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// Places on the board.
const SEATS: usize = MUTATORS_MAX as usize;
/// What an inbox holds at most: who finds it full frees by itself.
const INBOX: usize = 256;

/// A piece of the arena with what pays for it and what must stand in it.
#[derive(Debug)]
pub(super) struct Kept {
    pub(super) id: AllocationId,
    pub(super) extent: Extent,
    /// `None` for what the budget refused once it was placed, and could not be undone
    /// at once.
    pub(super) charge: Option<Charge>,
    /// What was written into the payload; `None` where the arena was held too long to
    /// write.
    pub(super) cookie: Option<u32>,
}

/// What others passed on, to be freed. Bounded, and never waited for.
#[derive(Debug, Default)]
struct Inbox(Mutex<Vec<Kept>>);

impl Inbox {
    /// Puts `kept` in, unless it is full or somebody else is at it.
    fn offer(&self, kept: Kept) -> Result<(), Kept> {
        match self.0.try_lock() {
            Ok(mut waiting) if waiting.len() < INBOX => {
                waiting.push(kept);
                Ok(())
            }
            _ => Err(kept),
        }
    }

    /// Takes everything out; nothing while somebody else is at it.
    fn empty(&self) -> Vec<Kept> {
        self.0.try_lock().map(|mut waiting| std::mem::take(&mut *waiting)).unwrap_or_default()
    }
}

/// What all mutators of one run share.
#[derive(Debug)]
pub struct Crew {
    pub(super) arena: Arc<SharedArena>,
    pub(super) budget: Budget,
    pub(super) seed: u64,
    /// How many take part.
    pub(super) count: u32,
    /// Bytes that each may hold, as asked for.
    pub(super) limit: Bytes,
    /// When the run began, on the clock that all threads share.
    pub(super) started: Micros,
    /// One for each mutator, and the engine's at the end.
    inboxes: Vec<Inbox>,
}

impl Crew {
    /// For `count` mutators. Each may hold 1/512 of the arena: all eight together
    /// a third of what is left for temporary memory.
    pub(super) fn new(arena: Arc<SharedArena>, budget: Budget, seed: u64, count: u32, started: Micros) -> Self {
        let limit = Bytes::new(budget.total().get() / 512);
        let inboxes = (0..=count).map(|_| Inbox::default()).collect();
        Self { arena, budget, seed, count, limit, started, inboxes }
    }

    /// Lets another thread free `kept`; gives it back where that is not possible now.
    pub(super) fn pass(&self, from: u32, to: Taker, kept: Kept) -> Result<(), Kept> {
        let index = match to {
            Taker::Next => (from + 1) % self.count,
            Taker::Engine => self.count,
        };
        match self.inboxes.get(index as usize) {
            // Alone there is no other mutator: the engine gets it.
            Some(_) if index == from => self.inboxes[self.count as usize].offer(kept),
            Some(inbox) => inbox.offer(kept),
            None => Err(kept),
        }
    }

    /// Leaves `kept` to the engine, however full its inbox is: the last thing that a
    /// mutator does. May wait for a moment.
    pub(super) fn owe(&self, kept: Kept) {
        if let Some(inbox) = self.inboxes.get(self.count as usize) {
            inbox.0.lock().unwrap_or_else(PoisonError::into_inner).push(kept);
        }
    }

    /// What mutator `number` is to free.
    pub(super) fn passed_to(&self, number: u32) -> Vec<Kept> {
        self.inboxes.get(number as usize).map(Inbox::empty).unwrap_or_default()
    }

    /// What the engine is to free: what was passed to it and, once the others are
    /// gone, all that was passed to anyone.
    pub(super) fn passed_to_engine(&self, is_alone: bool) -> Vec<Kept> {
        if is_alone {
            return self.inboxes.iter().flat_map(Inbox::empty).collect();
        }
        self.passed_to(self.count)
    }
}

/// What the mutators are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    /// Give everything back and let go of the arena.
    Leave,
    /// Work.
    Work,
    /// Keep what you have, and wait.
    Hold,
}

/// An order in a word: the run's number, so that no order is taken for an older
/// one, and what to do.
const fn word(run: u32, order: Order) -> u32 {
    run << 2 | order as u32
}

/// The number of the run that an order is about.
pub(super) const fn run_of(word: u32) -> u32 {
    word >> 2
}

const fn order_of(word: u32) -> Order {
    match word & 3 {
        0 => Order::Leave,
        1 => Order::Work,
        _ => Order::Hold,
    }
}

/// What one mutator has done in this run. It writes, anyone reads.
#[derive(Debug, Default)]
#[repr(align(128))]
struct Seat {
    /// The order that it carried out last.
    done: AtomicU32,
    /// Its number among the arena's threads, plus one; 0 while it is not attached.
    thread: AtomicU32,
    overlaps: AtomicU64,
    passed: AtomicU64,
    refused: AtomicU64,
    /// Set for good where it stopped answering.
    is_lost: AtomicU32,
}

/// What a mutator counts that the arena does not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MutatorFigures {
    /// Payloads that did not hold what was written: memory given out twice.
    pub overlaps: u64,
    /// Allocations that were left to another thread to free.
    pub passed: u64,
    /// Allocations that budget or arena refused.
    pub refused: u64,
}

/// Where the engine tells the mutators what to do, and they tell what they did.
#[derive(Debug)]
pub struct MutatorBoard {
    order: AtomicU32,
    crew: Mutex<Option<Arc<Crew>>>,
    enlisted: AtomicU32,
    seats: [Seat; SEATS],
}

impl Default for MutatorBoard {
    fn default() -> Self {
        let order = AtomicU32::new(word(1, Order::Leave));
        Self { order, crew: Mutex::default(), enlisted: AtomicU32::new(0), seats: Default::default() }
    }
}

impl MutatorBoard {
    /// A number for the calling thread, for good; `None` where all are taken.
    pub fn enlist(&self) -> Option<u32> {
        let next = |enlisted| (enlisted < MUTATORS_MAX).then_some(enlisted + 1);
        self.enlisted.fetch_update(Ordering::AcqRel, Ordering::Acquire, next).ok()
    }

    /// Whose numbers were given out.
    pub fn enlisted(&self) -> u32 {
        self.enlisted.load(Ordering::Acquire)
    }

    /// Mutator `number` will not come back: it is not waited for any more.
    pub fn give_up(&self, number: u32) {
        if let Some(seat) = self.seats.get(number as usize) {
            seat.is_lost.store(1, Ordering::Release);
        }
    }

    /// Tells all to give everything back. [`Self::is_settled`] once they have.
    pub(super) fn recall(&self) {
        *self.crew.lock().unwrap_or_else(PoisonError::into_inner) = None;
        let run = (self.order.load(Ordering::Relaxed) >> 2).wrapping_add(1) & (u32::MAX >> 2);
        self.order.store(word(run, Order::Leave), Ordering::Release);
    }

    /// True once every mutator that is there has carried out the newest order.
    pub(super) fn is_settled(&self) -> bool {
        self.late().is_empty()
    }

    /// True once every mutator has let go of the arena, and none may come back.
    pub(super) fn is_deserted(&self) -> bool {
        self.order().1 == Order::Leave && self.is_settled()
    }

    /// Who has not carried out the newest order.
    pub(super) fn late(&self) -> Vec<u32> {
        let order = self.order.load(Ordering::Relaxed);
        let is_late = |number: &u32| {
            let seat = &self.seats[*number as usize];
            seat.is_lost.load(Ordering::Acquire) == 0 && seat.done.load(Ordering::Acquire) != order
        };
        (0..self.enlisted()).filter(is_late).collect()
    }

    /// Lets the mutators of `crew` begin, or wait.
    pub(super) fn post(&self, crew: Arc<Crew>, running: bool) {
        for seat in &self.seats {
            for count in [&seat.overlaps, &seat.passed, &seat.refused] {
                count.store(0, Ordering::Relaxed);
            }
        }
        *self.crew.lock().unwrap_or_else(PoisonError::into_inner) = Some(crew);
        self.set_running(running);
    }

    /// Lets the mutators go on, or wait.
    pub(super) fn set_running(&self, running: bool) {
        let run = self.order.load(Ordering::Relaxed) >> 2;
        let order = if running { Order::Work } else { Order::Hold };
        self.order.store(word(run, order), Ordering::Release);
    }

    /// The newest order, as a word to answer with, and what it says.
    pub(super) fn order(&self) -> (u32, Order) {
        let word = self.order.load(Ordering::Acquire);
        (word, order_of(word))
    }

    /// The crew of the run in progress. A mutator may wait here for a moment.
    pub(super) fn crew(&self) -> Option<Arc<Crew>> {
        self.crew.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Mutator `number` has carried out an order.
    pub(super) fn answer(&self, number: u32, word: u32) {
        if let Some(seat) = self.seats.get(number as usize) {
            seat.done.store(word, Ordering::Release);
        }
    }

    /// Mutator `number` is that thread of the arena now.
    pub(super) fn set_thread(&self, number: u32, thread: Option<u8>) {
        if let Some(seat) = self.seats.get(number as usize) {
            seat.thread.store(thread.map_or(0, |thread| u32::from(thread) + 1), Ordering::Release);
        }
    }

    /// Which mutator is thread `thread` of the arena.
    pub(super) fn mutator_of(&self, thread: u8) -> Option<u32> {
        let seat = |seat: &Seat| seat.thread.load(Ordering::Acquire) == u32::from(thread) + 1;
        self.seats.iter().position(seat).map(|number| number as u32)
    }

    /// Writes down what mutator `number` has counted.
    pub(super) fn publish(&self, number: u32, figures: &MutatorFigures) {
        if let Some(seat) = self.seats.get(number as usize) {
            seat.overlaps.store(figures.overlaps, Ordering::Relaxed);
            seat.passed.store(figures.passed, Ordering::Relaxed);
            seat.refused.store(figures.refused, Ordering::Relaxed);
        }
    }

    /// What mutator `number` has counted in this run.
    pub fn figures(&self, number: u32) -> MutatorFigures {
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        self.seats.get(number as usize).map_or_else(MutatorFigures::default, |seat| MutatorFigures {
            overlaps: read(&seat.overlaps),
            passed: read(&seat.passed),
            refused: read(&seat.refused),
        })
    }
}
