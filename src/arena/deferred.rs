//! Frees that wait for the lock: a stack of node numbers that any thread pushes on
//! without a lock, and whose whole content the holder of the lock takes.
//!
//! The links lie in a table of the caller's, one word per node; the head is one word.
//! Treiber's stack without its pop, and so without its ABA problem and without a tag:
//! a push reads no link. Its compare-exchange succeeds where the head is the number
//! that was written into the new node's link a moment before, and that link is right
//! whatever happened in between, even if the number went and came back. Taking all is
//! one swap, which compares nothing.
//!
//! A node may be on the stack once. Its [`Ticket`](super::ticket::Ticket) sees to it:
//! only the one who turned it from live to freeing pushes it, and the node's number is
//! free for another use only after the drain.

use super::sync::{AtomicU32, Ordering};

/// No node: the end of the stack.
const END: u32 = 0;

/// The head of a stack.
#[derive(Debug)]
#[repr(transparent)]
pub(super) struct Deferred(AtomicU32);

impl Default for Deferred {
    fn default() -> Self {
        Self(AtomicU32::new(END))
    }
}

impl Deferred {
    /// Pushes `node`, a number below that of the links; false for one that has no link,
    /// and nothing changed then.
    ///
    /// Cost: one exchange, and one more for each push that comes in between.
    pub(super) fn push(&self, links: &[AtomicU32], node: u32) -> bool {
        let Some(link) = links.get(node as usize) else { return false };
        // Relaxed: the number is not followed here.
        let mut head = self.0.load(Ordering::Relaxed);
        loop {
            link.store(head, Ordering::Relaxed);
            // Release: the link, and all that this thread did with the node's bytes,
            // come before the drain. Pushes and the swap are read-modify-writes of one
            // word, so the swap that takes this node acquires of every push below the
            // head, not just of the last one.
            match self.0.compare_exchange_weak(head, node + 1, Ordering::Release, Ordering::Relaxed) {
                Ok(_) => return true,
                Err(found) => head = found,
            }
        }
    }

    /// Takes every node, the last pushed first. For one thread at a time: the holder of
    /// the lock. Nodes that the iterator is dropped before are lost to the stack.
    pub(super) fn take_all<'a>(&self, links: &'a [AtomicU32]) -> Taken<'a> {
        // Acquire: see `push`. The look first spares the empty stack the swap.
        let head = if self.is_empty() { END } else { self.0.swap(END, Ordering::Acquire) };
        Taken { links, next: head, left: links.len() }
    }

    /// True where nothing waits; old news by the time it is read.
    #[inline]
    pub(super) fn is_empty(&self) -> bool {
        self.0.load(Ordering::Relaxed) == END
    }
}

/// Nodes that were taken off a stack.
#[derive(Debug)]
#[must_use = "the nodes are off the stack"]
pub(super) struct Taken<'a> {
    links: &'a [AtomicU32],
    next: u32,
    /// Steps left: as many as there are nodes, so that damaged links cannot go round.
    left: usize,
}

impl Iterator for Taken<'_> {
    type Item = u32;

    fn next(&mut self) -> Option<u32> {
        let node = self.next.checked_sub(1)?;
        self.left = self.left.checked_sub(1)?;
        // Before the node is handed on: then it may be reused and pushed again.
        self.next = self.links.get(node as usize)?.load(Ordering::Relaxed);
        Some(node)
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    fn links(count: u32) -> Vec<AtomicU32> {
        (0..count).map(|_| AtomicU32::new(END)).collect()
    }

    #[test]
    fn the_last_pushed_comes_first_and_all_of_them_once() {
        let (stack, links) = (Deferred::default(), links(4));
        assert!(stack.is_empty());
        assert!([2, 0, 3].into_iter().all(|node| stack.push(&links, node)));
        assert!(!stack.push(&links, 4), "no such node");
        assert_eq!(stack.take_all(&links).collect::<Vec<_>>(), [3, 0, 2]);
        assert_eq!(stack.take_all(&links).count(), 0);
    }

    #[test]
    fn a_node_may_be_pushed_again_as_soon_as_it_comes_out() {
        let (stack, links) = (Deferred::default(), links(3));
        (0..3).for_each(|node| assert!(stack.push(&links, node)));
        let again = |node| stack.push(&links, node).then_some(node);
        assert_eq!(stack.take_all(&links).map_while(again).collect::<Vec<_>>(), [2, 1, 0]);
        assert_eq!(stack.take_all(&links).collect::<Vec<_>>(), [0, 1, 2]);
    }

    #[test]
    fn damaged_links_end_the_walk() {
        let (stack, links) = (Deferred::default(), links(2));
        (0..2).for_each(|node| assert!(stack.push(&links, node)));
        links[0].store(2, Ordering::Relaxed);
        assert_eq!(stack.take_all(&links).count(), 2);
        assert!(stack.push(&links, 0));
        links[0].store(99, Ordering::Relaxed);
        assert_eq!(stack.take_all(&links).collect::<Vec<_>>(), [0]);
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

    /// A stack with the bytes of its nodes, which only their holders may touch.
    struct Model {
        stack: Deferred,
        links: [AtomicU32; 3],
        bytes: [Cell<u32>; 3],
    }

    impl Model {
        fn new() -> Arc<Self> {
            let links = [0; 3].map(|_| AtomicU32::new(END));
            Arc::new(Self { stack: Deferred::default(), links, bytes: [0; 3].map(Cell::new) })
        }

        /// Writes, as the node's last holder, then pushes.
        fn free(&self, node: u32) {
            self.bytes[node as usize].set(1);
            assert!(self.stack.push(&self.links, node));
        }

        /// Takes all; counts what came into `times`.
        fn drain(&self, times: &mut [u32; 3]) {
            for node in self.stack.take_all(&self.links) {
                times[node as usize] += self.bytes[node as usize].get();
                self.bytes[node as usize].set(5);
            }
        }
    }

    #[test]
    fn loom_each_node_is_taken_once_after_its_pushers_last_write() {
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
