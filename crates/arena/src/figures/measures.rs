//! Measures of how well memory is used, beyond the plain figures of
//! [`Statistics`]: F bytes are free in n ranges f₁ … fₙ.
//!
//! | measure | formula | kept |
//! |---|---|---|
//! | [external fragmentation](Statistics::external_fragmentation) | 1 − max fᵢ ÷ F | as ranges change |
//! | [free-space concentration](Statistics::free_space_concentration) | 1 − √Σfᵢ² ÷ F | as ranges change |
//! | [unusable free space](crate::Arena::free_sizes) for size s | (F − s·Σ⌊fᵢ ÷ s⌋) ÷ F | from a walk |
//! | [why an allocation failed](crate::AllocError::failure_index) | 1 − (1 + F ÷ s) ÷ n | at each failure |
//! | [largest request that fits](crate::Arena::largest_fit) | exact probe | from a walk |
//! | [footprint ratio](Statistics::footprint_ratio) | highest address used ÷ peak live bytes | as ranges change |
//! | [utilisation at first failure](Statistics::utilisation_at_first_failure) | live ÷ capacity | at the first failure |
//! | [internal waste](crate::InternalWaste) | used − requested, by cause | as ranges change |
//!
//! Unusable free space (Gorman and Whitcroft, "The what, the why and the where to of
//! anti-fragmentation", Ottawa Linux Symposium 2006) is not kept as ranges change: a
//! change of one range would touch a counter for each bit of its length, twice for
//! each allocation and free, millions of times a second; it is read ten times a
//! second. A walk takes O(ranges) then, as the map does beside it, and slows nobody.

use super::statistics::Statistics;
use crate::layout::to_bytes;
use arenascope_units::{Bytes, Ratio};

/// Sizes of ranges have so many bits, in granules: 1 GiB has 2²⁶.
const BITS: usize = 27;

impl Statistics {
    /// The footprint ÷ the most bytes ever asked for at once; 1 is the least possible,
    /// 0 where nothing was ever allocated. The memory that a program would need from
    /// the system ÷ what it asks for: Johnstone and Wilson, "The memory fragmentation
    /// problem: solved?", ISMM 1998, measure 4.
    ///
    /// ```
    /// # use arenascope_arena::*;
    /// # use arenascope_units::owner::MemoryCategory;
    /// # use arenascope_units::*;
    /// # let mut arena = Arena::new(Region::reserve_pages(4)?, PolicyKind::FirstFit);
    /// # let owner = MemoryCategory::ECS.into();
    /// # let request = Request { size: Bytes::new(100), align: GRANULE, owner, now: Micros::ZERO };
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
    /// # use arenascope_arena::*;
    /// # use arenascope_units::owner::MemoryCategory;
    /// # use arenascope_units::*;
    /// # let mut arena = Arena::new(Region::reserve_pages(4)?, PolicyKind::FirstFit);
    /// # let owner = MemoryCategory::ECS.into();
    /// # let request = Request { size: Bytes::new(100), align: GRANULE, owner, now: Micros::ZERO };
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
/// # use arenascope_arena::*;
/// # use arenascope_units::Ratio;
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
    /// Of no range, for sizes of 1, 2, 4 … granules, so many of them.
    pub(crate) fn none(sizes: usize) -> Self {
        Self { sizes, ..Self::default() }
    }

    pub(crate) fn add(&mut self, granules: u32) {
        let mut left = granules;
        while left != 0 {
            self.digits[left.trailing_zeros() as usize % BITS] += 1;
            left &= left - 1;
        }
    }

    /// All free bytes.
    ///
    /// ```
    /// # use arenascope_arena::*;
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
    /// # use arenascope_arena::*;
    /// # use arenascope_units::Bytes;
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
    /// # use arenascope_arena::*;
    /// # use arenascope_units::Ratio;
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
