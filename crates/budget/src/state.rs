//! The budget's figures as plain data.

use super::limits::Bounds;
use super::node::Words;
use arenascope_units::owner::{Heap, MemoryCategory, Tag};
use arenascope_units::pressure::Pressure;
use arenascope_units::{Bytes, Ratio};

/// The figures of one node of the tree: what it holds, and what it may hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NodeState {
    /// Charged now, on all heaps.
    pub current: Bytes,
    /// Of it on each heap, in the order of [`Heap::ALL`].
    pub by_heap: [Bytes; Heap::ALL.len()],
    /// Spoken for, not yet charged.
    pub reserved: Bytes,
    /// Most ever spoken for at the moment of a charge: what a reservation that
    /// came to nothing held does not count.
    pub peak: Bytes,
    /// Guaranteed: what others borrow leaves this much.
    pub min: Bytes,
    /// Its own share; what it holds above is borrowed.
    pub high: Bytes,
    /// The most that may be charged and reserved together.
    pub limit: Bytes,
    /// Of borrowers the lowest gives way first.
    pub priority: u8,
    /// How close it is to its limit.
    pub pressure: Pressure,
    /// Requests that were refused here, since the budget was made.
    pub failures: u64,
    /// Times that it rose above its own share.
    pub high_events: u64,
    /// Bytes it gave back because another asked.
    pub reclaimed: Bytes,
    /// What it held when its limit was last lowered below that; else zero.
    pub held_over: Bytes,
}

impl NodeState {
    pub(super) fn new(words: Words, by_heap: [Bytes; Heap::ALL.len()]) -> Self {
        let Words { claimed, peak, bounds, failures, high_events, reclaimed, ceiling, pressure } = words;
        let Bounds { min, high, max, priority } = bounds;
        // The loads are several moments: bytes committed in between could make
        // more charged than there is claimed.
        let current = by_heap.into_iter().sum::<Bytes>().min(claimed);
        Self {
            current,
            by_heap,
            reserved: claimed.saturating_sub(current),
            peak,
            min,
            high,
            limit: max,
            priority,
            pressure,
            failures,
            high_events,
            reclaimed,
            held_over: ceiling,
        }
    }

    /// Charged bytes on one heap.
    pub const fn on(&self, heap: Heap) -> Bytes {
        self.by_heap[heap.index()]
    }

    /// Charged and reserved together.
    pub fn claimed(&self) -> Bytes {
        [self.current, self.reserved].into_iter().sum()
    }

    /// What a request could still get at this level.
    pub const fn free(&self) -> Bytes {
        self.limit.saturating_sub(self.current).saturating_sub(self.reserved)
    }

    /// What it holds above its own share.
    pub fn borrowed(&self) -> Bytes {
        self.claimed().saturating_sub(self.high)
    }

    /// Charged ÷ limit; `None` where the limit is zero.
    pub fn usage(&self) -> Option<Ratio> {
        self.current.ratio_of(self.limit)
    }
}

/// One category and its node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CategoryState {
    /// What the memory is for.
    pub category: MemoryCategory,
    /// The figures of its node.
    pub node: NodeState,
    /// Requests whose tag found no node of its own and shared one.
    pub tags_overflow: u64,
}

/// One heap, with its node where heaps have limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HeapState {
    /// Where the memory is.
    pub heap: Heap,
    /// Charged now, over all categories.
    pub current: Bytes,
    /// Its level of the tree; `None` where heaps are only counted.
    pub node: Option<NodeState>,
}

/// One tag of a category and its node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TagState {
    /// The category that the tag belongs to.
    pub category: MemoryCategory,
    /// Which; `None` for the node that tags without one of their own share.
    pub tag: Option<Tag>,
    /// Its figures. Its limit is `u64::MAX` bytes unless one was set.
    pub node: NodeState,
}

/// All figures of total, heaps and categories at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BudgetState {
    /// The root: all categories together.
    pub total: NodeState,
    /// The heaps, in the order of [`Heap::ALL`].
    pub heaps: [HeapState; Heap::ALL.len()],
    /// The categories, in the order of [`MemoryCategory::ALL`].
    pub categories: [CategoryState; MemoryCategory::ALL.len()],
    /// Counters that would have gone below zero. Anything but 0 is a bug.
    pub accounting_errors: u64,
}

impl BudgetState {
    /// The figures of a category's node.
    pub const fn of(&self, category: MemoryCategory) -> &NodeState {
        &self.categories[category.index()].node
    }
}
