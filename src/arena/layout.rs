//! How a region is divided: header, node table, payload; and the granule that
//! everything inside is counted in.
//!
//! ```text
//! 0        64                    payload start                       capacity
//! | header | node table, 40 B each |  payload: ranges of whole granules      |
//! ```

use super::node::{Node, NodeIndex};
use crate::units::Bytes;
use core::mem::size_of;

/// The unit of placement: offsets and sizes inside the arena are multiples.
///
/// ```
/// # use arenascope::{arena::*, owner::MemoryCategory::Ecs, units::*};
/// # let mut arena = Arena::new(Region::reserve_pages(4)?, PolicyKind::FirstFit);
/// # let request = Request { size: Bytes::new(100), align: GRANULE, owner: Ecs.into(), now: Micros::ZERO };
/// assert_eq!(GRANULE, Bytes::new(16));
/// assert_eq!(arena.allocate(&Request { size: Bytes::new(1), ..request })?.usable, GRANULE);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub const GRANULE: Bytes = Bytes::new(GRANULE_BYTES as u64);

/// The largest alignment that can be asked for, and that of every region's base.
///
/// ```
/// # use arenascope::{arena::*, units::Bytes};
/// assert_eq!(MAX_ALIGN, Bytes::kib(64));
/// assert_eq!(Region::reserve_pages(1)?.address() as u64 % MAX_ALIGN.get(), 0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub const MAX_ALIGN: Bytes = Bytes::kib(64);

pub(super) const GRANULE_BYTES: u32 = 16;

/// One node for so many bytes of capacity: keeps the metadata under 1.5 %.
const BYTES_PER_NODE: u64 = 3072;

/// "ASCO" in the first four bytes of a formatted region.
pub(super) const MAGIC: u32 = u32::from_le_bytes(*b"ASCO");

/// Raised with every change of [`Header`] or [`Node`].
pub(super) const VERSION: u32 = 1;

/// What stands at the region's base. Every bit pattern is a valid value.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub(super) struct Header {
    pub(super) magic: u32,
    pub(super) version: u32,
    /// Which arena of this process formatted the region last.
    pub(super) arena: u32,
    /// Counts resets.
    pub(super) epoch: u32,
    /// The whole region, in bytes.
    pub(super) capacity: u64,
    /// Slots of the node table.
    pub(super) node_count: u32,
    /// Slots below this have been handed out since the last reset.
    pub(super) touched: u32,
    /// Slots below `touched` that are vacant again, chained by `after`.
    pub(super) vacant: Option<NodeIndex>,
    pub(super) vacant_count: u32,
    /// The range at the payload's start.
    pub(super) first: Option<NodeIndex>,
    /// Up to one cache line, so that the node table starts on the next.
    pub(super) reserved: [u32; 5],
}

const _: () = assert!(size_of::<Header>() == 64);

/// Where the parts of a region of a given capacity lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Division {
    /// The whole region, in bytes.
    pub(super) capacity: u64,
    /// Slots of the node table.
    pub(super) node_count: u32,
    /// First byte of the payload; a multiple of the granule.
    pub(super) payload: u64,
}

impl Division {
    /// First byte of the node table.
    pub(super) const TABLE: u64 = size_of::<Header>() as u64;

    /// Divides `capacity` bytes, a multiple of 64 KiB and at most 1 GiB.
    pub(super) const fn of(capacity: u64) -> Self {
        let node_count = capacity / BYTES_PER_NODE;
        let end = Self::TABLE + node_count * size_of::<Node>() as u64;
        // At most 1 GiB / 3072 nodes: fits 19 bits.
        Self { capacity, node_count: node_count as u32, payload: end.next_multiple_of(GRANULE_BYTES as u64) }
    }

    /// The payload's first granule, counted from the region's base.
    pub(super) const fn first_granule(&self) -> u32 {
        (self.payload / GRANULE_BYTES as u64) as u32
    }

    /// One past the payload's last granule, counted from the region's base.
    pub(super) const fn end_granule(&self) -> u32 {
        (self.capacity / GRANULE_BYTES as u64) as u32
    }
}

/// `granules` in bytes.
pub(super) const fn to_bytes(granules: u32) -> Bytes {
    Bytes::new(granules as u64 * GRANULE_BYTES as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metadata_stays_under_one_and_a_half_per_cent() {
        for pages in [1_u64, 2, 16, 256, 4096, 16384] {
            let capacity = pages * MAX_ALIGN.get();
            let division = Division::of(capacity);
            assert!(division.payload * 1000 <= capacity * 15, "{pages} pages: {division:?}");
            assert!(division.node_count < 1 << 19);
        }
    }

    #[test]
    fn the_parts_of_the_default_arena() {
        let division = Division::of(Bytes::mib(256).get());
        assert_eq!(division, Division { capacity: 268_435_456, node_count: 87_381, payload: 3_495_312 });
    }
}
