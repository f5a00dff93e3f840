//! The word that says whether a handle is good: generation and state in one, so
//! that a free from any thread is decided by one compare-exchange.
//!
//! ```text
//! vacant(g) ──occupy──▶ live(g+1) ──begin_free──▶ freeing(g+1) ──finish_free──▶ vacant(g+1)
//!                           └────────── free_here, the owner alone ─────────────────▲
//! ```
//!
//! `begin_free` is for every thread; all else is for the owner of the slot (the
//! thread whose span it is in, or who holds the lock). Its moment is the moment of the
//! free: of any number of threads that free one handle, one is told `Ok`.

use super::sync::{AtomicU32, Ordering};

const VACANT: u32 = 0;
const LIVE: u32 = 1;
const FREEING: u32 = 2;
const STATES: u32 = 3;
const STATE_BITS: u32 = 2;

/// Why a handle was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refused {
    /// It was freed before: by its own generation, which nobody has followed yet.
    Freed,
    /// The slot is at another generation.
    Stale {
        /// The slot's.
        slot: u32,
    },
}

/// Generation and state of one slot. Generations have 30 bits and wrap: a handle kept
/// for exactly 2³⁰ uses of its slot would be taken for the new one.
#[derive(Debug)]
#[repr(transparent)]
pub(super) struct Ticket(AtomicU32);

impl Default for Ticket {
    /// Vacant, at generation 0, which no handle has.
    fn default() -> Self {
        Self(AtomicU32::new(VACANT))
    }
}

const fn word(generation: u32, state: u32) -> u32 {
    generation << STATE_BITS | state
}

impl Ticket {
    /// The largest generation.
    pub(super) const GENERATIONS: u32 = u32::MAX >> STATE_BITS;

    /// Hands the slot out; its new generation. For the owner, and a vacant slot.
    #[inline]
    pub(super) fn occupy(&self) -> u32 {
        // Relaxed: nobody but the owner changes a vacant ticket.
        let before = self.0.load(Ordering::Relaxed);
        debug_assert_eq!(before & STATES, VACANT);
        // Skips 0, so that a word of zeros is never a live handle.
        let generation = ((before >> STATE_BITS) + 1) & Self::GENERATIONS;
        let generation = if generation == 0 { 1 } else { generation };
        // Release: who frees by a handle that came here in whatever way sees the record
        // that was written before.
        self.0.store(word(generation, LIVE), Ordering::Release);
        generation
    }

    /// Begins the free of `generation` from any thread.
    ///
    /// The winner may read of the slot's record what is atomic or does not change
    /// between uses; all of it only where no owner frees by [`Self::free_here`], since
    /// a misuse could have both go on at once.
    ///
    /// # Errors
    /// [`Refused`]; nothing changed then.
    #[inline]
    pub(super) fn begin_free(&self, generation: u32) -> Result<(), Refused> {
        // Acquire: see `occupy`. Release: the collector that meets the new state has
        // everything that this thread did with the slot behind it.
        let (live, freeing) = (word(generation, LIVE), word(generation, FREEING));
        match self.0.compare_exchange(live, freeing, Ordering::AcqRel, Ordering::Relaxed) {
            Ok(_) => Ok(()),
            Err(found) => Err(refused(found, generation)),
        }
    }

    /// Ends a free that another thread began; false where none was begun, and nothing
    /// changed then. For the owner.
    #[inline]
    pub(super) fn finish_free(&self) -> bool {
        // Acquire: see `begin_free`. A plain store will do: from this state on nobody
        // else changes the ticket.
        let found = self.0.load(Ordering::Acquire);
        let begun = found & STATES == FREEING;
        if begun {
            self.0.store(found ^ FREEING | VACANT, Ordering::Relaxed);
        }
        begun
    }

    /// Frees `generation` at once. For the owner: a load and a store, no
    /// read-modify-write.
    ///
    /// Another thread's `begin_free` of the same handle, which is a misuse, may succeed
    /// in between and be overwritten. Then both were told `Ok`, but the slot is freed
    /// once: the other's message finds no free to finish (see `remote`).
    ///
    /// # Errors
    /// [`Refused`]; nothing changed then.
    #[inline]
    pub(super) fn free_here(&self, generation: u32) -> Result<(), Refused> {
        let found = self.0.load(Ordering::Relaxed);
        if found != word(generation, LIVE) {
            return Err(refused(found, generation));
        }
        self.0.store(word(generation, VACANT), Ordering::Relaxed);
        Ok(())
    }

    /// Whether a handle of `generation` is good at this moment.
    ///
    /// # Errors
    /// [`Refused`], as a free would be.
    #[inline]
    pub(super) fn check(&self, generation: u32) -> Result<(), Refused> {
        // Acquire: see `occupy`.
        let found = self.0.load(Ordering::Acquire);
        if found == word(generation, LIVE) { Ok(()) } else { Err(refused(found, generation)) }
    }

    /// The generation of the last handle.
    #[inline]
    pub(super) fn generation(&self) -> u32 {
        self.0.load(Ordering::Relaxed) >> STATE_BITS
    }

    /// True from the allocation to the begin of the free.
    pub(super) fn is_live(&self) -> bool {
        self.0.load(Ordering::Relaxed) & STATES == LIVE
    }

    /// True from the begin of a free from another thread to its end.
    pub(super) fn is_freeing(&self) -> bool {
        self.0.load(Ordering::Relaxed) & STATES == FREEING
    }
}

#[cold]
const fn refused(found: u32, generation: u32) -> Refused {
    if found >> STATE_BITS == generation { Refused::Freed } else { Refused::Stale { slot: found >> STATE_BITS } }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn a_handle_is_good_once() {
        let ticket = Ticket::default();
        assert_eq!(ticket.check(0), Err(Refused::Freed));
        let first = ticket.occupy();
        assert_eq!((first, ticket.check(first)), (1, Ok(())));
        assert_eq!(ticket.begin_free(first), Ok(()));
        assert_eq!(ticket.begin_free(first), Err(Refused::Freed));
        assert_eq!(ticket.free_here(first), Err(Refused::Freed));
        assert!(ticket.finish_free());
        assert!(!ticket.finish_free());
        assert_eq!(ticket.check(first), Err(Refused::Freed));
        let second = ticket.occupy();
        let stale = Err(Refused::Stale { slot: second });
        assert_eq!([ticket.begin_free(first), ticket.free_here(first), ticket.check(first)], [stale; 3]);
        assert_eq!(ticket.free_here(second), Ok(()));
        assert!(!ticket.finish_free(), "nobody began");
        assert_eq!(ticket.generation(), second);
    }

    #[test]
    fn generations_wrap_past_the_one_that_no_handle_has() {
        let ticket = Ticket(AtomicU32::new(word(Ticket::GENERATIONS - 1, VACANT)));
        let last = ticket.occupy();
        assert_eq!((last, ticket.free_here(last)), (Ticket::GENERATIONS, Ok(())));
        assert_eq!(ticket.occupy(), 1);
    }
}

/// Every order of events, by the model checker.
#[cfg(all(test, loom))]
mod models {
    use super::*;
    use crate::arena::sync::check;
    use loom::cell::Cell;
    use loom::sync::Arc;
    use loom::thread;

    #[test]
    fn loom_of_three_frees_of_one_handle_one_wins() {
        check(|| {
            let ticket = Ticket::default();
            let handle = ticket.occupy();
            let ticket = Arc::new(ticket);
            let others = [(), ()].map(|()| {
                let ticket = ticket.clone();
                thread::spawn(move || ticket.begin_free(handle))
            });
            let here = ticket.begin_free(handle);
            let [first, second] = others.map(|it| it.join().unwrap());
            let outcomes = [here, first, second];
            assert_eq!(outcomes.iter().filter(|it| it.is_ok()).count(), 1);
            assert_eq!(outcomes.iter().filter(|it| **it == Err(Refused::Freed)).count(), 2);
        });
    }

    /// The record is written before the slot is handed out, and read by a thread that
    /// guesses the handle: no channel brings it any order but the ticket itself.
    #[test]
    fn loom_who_frees_sees_the_record_and_who_reuses_comes_after_the_free() {
        check(|| {
            let slot = Arc::new((Ticket::default(), Cell::new(0)));
            let other = slot.clone();
            let stranger = thread::spawn(move || {
                if other.0.begin_free(1).is_ok() {
                    // Only after this does the owner see the free, in the next model's
                    // words: the write stands for the last use of the bytes.
                    assert_eq!(other.1.get(), 7);
                }
            });
            slot.1.set(7);
            assert_eq!(slot.0.occupy(), 1);
            stranger.join().unwrap();
        });
    }

    #[test]
    fn loom_a_stale_handle_never_frees_the_next_use() {
        check(|| {
            let ticket = Ticket::default();
            let first = ticket.occupy();
            let ticket = Arc::new(ticket);
            let other = ticket.clone();
            let stranger = thread::spawn(move || other.begin_free(first));
            let here = ticket.begin_free(first);
            if here.is_ok() {
                assert!(ticket.finish_free());
                let second = ticket.occupy();
                assert!(stranger.join().unwrap().is_err());
                assert_eq!(ticket.check(second), Ok(()));
            } else {
                assert_eq!(stranger.join().unwrap(), Ok(()));
            }
        });
    }
}
