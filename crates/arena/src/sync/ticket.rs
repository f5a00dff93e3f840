//! The two words that say whether a handle is good, and of which several threads that
//! free it one is believed.
//!
//! The first is the ticket: odd while an allocation is live, and one more with each
//! allocation and each free, so that a handle, which is the ticket of its allocation, is
//! good once. The owner of the slot alone writes it, by plain loads and stores: a free of
//! its own costs no read-modify-write. The second is the ticket that another thread has
//! freed, by compare-exchange: it waits there until the owner has seen it.
//!
//! A handle is good while the first word equals it and the second does not. Of any number
//! of strangers that free one handle, exactly one is told `Ok`. Where the owner frees it
//! in the same moment, which is a misuse too, both may be, but the slot is freed once: the
//! owner finds no free of another to take in ([`Ticket::posted`]), and can count it.

use crate::sync::atomics::{AtomicU32, Ordering};

/// Why a handle was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    /// It was freed before, and its slot is not in use again.
    Freed,
    /// Its slot has another ticket.
    Stale {
        /// The ticket that the slot has now.
        ticket: u32,
    },
}

/// The two words of one slot. Tickets wrap: a handle kept for exactly 2³¹ uses of its slot
/// would be taken for the new one.
#[derive(Debug)]
#[repr(C)]
pub(crate) struct Ticket {
    word: AtomicU32,
    posted: AtomicU32,
}

impl Ticket {
    /// A vacant slot; the handle that follows is one more than `word`, which is even.
    #[cfg(test)]
    pub(crate) fn new(word: u32) -> Self {
        Self { word: AtomicU32::new(word), posted: AtomicU32::new(word) }
    }

    /// As [`Self::new`], in a place that holds anything. For the owner of the place.
    #[inline(always)]
    pub(crate) fn begin(&self, word: u32) {
        self.posted.store(word, Ordering::Relaxed);
        // Release: who sees the slot as begun sees what it was begun with.
        self.word.store(word, Ordering::Release);
    }

    /// Hands a vacant slot out, whose word is `word`: the handle. For the owner, when all
    /// else that is to be read of the slot is written.
    #[inline(always)]
    pub(crate) fn occupy(&self, word: u32) -> u32 {
        // Relaxed: nobody else writes it.
        debug_assert_eq!(word, self.word.load(Ordering::Relaxed), "the owner knows its word");
        debug_assert_eq!(word & 1, 0, "a slot that is handed out was vacant");
        let handle = word.wrapping_add(1);
        // Release: who comes by the handle, in whatever way, sees the rest of the record.
        self.word.store(handle, Ordering::Release);
        handle
    }

    /// Ends the use of a handle that [`Self::check`] or [`Self::posted`] has just called
    /// good. For the owner.
    #[inline(always)]
    pub(crate) fn vacate(&self, handle: u32) {
        self.word.store(handle.wrapping_add(1), Ordering::Release);
    }

    /// Whether a handle is good at this moment. For every thread.
    ///
    /// # Errors
    /// [`Refused`], as a free would be.
    #[inline(always)]
    pub(crate) fn check(&self, handle: u32) -> Result<(), Refused> {
        // Acquire: see `occupy`.
        let word = self.word.load(Ordering::Acquire);
        if word == handle && self.posted.load(Ordering::Relaxed) != handle {
            Ok(())
        } else {
            Err(refused(word, handle))
        }
    }

    /// Frees `handle` from a thread that is not the owner; the owner has to be told
    /// (`remote`).
    ///
    /// # Errors
    /// [`Refused`]; nothing changed then.
    pub(crate) fn post(&self, handle: u32) -> Result<(), Refused> {
        loop {
            // This word first, then the ticket: a post of a later use would show in one of
            // them. Either the look above it in this loop is older, then the exchange
            // fails; or it is that later post, and having acquired it, the ticket below is
            // the later one too. So a stale handle never covers up a good one's post.
            let seen = self.posted.load(Ordering::Acquire);
            let word = self.word.load(Ordering::Acquire);
            if word != handle || seen == handle {
                return Err(refused(word, handle));
            }
            // Release: what this thread did with the bytes comes before their next use,
            // and for the argument above. AcqRel is not needed: a failure looks again.
            if self.posted.compare_exchange(seen, handle, Ordering::Release, Ordering::Relaxed).is_ok() {
                return Ok(());
            }
        }
    }

    /// The handle that another thread has freed and the owner has not yet seen. For the
    /// owner, who then vacates it.
    pub(crate) fn posted(&self) -> Option<u32> {
        let word = self.word.load(Ordering::Relaxed);
        // Acquire: see `post`.
        (word & 1 == 1 && self.posted.load(Ordering::Acquire) == word).then_some(word)
    }

    /// The last handle or, where the slot is vacant, one more than it.
    #[inline(always)]
    pub(crate) fn word(&self) -> u32 {
        self.word.load(Ordering::Acquire)
    }

    /// True while a handle is good.
    pub(crate) fn is_live(&self) -> bool {
        self.word() & 1 == 1 && self.posted().is_none()
    }
}

/// For models; see `Inbox::touch`.
#[cfg(all(test, loom))]
impl Ticket {
    pub(crate) fn touch(&self) {
        self.word.fetch_add(0, Ordering::Relaxed);
        self.posted.fetch_add(0, Ordering::Relaxed);
    }
}

#[cold]
const fn refused(word: u32, handle: u32) -> Refused {
    if word == handle || word == handle.wrapping_add(1) { Refused::Freed } else { Refused::Stale { ticket: word } }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn a_handle_is_good_once() {
        let ticket = Ticket::new(8);
        assert_eq!(ticket.check(7), Err(Refused::Freed));
        let first = ticket.occupy(ticket.word());
        assert_eq!((first, ticket.check(first), ticket.is_live()), (9, Ok(()), true));
        ticket.vacate(first);
        assert_eq!([ticket.check(first), ticket.post(first)], [Err(Refused::Freed); 2]);
        let second = ticket.occupy(ticket.word());
        let stale = Err(Refused::Stale { ticket: second });
        assert_eq!([ticket.check(first), ticket.post(first)], [stale; 2]);
        assert_eq!(ticket.posted(), None);
    }

    #[test]
    fn what_a_stranger_frees_waits_for_the_owner_and_is_freed_already() {
        let ticket = Ticket::new(0);
        let first = ticket.occupy(ticket.word());
        assert_eq!(ticket.post(first), Ok(()));
        assert_eq!([ticket.post(first), ticket.check(first)], [Err(Refused::Freed); 2]);
        assert_eq!((ticket.is_live(), ticket.posted()), (false, Some(first)));
        ticket.vacate(first);
        assert_eq!((ticket.posted(), ticket.post(first)), (None, Err(Refused::Freed)));
        let second = ticket.occupy(ticket.word());
        assert_eq!((ticket.check(second), ticket.posted()), (Ok(()), None));
        assert_eq!(ticket.post(second), Ok(()));
    }

    #[test]
    fn tickets_wrap() {
        let ticket = Ticket::new(u32::MAX - 1);
        let last = ticket.occupy(ticket.word());
        ticket.vacate(last);
        assert_eq!((last, ticket.check(last), ticket.word()), (u32::MAX, Err(Refused::Freed), 0));
        assert_eq!(ticket.occupy(ticket.word()), 1);
        ticket.begin(4);
        assert_eq!((ticket.check(1), ticket.is_live()), (Err(Refused::Stale { ticket: 4 }), false));
    }
}

/// Every order of events, by the model checker.
#[cfg(all(test, loom))]
mod models {
    use super::*;
    use crate::sync::atomics::check;
    use loom::cell::Cell;
    use loom::sync::Arc;
    use loom::thread;

    /// An owner's part: frees as it would, then hands the slot out again.
    fn free_and_reuse(ticket: &Ticket, handle: u32) -> Option<u32> {
        ticket.touch();
        ticket.check(handle).ok()?;
        ticket.vacate(handle);
        Some(ticket.occupy(ticket.word()))
    }

    #[test]
    fn loom_of_three_strangers_who_free_one_handle_one_wins() {
        check(|| {
            let ticket = Arc::new(Ticket::new(0));
            let handle = ticket.occupy(ticket.word());
            let others = [(), ()].map(|()| {
                let ticket = ticket.clone();
                thread::spawn(move || ticket.post(handle))
            });
            let here = ticket.post(handle);
            let [first, second] = others.map(|it| it.join().unwrap());
            let outcomes = [here, first, second];
            assert_eq!(outcomes.iter().filter(|it| it.is_ok()).count(), 1);
            assert_eq!(outcomes.iter().filter(|it| **it == Err(Refused::Freed)).count(), 2);
            assert_eq!(ticket.posted(), Some(handle));
        });
    }

    /// The record is written before the slot is handed out, and read by a thread that
    /// guesses the handle: nothing brings it any order but the ticket itself.
    #[test]
    fn loom_who_frees_sees_the_record_and_the_owner_comes_after_the_free() {
        check(|| {
            let slot = Arc::new((Ticket::new(0), Cell::new(0)));
            let other = slot.clone();
            let stranger = thread::spawn(move || {
                if other.0.check(1).is_ok() {
                    assert_eq!(other.1.get(), 7);
                    other.1.set(8);
                    other.0.post(1).unwrap();
                }
            });
            slot.1.set(7);
            assert_eq!(slot.0.occupy(slot.0.word()), 1);
            slot.0.touch();
            if let Some(handle) = slot.0.posted() {
                assert_eq!(slot.1.get(), 8);
                slot.0.vacate(handle);
            }
            stranger.join().unwrap();
        });
    }

    /// One stranger frees the slot's first use while the owner frees it too and hands it
    /// out again, and another stranger frees the second use, as it may: that free stands.
    #[test]
    fn loom_a_stale_handle_never_covers_up_a_good_one() {
        check(|| {
            let ticket = Arc::new(Ticket::new(0));
            let first = ticket.occupy(ticket.word());
            let other = ticket.clone();
            let stale = thread::spawn(move || other.post(first).is_ok());
            let Some(second) = free_and_reuse(&ticket, first) else {
                assert!(stale.join().unwrap(), "nobody freed it, and it was not good");
                return;
            };
            let other = ticket.clone();
            let good = thread::spawn(move || other.post(second));
            stale.join().unwrap();
            assert_eq!(good.join().unwrap(), Ok(()));
            assert_eq!(ticket.posted(), Some(second));
        });
    }
}
