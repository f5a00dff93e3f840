//! What other threads have freed of one page: a bit per slot, set by anyone, collected
//! by the page's owner.
//!
//! A send is two read-modify-writes, takes no lock and waits for nobody. It hands no
//! pointers over, so there is no list to corrupt and no ABA. A word above the bits says
//! which of them to look at; who finds that word empty puts the page into its owner's
//! [`Inbox`](crate::sync::inbox::Inbox). So a page is there once from its first send to its
//! collection, and an owner to whom nothing was sent looks at one word for all its pages.
//!
//! A bit is a hint, the slot's [`Ticket`](crate::sync::ticket::Ticket) is the truth: who
//! collects a bit of whose slot no free is posted drops it. So no slot is collected twice,
//! whatever is misused.

use crate::sync::atomics::{AtomicU32, AtomicU64, Ordering};

/// Whether the owner knows of the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "somebody has to tell the owner"]
pub(crate) enum Sent {
    /// Not yet: the sender puts the page into its owner's inbox.
    First,
    /// Another sender does, or has done.
    After,
}

/// A bit for each of `WORDS` × 64 slots, at most 32 × 64. All zero: nothing was sent.
#[derive(Debug)]
#[repr(C)]
pub(crate) struct Remote<const WORDS: usize> {
    bits: [AtomicU64; WORDS],
    /// A bit for each word of `bits` that may have some.
    words: AtomicU32,
}

impl<const WORDS: usize> Default for Remote<WORDS> {
    fn default() -> Self {
        Self { bits: core::array::from_fn(|_| AtomicU64::new(0)), words: AtomicU32::new(0) }
    }
}

impl<const WORDS: usize> Remote<WORDS> {
    /// Forgets what was sent, in a place that holds anything. For the owner, while nobody
    /// sends.
    pub(crate) fn clear(&self) {
        const { assert!(WORDS <= 32, "one bit for each word") };
        self.bits.iter().for_each(|word| word.store(0, Ordering::Relaxed));
        self.words.store(0, Ordering::Relaxed);
    }

    /// Sends slot `place`, whose free is posted, to the owner of the page. Nothing for a
    /// place that there is not.
    pub(crate) fn send(&self, place: u32) -> Sent {
        let word = place / u64::BITS;
        let Some(bits) = self.bits.get(word as usize) else { return Sent::After };
        // Release: the post comes before its collection, also where a later send
        // overtakes: a read-modify-write continues the release sequence.
        bits.fetch_or(1 << (place % u64::BITS), Ordering::Release);
        // Release: who takes this word finds the bit. Acquire: who finds the word empty
        // comes after the collector that emptied it, so after that has read the page's
        // link, which the sender is going to write.
        if self.words.fetch_or(1 << word, Ordering::AcqRel) == 0 { Sent::First } else { Sent::After }
    }

    /// Takes what was sent, the lowest place first. For the owner, after the page came out
    /// of its inbox and its link was read.
    pub(crate) fn collect(&self, mut each: impl FnMut(u32)) {
        // Acquire and Release: see `send`.
        for word in bits_of(self.words.swap(0, Ordering::AcqRel).into()) {
            let Some(bits) = self.bits.get(word as usize) else { continue };
            // Acquire: see `send`. May find more than the word above told of; then that
            // one tells again, and nothing is there.
            bits_of(bits.swap(0, Ordering::Acquire)).for_each(|bit| each(word * u64::BITS + bit));
        }
    }
}

/// The bits that are set, from the lowest.
fn bits_of(mut word: u64) -> impl Iterator<Item = u32> {
    core::iter::from_fn(move || {
        let lowest = (word != 0).then(|| word.trailing_zeros());
        word &= word.wrapping_sub(1);
        lowest
    })
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    fn collected<const WORDS: usize>(page: &Remote<WORDS>) -> Vec<u32> {
        let mut places = Vec::new();
        page.collect(|place| places.push(place));
        places
    }

    #[test]
    fn what_is_sent_is_collected_once_in_order_and_told_once() {
        let page = Remote::<3>::default();
        let sent = [129, 63, 0, 64, 5].map(|place| page.send(place));
        assert_eq!(sent, [Sent::First, Sent::After, Sent::After, Sent::After, Sent::After]);
        assert_eq!(collected(&page), [0, 5, 63, 64, 129]);
        assert!(collected(&page).is_empty());
        assert_eq!((page.send(191), page.send(191)), (Sent::First, Sent::After));
        assert_eq!(collected(&page), [191]);
    }

    #[test]
    fn a_place_that_is_not_there_is_not_sent_and_a_cleared_page_forgets() {
        let page = Remote::<1>::default();
        assert_eq!((page.send(64), collected(&page)), (Sent::After, vec![]));
        assert_eq!(page.send(63), Sent::First);
        page.clear();
        assert_eq!((collected(&page), page.send(63)), (vec![], Sent::First));
    }
}

/// Every order of events, by the model checker.
#[cfg(all(test, loom))]
mod models {
    use super::*;
    use crate::sync::atomics::check;
    use crate::sync::inbox::Inbox;
    use crate::sync::ticket::Ticket;
    use loom::cell::Cell;
    use loom::sync::Arc;
    use loom::thread;

    /// One page of two slots and its owner's inbox.
    struct Model {
        places: [u32; 2],
        /// Whether the owner frees what others free.
        is_misused: bool,
        inbox: Inbox,
        link: AtomicU32,
        page: Remote<2>,
        tickets: [Ticket; 2],
        bytes: [Cell<u32>; 2],
    }

    impl Model {
        const ONE_WORD: [u32; 2] = [3, 5];
        const TWO_WORDS: [u32; 2] = [3, 64];

        /// With both slots handed out, by handles of 1.
        fn new(places: [u32; 2], is_misused: bool) -> Arc<Self> {
            let (inbox, link, page) = (Inbox::default(), AtomicU32::new(0), Remote::default());
            let model = Self {
                places,
                is_misused,
                inbox,
                link,
                page,
                tickets: [0; 2].map(Ticket::new),
                bytes: [0; 2].map(Cell::new),
            };
            assert_eq!(
                [model.tickets[0].occupy(model.tickets[0].word()), model.tickets[1].occupy(model.tickets[1].word())],
                [1; 2]
            );
            Arc::new(model)
        }

        /// Frees from another thread, after a last write.
        fn free(&self, slot: usize, handle: u32) -> bool {
            if self.tickets[slot].check(handle).is_err() {
                return false;
            }
            self.send(slot, handle)
        }

        fn send(&self, slot: usize, handle: u32) -> bool {
            let posted = self.tickets[slot].post(handle).is_ok();
            if posted && self.page.send(self.places[slot]) == Sent::First {
                self.inbox.push(0, &self.link);
            }
            posted
        }

        /// Takes in what came; how often each slot did.
        fn collect(&self) -> [u32; 2] {
            let mut times = [0; 2];
            self.inbox.touch();
            // More than there are pages, so that one that is there twice is seen.
            let pages = self.inbox.take_all(2, |_| Some(&self.link)).inspect(|_| self.collect_page(&mut times));
            assert!(pages.count() <= 1, "the page was in the inbox twice");
            times
        }

        fn collect_page(&self, times: &mut [u32; 2]) {
            self.page.collect(|place| {
                let slot = usize::from(place == self.places[1]);
                match self.tickets[slot].posted() {
                    Some(handle) => {
                        self.tickets[slot].vacate(handle);
                        times[slot] += 1;
                    }
                    None => assert!(self.is_misused, "a bit without a post"),
                }
            });
        }
    }

    /// Both slots are freed by a thread each, and collected early and late.
    fn frees_of(places: [u32; 2]) {
        check(move || {
            let model = Model::new(places, false);
            let senders = [0, 1].map(|slot| {
                let model = model.clone();
                thread::spawn(move || {
                    model.bytes[slot].set(1);
                    assert!(model.free(slot, 1));
                })
            });
            let early = model.collect();
            for slot in 0..2 {
                if early[slot] == 1 {
                    // The next holder's write, which the checker holds against the last one's.
                    model.bytes[slot].set(2);
                }
            }
            senders.into_iter().for_each(|it| it.join().unwrap());
            let late = model.collect();
            assert_eq!([early[0] + late[0], early[1] + late[1]], [1, 1]);
        });
    }

    #[test]
    fn loom_frees_in_one_word_are_collected_once_after_their_last_writes() {
        frees_of(Model::ONE_WORD);
    }

    #[test]
    fn loom_frees_in_two_words_are_collected_once_after_their_last_writes() {
        frees_of(Model::TWO_WORDS);
    }

    /// The owner collects and hands out again what two strangers free one after the other:
    /// no page is forgotten between its collection and the next send.
    #[test]
    fn loom_a_page_that_is_sent_again_while_it_is_collected_comes_again() {
        check(|| {
            let model = Model::new(Model::TWO_WORDS, false);
            let other = model.clone();
            let sender = thread::spawn(move || {
                assert!(other.free(0, 1));
                assert!(other.free(1, 1));
            });
            let first = model.collect();
            let second = model.collect();
            sender.join().unwrap();
            let third = model.collect();
            assert_eq!([0, 1].map(|slot| first[slot] + second[slot] + third[slot]), [1, 1]);
            assert_eq!(model.collect(), [0, 0]);
        });
    }

    /// A double free, by another thread and by the owner, who reuses the slot.
    #[test]
    fn loom_a_slot_freed_by_owner_and_stranger_is_in_one_place() {
        check(|| {
            let model = Model::new(Model::TWO_WORDS, true);
            let other = model.clone();
            let stranger = thread::spawn(move || other.free(0, 1));
            // Places that the slot is in: the owner's list, or an allocation.
            let mut places = 0;
            model.tickets[0].touch();
            if model.tickets[0].check(1).is_ok() {
                model.tickets[0].vacate(1);
                model.tickets[0].occupy(model.tickets[0].word());
                places += 1;
            }
            places += model.collect()[0];
            stranger.join().unwrap();
            places += model.collect()[0];
            assert_eq!(places, 1);
        });
    }
}
