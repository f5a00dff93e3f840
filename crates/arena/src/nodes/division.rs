//! How a region is divided: header, node table, payload.
//!
//! ```text
//! 0        64                    payload start                       capacity
//! | header | node table, 40 B each |  payload: ranges of whole granules      |
//! ```

use super::node::Node;
use crate::layout::{GRANULE_BYTES, NodeIndex};
use core::mem::size_of;

/// One node for so many bytes of capacity: keeps the metadata under 1.5 %.
const BYTES_PER_NODE: u64 = 3072;

/// "ASCO" in the first four bytes of a formatted region.
pub(crate) const MAGIC: u32 = u32::from_le_bytes(*b"ASCO");

/// Raised with every change of [`Header`] or [`Node`].
pub(crate) const VERSION: u32 = 1;

/// What stands at the region's base. Every bit pattern is a valid value.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub(crate) struct Header {
    pub(crate) magic: u32,
    pub(crate) version: u32,
    /// Which arena of this process formatted the region last.
    pub(crate) arena: u32,
    /// How many resets there were: handles of earlier epochs are refused.
    pub(crate) epoch: u32,
    /// The whole region, in bytes.
    pub(crate) capacity: u64,
    /// Slots of the node table.
    pub(crate) node_count: u32,
    /// Slots below this have been handed out since the last reset.
    pub(crate) touched: u32,
    /// Slots below `touched` that are vacant again, chained by `after`.
    pub(crate) vacant: Option<NodeIndex>,
    pub(crate) vacant_count: u32,
    /// The range at the payload's start.
    pub(crate) first: Option<NodeIndex>,
    /// Up to one cache line, so that the node table starts on the next.
    pub(crate) reserved: [u32; 5],
}

const _: () = assert!(size_of::<Header>() == 64);

/// Where the parts of a region of a given capacity lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Division {
    /// The whole region, in bytes.
    pub(crate) capacity: u64,
    /// Slots of the node table.
    pub(crate) node_count: u32,
    /// First byte of the payload; a multiple of the granule.
    pub(crate) payload: u64,
}

impl Division {
    /// First byte of the node table.
    pub(crate) const TABLE: u64 = size_of::<Header>() as u64;

    /// Divides `capacity` bytes, a multiple of 64 KiB and at most 1 GiB.
    pub(crate) const fn of(capacity: u64) -> Self {
        let node_count = capacity / BYTES_PER_NODE;
        let end = Self::TABLE + node_count * size_of::<Node>() as u64;
        // At most 1 GiB / 3072 nodes: fits 19 bits.
        Self { capacity, node_count: node_count as u32, payload: end.next_multiple_of(GRANULE_BYTES as u64) }
    }

    /// Of a span of `granules` from address 0, whose nodes lie elsewhere.
    pub(crate) const fn bare(granules: u32, node_count: u32) -> Self {
        Self { capacity: granules as u64 * GRANULE_BYTES as u64, node_count, payload: 0 }
    }

    /// One past the node table's last byte.
    pub(crate) const fn table_end(&self) -> u64 {
        Self::TABLE + self.node_count as u64 * size_of::<Node>() as u64
    }

    /// The payload's first granule, counted from the region's base.
    pub(crate) const fn first_granule(&self) -> u32 {
        (self.payload / GRANULE_BYTES as u64) as u32
    }

    /// One past the payload's last granule, counted from the region's base.
    pub(crate) const fn end_granule(&self) -> u32 {
        (self.capacity / GRANULE_BYTES as u64) as u32
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layout::MAX_ALIGN;
    use arenascope_units::Bytes;

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
