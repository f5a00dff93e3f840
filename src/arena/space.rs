//! The mechanism that all policies share: cutting an allocation out of a free
//! range, and joining what is freed with its neighbours.
//!
//! The ranges tile the payload: no gap, no overlap, nothing lost. A cut is planned
//! first, so that a refusal leaves everything as it was.

use super::layout::to_bytes;
use super::memory::Region;
use super::node::{Holding, NodeIndex};
use super::policy::{Fit, Placement, Policy, PolicyKind};
use super::statistics::Tally;
use super::table::Table;
use crate::units::Bytes;

/// The payload as ranges, with the policy's index over the free ones.
#[derive(Debug)]
pub(super) struct Space {
    pub(super) table: Table,
    pub(super) policy: Placement,
    pub(super) tally: Tally,
}

/// Why nothing was placed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// No free range holds it.
    NoRoom,
    /// It takes more slots than are vacant.
    NoNodes { needed: u32 },
}

/// How an allocation will be cut out of a free range, in granules: pad, then the
/// allocation, then the rest.
#[derive(Clone, Copy, Debug)]
struct Cut {
    from: NodeIndex,
    /// Given to the free range in front, or a free range of its own.
    pad: u32,
    /// The free neighbour in front that takes the pad.
    pad_to: Option<NodeIndex>,
    size: u32,
    rest: u32,
}

impl Cut {
    fn nodes_needed(&self) -> u32 {
        u32::from(self.rest > 0) + u32::from(self.pad > 0 && self.pad_to.is_none())
    }
}

impl Space {
    /// The whole payload of `region` as one free range.
    pub(super) fn new(region: Region, arena: u32, kind: PolicyKind) -> Self {
        let table = Table::format(region, arena);
        let mut space = Self { table, policy: Placement::new(kind), tally: Tally::default() };
        space.start();
        space
    }

    /// Forgets every range and starts the next epoch. O(1).
    pub(super) fn reset(&mut self) {
        self.table.clear();
        self.policy = Placement::new(self.policy.kind());
        self.tally = Tally::default();
        self.start();
    }

    fn start(&mut self) {
        let division = self.table.division();
        let (start, end) = (division.first_granule(), division.end_granule());
        // The smallest region has 21 slots, all of them vacant here.
        let Some(whole) = self.table.take(start, end - start) else { return };
        self.table.link_first(whole);
        self.policy.start(&mut self.table, whole);
        self.tally.add_free(self.size(whole));
    }

    /// Bytes of a range.
    pub(super) fn size(&self, node: NodeIndex) -> Bytes {
        to_bytes(self.table[node].size)
    }

    /// Places `fit` and records its holder.
    pub(super) fn place(&mut self, fit: Fit, holding: &Holding) -> Result<NodeIndex, Refusal> {
        let from = self.policy.find(&self.table, fit).ok_or(Refusal::NoRoom)?;
        let cut = self.plan(from, fit);
        let needed = cut.nodes_needed();
        if needed > self.table.vacant_count() {
            return Err(Refusal::NoNodes { needed });
        }
        let node = self.apply(cut).ok_or(Refusal::NoNodes { needed })?;
        self.table[node].set_used(holding);
        self.tally.add_used(self.size(node), Bytes::from(holding.requested));
        Ok(node)
    }

    fn plan(&self, from: NodeIndex, fit: Fit) -> Cut {
        let node = &self.table[from];
        let pad = fit.pad(node.start);
        let rest = node.size - pad - fit.size;
        let pad_to = node.before.filter(|&front| pad > 0 && self.joins(front));
        let (size, rest) = if self.policy.keeps(from, rest) { (fit.size + rest, 0) } else { (fit.size, rest) };
        Cut { from, pad, pad_to, size, rest }
    }

    /// The node of the allocation: the range's own where nothing is left behind
    /// it, else a new one in front, so that the rest keeps its place in the index.
    fn apply(&mut self, cut: Cut) -> Option<NodeIndex> {
        let whole = self.table[cut.from].start;
        self.tally.remove_free(self.size(cut.from));
        let start = whole + cut.pad;
        let used = if cut.rest == 0 { self.take_whole(cut, start) } else { self.take_front(cut, start)? };
        self.give_pad(cut, used, whole)?;
        Some(used)
    }

    fn take_whole(&mut self, cut: Cut, start: u32) -> NodeIndex {
        self.policy.remove(&mut self.table, cut.from);
        let node = &mut self.table[cut.from];
        (node.start, node.size) = (start, cut.size);
        cut.from
    }

    fn take_front(&mut self, cut: Cut, start: u32) -> Option<NodeIndex> {
        let used = self.table.take(start, cut.size)?;
        self.table.link_before(used, cut.from);
        let rest = &mut self.table[cut.from];
        (rest.start, rest.size) = (start + cut.size, cut.rest);
        self.policy.shrink(&mut self.table, cut.from);
        self.tally.add_free(to_bytes(cut.rest));
        Some(used)
    }

    fn give_pad(&mut self, cut: Cut, used: NodeIndex, start: u32) -> Option<()> {
        if let Some(front) = cut.pad_to {
            self.grow(front, self.table[front].start, self.table[front].size + cut.pad);
        } else if cut.pad > 0 {
            let pad = self.table.take(start, cut.pad)?;
            self.table.link_before(pad, used);
            self.policy.insert(&mut self.table, pad);
            self.tally.add_free(to_bytes(cut.pad));
        }
        Some(())
    }

    /// Frees an allocation and joins it with its free neighbours. O(1) but for
    /// the policy's index.
    pub(super) fn vacate(&mut self, node: NodeIndex, requested: Bytes) {
        self.tally.remove_used(self.size(node), requested);
        self.table[node].set_free();
        let (start, size) = (self.table[node].start, self.table[node].size);
        let front = self.table[node].before.filter(|&front| self.joins(front));
        let behind = self.table[node].after.filter(|&behind| self.joins(behind));
        match (front, behind) {
            (Some(front), Some(behind)) => {
                let last = self.absorb(behind);
                self.table.unlink(node);
                self.grow(front, self.table[front].start, self.table[front].size + size + last);
            }
            (Some(front), None) => {
                self.table.unlink(node);
                self.grow(front, self.table[front].start, self.table[front].size + size);
            }
            (None, Some(behind)) => {
                self.table.unlink(node);
                self.grow(behind, start, size + self.table[behind].size);
            }
            (None, None) => {
                self.policy.insert(&mut self.table, node);
                self.tally.add_free(to_bytes(size));
            }
        }
        self.policy.settle(&mut self.table);
    }

    fn joins(&self, neighbour: NodeIndex) -> bool {
        self.table[neighbour].is_free() && self.policy.may_join(neighbour)
    }

    /// Takes a free range out of everything; gives its size.
    fn absorb(&mut self, node: NodeIndex) -> u32 {
        let size = self.table[node].size;
        self.tally.remove_free(to_bytes(size));
        self.policy.remove(&mut self.table, node);
        self.table.unlink(node);
        size
    }

    fn grow(&mut self, node: NodeIndex, start: u32, size: u32) {
        self.tally.remove_free(self.size(node));
        (self.table[node].start, self.table[node].size) = (start, size);
        self.policy.resize(&mut self.table, node);
        self.tally.add_free(to_bytes(size));
    }
}
