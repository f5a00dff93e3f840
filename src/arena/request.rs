//! What callers say and hear: requests, handles, extents, ranges.

use super::error::{AllocError, LayoutFault};
use super::layout::MAX_ALIGN;
use super::memory::Region;
use super::node::NodeIndex;
use crate::owner::Owner;
use crate::units::{Bytes, Micros};

/// A wish for memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Request {
    /// Bytes wanted, at least one.
    pub size: Bytes,
    /// Alignment of the address: a power of two, at most 64 KiB.
    pub align: Bytes,
    /// Who asks.
    pub owner: Owner,
    /// When, on the caller's clock; kept as the allocation's birth.
    pub now: Micros,
}

impl Request {
    /// Refuses sizes and alignments that make no sense, whatever the arena holds.
    #[inline]
    pub(super) fn check(&self) -> Result<(), AllocError> {
        let sized = self.size.get().wrapping_sub(1) < Region::MAX.get();
        let aligned = self.align.get().is_power_of_two() && self.align <= MAX_ALIGN;
        if sized && aligned { Ok(()) } else { Err(self.fault()) }
    }

    #[cold]
    fn fault(&self) -> AllocError {
        let why = if self.size.is_zero() {
            LayoutFault::SizeZero
        } else if self.size > Region::MAX {
            LayoutFault::SizeTooLarge
        } else if !self.align.get().is_power_of_two() {
            LayoutFault::AlignNotPowerOfTwo
        } else {
            LayoutFault::AlignTooLarge
        };
        AllocError::InvalidLayout { size: self.size, align: self.align, why }
    }
}

/// Counts the resets of an arena: what was allocated before one is gone after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Epoch(pub(super) u32);

impl Epoch {
    /// The number of resets.
    pub const fn get(self) -> u32 {
        self.0
    }
}

/// A handle: names one allocation of one arena for ever. After the free or the
/// reset that ends the allocation it is refused, never taken for another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct AllocationId {
    pub(super) node: NodeIndex,
    pub(super) generation: u32,
    pub(super) epoch: u32,
    pub(super) arena: u32,
}

impl AllocationId {
    /// Slots fit 19 bits: 1 GiB at one node per 3 KiB.
    const SLOT_BITS: u32 = 19;

    /// The epoch that it belongs to: a reset ends it.
    pub const fn epoch(self) -> Epoch {
        Epoch(self.epoch)
    }

    /// A stable number for events and files: unique among all allocations of one
    /// arena, resets included, until a slot has been used 2³² times. Below 2⁵¹,
    /// so that a JavaScript number holds it.
    pub const fn to_bits(self) -> u64 {
        (self.generation as u64) << Self::SLOT_BITS | self.node.slot() as u64
    }
}

/// Memory that was handed out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allocation {
    /// The handle, for everything to come.
    pub id: AllocationId,
    /// Where it starts, from the region's base.
    pub offset: Bytes,
    /// Bytes set aside, at least what was asked for; canaries included, which lie in
    /// front of `offset` and behind the bytes asked for, if the arena is guarded.
    pub usable: Bytes,
}

/// A stretch of bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Extent {
    /// Where it starts, from the region's base.
    pub offset: Bytes,
    /// How long it is.
    pub size: Bytes,
}

/// One range of the payload, as a walk shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    /// Where it starts, from the region's base.
    pub offset: Bytes,
    /// How long it is.
    pub size: Bytes,
    /// Whether anyone holds it.
    pub state: RangeState,
}

/// Whether anyone holds a range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RangeState {
    /// Nobody.
    Free,
    /// Nobody any more: it was freed, and guards hold it back.
    Quarantined {
        /// The handle that it had.
        id: AllocationId,
        /// Who held it.
        owner: Owner,
    },
    /// An allocation.
    Used {
        /// Its handle.
        id: AllocationId,
        /// Bytes as asked for; the rest of the range is internal waste.
        requested: Bytes,
        /// Alignment as asked for.
        align: Bytes,
        /// Who asked.
        owner: Owner,
        /// When.
        born: Micros,
    },
}

/// Where the parts of an arena lie in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sections {
    /// Address of the region's base: on the web, a position in the buffer of the
    /// module's memory.
    pub base: usize,
    /// Magic, version, epoch, sizes.
    pub header: Extent,
    /// The node table.
    pub nodes: Extent,
    /// What can be allocated.
    pub payload: Extent,
}
