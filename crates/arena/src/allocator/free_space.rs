//! What is free, measured over a walk of the nodes.

use super::Arena;
use crate::figures::measures::FreeSizes;
use crate::guards::overhead_of;
use crate::layout::{GRANULE_BYTES, MAX_ALIGN, to_bytes};
use crate::nodes::table::Table;
use crate::policy::each;
use crate::policy::index::Policy;
use crate::region::Region;
use arenascope_units::{Bytes, Ratio};

impl Arena {
    /// The sizes of the free ranges, for the heat map of unusable free space.
    /// O(ranges). Ranges that `Bins` has not joined yet count as they are.
    ///
    /// ```
    /// # use arenascope_arena::{Arena, PolicyKind, Region};
    /// let arena = Arena::new(Region::reserve_pages(1)?, PolicyKind::FirstFit);
    /// let row: Vec<_> = arena.free_sizes().unusable().collect();
    /// // One range of 64 KiB less the metadata: nothing of 64 KiB fits in.
    /// assert_eq!((row.len(), row[0].get(), row[12].get()), (13, 0.0, 1.0));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn free_sizes(&self) -> FreeSizes {
        let table = &self.space().table;
        let sizes = table.division().end_granule().ilog2() as usize + 1;
        let mut found = FreeSizes::none(sizes);
        table.chain().map(|node| &table[node]).filter(|it| it.is_free()).for_each(|it| found.add(it.size));
        found
    }

    /// Unusable free space for requests of `size` bytes, any size: (F − s·Σ⌊f ÷ s⌋) ÷ F
    /// for s = `size` rounded up to the granule; 0 where nothing is free. O(ranges).
    ///
    /// ```
    /// # use arenascope_arena::*;
    /// # use arenascope_units::*;
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
    /// # use arenascope_arena::{Arena, PolicyKind, Region};
    /// # use arenascope_units::Bytes;
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
