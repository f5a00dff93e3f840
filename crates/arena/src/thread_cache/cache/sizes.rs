//! Which sizes a cache gives out, and the list of each.

use crate::layout::GRANULE_BYTES;
use crate::policy::{class_of_five_bits, class_of_three_bits};
use arenascope_units::Bytes;

/// The largest request that the short path serves, in granules: up to it, each size
/// has a list of its own.
pub(super) const SMALL: u32 = 63;

/// The largest request that is given a slot of a page, in granules (2 KiB).
pub(crate) const SLOT: u32 = 128;

/// The largest alignment that slots are cut to, in bytes.
pub(crate) const SLOT_ALIGN: Bytes = Bytes::new(256);

/// Ranges above this, in granules (4 MiB), go back to the placement tier at once.
pub(crate) const LARGEST: u32 = 1 << 18;

/// The first list of ranges, behind those of slots.
pub(super) const RANGES: usize = class_of_five_bits(SLOT) as usize + 1;

/// What a class of three bits is to be raised by, for the number of a list of ranges.
const RANGES_FROM: u32 = RANGES as u32 - class_of_three_bits(SLOT);

/// Lists by size: one for each number of granules up to 63 and 32 for the doubling above,
/// then eight for each doubling.
pub(super) const LISTS: usize = list_of(LARGEST) + 1;

/// A range may serve a request whose rounded size is so many eighths smaller.
pub(super) const NEAR: usize = 4;

/// The granules that a request of so many is given: few sizes, so that what is freed
/// serves the next of about its size. None more up to 1 KiB, a 32nd at most for a larger
/// slot, an eighth for a range.
#[inline(always)]
pub(crate) const fn rounded(granules: u32) -> u32 {
    let bits = if granules > SLOT { 3 } else { 5 };
    let shift = (granules | 1 << bits).ilog2() - bits;
    (granules + (1 << shift) - 1) >> shift << shift
}

/// The list of slots and ranges of so many granules, one at least.
#[inline(always)]
pub(super) const fn list_of(granules: u32) -> usize {
    if granules > SLOT { list_of_range(granules) } else { class_of_five_bits(granules) as usize }
}

/// The list of ranges of so many granules, above [`SLOT`].
#[inline(always)]
pub(super) const fn list_of_range(granules: u32) -> usize {
    (class_of_three_bits(granules) + RANGES_FROM) as usize
}

/// The first list of ranges all of which have so many bytes, above those of [`SLOT`].
#[inline(always)]
pub(super) const fn first_list_for(bytes: u32) -> usize {
    // As `list_of_range(granules - 1) + 1`: the highest four bits say it, and those of the
    // bytes are those of the granules, since a granule is a power of two.
    let class = class_of_three_bits(bytes - 1);
    (class + RANGES_FROM + 1 - (GRANULE_BYTES.ilog2() << 3)) as usize
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    fn sizes() -> impl Iterator<Item = u32> {
        (1..5_000).chain((12..18).flat_map(|bits| (1 << bits) - 1..=(1 << bits) + 1)).chain([LARGEST - 1, LARGEST])
    }

    #[test]
    fn a_size_is_rounded_up_by_an_eighth_at_most() {
        for granules in sizes() {
            let most = match granules {
                0..=63 => granules,
                64..=SLOT => granules + granules / 32,
                _ => granules + granules / 8,
            };
            assert!((granules..=most).contains(&rounded(granules)), "{granules}");
            assert_eq!(rounded(rounded(granules)), rounded(granules));
        }
    }

    #[test]
    fn a_range_is_looked_for_where_its_rounded_size_is_listed_and_no_smaller_one() {
        for granules in sizes().filter(|&granules| granules > SLOT) {
            let list = first_list_for(granules * GRANULE_BYTES);
            assert_eq!(list, first_list_for((granules - 1) * GRANULE_BYTES + 1), "{granules}");
            assert_eq!(list, list_of(rounded(granules)), "{granules}");
            assert!(list > list_of(granules - 1).max(RANGES - 1), "{granules}");
        }
    }

    #[test]
    fn lists_follow_each_other_by_size() {
        let mut last = 0;
        for list in (1..5_000).map(list_of) {
            assert!(list == last || list == last + 1, "{list} after {last}");
            last = list;
        }
        assert_eq!((list_of(1), list_of(SMALL), list_of(SLOT), list_of(SLOT + 1)), (1, 63, RANGES - 1, RANGES));
        assert!((list_of(LARGEST) + NEAR) < u8::MAX.into());
    }
}
