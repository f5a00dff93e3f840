//! What callers say and hear: requests, handles, extents, ranges.

use crate::error::{AllocError, FreeError, LayoutFault};
use crate::layout::{MAX_ALIGN, NodeIndex};
use crate::region::Region;
use arenascope_units::owner::Owner;
use arenascope_units::{Bytes, Micros};
use core::fmt;
use core::num::{NonZeroU32, NonZeroU64};

/// A wish for memory.
///
/// ```
/// # use arenascope_arena::*;
/// # use arenascope_units::owner::MemoryCategory;
/// # use arenascope_units::*;
/// # let mut arena = Arena::new(Region::reserve_pages(4)?, PolicyKind::FirstFit);
/// # let owner = MemoryCategory::ECS.into();
/// # let request = Request { size: Bytes::new(100), align: GRANULE, owner, now: Micros::ZERO };
/// let aligned = Request { align: Bytes::kib(4), ..request };
/// assert_eq!(arena.allocate(&aligned)?.offset.get() % 4096, 0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Request {
    /// Bytes wanted, at least one.
    pub size: Bytes,
    /// Alignment of the address: a power of two, at most 64 KiB.
    pub align: Bytes,
    /// Category and tag that the memory is for.
    pub owner: Owner,
    /// When, on the caller's clock; kept as the allocation's birth.
    pub now: Micros,
}

impl Request {
    /// Refuses sizes and alignments that make no sense, whatever the arena holds.
    #[inline]
    pub(crate) fn check(&self) -> Result<(), AllocError> {
        if self.is_sound() { Ok(()) } else { Err(self.fault()) }
    }

    /// True where [`Self::check`] refuses nothing.
    #[inline(always)]
    pub(crate) fn is_sound(&self) -> bool {
        let sized = self.size.get().wrapping_sub(1) < Region::MAX.get();
        sized && self.align.get().is_power_of_two() && self.align <= MAX_ALIGN
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
///
/// ```
/// # use arenascope_arena::*;
/// # let mut arena = Arena::new(Region::reserve_pages(4)?, PolicyKind::FirstFit);
/// let first = arena.epoch();
/// assert!(arena.reset() > first);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Epoch(pub(crate) u32);

impl Epoch {
    /// The number of resets.
    ///
    /// ```
    /// # use arenascope_arena::*;
    /// # let mut arena = Arena::new(Region::reserve_pages(4)?, PolicyKind::FirstFit);
    /// let first = arena.epoch().get();
    /// assert_eq!(arena.reset().get(), first + 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub const fn get(self) -> u32 {
        self.0
    }
}

/// A handle: names one allocation of one arena for ever. After the free or the
/// reset that ends the allocation it is refused, never taken for another one.
///
/// ```
/// # use arenascope_arena::*;
/// # use arenascope_units::owner::MemoryCategory;
/// # use arenascope_units::*;
/// # let mut arena = Arena::new(Region::reserve_pages(4)?, PolicyKind::FirstFit);
/// # let owner = MemoryCategory::ECS.into();
/// # let request = Request { size: Bytes::new(100), align: GRANULE, owner, now: Micros::ZERO };
/// let first = arena.allocate(&request)?;
/// arena.deallocate(first.id)?;
/// let second = arena.allocate(&request)?;
/// assert_eq!(first.offset, second.offset);
/// assert_ne!(first.id, second.id);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct AllocationId {
    /// Low half: what is named. High half: of a node its generation, of a record its
    /// ticket. Two plain words in all, and one never zero: so a handle, or none, goes
    /// from hand to hand in two registers.
    word: NonZeroU64,
    pub(crate) stamp: Stamp,
}

const _: () = assert!(size_of::<Option<AllocationId>>() == 16);

/// Which arena, and which epoch of it: in one word, so that one comparison tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Stamp(u64);

impl Stamp {
    pub(crate) const fn new(arena: u32, epoch: u32) -> Self {
        Self((arena as u64) << 32 | epoch as u64)
    }

    pub(crate) const fn arena(self) -> u32 {
        (self.0 >> 32) as u32
    }

    pub(crate) const fn epoch(self) -> u32 {
        self.0 as u32
    }
}

/// What a handle names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Named {
    /// A range of the placement tier.
    Node(NodeIndex),
    /// An allocation of the threads' tier.
    Record(u32),
}

impl AllocationId {
    /// Set in the names of records, which fit 25 bits; names of nodes fit 20.
    const RECORD: NonZeroU32 = NonZeroU32::new(1 << 31).expect("not zero");
    const NAME_BITS: u32 = 26;
    const GENERATION_MASK: u64 = (1 << (53 - Self::NAME_BITS)) - 1;

    /// Why the handle is no good where another stamp is right.
    #[cold]
    pub(crate) fn stale_for(self, stamp: Stamp) -> FreeError {
        if self.stamp.arena() == stamp.arena() {
            FreeError::StaleEpoch { handle: self.stamp.epoch(), arena: stamp.epoch() }
        } else {
            FreeError::OtherArena { handle: self.stamp.arena(), arena: stamp.arena() }
        }
    }

    /// One that no arena gave.
    #[cfg(test)]
    pub(crate) fn forged(self, name: NonZeroU32) -> Self {
        Self::of(name, self.generation(), self.stamp)
    }

    #[inline(always)]
    fn of(name: NonZeroU32, generation: u32, stamp: Stamp) -> Self {
        Self { word: NonZeroU64::from(name) | u64::from(generation) << 32, stamp }
    }

    #[inline(always)]
    pub(crate) fn of_node(node: NodeIndex, generation: u32, stamp: Stamp) -> Self {
        Self::of(node.number(), generation, stamp)
    }

    #[inline(always)]
    pub(crate) fn of_record(name: u32, ticket: u32, stamp: Stamp) -> Self {
        Self::of(Self::RECORD | name, ticket, stamp)
    }

    const fn name(self) -> u32 {
        self.word.get() as u32
    }

    /// Of a node its generation, of a record its ticket.
    #[inline(always)]
    pub(crate) const fn generation(self) -> u32 {
        (self.word.get() >> 32) as u32
    }

    /// The record that it names; `None` for a node. One test of one bit.
    #[inline(always)]
    pub(crate) const fn record(self) -> Option<u32> {
        let name = self.name();
        if name & Self::RECORD.get() != 0 { Some(name & !Self::RECORD.get()) } else { None }
    }

    /// What it names.
    #[inline(always)]
    pub(crate) const fn named(self) -> Option<Named> {
        if self.name() & Self::RECORD.get() != 0 {
            return Some(Named::Record(self.name() & !Self::RECORD.get()));
        }
        match NodeIndex::from_number(self.name()) {
            Some(node) => Some(Named::Node(node)),
            None => None,
        }
    }

    /// The epoch that it belongs to: a reset ends it.
    ///
    /// ```
    /// # use arenascope_arena::*;
    /// # use arenascope_units::owner::MemoryCategory;
    /// # use arenascope_units::*;
    /// # let mut arena = Arena::new(Region::reserve_pages(4)?, PolicyKind::FirstFit);
    /// # let owner = MemoryCategory::ECS.into();
    /// # let request = Request { size: Bytes::new(100), align: GRANULE, owner, now: Micros::ZERO };
    /// assert_eq!(arena.allocate(&request)?.id.epoch(), arena.epoch());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub const fn epoch(self) -> Epoch {
        Epoch(self.stamp.epoch())
    }

    /// A number for events and files, below 2⁵³, so that a JavaScript number holds it.
    /// Unique among the live allocations of one arena; used again for another one only
    /// after the same slot has been used 2²⁷ times, or its page has gone back, or the
    /// arena was reset.
    ///
    /// ```
    /// # use arenascope_arena::*;
    /// # use arenascope_units::owner::MemoryCategory;
    /// # use arenascope_units::*;
    /// # let mut arena = Arena::new(Region::reserve_pages(4)?, PolicyKind::FirstFit);
    /// # let owner = MemoryCategory::ECS.into();
    /// # let request = Request { size: Bytes::new(100), align: GRANULE, owner, now: Micros::ZERO };
    /// assert!(arena.allocate(&request)?.id.to_bits() < 1 << 53);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub const fn to_bits(self) -> u64 {
        match self.named() {
            Some(Named::Record(name)) => {
                let generation = self.generation() as u64 >> 1 & Self::GENERATION_MASK;
                generation << Self::NAME_BITS | (name as u64) << 1 | 1
            }
            Some(Named::Node(node)) => {
                (self.generation() as u64 & Self::GENERATION_MASK) << Self::NAME_BITS | (node.slot() as u64) << 1
            }
            // No arena's.
            None => 0,
        }
    }
}

impl fmt::Debug for AllocationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let named = self.named();
        f.debug_struct("AllocationId")
            .field("named", &named)
            .field("generation", &self.generation())
            .field("stamp", &self.stamp)
            .finish()
    }
}

/// Memory that was handed out.
///
/// ```
/// # use arenascope_arena::*;
/// # use arenascope_units::owner::MemoryCategory;
/// # use arenascope_units::*;
/// # let mut arena = Arena::new(Region::reserve_pages(4)?, PolicyKind::FirstFit);
/// # let owner = MemoryCategory::ECS.into();
/// # let request = Request { size: Bytes::new(100), align: GRANULE, owner, now: Micros::ZERO };
/// let taken = arena.allocate(&request)?;
/// assert_eq!((taken.offset, taken.usable), (arena.sections().payload.offset, Bytes::new(112)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
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
///
/// ```
/// # use arenascope_arena::*;
/// # use arenascope_units::owner::MemoryCategory;
/// # use arenascope_units::*;
/// # let mut arena = Arena::new(Region::reserve_pages(4)?, PolicyKind::FirstFit);
/// # let owner = MemoryCategory::ECS.into();
/// # let request = Request { size: Bytes::new(100), align: GRANULE, owner, now: Micros::ZERO };
/// let taken = arena.allocate(&request)?;
/// assert_eq!(arena.deallocate(taken.id)?, Extent { offset: taken.offset, size: taken.usable });
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Extent {
    /// Where it starts, from the region's base.
    pub offset: Bytes,
    /// How long it is.
    pub size: Bytes,
}

/// One range of the payload, as a walk shows it.
///
/// ```
/// # use arenascope_arena::*;
/// # let mut arena = Arena::new(Region::reserve_pages(4)?, PolicyKind::FirstFit);
/// let whole = arena.walk().next().unwrap();
/// assert_eq!((whole.size, whole.state), (arena.statistics().free, RangeState::Free));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
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
///
/// ```
/// # use arenascope_arena::*;
/// # use arenascope_units::owner::MemoryCategory;
/// # use arenascope_units::*;
/// # let mut arena = Arena::new(Region::reserve_pages(4)?, PolicyKind::FirstFit);
/// # let owner = MemoryCategory::ECS.into();
/// # let request = Request { size: Bytes::new(100), align: GRANULE, owner, now: Micros::ZERO };
/// arena.allocate(&request)?;
/// let used = arena.walk().filter(|range| matches!(range.state, RangeState::Used { .. }));
/// assert_eq!(used.count(), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RangeState {
    /// Free: nobody holds it.
    Free,
    /// A thread keeps it, for its own requests to come, or for its records.
    Cached,
    /// Nobody any more: it was freed, and guards hold it back.
    Quarantined {
        /// The handle that it had.
        id: AllocationId,
        /// Category and tag that held it.
        owner: Owner,
    },
    /// A live allocation.
    Used {
        /// The handle that frees it.
        id: AllocationId,
        /// Bytes as asked for; the rest of the range is internal waste.
        requested: Bytes,
        /// Alignment as asked for.
        align: Bytes,
        /// Category and tag that it was allocated for.
        owner: Owner,
        /// When it was allocated: the time of its request.
        born: Micros,
    },
}

/// Where the parts of an arena lie in memory.
///
/// ```
/// # use arenascope_arena::*;
/// # use arenascope_units::Bytes;
/// # let mut arena = Arena::new(Region::reserve_pages(4)?, PolicyKind::FirstFit);
/// let sections = arena.sections();
/// assert_eq!(sections.header.offset, Bytes::ZERO);
/// assert_eq!(sections.nodes.offset, sections.header.size);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sections {
    /// Address of the region's base: on the web, a position in the buffer of the
    /// module's memory.
    pub base: usize,
    /// Magic, version, epoch, sizes.
    pub header: Extent,
    /// The node table: a slot for each range.
    pub nodes: Extent,
    /// What can be allocated.
    pub payload: Extent,
}
