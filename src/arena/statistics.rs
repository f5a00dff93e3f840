//! The arena's figures: kept as they change, read at any moment.

use super::layout::{GRANULE_BYTES, to_bytes};
use super::measures::InternalWaste;
use super::refusals::Refusals;
use crate::units::{Bytes, Ratio};

/// All figures at one moment. `capacity = used + free + cached + metadata`, and
/// `allocations_total = allocation_count + frees_total + dropped_total`, always.
///
/// ```
/// # use arenascope::{arena::*, owner::MemoryCategory::Ecs, units::*};
/// # let mut arena = Arena::new(Region::reserve_pages(4)?, PolicyKind::FirstFit);
/// # let request = Request { size: Bytes::new(100), align: GRANULE, owner: Ecs.into(), now: Micros::ZERO };
/// arena.allocate(&request)?;
/// let now = arena.statistics();
/// assert_eq!([now.used, now.free, now.cached, now.metadata].into_iter().sum::<Bytes>(), now.capacity);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
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
    /// In caches and in quarantine: neither used nor in a free range.
    pub cached: Bytes,
    /// Header and node table.
    pub metadata: Bytes,
    /// The largest free range.
    pub largest_free: Bytes,
    /// Most bytes ever used at once, resets included.
    pub used_peak: Bytes,
    /// Most bytes ever asked for at once, resets included.
    pub requested_peak: Bytes,
    /// From the payload's start to the highest byte ever used, resets included.
    pub footprint: Bytes,
    /// Bytes asked for that were live when an allocation was refused for lack of
    /// memory or nodes for the first time.
    pub live_at_first_failure: Option<Bytes>,
    /// What `used` has beyond `requested`, by cause.
    pub waste: InternalWaste,
    /// Stray writes that guards found.
    pub guard_hits_total: u64,
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
    /// The refusals by kind; the three totals above are sums of them.
    pub refusals: Refusals,
    /// Nodes that the policy visited: its work, free of clocks.
    pub steps_total: u64,
    /// Σ f² over the free ranges f, in bytes².
    pub free_squares: u128,
}

impl Statistics {
    /// 1 − largest free range ÷ free; 0 where nothing is free.
    ///
    /// ```
    /// # use arenascope::{arena::*, units::Ratio};
    /// # let mut arena = Arena::new(Region::reserve_pages(4)?, PolicyKind::FirstFit);
    /// assert_eq!(arena.statistics().external_fragmentation(), Ratio::ZERO);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn external_fragmentation(&self) -> Ratio {
        let largest = self.largest_free.ratio_of(self.free);
        largest.map_or(Ratio::ZERO, |largest| Ratio::new(1.0 - largest.get()))
    }

    /// 1 − √Σf² ÷ Σf over the free ranges f; 0 where nothing is free. Sees many
    /// small holes beside a large one, to which the ratio above is blind.
    ///
    /// ```
    /// # use arenascope::{arena::*, units::Ratio};
    /// # let mut arena = Arena::new(Region::reserve_pages(4)?, PolicyKind::FirstFit);
    /// assert_eq!(arena.statistics().free_space_concentration(), Ratio::ZERO);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn free_space_concentration(&self) -> Ratio {
        if self.free.is_zero() {
            return Ratio::ZERO;
        }
        let together = (self.free_squares as f64).sqrt() / self.free.get() as f64;
        Ratio::new((1.0 - together).max(0.0))
    }

    /// Refused allocations and frees together.
    ///
    /// ```
    /// # use arenascope::{arena::*, owner::MemoryCategory::Ecs, units::*};
    /// # let mut arena = Arena::new(Region::reserve_pages(4)?, PolicyKind::FirstFit);
    /// # let request = Request { size: Bytes::new(100), align: GRANULE, owner: Ecs.into(), now: Micros::ZERO };
    /// arena.allocate(&Request { size: Bytes::ZERO, ..request }).unwrap_err();
    /// assert_eq!(arena.statistics().failures_total(), 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub const fn failures_total(&self) -> u64 {
        self.allocation_failures_total.saturating_add(self.free_failures_total)
    }

    /// Part of `used` that nobody asked for; 0 where nothing is used.
    ///
    /// ```
    /// # use arenascope::{arena::*, owner::MemoryCategory::Ecs, units::*};
    /// # let mut arena = Arena::new(Region::reserve_pages(4)?, PolicyKind::FirstFit);
    /// # let request = Request { size: Bytes::new(100), align: GRANULE, owner: Ecs.into(), now: Micros::ZERO };
    /// arena.allocate(&Request { size: Bytes::new(24), ..request })?;
    /// assert_eq!(arena.statistics().internal_waste().get(), 0.25);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
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
    /// Granules of the ranges that threads keep.
    pub(super) lent: u32,
    /// How many they are.
    pub(super) lent_ranges: u32,
    /// Σ ⌈requested ÷ granule⌉ over the live allocations, in granules.
    pub(super) rounded: u32,
    /// Granules of the live allocations that are canaries, but for the rounding.
    pub(super) guards: u32,
    /// Granules of ranges in quarantine.
    pub(super) quarantined: u32,
    /// Ranges in quarantine.
    pub(super) quarantined_ranges: u32,
    /// Granules in free ranges of 2ⁿ granules and more, below 2ⁿ⁺¹, for each n.
    pub(super) by_exponent: [u32; EXPONENTS],
}

/// Free bytes by the size of the ranges they are in: class n counts the ranges of 2ⁿ
/// granules and more, below 2ⁿ⁺¹.
///
/// ```
/// # use arenascope::{arena::*, units::Bytes};
/// # let mut arena = Arena::new(Region::reserve_pages(4)?, PolicyKind::FirstFit);
/// let profile = arena.free_profile();
/// assert_eq!(profile.free_from(Bytes::ZERO), arena.statistics().free);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FreeProfile {
    classes: [Bytes; EXPONENTS],
}

/// 1 GiB has 2²⁶ granules; 32, so that no index needs a check.
const EXPONENTS: usize = 32;

impl FreeProfile {
    /// The smallest size of each class, and the free bytes in its ranges; from the
    /// small sizes to the large ones.
    ///
    /// ```
    /// # use arenascope::{arena::*, units::Bytes};
    /// # let mut arena = Arena::new(Region::reserve_pages(4)?, PolicyKind::FirstFit);
    /// let smallest: Vec<_> = arena.free_profile().classes().map(|(smallest, _)| smallest).take(3).collect();
    /// assert_eq!(smallest, [16, 32, 64].map(Bytes::new));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn classes(&self) -> impl Iterator<Item = (Bytes, Bytes)> {
        let smallest = |class: usize| Bytes::new(u64::from(GRANULE_BYTES) << class);
        self.classes.into_iter().enumerate().map(move |(class, free)| (smallest(class), free))
    }

    /// Free bytes in the classes whose every range has at least `size` bytes: what a
    /// request of `size` can surely use. The class that `size` lies inside of is left
    /// out.
    ///
    /// ```
    /// # use arenascope::{arena::*, units::Bytes};
    /// # let mut arena = Arena::new(Region::reserve_pages(4)?, PolicyKind::FirstFit);
    /// assert_eq!(arena.free_profile().free_from(Bytes::mib(1)), Bytes::ZERO);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn free_from(&self, size: Bytes) -> Bytes {
        self.classes().filter(|(smallest, _)| *smallest >= size).map(|(_, free)| free).sum()
    }
}

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
    pub(super) fn add_free(&mut self, size: u32) {
        self.free_squares = self.free_squares.wrapping_add(squared(size));
        self.count(size, size);
    }

    pub(super) fn remove_free(&mut self, size: u32) {
        self.free_squares = self.free_squares.wrapping_sub(squared(size));
        self.count(size, size.wrapping_neg());
    }

    /// A free range of `whole` granules has `rest` left.
    pub(super) fn replace_free(&mut self, whole: u32, rest: u32) {
        self.remove_free(whole);
        self.add_free(rest);
    }

    fn count(&mut self, size: u32, change: u32) {
        let class = &mut self.by_exponent[exponent(size)];
        *class = class.wrapping_add(change);
    }

    pub(super) fn profile(&self) -> FreeProfile {
        FreeProfile { classes: self.by_exponent.map(to_bytes) }
    }

    pub(super) fn add_used(&mut self, size: u32, requested: u32) {
        self.used = self.used.wrapping_add(size);
        self.requested = self.requested.wrapping_add(u64::from(requested));
        self.rounded = self.rounded.wrapping_add(requested.div_ceil(GRANULE_BYTES));
        self.allocations = self.allocations.wrapping_add(1);
    }

    pub(super) fn remove_used(&mut self, size: u32, requested: u32) {
        self.used = self.used.wrapping_sub(size);
        self.requested = self.requested.wrapping_sub(u64::from(requested));
        self.rounded = self.rounded.wrapping_sub(requested.div_ceil(GRANULE_BYTES));
        self.allocations = self.allocations.wrapping_sub(1);
    }

    /// A thread keeps a range, from now on.
    pub(super) fn add_lent(&mut self, size: u32) {
        self.lent = self.lent.wrapping_add(size);
        self.lent_ranges = self.lent_ranges.wrapping_add(1);
    }

    /// The reverse of [`Self::add_lent`].
    pub(super) fn remove_lent(&mut self, size: u32) {
        self.lent = self.lent.wrapping_sub(size);
        self.lent_ranges = self.lent_ranges.wrapping_sub(1);
    }

    /// A freed allocation is held back by guards.
    pub(super) fn add_quarantined(&mut self, size: u32) {
        self.quarantined = self.quarantined.wrapping_add(size);
        self.quarantined_ranges = self.quarantined_ranges.wrapping_add(1);
    }

    pub(super) fn remove_quarantined(&mut self, size: u32) {
        self.quarantined = self.quarantined.wrapping_sub(size);
        self.quarantined_ranges = self.quarantined_ranges.wrapping_sub(1);
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
    /// One past the highest granule ever used.
    pub(super) used_end: u32,
    pub(super) requested_peak: u64,
    pub(super) live_at_first_failure: Option<Bytes>,
    pub(super) frees: u64,
    pub(super) dropped: u64,
    pub(super) refusals: Refusals,
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
