//! The arena's figures: kept as they change, read at any moment.

use super::layout::GRANULE_BYTES;
use crate::units::{Bytes, Ratio};

/// All figures at one moment. `capacity = used + free + cached + metadata`, and
/// `allocations_total = allocation_count + frees_total + dropped_total`, always.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Statistics {
    /// The whole region.
    pub capacity: Bytes,
    /// In live allocations, as set aside.
    pub used: Bytes,
    /// In live allocations, as asked for; the rest of `used` is internal waste.
    pub requested: Bytes,
    /// In free ranges.
    pub free: Bytes,
    /// In caches: neither used nor in a free range.
    pub cached: Bytes,
    /// Header and node table.
    pub metadata: Bytes,
    /// The largest free range.
    pub largest_free: Bytes,
    /// Most bytes ever used at once, resets included.
    pub used_peak: Bytes,
    /// Free ranges.
    pub free_range_count: u64,
    /// Live allocations.
    pub allocation_count: u64,
    /// Slots of the node table.
    pub node_count: u64,
    /// Slots that no range takes.
    pub vacant_node_count: u64,
    /// Successful allocations.
    pub allocations_total: u64,
    /// Successful frees.
    pub frees_total: u64,
    /// Live allocations that resets ended.
    pub dropped_total: u64,
    /// Refused allocations, contended ones included.
    pub allocation_failures_total: u64,
    /// Refused frees, contended ones included.
    pub free_failures_total: u64,
    /// Calls that gave up waiting for another thread.
    pub contended_total: u64,
    /// Nodes that the policy visited: its work, free of clocks.
    pub steps_total: u64,
    /// Σ f² over the free ranges f, in bytes².
    pub free_squares: u128,
}

impl Statistics {
    /// 1 − largest free range ÷ free; 0 where nothing is free.
    pub fn external_fragmentation(&self) -> Ratio {
        let largest = self.largest_free.ratio_of(self.free);
        largest.map_or(Ratio::ZERO, |largest| Ratio::new(1.0 - largest.get()))
    }

    /// 1 − √Σf² ÷ Σf over the free ranges f; 0 where nothing is free. Sees many
    /// small holes beside a large one, to which the ratio above is blind.
    pub fn free_space_concentration(&self) -> Ratio {
        if self.free.is_zero() {
            return Ratio::ZERO;
        }
        let together = (self.free_squares as f64).sqrt() / self.free.get() as f64;
        Ratio::new((1.0 - together).max(0.0))
    }

    /// Refused allocations and frees together.
    pub const fn failures_total(&self) -> u64 {
        self.allocation_failures_total.saturating_add(self.free_failures_total)
    }

    /// Part of `used` that nobody asked for; 0 where nothing is used.
    pub fn internal_waste(&self) -> Ratio {
        self.used.saturating_sub(self.requested).ratio_of(self.used).unwrap_or(Ratio::ZERO)
    }
}

/// The figures that have to be kept because counting them would be O(n), in
/// granules but for `requested`. All others follow from these and the table's
/// slots, so that an allocation updates four numbers and not nine.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Tally {
    /// Granules of the live allocations.
    pub(super) used: u32,
    /// Bytes that the live allocations asked for.
    pub(super) requested: u64,
    /// Σ f² over the free ranges, in granules². At most (2²⁶)²: fits 64 bits.
    pub(super) free_squares: u64,
    /// Live allocations.
    pub(super) allocations: u32,
}

/// The square of a size in granules.
const fn squared(size: u32) -> u64 {
    size as u64 * size as u64
}

// Additions wrap: no true sum does, and a damaged table must not panic.
impl Tally {
    pub(super) fn add_free(&mut self, size: u32) {
        self.free_squares = self.free_squares.wrapping_add(squared(size));
    }

    pub(super) fn remove_free(&mut self, size: u32) {
        self.free_squares = self.free_squares.wrapping_sub(squared(size));
    }

    /// A free range of `whole` granules has `rest` left: (w − r)(w + r) = w² − r².
    pub(super) fn replace_free(&mut self, whole: u32, rest: u32) {
        let difference = u64::from(whole.wrapping_sub(rest)) * (u64::from(whole) + u64::from(rest));
        self.free_squares = self.free_squares.wrapping_sub(difference);
    }

    pub(super) fn add_used(&mut self, size: u32, requested: u32) {
        self.used = self.used.wrapping_add(size);
        self.requested = self.requested.wrapping_add(u64::from(requested));
        self.allocations = self.allocations.wrapping_add(1);
    }

    pub(super) fn remove_used(&mut self, size: u32, requested: u32) {
        self.used = self.used.wrapping_sub(size);
        self.requested = self.requested.wrapping_sub(u64::from(requested));
        self.allocations = self.allocations.wrapping_sub(1);
    }

    /// Σ f² in bytes².
    pub(super) const fn free_squares_in_bytes(&self) -> u128 {
        self.free_squares as u128 * (GRANULE_BYTES * GRANULE_BYTES) as u128
    }
}

/// What only ever grows: since the arena was made, resets included.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Totals {
    /// In granules.
    pub(super) used_peak: u32,
    pub(super) frees: u64,
    pub(super) dropped: u64,
    pub(super) allocation_failures: u64,
    pub(super) free_failures: u64,
    /// The steps of the policies before the last reset.
    pub(super) steps: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_free(ranges: &[u64]) -> Statistics {
        let mut tally = Tally::default();
        ranges.iter().for_each(|&range| tally.add_free((range / u64::from(GRANULE_BYTES)) as u32));
        Statistics {
            free: Bytes::new(ranges.iter().sum()),
            free_squares: tally.free_squares_in_bytes(),
            largest_free: Bytes::new(ranges.iter().copied().max().unwrap_or(0)),
            ..Statistics::default()
        }
    }

    #[test]
    fn no_free_space_is_not_fragmented() {
        assert_eq!(with_free(&[]).external_fragmentation(), Ratio::ZERO);
        assert_eq!(with_free(&[]).free_space_concentration(), Ratio::ZERO);
        assert_eq!(with_free(&[4096]).external_fragmentation(), Ratio::ZERO);
        assert_eq!(with_free(&[4096]).free_space_concentration(), Ratio::ZERO);
    }

    #[test]
    fn four_equal_holes() {
        let four = with_free(&[1024; 4]);
        assert_eq!(four.external_fragmentation(), Ratio::new(0.75));
        assert_eq!(four.free_space_concentration(), Ratio::new(0.5));
    }

    #[test]
    fn squares_of_a_gibibyte_fit() {
        let huge = with_free(&[1 << 30]);
        assert_eq!(huge.free_squares, 1 << 60);
        assert_eq!(huge.free_space_concentration(), Ratio::ZERO);
    }
}
