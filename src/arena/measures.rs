//! Measures of how well memory is used, beyond the plain figures of
//! [`Statistics`]: F bytes are free in n ranges f₁ … fₙ.
//!
//! | measure | formula | kept |
//! |---|---|---|
//! | [external fragmentation](Statistics::external_fragmentation) | 1 − max fᵢ ÷ F | as ranges change |
//! | [free-space concentration](Statistics::free_space_concentration) | 1 − √Σfᵢ² ÷ F | as ranges change |
//! | [unusable free space](Arena::free_sizes) for size s | (F − s·Σ⌊fᵢ ÷ s⌋) ÷ F | from a walk |
//! | [why an allocation failed](super::AllocError::failure_index) | 1 − (1 + F ÷ s) ÷ n | at each failure |
//! | [largest request that fits](Arena::largest_fit) | exact probe | from a walk |
//! | [footprint ratio](Statistics::footprint_ratio) | highest address used ÷ peak live bytes | as ranges change |
//! | [utilisation at first failure](Statistics::utilisation_at_first_failure) | live ÷ capacity | at the first failure |
//! | [internal waste](InternalWaste) | used − requested, by cause | as ranges change |
//!
//! Unusable free space (Gorman and Whitcroft, "The what, the why and the where to of
//! anti-fragmentation", Ottawa Linux Symposium 2006) is not kept as ranges change: a
//! change of one range would touch a counter for each bit of its length, twice for
//! each allocation and free, millions of times a second; it is read ten times a
//! second. A walk takes O(ranges) then, as the map does beside it, and slows nobody.

use super::allocator::Arena;
use super::guards::overhead_of;
use super::layout::{GRANULE_BYTES, MAX_ALIGN, to_bytes};
use super::memory::Region;
use super::policy::{Policy, each};
use super::span::tier::TierTally;
use super::statistics::{Statistics, Tally};
use super::table::Table;
use crate::units::{Bytes, Ratio};

/// Sizes of ranges have so many bits, in granules: 1 GiB has 2²⁶.
const BITS: usize = 27;

/// What `used` has beyond `requested`, by cause. The pads of alignments are no waste:
/// they are free ranges.
///
/// ```
/// # use arenascope::{arena::*, owner::MemoryCategory::Ecs, units::*};
/// # let mut arena = Arena::new(Region::reserve_pages(4)?, PolicyKind::FirstFit);
/// # let request = Request { size: Bytes::new(100), align: GRANULE, owner: Ecs.into(), now: Micros::ZERO };
/// arena.allocate(&request)?;
/// // 100 bytes take seven granules.
/// assert_eq!(arena.statistics().waste, InternalWaste { granule: Bytes::new(12), ..InternalWaste::default() });
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct InternalWaste {
    /// Rounding up to the granule of 16 B: Σ 16·⌈r ÷ 16⌉ − r for requests of r bytes.
    pub granule: Bytes,
    /// What the policy sets aside beyond that: blocks of `Buddy`, slots of `Slab`,
    /// remainders that `SeedCompat` keeps.
    pub policy: Bytes,
    /// Canaries, but for those in the rounding.
    pub guards: Bytes,
    /// What threads' caches give out beyond what is asked of them: the granule, and
    /// larger slots where no other is left.
    pub threads: Bytes,
}

impl InternalWaste {
    /// Wraps where a damaged tally would go below zero, as the tally itself.
    pub(super) fn of(tally: &Tally, tier: &TierTally) -> Self {
        let rounded = u64::from(tally.rounded) * u64::from(GRANULE_BYTES);
        let policy = tally.used.wrapping_sub(tally.rounded).wrapping_sub(tally.guards);
        Self {
            granule: Bytes::new(rounded.wrapping_sub(tally.requested)),
            policy: to_bytes(policy),
            guards: to_bytes(tally.guards),
            threads: Bytes::new(to_bytes(tier.used).get().wrapping_sub(tier.requested)),
        }
    }

    /// All causes together: `used − requested`.
    ///
    /// ```
    /// # use arenascope::{arena::*, owner::MemoryCategory::Ecs, units::*};
    /// # let mut arena = Arena::new(Region::reserve_pages(4)?, PolicyKind::FirstFit);
    /// # let request = Request { size: Bytes::new(100), align: GRANULE, owner: Ecs.into(), now: Micros::ZERO };
    /// arena.allocate(&request)?;
    /// let now = arena.statistics();
    /// assert_eq!(now.waste.total(), now.used.saturating_sub(now.requested));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn total(&self) -> Bytes {
        [self.granule, self.policy, self.guards, self.threads].into_iter().sum()
    }
}

impl Statistics {
    /// The footprint ÷ the most bytes ever asked for at once; 1 is the least possible,
    /// 0 where nothing was ever allocated. The memory that a program would need from
    /// the system ÷ what it asks for: Johnstone and Wilson, "The memory fragmentation
    /// problem: solved?", ISMM 1998, measure 4.
    ///
    /// ```
    /// # use arenascope::{arena::*, owner::MemoryCategory::Ecs, units::*};
    /// # let mut arena = Arena::new(Region::reserve_pages(4)?, PolicyKind::FirstFit);
    /// # let request = Request { size: Bytes::new(100), align: GRANULE, owner: Ecs.into(), now: Micros::ZERO };
    /// arena.allocate(&Request { size: Bytes::new(64), ..request })?;
    /// assert_eq!(arena.statistics().footprint_ratio().get(), 1.0);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn footprint_ratio(&self) -> Ratio {
        self.footprint.ratio_of(self.requested_peak).unwrap_or(Ratio::ZERO)
    }

    /// Bytes asked for ÷ capacity, when an allocation was refused for lack of memory
    /// or nodes for the first time; `None` while none was.
    ///
    /// ```
    /// # use arenascope::{arena::*, owner::MemoryCategory::Ecs, units::*};
    /// # let mut arena = Arena::new(Region::reserve_pages(4)?, PolicyKind::FirstFit);
    /// # let request = Request { size: Bytes::new(100), align: GRANULE, owner: Ecs.into(), now: Micros::ZERO };
    /// arena.allocate(&Request { size: Bytes::kib(128), ..request })?;
    /// assert_eq!(arena.statistics().utilisation_at_first_failure(), None);
    /// arena.allocate(&Request { size: Bytes::kib(128), ..request }).unwrap_err();
    /// assert_eq!(arena.statistics().utilisation_at_first_failure().map(Ratio::get), Some(0.5));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn utilisation_at_first_failure(&self) -> Option<Ratio> {
        self.live_at_first_failure?.ratio_of(self.capacity)
    }
}

/// The free ranges by the binary digits of their sizes: what a request of any power
/// of two can use.
///
/// A range of f granules holds ⌊f ÷ 2ᵏ⌋ requests of 2ᵏ granules; their bytes together
/// are f without its k lowest binary digits. So it is enough to count, for each
/// digit, the ranges that have it: s·Σ⌊fᵢ ÷ s⌋ = Σ 2ᵇ·count(b) for b ≥ k.
///
/// ```
/// # use arenascope::{arena::*, units::Ratio};
/// # let mut arena = Arena::new(Region::reserve_pages(4)?, PolicyKind::FirstFit);
/// let sizes = arena.free_sizes();
/// let first = sizes.sizes().zip(sizes.unusable()).next();
/// assert_eq!(first, Some((GRANULE, Ratio::ZERO)), "nothing is smaller than a granule");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FreeSizes {
    /// Ranges whose size in granules has that binary digit.
    digits: [u32; BITS],
    /// Sizes up to the arena's capacity.
    sizes: usize,
}

impl FreeSizes {
    fn add(&mut self, granules: u32) {
        let mut left = granules;
        while left != 0 {
            self.digits[left.trailing_zeros() as usize % BITS] += 1;
            left &= left - 1;
        }
    }

    /// All free bytes.
    ///
    /// ```
    /// # use arenascope::arena::*;
    /// # let mut arena = Arena::new(Region::reserve_pages(4)?, PolicyKind::FirstFit);
    /// assert_eq!(arena.free_sizes().free(), arena.statistics().free);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn free(&self) -> Bytes {
        self.usable(0)
    }

    /// The sizes that are told apart: powers of two from 16 B up to the capacity.
    ///
    /// ```
    /// # use arenascope::{arena::*, units::Bytes};
    /// # let mut arena = Arena::new(Region::reserve_pages(4)?, PolicyKind::FirstFit);
    /// let sizes: Vec<_> = arena.free_sizes().sizes().collect();
    /// assert_eq!((sizes[0], sizes[1], sizes.last()), (GRANULE, Bytes::new(32), Some(&Bytes::kib(256))));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn sizes(&self) -> impl Iterator<Item = Bytes> + use<> {
        (0..self.sizes).map(|exponent| to_bytes(1 << exponent))
    }

    /// Unusable free space for each of [`Self::sizes`]: the part of the free bytes
    /// that requests of that size cannot use, however many come; 0 where nothing is
    /// free. Never falls from one size to the next.
    ///
    /// ```
    /// # use arenascope::{arena::*, units::Ratio};
    /// # let mut arena = Arena::new(Region::reserve_pages(4)?, PolicyKind::FirstFit);
    /// // The metadata takes a part of the 256 KiB: no request of that size fits.
    /// assert_eq!(arena.free_sizes().unusable().last().map(Ratio::get), Some(1.0));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn unusable(&self) -> impl Iterator<Item = Ratio> + use<> {
        let this = *self;
        (0..self.sizes).map(move |exponent| {
            let free = this.free();
            free.saturating_sub(this.usable(exponent)).ratio_of(free).unwrap_or(Ratio::ZERO)
        })
    }

    /// Bytes of 2^`exponent` granules each that the free ranges hold together.
    fn usable(&self, exponent: usize) -> Bytes {
        let bytes = |(digit, &count): (usize, &u32)| u64::from(count) * to_bytes(1 << digit).get();
        Bytes::new(self.digits.iter().enumerate().skip(exponent).map(bytes).sum())
    }
}

impl Arena {
    /// The sizes of the free ranges, for the heat map of unusable free space.
    /// O(ranges). Ranges that `Bins` has not joined yet count as they are.
    ///
    /// ```
    /// # use arenascope::arena::{Arena, PolicyKind, Region};
    /// let arena = Arena::new(Region::reserve_pages(1)?, PolicyKind::FirstFit);
    /// let row: Vec<_> = arena.free_sizes().unusable().collect();
    /// // One range of 64 KiB less the metadata: nothing of 64 KiB fits in.
    /// assert_eq!((row.len(), row[0].get(), row[12].get()), (13, 0.0, 1.0));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn free_sizes(&self) -> FreeSizes {
        let table = &self.space().table;
        let sizes = table.division().end_granule().ilog2() as usize + 1;
        let mut found = FreeSizes { sizes, ..FreeSizes::default() };
        table.chain().map(|node| &table[node]).filter(|it| it.is_free()).for_each(|it| found.add(it.size));
        found
    }

    /// Unusable free space for requests of `size` bytes, any size: (F − s·Σ⌊f ÷ s⌋) ÷ F
    /// for s = `size` rounded up to the granule; 0 where nothing is free. O(ranges).
    ///
    /// ```
    /// # use arenascope::{arena::*, units::*};
    /// # let mut arena = Arena::new(Region::reserve_pages(4)?, PolicyKind::FirstFit);
    /// assert_eq!(arena.unusable_free(GRANULE), Ratio::ZERO);
    /// assert_eq!(arena.unusable_free(Bytes::mib(1)).get(), 1.0);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn unusable_free(&self, size: Bytes) -> Ratio {
        let table = &self.space().table;
        let wanted = size.get().div_ceil(u64::from(GRANULE_BYTES)).max(1);
        let free = table.chain().map(|node| &table[node]).filter(|it| it.is_free());
        let (lost, all) =
            free.map(|it| u64::from(it.size)).fold((0, 0), |(lost, all), it| (lost + it % wanted, all + it));
        Bytes::new(lost).ratio_of(Bytes::new(all)).unwrap_or(Ratio::ZERO)
    }

    /// The largest request at alignment `align` that would be served now, by this
    /// policy; zero where none would, or where `align` is no valid alignment. Exact,
    /// while the node table has vacant slots. With guards on, what is in quarantine
    /// counts as taken, though a request that needs it ends the quarantine. O(ranges).
    ///
    /// ```
    /// # use arenascope::arena::{Arena, PolicyKind, Region};
    /// # use arenascope::units::Bytes;
    /// let arena = Arena::new(Region::reserve_pages(1)?, PolicyKind::Buddy);
    /// assert_eq!(arena.largest_fit(Bytes::new(16)), Bytes::kib(32));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn largest_fit(&self, align: Bytes) -> Bytes {
        if !align.get().is_power_of_two() || align > MAX_ALIGN {
            return Bytes::ZERO;
        }
        // At most 64 KiB: fits 32 bits.
        let align = align.get() as u32;
        let largest = to_bytes(each!(&self.space().policy, policy => {
            largest_in(&self.space().table, policy, align.div_ceil(GRANULE_BYTES))
        }));
        let overhead = if self.guards().is_some() { overhead_of(align) } else { 0 };
        largest.saturating_sub(Bytes::from(overhead)).min(Region::MAX)
    }
}

/// Granules of the largest request at `align` granules.
fn largest_in<P: Policy>(table: &Table, policy: &P, align: u32) -> u32 {
    let (mut largest, mut from, mut end) = (0, 0, 0);
    for entry in table.chain().map(|node| &table[node]) {
        // A range that waits to be joined is joined before a request is refused.
        let joined = entry.is_free() && P::JOINS_LATE && entry.start == end;
        from = if joined { from } else { entry.start };
        if entry.is_free() {
            end = entry.start + entry.size;
            largest = largest.max(policy.largest_in(entry.mark, from, end - from, align));
        }
    }
    largest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_give_the_same_as_the_formula() {
        let ranges = [1_u32, 2, 3, 5, 100, 4096, 4097, 65_535, 1 << 25, (1 << 26) - 1];
        let mut sizes = FreeSizes { sizes: BITS, ..FreeSizes::default() };
        ranges.iter().for_each(|&range| sizes.add(range));
        let free: u64 = ranges.iter().map(|&range| u64::from(range)).sum();
        for (exponent, unusable) in sizes.unusable().enumerate() {
            let size = 1_u64 << exponent;
            let used: u64 = ranges.iter().map(|&range| u64::from(range) / size * size).sum();
            assert_eq!(unusable, Ratio::new((free - used) as f64 / free as f64));
        }
        assert_eq!(FreeSizes { sizes: 3, ..FreeSizes::default() }.unusable().collect::<Vec<_>>(), [Ratio::ZERO; 3]);
    }
}
