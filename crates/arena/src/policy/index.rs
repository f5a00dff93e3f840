//! What a policy is asked for and what it answers: an index over the free ranges.

use crate::error::Violation;
use crate::layout::{GRANULE_BYTES, NodeIndex};
use crate::nodes::table::Table;
use crate::nodes::tally::Tally;

/// Why nothing was placed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoPlace {
    /// No free range holds it.
    NoRoom,
    /// It takes more slots than are vacant.
    NoNodes { needed: u32 },
}

/// What a search looks for, in granules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fit {
    pub(crate) size: u32,
    /// A power of two.
    pub(crate) align: u32,
}

impl Fit {
    /// Granules between `start` and the first aligned one.
    pub(crate) const fn pad(self, start: u32) -> u32 {
        // Not `next_multiple_of`: that divides, a third of an allocation's time.
        start.wrapping_neg() & (self.align - 1)
    }

    /// True where the range holds the size at the alignment.
    pub(crate) const fn fits(self, start: u32, size: u32) -> bool {
        // In 64 bits: pad and size may exceed 32 together.
        size >= self.size && self.pad(start) as u64 + self.size as u64 <= size as u64
    }
}

/// An index over the free ranges. Implementations keep their links in the four
/// words of the free nodes.
pub(crate) trait Policy {
    /// True where a join can make the next one possible: frees then go through
    /// [`Self::ripen`], and join pair by pair.
    const CASCADES: bool = false;

    /// Granules to set aside for `size` bytes at alignment `align`. At most 1 GiB
    /// and 64 KiB go in, so what comes out fits.
    #[inline]
    fn granules(&self, size: u32, _align: u32) -> u32 {
        size.div_ceil(GRANULE_BYTES)
    }

    /// The whole payload has become the one free range `node`.
    fn start(&mut self, table: &mut Table, _tally: &mut Tally, node: NodeIndex) {
        self.insert(table, node);
    }

    /// The range to cut `fit` from; it must fit.
    fn find(&mut self, table: &Table, fit: Fit) -> Option<NodeIndex>;

    /// Divides the range found, as far as the policy's blocks demand it, into free
    /// ranges, and says which one to cut from. A refusal changes nothing.
    #[inline]
    fn isolate(
        &mut self,
        _table: &mut Table,
        _tally: &mut Tally,
        node: NodeIndex,
        _fit: Fit,
    ) -> Result<NodeIndex, NoPlace> {
        Ok(node)
    }

    /// True where `rest` granules behind the allocation stay a part of it.
    #[inline]
    fn keeps(&self, _node: NodeIndex, _rest: u32) -> bool {
        false
    }

    /// Takes a range that waits unjoined and is exactly what is wanted.
    #[inline]
    fn take_waiting(&mut self, _table: &mut Table, _fit: Fit) -> Option<NodeIndex> {
        None
    }

    /// Lets `node`, freed and not yet joined, wait for a request of its size; false
    /// where it must join now.
    #[inline]
    fn keep_waiting(&mut self, _table: &mut Table, _node: NodeIndex) -> bool {
        false
    }

    /// True where so much waits that all of it must join.
    #[inline]
    fn waits_too_long(&self, _table: &Table) -> bool {
        false
    }

    /// Takes out any range that waits, for it to be joined.
    #[inline]
    fn end_waiting(&mut self, _table: &mut Table) -> Option<NodeIndex> {
        None
    }

    /// An allocation has been placed that ends at granule `end`.
    #[inline]
    fn placed(&mut self, _end: u32) {}

    /// True where `node` may become one with `neighbour`, a free range.
    #[inline]
    fn may_join(&self, _table: &Table, _node: NodeIndex, _neighbour: NodeIndex) -> bool {
        true
    }

    /// `node`, a free range, has been freed or has grown: last changes to it before
    /// its neighbours are looked at. Only called where [`Self::CASCADES`].
    #[inline]
    fn ripen(&mut self, _table: &mut Table, _node: NodeIndex) {}

    /// `node` has become a free range.
    fn insert(&mut self, table: &mut Table, node: NodeIndex);

    /// `node` is about to stop being a free range.
    fn remove(&mut self, table: &mut Table, node: NodeIndex);

    /// `node` has another size or start, in the same place of the address order.
    fn resize(&mut self, table: &mut Table, node: NodeIndex);

    /// `node` has become what an allocation left of it.
    #[inline]
    fn shrink(&mut self, table: &mut Table, node: NodeIndex) {
        self.resize(table, node);
    }

    /// A free is complete.
    #[inline]
    fn settle(&mut self, _table: &mut Table) {}

    /// True where free neighbours are joined only when a request needs them.
    const JOINS_LATE: bool = false;

    /// Granules of the largest request at `align` granules that the free range of
    /// `size` granules at `start` serves, whose node has that mark.
    fn largest_in(&self, _mark: u16, start: u32, size: u32, align: u32) -> u32 {
        size.saturating_sub(Fit { size, align }.pad(start))
    }

    /// Granules of the largest free range.
    fn largest(&self, table: &Table) -> u32;

    /// Nodes visited since the arena was made: the work done, free of clocks.
    fn steps(&self) -> u64;

    /// Checks the index against the table, which holds `free_ranges`. O(n).
    fn audit(&self, table: &Table, free_ranges: u64) -> Result<(), Violation>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fit_counts_the_pad() {
        let fit = Fit { size: 4, align: 16 };
        assert_eq!((fit.pad(0), fit.pad(1), fit.pad(16)), (0, 15, 0));
        assert!(fit.fits(1, 19));
        assert!(!fit.fits(1, 18));
        assert!(!fit.fits(16, 3));
    }
}
