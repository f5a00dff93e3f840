//! A recording without its addresses: what was taken and given back, in order.

mod bound;
pub(crate) mod build;
mod of_recording;

use serde::{Deserialize, Serialize};

/// What a run asked of memory, by heap.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Workload {
    /// The format that it was read from, for people; empty where nobody said.
    pub label: String,
    /// Names of categories, which [`Block::category`] counts in.
    pub categories: Vec<String>,
    /// One for each address space in which something was allocated.
    pub heaps: Vec<HeapLoad>,
    /// Events that the recording says are missing.
    pub events_lost: u64,
    /// Frees of what nobody was seen to allocate, which are left out.
    pub frees_unknown: u64,
}

/// What was asked of one heap. 32 bytes for each block, 4 for each operation and 8 for its
/// time.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct HeapLoad {
    /// The address space's name.
    pub label: String,
    /// Which of the run's address spaces it is.
    pub space: u8,
    /// How much it can hold, bytes, where the recording says.
    pub capacity_bytes: Option<u64>,
    /// What was allocated, in order of birth.
    pub blocks: Vec<Block>,
    /// What happened, in order.
    pub ops: Vec<Op>,
    /// When, µs since the run's start: as many as [`Self::ops`].
    pub times_us: Vec<u64>,
    /// Most bytes that lived at once, as asked for: no placement can do with less.
    pub bound_bytes: u64,
    /// The operation after which the live bytes first reach the bound.
    pub bound_at: u32,
    /// What the recording itself kept reserved, bytes, by operation: each `(operations done,
    /// bytes)` where it changes. Empty where the source says nothing of segments.
    pub reserved: Vec<(u32, u64)>,
}

/// One life: from an allocation to its free. A resize ends one and begins the next.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Block {
    /// How much was asked for, bytes; at least 1.
    pub bytes: u64,
    /// The operation that allocates it.
    pub born: u32,
    /// The operation that frees it; [`Self::NEVER`] where it lives to the end.
    pub died: u32,
    /// The call stack of whoever asked: a site of the run, 0 for none.
    pub site: u32,
    /// Which thread asked, by order of appearance.
    pub thread: u16,
    /// Which stream of a device asked; 0 where there are none.
    pub stream: u16,
    /// What for: a position in [`Workload::categories`].
    pub category: u8,
    /// The alignment asked for: its exponent of two.
    pub align_log2: u8,
}

impl Block {
    /// [`Self::died`] of what is never freed.
    pub const NEVER: u32 = u32::MAX;

    /// The alignment asked for, bytes.
    pub const fn align_bytes(&self) -> u64 {
        1 << (self.align_log2 & 63)
    }
}

/// One operation, in four bytes: which block, and whether it is its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Op(u32);

impl Op {
    /// Most blocks that a heap's operations can name.
    pub const BLOCKS_MAX: usize = 1 << 31;

    /// The block is allocated.
    pub const fn allocate(block: u32) -> Self {
        Self(block << 1)
    }

    /// The block is freed.
    pub const fn free(block: u32) -> Self {
        Self(block << 1 | 1)
    }

    /// Position in [`HeapLoad::blocks`].
    pub const fn block(self) -> usize {
        (self.0 >> 1) as usize
    }

    /// Whether it is a free.
    pub const fn is_free(self) -> bool {
        self.0 & 1 == 1
    }
}
