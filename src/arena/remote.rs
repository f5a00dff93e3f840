//! Frees from other threads: one bit per slot, set by anyone, collected by the
//! slots' owner.
//!
//! A send is one read-modify-write, takes no lock and waits for nobody; it hands no
//! pointers over, so there is no list to corrupt and no ABA. The old value of the
//! word says for nothing that the slot was sent before.
//!
//! A bit is a hint, the slot's [`Ticket`](super::ticket::Ticket) is the truth: who
//! collects a bit whose ticket is not on its way to vacant drops it. So a misuse that
//! slips past the sender (the owner frees the slot at the same moment) is found here
//! at the latest, and no slot is ever collected twice.

use super::sync::{AtomicU64, Ordering};

/// Slots of one word.
pub(super) const SLOTS_PER_WORD: u32 = u64::BITS;

/// Words for so many slots.
pub(super) const fn words_for(slots: u32) -> u32 {
    slots.div_ceil(SLOTS_PER_WORD)
}

/// The slot was sent before and nobody has collected it yet: a double free.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct SentBefore;

/// Sends `slot` back to the owner of the words.
///
/// # Errors
/// [`SentBefore`]; nothing changed then. Also for a slot that the words do not have.
#[inline]
pub(super) fn send(words: &[AtomicU64], slot: u32) -> Result<(), SentBefore> {
    let word = words.get((slot / SLOTS_PER_WORD) as usize).ok_or(SentBefore)?;
    let bit = 1 << (slot % SLOTS_PER_WORD);
    // Release: what the sender did with the slot's bytes comes before what its next
    // holder does. Later sends into the same word keep that order for the collector
    // of all of them, since a read-modify-write continues a release sequence.
    let before = word.fetch_or(bit, Ordering::Release);
    if before & bit == 0 { Ok(()) } else { Err(SentBefore) }
}

/// Takes all slots that were sent, lowest first within a word. For the owner alone.
///
/// Cost: one load per word, one swap per word that is not empty.
pub(super) fn collect(words: &[AtomicU64], mut each: impl FnMut(u32)) {
    for (place, word) in (0..).zip(words) {
        // A look first: where nothing was sent, the line stays shared. It may be old
        // news; a bit that is missed is collected the next time.
        if word.load(Ordering::Relaxed) != 0 {
            // Acquire: see `send`.
            slots_of(word.swap(0, Ordering::Acquire)).for_each(|slot| each(place * SLOTS_PER_WORD + slot));
        }
    }
}

/// The bits that are set, from the lowest.
fn slots_of(mut bits: u64) -> impl Iterator<Item = u32> {
    core::iter::from_fn(move || {
        let lowest = (bits != 0).then(|| bits.trailing_zeros());
        bits &= bits.wrapping_sub(1);
        lowest
    })
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    fn words(slots: u32) -> Vec<AtomicU64> {
        (0..words_for(slots)).map(|_| AtomicU64::new(0)).collect()
    }

    fn collected(words: &[AtomicU64]) -> Vec<u32> {
        let mut slots = Vec::new();
        collect(words, |slot| slots.push(slot));
        slots
    }

    #[test]
    fn what_is_sent_is_collected_once_in_order() {
        let words = words(130);
        for slot in [129, 63, 0, 64, 5] {
            assert_eq!(send(&words, slot), Ok(()));
        }
        assert_eq!(collected(&words), [0, 5, 63, 64, 129]);
        assert_eq!(collected(&words), []);
        assert_eq!(send(&words, 5), Ok(()));
        assert_eq!(collected(&words), [5]);
    }

    #[test]
    fn a_slot_sent_twice_and_one_that_is_not_there_are_refused() {
        let words = words(64);
        assert_eq!(send(&words, 7), Ok(()));
        assert_eq!(send(&words, 7), Err(SentBefore));
        assert_eq!(send(&words, 64), Err(SentBefore));
        assert_eq!(collected(&words), [7]);
    }

    #[test]
    fn words_hold_their_slots() {
        assert_eq!([0, 1, 64, 65, 4096].map(words_for), [0, 1, 1, 2, 64]);
    }
}

/// Every order of events, by the model checker.
#[cfg(all(test, loom))]
mod models {
    use super::*;
    use crate::arena::sync::check;
    use crate::arena::ticket::Ticket;
    use loom::cell::Cell;
    use loom::sync::Arc;
    use loom::thread;

    #[test]
    fn loom_each_sent_slot_is_collected_once_after_its_senders_last_write() {
        check(|| {
            // Two slots in one word, so that the sends meet.
            let span = Arc::new(([AtomicU64::new(0)], [Cell::new(0), Cell::new(0)]));
            let senders = [0, 1].map(|slot| {
                let span = span.clone();
                thread::spawn(move || {
                    span.1[slot as usize].set(1);
                    send(&span.0, slot).unwrap();
                })
            });
            let mut times = [0; 2];
            let mut look = || {
                collect(&span.0, |slot| {
                    times[slot as usize] += span.1[slot as usize].get();
                    span.1[slot as usize].set(5);
                });
            };
            look();
            look();
            senders.into_iter().for_each(|it| it.join().unwrap());
            look();
            assert_eq!(times, [1, 1]);
        });
    }

    #[test]
    fn loom_of_two_sends_of_one_slot_one_is_refused() {
        check(|| {
            let words = Arc::new([AtomicU64::new(0)]);
            let other = words.clone();
            let sender = thread::spawn(move || send(&*other, 3).is_ok());
            let here = send(&*words, 3).is_ok();
            assert!(here ^ sender.join().unwrap());
            let mut times = 0;
            collect(&*words, |_| times += 1);
            assert_eq!(times, 1);
        });
    }

    /// The owner frees by plain loads and stores what another thread frees too, and
    /// hands it out again, while a third still sends.
    #[test]
    fn loom_a_slot_freed_by_owner_and_stranger_is_in_one_place() {
        check(|| {
            let ticket = Ticket::default();
            let first = ticket.occupy();
            let span = Arc::new(([AtomicU64::new(0)], ticket));
            let other = span.clone();
            let stranger = thread::spawn(move || {
                if other.1.begin_free(first).is_ok() {
                    // Refused where an earlier bit still lies there: also no harm.
                    let _ = send(&other.0, 0);
                }
            });
            // Places the slot is in: the owner's list, or an allocation.
            let mut places = 0;
            let gather = || {
                let mut gathered = 0;
                collect(&span.0, |_| gathered += u32::from(span.1.finish_free()));
                gathered
            };
            if span.1.free_here(first).is_ok() {
                // From the list straight to the next holder.
                span.1.occupy();
                places += 1;
            }
            places += gather();
            stranger.join().unwrap();
            places += gather();
            assert_eq!(places, 1);
        });
    }
}
