//! The board of the mutators: what they are told, and what they have done. The engine
//! writes orders, mutators look at the board before each batch of work, and nobody
//! waits for anybody.

use super::pool::MutatorPool;
use arenascope_workload::mutator::MUTATORS_MAX;
use core::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// Places on the board.
const SEATS: usize = MUTATORS_MAX as usize;

/// What the mutators are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    /// Give everything back and let go of the arena.
    Leave,
    /// Work: a batch of steps at each look at the board.
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
    /// [`PRESENT`], [`LOST`] or [`ENDED`].
    is_lost: AtomicU32,
}

/// It answers, or nobody has sat here yet.
const PRESENT: u32 = 0;
/// It stopped answering; it may come back.
const LOST: u32 = 1;
/// Its thread is gone for good: another may sit here.
const ENDED: u32 = 2;

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
    pool: Mutex<Option<Arc<MutatorPool>>>,
    registered: AtomicU32,
    seats: [Seat; SEATS],
}

impl Default for MutatorBoard {
    fn default() -> Self {
        let order = AtomicU32::new(word(1, Order::Leave));
        Self { order, pool: Mutex::default(), registered: AtomicU32::new(0), seats: Default::default() }
    }
}

impl MutatorBoard {
    /// A number for the calling thread, for good; `None` where all are taken.
    pub fn register(&self) -> Option<u32> {
        let take =
            |seat: &Seat| seat.is_lost.compare_exchange(ENDED, PRESENT, Ordering::AcqRel, Ordering::Acquire).is_ok();
        if let Some(number) = self.seats.iter().position(take) {
            return Some(number as u32);
        }
        let next = |registered| (registered < MUTATORS_MAX).then_some(registered + 1);
        self.registered.fetch_update(Ordering::AcqRel, Ordering::Acquire, next).ok()
    }

    /// How many numbers were given out, from 0 on.
    pub fn registered(&self) -> u32 {
        self.registered.load(Ordering::Acquire)
    }

    /// Mutator `number` will not come back: it is not waited for any more.
    pub fn give_up(&self, number: u32) {
        if let Some(seat) = self.seats.get(number as usize) {
            seat.is_lost.store(LOST, Ordering::Release);
        }
    }

    /// The thread of mutator `number` has ended: it is not waited for any more, and its
    /// number goes to the next that registers.
    pub fn note_ended(&self, number: u32) {
        if let Some(seat) = self.seats.get(number as usize) {
            seat.thread.store(0, Ordering::Release);
            seat.is_lost.store(ENDED, Ordering::Release);
        }
    }

    /// Tells all to give everything back. [`Self::is_settled`] once they have.
    pub(crate) fn recall(&self) {
        *self.pool.lock().unwrap_or_else(PoisonError::into_inner) = None;
        let run = (self.order.load(Ordering::Relaxed) >> 2).wrapping_add(1) & (u32::MAX >> 2);
        self.order.store(word(run, Order::Leave), Ordering::Release);
    }

    /// True once every mutator that is there has carried out the newest order.
    pub(crate) fn is_settled(&self) -> bool {
        self.late().is_empty()
    }

    /// True once every mutator has let go of the arena, and none may come back.
    pub(crate) fn is_deserted(&self) -> bool {
        self.order().1 == Order::Leave && self.is_settled()
    }

    /// Who has not carried out the newest order.
    pub(super) fn late(&self) -> Vec<u32> {
        let order = self.order.load(Ordering::Relaxed);
        let is_late = |number: &u32| {
            let seat = &self.seats[*number as usize];
            seat.is_lost.load(Ordering::Acquire) == PRESENT && seat.done.load(Ordering::Acquire) != order
        };
        (0..self.registered()).filter(is_late).collect()
    }

    /// Hands a run's work to the mutators: they begin, or wait.
    pub(super) fn dispatch(&self, pool: Arc<MutatorPool>, running: bool) {
        for seat in &self.seats {
            for count in [&seat.overlaps, &seat.passed, &seat.refused] {
                count.store(0, Ordering::Relaxed);
            }
        }
        *self.pool.lock().unwrap_or_else(PoisonError::into_inner) = Some(pool);
        self.set_running(running);
    }

    /// Lets the mutators go on, or wait.
    pub fn set_running(&self, running: bool) {
        let run = self.order.load(Ordering::Relaxed) >> 2;
        let order = if running { Order::Work } else { Order::Hold };
        self.order.store(word(run, order), Ordering::Release);
    }

    /// The newest order, as a word to answer with, and what it says.
    pub(super) fn order(&self) -> (u32, Order) {
        let word = self.order.load(Ordering::Acquire);
        (word, order_of(word))
    }

    /// The work of the run in progress. A mutator may wait here for a moment.
    pub(super) fn pool(&self) -> Option<Arc<MutatorPool>> {
        self.pool.lock().unwrap_or_else(PoisonError::into_inner).clone()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_given_out_again_only_where_its_thread_has_ended() {
        let board = MutatorBoard::default();
        let numbers: Vec<_> = (0..3).filter_map(|_| board.register()).collect();
        assert_eq!(numbers, [0, 1, 2]);
        board.give_up(0);
        board.note_ended(1);
        assert_eq!((board.register(), board.register()), (Some(1), Some(3)), "one that was given up may come back");
        assert_eq!(board.registered(), 4);
    }

    #[test]
    fn nobody_waits_for_a_thread_that_has_ended() {
        let board = MutatorBoard::default();
        let (here, gone) = (board.register().unwrap(), board.register().unwrap());
        board.recall();
        board.answer(here, board.order().0);
        assert_eq!(board.late(), [gone]);
        board.note_ended(gone);
        assert!(board.is_deserted());
        assert_eq!(board.register(), Some(gone));
        assert_eq!(board.late(), [gone], "whoever sits there next answers for itself");
    }
}
