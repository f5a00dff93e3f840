//! What everything inside a region is counted in, and by what its nodes are named.

use arenascope_units::Bytes;
use core::num::NonZeroU32;

/// The unit of placement: offsets and sizes inside the arena are multiples.
///
/// ```
/// # use arenascope_arena::*;
/// # use arenascope_units::owner::MemoryCategory;
/// # use arenascope_units::*;
/// # let mut arena = Arena::new(Region::reserve_pages(4)?, PolicyKind::FirstFit);
/// # let owner = MemoryCategory::ECS.into();
/// # let request = Request { size: Bytes::new(100), align: GRANULE, owner, now: Micros::ZERO };
/// assert_eq!(GRANULE, Bytes::new(16));
/// assert_eq!(arena.allocate(&Request { size: Bytes::new(1), ..request })?.usable, GRANULE);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub const GRANULE: Bytes = Bytes::new(GRANULE_BYTES as u64);

/// The largest alignment that can be asked for, and that of every region's base.
///
/// ```
/// # use arenascope_arena::*;
/// # use arenascope_units::Bytes;
/// assert_eq!(MAX_ALIGN, Bytes::kib(64));
/// assert_eq!(Region::reserve_pages(1)?.address() as u64 % MAX_ALIGN.get(), 0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub const MAX_ALIGN: Bytes = Bytes::kib(64);

pub(crate) const GRANULE_BYTES: u32 = 16;

/// The bytes of so many granules.
pub(crate) const fn to_bytes(granules: u32) -> Bytes {
    Bytes::new(granules as u64 * GRANULE_BYTES as u64)
}

/// A slot of the node table, counted from one so that "none" costs nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(transparent)]
pub(crate) struct NodeIndex(NonZeroU32);

impl NodeIndex {
    /// The node of that number, counted from one.
    pub(crate) const fn from_number(number: u32) -> Option<Self> {
        match NonZeroU32::new(number) {
            Some(number) => Some(Self(number)),
            None => None,
        }
    }

    /// The node in `slot`, counted from zero.
    pub(crate) const fn from_slot(slot: u32) -> Option<Self> {
        match NonZeroU32::new(slot.wrapping_add(1)) {
            Some(number) => Some(Self(number)),
            None => None,
        }
    }

    /// Position in the table, counted from one.
    pub(crate) const fn number(self) -> NonZeroU32 {
        self.0
    }

    /// Position in the table, counted from zero.
    pub(crate) const fn slot(self) -> u32 {
        self.0.get() - 1
    }
}
