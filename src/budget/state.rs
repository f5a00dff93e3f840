//! The budget's figures as plain data.

use crate::owner::{Heap, MemoryCategory};
use crate::units::{Bytes, Ratio};

/// One level's figures.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NodeState {
    /// Charged now, on all heaps.
    pub current: Bytes,
    /// Of it on each heap, in the order of [`Heap::ALL`].
    pub by_heap: [Bytes; Heap::ALL.len()],
    /// Spoken for, not yet charged.
    pub reserved: Bytes,
    /// Most ever charged at once.
    pub peak: Bytes,
    /// The most that may be charged and reserved together.
    pub limit: Bytes,
    /// Refused requests.
    pub failures: u64,
}

impl NodeState {
    /// Charged bytes on one heap.
    pub const fn on(&self, heap: Heap) -> Bytes {
        self.by_heap[heap.index()]
    }

    /// What a request could still get at this level.
    pub const fn free(&self) -> Bytes {
        self.limit.saturating_sub(self.current).saturating_sub(self.reserved)
    }

    /// Charged ÷ limit; `None` where the limit is zero.
    pub fn usage(&self) -> Option<Ratio> {
        self.current.ratio_of(self.limit)
    }
}

/// One category's figures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CategoryState {
    /// Which.
    pub category: MemoryCategory,
    /// Its figures.
    pub node: NodeState,
}

/// All figures at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BudgetState {
    /// The root: all categories together.
    pub total: NodeState,
    /// The categories, in the order of [`MemoryCategory::ALL`].
    pub categories: [CategoryState; MemoryCategory::ALL.len()],
    /// Counters that would have gone below zero. Anything but 0 is a bug.
    pub accounting_errors: u64,
}

impl BudgetState {
    /// One category's figures.
    pub const fn of(&self, category: MemoryCategory) -> &NodeState {
        &self.categories[category.index()].node
    }
}
