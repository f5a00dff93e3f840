//! The sums over the ranges that are kept as they change.

use crate::layout::GRANULE_BYTES;

/// The figures that have to be kept because counting them would be O(n), in
/// granules but for `requested`. All others follow from these and the table's
/// slots, so that an allocation updates four numbers and not nine.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    /// Granules of the live allocations.
    pub(crate) used: u32,
    /// Bytes that the live allocations asked for.
    pub(crate) requested: u64,
    /// Σ f² over the free ranges, in granules². At most (2²⁶)²: fits 64 bits.
    pub(crate) free_squares: u64,
    /// Number of live allocations.
    pub(crate) allocations: u32,
    /// Granules of the ranges that threads keep.
    pub(crate) lent: u32,
    /// How many they are.
    pub(crate) lent_ranges: u32,
    /// Σ ⌈requested ÷ granule⌉ over the live allocations, in granules.
    pub(crate) rounded: u32,
    /// Granules of the live allocations that are canaries, but for the rounding.
    pub(crate) guards: u32,
    /// Granules of ranges in quarantine.
    pub(crate) quarantined: u32,
    /// How many they are.
    pub(crate) quarantined_ranges: u32,
    /// Granules in free ranges of 2ⁿ granules and more, below 2ⁿ⁺¹, for each n.
    pub(crate) by_exponent: [u32; EXPONENTS],
}

/// 1 GiB has 2²⁶ granules; 32, so that no index needs a check.
pub(crate) const EXPONENTS: usize = 32;

/// Which class of the profile a size in granules counts in.
const fn exponent(size: u32) -> usize {
    (size | 1).ilog2() as usize % EXPONENTS
}

/// The square of a size in granules.
const fn squared(size: u32) -> u64 {
    size as u64 * size as u64
}

// Additions wrap: no true sum does, and a damaged table must not panic.
impl Tally {
    pub(crate) fn add_free(&mut self, size: u32) {
        self.free_squares = self.free_squares.wrapping_add(squared(size));
        self.count(size, size);
    }

    pub(crate) fn remove_free(&mut self, size: u32) {
        self.free_squares = self.free_squares.wrapping_sub(squared(size));
        self.count(size, size.wrapping_neg());
    }

    /// A free range of `whole` granules has `rest` left.
    pub(crate) fn replace_free(&mut self, whole: u32, rest: u32) {
        self.remove_free(whole);
        self.add_free(rest);
    }

    fn count(&mut self, size: u32, change: u32) {
        let class = &mut self.by_exponent[exponent(size)];
        *class = class.wrapping_add(change);
    }

    pub(crate) fn add_used(&mut self, size: u32, requested: u32) {
        self.used = self.used.wrapping_add(size);
        self.requested = self.requested.wrapping_add(u64::from(requested));
        self.rounded = self.rounded.wrapping_add(requested.div_ceil(GRANULE_BYTES));
        self.allocations = self.allocations.wrapping_add(1);
    }

    pub(crate) fn remove_used(&mut self, size: u32, requested: u32) {
        self.used = self.used.wrapping_sub(size);
        self.requested = self.requested.wrapping_sub(u64::from(requested));
        self.rounded = self.rounded.wrapping_sub(requested.div_ceil(GRANULE_BYTES));
        self.allocations = self.allocations.wrapping_sub(1);
    }

    /// A thread keeps a range, from now on.
    pub(crate) fn add_lent(&mut self, size: u32) {
        self.lent = self.lent.wrapping_add(size);
        self.lent_ranges = self.lent_ranges.wrapping_add(1);
    }

    /// The reverse of [`Self::add_lent`].
    pub(crate) fn remove_lent(&mut self, size: u32) {
        self.lent = self.lent.wrapping_sub(size);
        self.lent_ranges = self.lent_ranges.wrapping_sub(1);
    }

    /// A freed allocation is held back by guards.
    pub(crate) fn add_quarantined(&mut self, size: u32) {
        self.quarantined = self.quarantined.wrapping_add(size);
        self.quarantined_ranges = self.quarantined_ranges.wrapping_add(1);
    }

    pub(crate) fn remove_quarantined(&mut self, size: u32) {
        self.quarantined = self.quarantined.wrapping_sub(size);
        self.quarantined_ranges = self.quarantined_ranges.wrapping_sub(1);
    }

    /// Σ f² in bytes².
    pub(crate) const fn free_squares_in_bytes(&self) -> u128 {
        self.free_squares as u128 * (GRANULE_BYTES * GRANULE_BYTES) as u128
    }
}
