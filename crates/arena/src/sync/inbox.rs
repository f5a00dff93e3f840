//! Numbers that any thread hands to one: a stack that all push on without a lock, and
//! whose whole content its owner takes. For pages in which others have freed something
//! (`remote`).
//!
//! The links lie with the things that are numbered, one word for each; the head is one
//! word. Treiber's stack without its pop, and so without its ABA problem and without a
//! tag: a push reads no link. Its compare-exchange succeeds where the head is the number
//! that was written into the new one's link a moment before, and that link is right
//! whatever happened in between, even if the number went and came back. Taking all is one
//! swap, which compares nothing.
//!
//! A number may be on the stack once: the pusher sees to it, by a read-modify-write that
//! says that it is the one (the word above the bits of `remote`).

use crate::sync::atomics::{AtomicU32, Ordering};

/// No number: the end of the stack.
const END: u32 = 0;

/// The head of a stack of numbers below 2³² − 1. All zero: nothing is there.
#[derive(Debug)]
#[repr(transparent)]
pub(crate) struct Inbox(AtomicU32);

impl Default for Inbox {
    fn default() -> Self {
        Self(AtomicU32::new(END))
    }
}

impl Inbox {
    /// Pushes `number`, whose link is `link`.
    ///
    /// Cost: one exchange, and one more for each push that comes in between.
    pub(crate) fn push(&self, number: u32, link: &AtomicU32) {
        // Relaxed: the number is not followed here.
        let mut head = self.0.load(Ordering::Relaxed);
        loop {
            link.store(head, Ordering::Relaxed);
            // Release: the link, and all that this thread did before, come before the
            // owner's look. Pushes and the swap are read-modify-writes of one word, so the
            // swap acquires from every push that it takes, not just from the last one.
            match self.0.compare_exchange_weak(head, number + 1, Ordering::Release, Ordering::Relaxed) {
                Ok(_) => return,
                Err(found) => head = found,
            }
        }
    }

    /// Takes every number, the last pushed first, `limit` of them at most. For the owner:
    /// one thread at a time. Numbers that are left in the iterator are lost.
    ///
    /// The limit is how many there are, so that damaged links cannot go round.
    pub(crate) fn take_all<'a, L>(&self, limit: u32, link: L) -> TakeAll<L>
    where
        L: Fn(u32) -> Option<&'a AtomicU32>,
    {
        // Acquire: see `push`. The look first spares the empty stack the swap.
        let next = if self.is_empty() { END } else { self.0.swap(END, Ordering::Acquire) };
        TakeAll { link, next, left: limit }
    }

    /// True where nothing is there; old news by the time it is read.
    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.0.load(Ordering::Relaxed) == END
    }

    /// Forgets what is there. For the owner, while nobody pushes.
    pub(crate) fn clear(&self) {
        self.0.store(END, Ordering::Relaxed);
    }
}

/// For models. Loom backtracks to the last access of a word alone, so a look by one thread
/// hides behind the look with which another begins its exchange, and the order in which
/// the first comes late is never tried. A read-modify-write before the look brings it back.
#[cfg(all(test, loom))]
impl Inbox {
    pub(crate) fn touch(&self) {
        self.0.fetch_add(0, Ordering::Relaxed);
    }
}

/// Numbers that were taken off a stack.
#[derive(Debug)]
#[must_use = "the numbers are off the stack"]
pub(crate) struct TakeAll<L> {
    link: L,
    next: u32,
    left: u32,
}

impl<'a, L: Fn(u32) -> Option<&'a AtomicU32>> Iterator for TakeAll<L> {
    type Item = u32;

    fn next(&mut self) -> Option<u32> {
        let number = self.next.checked_sub(1)?;
        self.left = self.left.checked_sub(1)?;
        // Before the number is handed on: then it may be pushed again.
        self.next = (self.link)(number)?.load(Ordering::Relaxed);
        Some(number)
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    fn links(count: u32) -> Vec<AtomicU32> {
        (0..count).map(|_| AtomicU32::new(END)).collect()
    }

    fn push(inbox: &Inbox, links: &[AtomicU32], numbers: &[u32]) {
        numbers.iter().for_each(|&number| inbox.push(number, &links[number as usize]));
    }

    fn take_all(inbox: &Inbox, links: &[AtomicU32]) -> impl Iterator<Item = u32> {
        inbox.take_all(links.len() as u32, |number| links.get(number as usize))
    }

    #[test]
    fn the_last_pushed_comes_first_and_all_of_them_once() {
        let (inbox, links) = (Inbox::default(), links(4));
        assert!(inbox.is_empty());
        push(&inbox, &links, &[2, 0, 3]);
        assert_eq!(take_all(&inbox, &links).collect::<Vec<_>>(), [3, 0, 2]);
        assert_eq!(take_all(&inbox, &links).count(), 0);
        push(&inbox, &links, &[1]);
        inbox.clear();
        assert!(inbox.is_empty());
    }

    #[test]
    fn a_number_may_be_pushed_again_as_soon_as_it_comes_out() {
        let (inbox, links) = (Inbox::default(), links(3));
        push(&inbox, &links, &[0, 1, 2]);
        let again = |number| push(&inbox, &links, &[number]);
        assert_eq!(take_all(&inbox, &links).inspect(|&number| again(number)).collect::<Vec<_>>(), [2, 1, 0]);
        assert_eq!(take_all(&inbox, &links).collect::<Vec<_>>(), [0, 1, 2]);
    }

    #[test]
    fn damaged_links_end_the_walk() {
        let (inbox, links) = (Inbox::default(), links(2));
        push(&inbox, &links, &[0, 1]);
        links[0].store(2, Ordering::Relaxed);
        assert_eq!(take_all(&inbox, &links).count(), 2);
        push(&inbox, &links, &[0]);
        links[0].store(99, Ordering::Relaxed);
        assert_eq!(take_all(&inbox, &links).collect::<Vec<_>>(), [0]);
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

    /// A stack with the bytes of what is numbered, which only their holders may touch.
    struct Model {
        inbox: Inbox,
        links: [AtomicU32; 3],
        bytes: [Cell<u32>; 3],
    }

    impl Model {
        fn new() -> Arc<Self> {
            let links = [0; 3].map(|_| AtomicU32::new(END));
            Arc::new(Self { inbox: Inbox::default(), links, bytes: [0; 3].map(Cell::new) })
        }

        /// Writes, as the last holder, then pushes.
        fn free(&self, number: u32) {
            self.bytes[number as usize].set(1);
            self.inbox.push(number, &self.links[number as usize]);
        }

        /// Takes all; counts what came into `times`.
        fn drain(&self, times: &mut [u32; 3]) {
            self.inbox.touch();
            for number in self.inbox.take_all(3, |number| self.links.get(number as usize)) {
                times[number as usize] += self.bytes[number as usize].get();
                self.bytes[number as usize].set(5);
            }
        }
    }

    #[test]
    fn loom_each_number_is_taken_once_after_its_pushers_last_write() {
        check(|| {
            let model = Model::new();
            let pushers = [0, 1].map(|node| {
                let model = model.clone();
                thread::spawn(move || model.free(node))
            });
            let mut times = [0; 3];
            model.drain(&mut times);
            model.drain(&mut times);
            pushers.into_iter().for_each(|it| it.join().unwrap());
            model.drain(&mut times);
            assert_eq!(times, [1, 1, 0]);
        });
    }

    /// ABA on purpose: while one thread pushes, the drainer takes the head and pushes
    /// the same number again.
    #[test]
    fn loom_a_number_that_goes_and_comes_back_harms_no_push() {
        check(|| {
            let model = Model::new();
            model.free(0);
            let other = model.clone();
            let pusher = thread::spawn(move || {
                other.free(1);
                other.free(2);
            });
            let mut times = [0; 3];
            model.drain(&mut times);
            assert_eq!(times[0], 1);
            model.free(0);
            pusher.join().unwrap();
            model.drain(&mut times);
            assert_eq!(times, [2, 1, 1]);
        });
    }
}
