//! The ranges of sparse address spaces laid side by side in one line, so that a map has
//! no empty terabytes: where an address is on that line, and back.

use super::event::SpaceId;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Free room on the line between two ranges, so that nothing coalesces across them.
const BETWEEN_BYTES: u64 = 4096;

/// A range of an address space and its place on the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Extent {
    /// Position of its space in the manifest.
    pub space: u8,
    /// Its first address.
    pub address: u64,
    /// Its length.
    pub bytes: u64,
    /// Where it begins on the line.
    pub offset: u64,
}

/// All ranges of a run.
///
/// ```
/// use arenascope_trace::{Extents, SpaceId};
/// let mut extents = Extents::default();
/// extents.add(SpaceId(0), 0x7f00_0000_0000, 1 << 20);
/// extents.add(SpaceId(0), 0x7f80_0000_0000, 1 << 20);
/// let offset = extents.offset_of(SpaceId(0), 0x7f80_0000_0100).unwrap();
/// assert!(offset < 3 << 20);
/// assert_eq!(extents.address_of(offset), Some((SpaceId(0), 0x7f80_0000_0100)));
/// assert_eq!(extents.offset_of(SpaceId(0), 0x7f70_0000_0000), None);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Extents {
    by_address: BTreeMap<(u8, u64), Extent>,
    by_offset: Vec<Extent>,
}

impl Extents {
    /// Adds a range behind all others. A part that another range holds already stays that
    /// one's. O(log ranges).
    pub fn add(&mut self, space: SpaceId, address: u64, bytes: u64) {
        let mut from = address;
        let end = address.saturating_add(bytes);
        while from < end {
            if let Some(over) = self.holding(space, from) {
                from = over.address.saturating_add(over.bytes).max(from + 1);
                continue;
            }
            let next = self.by_address.range((space.0, from)..=(space.0, u64::MAX)).next();
            let until = next.map_or(end, |(_, next)| next.address.min(end));
            self.push(space, from, until - from);
            from = until;
        }
    }

    fn push(&mut self, space: SpaceId, address: u64, bytes: u64) {
        let extent = match self.by_offset.last_mut() {
            // Neighbours are one range.
            Some(last) if last.space == space.0 && last.address.checked_add(last.bytes) == Some(address) => {
                last.bytes += bytes;
                *last
            }
            _ => {
                let extent = Extent { space: space.0, address, bytes, offset: self.end_bytes() };
                self.by_offset.push(extent);
                extent
            }
        };
        self.by_address.insert((extent.space, extent.address), extent);
    }

    /// Where the line ends: what a map of all has to show.
    pub fn end_bytes(&self) -> u64 {
        self.by_offset.last().map_or(0, |last| last.offset.saturating_add(last.bytes).saturating_add(BETWEEN_BYTES))
    }

    fn holding(&self, space: SpaceId, address: u64) -> Option<&Extent> {
        let (_, extent) = self.by_address.range((space.0, 0)..=(space.0, address)).next_back()?;
        (address - extent.address < extent.bytes).then_some(extent)
    }

    /// Where an address is on the line; `None` in no range. O(log ranges).
    pub fn offset_of(&self, space: SpaceId, address: u64) -> Option<u64> {
        self.holding(space, address).map(|extent| extent.offset + (address - extent.address))
    }

    /// Space and address of a place on the line; `None` between ranges. O(log ranges).
    pub fn address_of(&self, offset: u64) -> Option<(SpaceId, u64)> {
        let after = self.by_offset.partition_point(|extent| extent.offset <= offset);
        let extent = self.by_offset.get(after.checked_sub(1)?)?;
        let within = offset - extent.offset;
        (within < extent.bytes).then(|| (SpaceId(extent.space), extent.address + within))
    }

    /// All ranges in the order of the line.
    pub fn ranges(&self) -> &[Extent] {
        &self.by_offset
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_address_said_has_one_place_and_back(
            ranges in prop::collection::vec((0_u8..3, 0_u64..10_000, 0_u64..500), 0..40),
        ) {
            let mut extents = Extents::default();
            for &(space, address, bytes) in &ranges {
                extents.add(SpaceId(space), address, bytes);
            }
            let mut seen = std::collections::BTreeSet::new();
            for space in 0..3 {
                for address in 0..11_000 {
                    let is_said = ranges.iter().any(|&(of, from, bytes)| of == space && (from..from + bytes).contains(&address));
                    let place = extents.offset_of(SpaceId(space), address);
                    prop_assert_eq!(place.is_some(), is_said);
                    if let Some(offset) = place {
                        prop_assert_eq!(extents.address_of(offset), Some((SpaceId(space), address)));
                        prop_assert!(seen.insert(offset) && offset < extents.end_bytes());
                    }
                }
            }
        }
    }
}
