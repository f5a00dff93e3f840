//! One level of the budget: a limit and the atomics that keep it.
//!
//! A node knows neither its parent nor its children; a path of nodes is what
//! [`super::tree`] claims through.
//!
//! Two words carry the truth: `claimed` is what is spoken for (charged or
//! reserved) and is what requests compete for; `current` is the charged part.
//! `claimed` rises first and falls last, so `current ≤ claimed ≤ limit` at every
//! moment (the last one as long as the limit is not lowered). What is reserved
//! is their difference, not a third word that could disagree.
//!
//! All orderings are relaxed: the words count bytes, they publish nothing. Sums
//! stay exact because each word has one modification order, and a reservation
//! that changes threads does so through something that synchronises.

use super::error::{Counter, Underflow};
use super::state::NodeState;
use crate::owner::Heap;
use crate::units::Bytes;
use core::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// One level. One cache line, so that categories do not slow each other.
#[derive(Debug)]
#[repr(align(64))]
pub(super) struct Node {
    claimed: AtomicU64,
    current: AtomicU64,
    by_heap: [AtomicU64; Heap::ALL.len()],
    peak: AtomicU64,
    limit: AtomicU64,
    failures: AtomicU64,
}

const _: () = assert!(size_of::<Node>() == 64);

/// Why a node has no room: its figures at the moment of refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Shortfall {
    pub(super) wanted: Bytes,
    pub(super) current: Bytes,
    pub(super) reserved: Bytes,
    pub(super) limit: Bytes,
}

impl Node {
    /// An empty node that may hold `limit` bytes.
    pub(super) fn new(limit: Bytes) -> Self {
        Self {
            claimed: AtomicU64::new(0),
            current: AtomicU64::new(0),
            by_heap: [const { AtomicU64::new(0) }; Heap::ALL.len()],
            peak: AtomicU64::new(0),
            limit: AtomicU64::new(limit.get()),
            failures: AtomicU64::new(0),
        }
    }

    /// The most it may hold.
    pub(super) fn limit(&self) -> Bytes {
        Bytes::new(self.limit.load(Relaxed))
    }

    /// Replaces the limit; returns the former one.
    pub(super) fn set_limit(&self, limit: Bytes) -> Bytes {
        Bytes::new(self.limit.swap(limit.get(), Relaxed))
    }

    /// Whether `size` more bytes would fit now.
    pub(super) fn has_room(&self, size: Bytes) -> bool {
        raised(self.claimed.load(Relaxed), size, self.limit()).is_some()
    }

    /// Speaks for `size` bytes, or says what is in the way. Lock-free.
    pub(super) fn claim(&self, size: Bytes) -> Result<(), Shortfall> {
        let limit = self.limit();
        match self.claimed.fetch_update(Relaxed, Relaxed, |claimed| raised(claimed, size, limit)) {
            Ok(_) => Ok(()),
            Err(claimed) => Err(self.shortfall(size, Bytes::new(claimed), limit)),
        }
    }

    /// Gives back what [`Self::claim`] took.
    pub(super) fn unclaim(&self, size: Bytes) -> Result<(), Underflow> {
        lower(&self.claimed, size, Counter::Claimed)
    }

    /// Moves `size` claimed bytes from reserved to charged.
    pub(super) fn charge(&self, heap: Heap, size: Bytes) {
        // Cannot overflow: both words stay below `claimed`.
        self.by_heap[heap.index()].fetch_add(size.get(), Relaxed);
        let before = self.current.fetch_add(size.get(), Relaxed);
        self.peak.fetch_max(before + size.get(), Relaxed);
    }

    /// Moves `size` charged bytes back to reserved. Each word is lowered on its
    /// own account: one that would underflow stays as it is, and is reported.
    pub(super) fn uncharge(&self, heap: Heap, size: Bytes) -> Result<(), Underflow> {
        let current = lower(&self.current, size, Counter::Current);
        let by_heap = lower(&self.by_heap[heap.index()], size, Counter::Heap(heap));
        current.and(by_heap)
    }

    /// Counts one refused request.
    pub(super) fn note_failure(&self) {
        self.failures.fetch_add(1, Relaxed);
    }

    /// All figures. Wait-free: one load per word.
    pub(super) fn state(&self) -> NodeState {
        let load = |word: &AtomicU64| Bytes::new(word.load(Relaxed));
        let current = load(&self.current);
        NodeState {
            current,
            by_heap: self.by_heap.each_ref().map(load),
            // The two loads are two moments: bytes given back in between would
            // make the difference negative, and nothing is reserved then.
            reserved: load(&self.claimed).saturating_sub(current),
            peak: load(&self.peak),
            limit: self.limit(),
            failures: self.failures.load(Relaxed),
        }
    }

    /// The figures of a refusal: `claimed` and `limit` are those that refused.
    fn shortfall(&self, wanted: Bytes, claimed: Bytes, limit: Bytes) -> Shortfall {
        let current = Bytes::new(self.current.load(Relaxed)).min(claimed);
        Shortfall { wanted, current, reserved: claimed.saturating_sub(current), limit }
    }
}

/// `claimed` raised by `size`, if it stays within the limit. No request is
/// refused for zero bytes, not even after the limit was lowered.
fn raised(claimed: u64, size: Bytes, limit: Bytes) -> Option<u64> {
    let raised = claimed.checked_add(size.get())?;
    (raised <= limit.get() || size.is_zero()).then_some(raised)
}

/// Lowers `word`, or leaves it and reports what was wrong.
fn lower(word: &AtomicU64, size: Bytes, counter: Counter) -> Result<(), Underflow> {
    match word.fetch_update(Relaxed, Relaxed, |held| held.checked_sub(size.get())) {
        Ok(_) => Ok(()),
        Err(held) => Err(Underflow { counter, held: Bytes::new(held), released: size }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn bytes(count: u64) -> Bytes {
        Bytes::new(count)
    }

    #[test]
    fn a_claim_is_reserved_until_charged() {
        let node = Node::new(bytes(100));
        node.claim(bytes(70)).unwrap();
        assert_eq!((node.state().current, node.state().reserved), (bytes(0), bytes(70)));
        node.charge(Heap::Device, bytes(50));
        assert_eq!((node.state().current, node.state().reserved), (bytes(50), bytes(20)));
        assert_eq!(node.state().by_heap, [bytes(0), bytes(50), bytes(0)]);
    }

    #[test]
    fn a_refusal_tells_the_figures_and_changes_nothing() {
        let node = Node::new(bytes(100));
        node.claim(bytes(70)).unwrap();
        node.charge(Heap::Arena, bytes(50));
        let before = node.state();
        let refusal = Shortfall { wanted: bytes(31), current: bytes(50), reserved: bytes(20), limit: bytes(100) };
        assert_eq!(node.claim(bytes(31)), Err(refusal));
        assert_eq!(node.state(), before);
        assert_eq!(node.claim(bytes(30)), Ok(()));
    }

    #[test]
    fn the_peak_is_of_charged_bytes() {
        let node = Node::new(bytes(100));
        node.claim(bytes(90)).unwrap();
        node.charge(Heap::Arena, bytes(60));
        node.uncharge(Heap::Arena, bytes(60)).unwrap();
        node.charge(Heap::Arena, bytes(10));
        assert_eq!((node.state().current, node.state().peak), (bytes(10), bytes(60)));
    }

    #[test]
    fn an_underflow_is_reported_and_the_word_stays() {
        let node = Node::new(bytes(100));
        node.claim(bytes(10)).unwrap();
        node.charge(Heap::Arena, bytes(10));
        let before = node.state();
        assert_eq!(
            node.uncharge(Heap::Arena, bytes(11)),
            Err(Underflow { counter: Counter::Current, held: bytes(10), released: bytes(11) })
        );
        assert_eq!(
            node.unclaim(bytes(11)),
            Err(Underflow { counter: Counter::Claimed, held: bytes(10), released: bytes(11) })
        );
        assert_eq!(node.state(), before);
    }

    #[test]
    fn the_wrong_heap_is_an_underflow_too() {
        let node = Node::new(bytes(100));
        node.claim(bytes(10)).unwrap();
        node.charge(Heap::Arena, bytes(10));
        let wrong = Underflow { counter: Counter::Heap(Heap::Npu), held: bytes(0), released: bytes(10) };
        assert_eq!(node.uncharge(Heap::Npu, bytes(10)), Err(wrong));
    }

    #[test]
    fn zero_bytes_fit_even_above_a_lowered_limit() {
        let node = Node::new(bytes(100));
        node.claim(bytes(80)).unwrap();
        node.set_limit(bytes(50));
        assert!(node.claim(bytes(1)).is_err());
        assert_eq!(node.claim(bytes(0)), Ok(()));
    }
}
