//! The arena's figures: kept as they change, read at any moment.

use super::refusals::Refusals;
use super::waste::InternalWaste;
use crate::layout::{GRANULE_BYTES, to_bytes};
use crate::nodes::tally::{EXPONENTS, Tally};
use arenascope_units::{Bytes, Ratio};

/// All figures at one moment. `capacity = used + free + cached + metadata`, and
/// `allocations_total = allocation_count + frees_total + dropped_total`, always.
///
/// ```
/// # use arenascope_arena::*;
/// # use arenascope_units::owner::MemoryCategory;
/// # use arenascope_units::*;
/// # let mut arena = Arena::new(Region::reserve_pages(4)?, PolicyKind::FirstFit);
/// # let owner = MemoryCategory::ECS.into();
/// # let request = Request { size: Bytes::new(100), align: GRANULE, owner, now: Micros::ZERO };
/// arena.allocate(&request)?;
/// let now = arena.statistics();
/// assert_eq!([now.used, now.free, now.cached, now.metadata].into_iter().sum::<Bytes>(), now.capacity);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Statistics {
    /// Bytes of the whole region.
    pub capacity: Bytes,
    /// In live allocations, as set aside.
    pub used: Bytes,
    /// In live allocations, as asked for; the rest of `used` is internal waste.
    pub requested: Bytes,
    /// Bytes in free ranges.
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
    /// Number of free ranges.
    pub free_range_count: u64,
    /// Number of live allocations.
    pub allocation_count: u64,
    /// Slots of the node table.
    pub node_count: u64,
    /// Slots that no range takes.
    pub vacant_node_count: u64,
    /// Successful allocations since the arena was made.
    pub allocations_total: u64,
    /// Successful frees since the arena was made.
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
    /// # use arenascope_arena::*;
    /// # use arenascope_units::Ratio;
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
    /// # use arenascope_arena::*;
    /// # use arenascope_units::Ratio;
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
    /// # use arenascope_arena::*;
    /// # use arenascope_units::owner::MemoryCategory;
    /// # use arenascope_units::*;
    /// # let mut arena = Arena::new(Region::reserve_pages(4)?, PolicyKind::FirstFit);
    /// # let owner = MemoryCategory::ECS.into();
    /// # let request = Request { size: Bytes::new(100), align: GRANULE, owner, now: Micros::ZERO };
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
    /// # use arenascope_arena::*;
    /// # use arenascope_units::owner::MemoryCategory;
    /// # use arenascope_units::*;
    /// # let mut arena = Arena::new(Region::reserve_pages(4)?, PolicyKind::FirstFit);
    /// # let owner = MemoryCategory::ECS.into();
    /// # let request = Request { size: Bytes::new(100), align: GRANULE, owner, now: Micros::ZERO };
    /// arena.allocate(&Request { size: Bytes::new(24), ..request })?;
    /// assert_eq!(arena.statistics().internal_waste().get(), 0.25);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn internal_waste(&self) -> Ratio {
        self.used.saturating_sub(self.requested).ratio_of(self.used).unwrap_or(Ratio::ZERO)
    }
}

/// Free bytes by the size of the ranges they are in: class n counts the ranges of 2ⁿ
/// granules and more, below 2ⁿ⁺¹.
///
/// ```
/// # use arenascope_arena::*;
/// # use arenascope_units::Bytes;
/// # let mut arena = Arena::new(Region::reserve_pages(4)?, PolicyKind::FirstFit);
/// let profile = arena.free_profile();
/// assert_eq!(profile.free_from(Bytes::ZERO), arena.statistics().free);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FreeProfile {
    classes: [Bytes; EXPONENTS],
}

impl FreeProfile {
    pub(crate) fn of(tally: &Tally) -> Self {
        Self { classes: tally.by_exponent.map(to_bytes) }
    }

    /// The smallest size of each class, and the free bytes in its ranges; from the
    /// small sizes to the large ones.
    ///
    /// ```
    /// # use arenascope_arena::*;
    /// # use arenascope_units::Bytes;
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
    /// # use arenascope_arena::*;
    /// # use arenascope_units::Bytes;
    /// # let mut arena = Arena::new(Region::reserve_pages(4)?, PolicyKind::FirstFit);
    /// assert_eq!(arena.free_profile().free_from(Bytes::mib(1)), Bytes::ZERO);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn free_from(&self, size: Bytes) -> Bytes {
        self.classes().filter(|(smallest, _)| *smallest >= size).map(|(_, free)| free).sum()
    }
}

/// What only ever grows: since the arena was made, resets included.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Totals {
    /// The most granules used at once.
    pub(crate) used_peak: u32,
    /// One past the highest granule ever used.
    pub(crate) used_end: u32,
    pub(crate) requested_peak: u64,
    pub(crate) live_at_first_failure: Option<Bytes>,
    pub(crate) frees: u64,
    pub(crate) dropped: u64,
    pub(crate) refusals: Refusals,
    /// The steps of the policies before the last reset.
    pub(crate) steps: u64,
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
