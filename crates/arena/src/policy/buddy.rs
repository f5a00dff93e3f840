//! Buddies: blocks of a power of two, at multiples of their size.
//!
//! A free block is halved until it is as large as the request rounded up; a freed
//! one joins its other half when that is free too. Knowlton, "A fast storage
//! allocator", CACM 8 (1965). The true sizes are kept, so that internal waste, up to
//! half of a block, is counted.
//!
//! Limits: a request takes 2ⁿ granules, and finds room only where a block of that size
//! is free, however much is free beside it. The payload does not start at a power of
//! two, so that its blocks grow from the front to the back: the largest request is
//! about half of it.

use super::index::NoPlace;
use super::index::{Fit, Policy};
use super::lists::Lists;
use crate::error::Violation;
use crate::layout::{GRANULE_BYTES, NodeIndex, to_bytes};
use crate::nodes::split::split;
use crate::nodes::table::Table;
use crate::nodes::tally::Tally;

/// The index of the policy `buddy`: one list for each power of two.
#[derive(Debug, Default)]
pub(crate) struct Buddy {
    lists: Lists<0>,
}

impl Policy for Buddy {
    const CASCADES: bool = true;

    fn granules(&self, size: u32, align: u32) -> u32 {
        size.max(align).div_ceil(GRANULE_BYTES).next_power_of_two()
    }

    /// Divides the payload into the largest blocks that it holds. O(log n).
    fn start(&mut self, table: &mut Table, tally: &mut Tally, node: NodeIndex) {
        let mut block = largest_block(table, node);
        while block < table[node].size
            && let Some(front) = split(table, tally, node, block)
        {
            self.lists.insert(table, front);
            block = largest_block(table, node);
        }
        self.lists.insert(table, node);
    }

    /// O(1). A block lies at a multiple of its size, which is no less than the
    /// alignment.
    fn find(&mut self, table: &Table, fit: Fit) -> Option<NodeIndex> {
        self.lists.find(table, Fit { align: 1, ..fit })
    }

    /// Halves the range until it is as large as the fit: O(log n) halves.
    fn isolate(
        &mut self,
        table: &mut Table,
        tally: &mut Tally,
        node: NodeIndex,
        fit: Fit,
    ) -> Result<NodeIndex, NoPlace> {
        let needed = (table[node].size / fit.size).ilog2();
        if needed > table.vacant_count() {
            return Err(NoPlace::NoNodes { needed });
        }
        self.lists.remove(table, node);
        let mut block = node;
        while table[block].size > fit.size {
            let half = table[block].size / 2;
            let front = split(table, tally, block, half).ok_or(NoPlace::NoNodes { needed })?;
            self.lists.insert(table, block);
            block = front;
        }
        self.lists.insert(table, block);
        Ok(block)
    }

    /// True for the two halves of one block.
    fn may_join(&self, table: &Table, node: NodeIndex, neighbour: NodeIndex) -> bool {
        let (one, other) = (&table[node], &table[neighbour]);
        one.size == other.size && (one.start ^ other.start) == one.size
    }

    fn insert(&mut self, table: &mut Table, node: NodeIndex) {
        self.lists.insert(table, node);
    }

    fn remove(&mut self, table: &mut Table, node: NodeIndex) {
        self.lists.remove(table, node);
    }

    fn resize(&mut self, table: &mut Table, node: NodeIndex) {
        self.lists.resize(table, node);
    }

    /// A block lies at a multiple of its size.
    fn largest_in(&self, _mark: u16, _start: u32, size: u32, align: u32) -> u32 {
        if size >= align { size } else { 0 }
    }

    /// O(blocks of the largest size).
    fn largest(&self, table: &Table) -> u32 {
        self.lists.largest(table)
    }

    fn steps(&self) -> u64 {
        self.lists.steps()
    }

    fn audit(&self, table: &Table, free_ranges: u64) -> Result<(), Violation> {
        let is_block = |size: u32, start: u32| size.is_power_of_two() && start.is_multiple_of(size);
        let odd = table.chain().map(|node| &table[node]).find(|it| !is_block(it.size, it.start));
        match odd {
            Some(range) => Err(Violation::IndexShape { offset: to_bytes(range.start) }),
            None => self.lists.audit(table, free_ranges),
        }
    }
}

/// Granules of the largest block that starts where the range starts and ends inside.
fn largest_block(table: &Table, node: NodeIndex) -> u32 {
    let range = &table[node];
    1 << range.start.trailing_zeros().min(range.size.ilog2())
}
