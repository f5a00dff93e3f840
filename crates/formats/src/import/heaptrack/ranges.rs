//! The ranges of addresses that are used, in pages.

/// Ranges begin and end at multiples of that.
const PAGE_BYTES: u64 = 1 << 16;
/// Ranges with less between them are one.
const APART_BYTES: u64 = 1 << 20;
/// Most ranges; of more, those nearest to each other become one.
const RANGES_MAX: usize = 1 << 14;
/// Ranges that are kept before equal ones become one.
const LOOSE_MAX: usize = 1 << 16;

/// Collects ranges; takes the memory of what is apart.
#[derive(Debug, Default)]
pub(super) struct Ranges {
    /// First page, and the page behind the last.
    all: Vec<(u64, u64)>,
    /// How many were apart when it was looked at last.
    apart: usize,
}

impl Ranges {
    #[inline]
    pub(super) fn add(&mut self, address: u64, bytes: u64) {
        let from = address / PAGE_BYTES;
        let to = address.saturating_add(bytes) / PAGE_BYTES + 1;
        if self.all.last().is_some_and(|last| last.0 <= from && to <= last.1) {
            return;
        }
        self.all.push((from, to));
        if self.all.len() > 2 * self.apart + LOOSE_MAX {
            self.join(1);
        }
    }

    /// Makes one of those with fewer pages between them.
    fn join(&mut self, pages: u64) {
        self.all.sort_unstable();
        self.all.dedup_by(|next, last| {
            let is_near = next.0 < last.1.saturating_add(pages);
            if is_near {
                last.1 = last.1.max(next.1);
            }
            is_near
        });
        self.apart = self.all.len();
    }

    /// First address and bytes of each, in order of address.
    pub(super) fn finish(mut self) -> impl Iterator<Item = (u64, u64)> {
        let mut pages = APART_BYTES / PAGE_BYTES;
        self.join(pages);
        while self.all.len() > RANGES_MAX {
            pages = pages.saturating_mul(4);
            self.join(pages);
        }
        self.all.into_iter().map(|(from, to)| {
            let address = from * PAGE_BYTES;
            (address, to.saturating_mul(PAGE_BYTES) - address)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_near_is_one() {
        let mut ranges = Ranges::default();
        ranges.add(0x7f00_0000_0010, 8);
        ranges.add(0x1000, 1 << 20);
        ranges.add(0x7f00_0001_0000, 1);
        ranges.add(u64::MAX, u64::MAX);
        let all: Vec<_> = ranges.finish().collect();
        assert_eq!(all[..2], [(0, 17 << 16), (0x7f00_0000_0000, 2 << 16)]);
        assert_eq!(all[2], (u64::MAX - 0xffff, 0xffff));
        let mut many = Ranges::default();
        (0..200_000).for_each(|at| many.add(at << 24, 1));
        let many: Vec<_> = many.finish().collect();
        assert!(many.len() <= RANGES_MAX);
    }

    proptest! {
        #[test]
        fn every_address_is_in_a_range(added in prop::collection::vec((any::<u64>(), 0..1_u64 << 40), 1..50)) {
            let mut ranges = Ranges::default();
            added.iter().for_each(|&(address, bytes)| ranges.add(address, bytes));
            let all: Vec<_> = ranges.finish().collect();
            prop_assert!(all.is_sorted());
            for (address, bytes) in added {
                let last = address.saturating_add(bytes.saturating_sub(1)).min(u64::MAX - 1);
                prop_assert!(all.iter().any(|&(from, length)| from <= address.min(last) && last - from < length));
            }
        }
    }
}
