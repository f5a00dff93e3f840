//! The payload as ranges that tile it: no gap, no overlap, nothing lost.
//!
//! A space is the table, the policy in use and the figures. Each operation picks
//! the policy once and then runs [`SplitCoalesce`], compiled for that policy alone.

use super::SplitCoalesce;
use crate::error::AllocError;
use crate::layout::{NodeIndex, to_bytes};
use crate::nodes::table::Table;
use crate::nodes::tally::Tally;
use crate::policy::index::NoPlace;
use crate::policy::index::Policy;
use crate::policy::kind::PolicyKind;
use crate::policy::{Placement, each};
use crate::region::Region;
use crate::request::{AllocationId, Request, Stamp};
use arenascope_units::Bytes;

/// The payload as ranges, with the policy's index over the free ones.
#[derive(Debug)]
pub(crate) struct Space {
    pub(crate) table: Table,
    pub(crate) policy: Placement,
    pub(crate) tally: Tally,
}

impl Space {
    /// The whole payload of `region` as free ranges.
    pub(crate) fn new(region: Region, arena: u32, kind: PolicyKind) -> Self {
        Self::over(Table::format(region, arena), kind)
    }

    /// The whole payload of a table without ranges, free, under a policy.
    pub(crate) fn over(table: Table, kind: PolicyKind) -> Self {
        let mut space = Self { table, policy: Placement::new(kind), tally: Tally::default() };
        space.start();
        space
    }

    /// Forgets every range and starts the next epoch. O(1).
    pub(crate) fn reset(&mut self) {
        self.table.clear();
        self.policy = Placement::new(self.policy.kind());
        self.tally = Tally::default();
        self.start();
    }

    fn start(&mut self) {
        let Self { table, policy, tally } = self;
        each!(policy, policy => SplitCoalesce { table, tally, policy }.start());
    }

    /// Bytes of a range.
    pub(crate) fn size(&self, node: NodeIndex) -> Bytes {
        to_bytes(self.table[node].size)
    }

    /// Places a checked request and records its holder.
    #[inline(always)]
    pub(crate) fn place(&mut self, request: &Request) -> Result<NodeIndex, NoPlace> {
        let node = self.put(request)?;
        self.tally.add_used(self.table[node].size, request.size.get() as u32);
        Ok(node)
    }

    /// Frees an allocation; false where its links are damaged.
    #[inline(always)]
    pub(crate) fn vacate(&mut self, node: NodeIndex) -> bool {
        let (size, requested) = (self.table[node].size, self.table[node].requested());
        let is_sound = self.give(node);
        if is_sound {
            self.tally.remove_used(size, requested);
        }
        is_sound
    }

    /// Places a checked request as a range that a thread keeps, under the record
    /// `name`; under none if it is a page.
    pub(crate) fn lend(&mut self, request: &Request, name: u32) -> Result<NodeIndex, NoPlace> {
        let node = self.put(request)?;
        let entry = &mut self.table[node];
        self.tally.add_lent(entry.size);
        entry.set_lent(name);
        Ok(node)
    }

    /// Frees a range that a thread has kept; false where its links are damaged.
    pub(crate) fn take_back(&mut self, node: NodeIndex) -> bool {
        let size = self.table[node].size;
        let is_sound = self.give(node);
        if is_sound {
            self.tally.remove_lent(size);
        }
        is_sound
    }

    #[inline(never)]
    fn put(&mut self, request: &Request) -> Result<NodeIndex, NoPlace> {
        let Self { table, policy, tally } = self;
        each!(policy, policy => place(table, tally, policy, request))
    }

    #[inline(never)]
    fn give(&mut self, node: NodeIndex) -> bool {
        let Self { table, policy, tally } = self;
        each!(policy, policy => vacate(table, tally, policy, node))
    }

    /// Granules that the policy sets aside for a checked request and the bytes of its
    /// canaries.
    pub(crate) fn needed(&self, request: &Request, canaries: u32) -> u32 {
        // Checked: at most 1 GiB, 272 B and 64 KiB, so all fit 32 bits.
        let (size, align) = (request.size.get() as u32 + canaries, request.align.get() as u32);
        each!(&self.policy, policy => policy.granules(size, align))
    }

    /// The refusal of `request`, of which `canaries` more bytes were wanted, with what there is.
    #[cold]
    pub(crate) fn word(&self, refusal: NoPlace, request: &Request, canaries: u32) -> AllocError {
        match refusal {
            NoPlace::NoRoom => AllocError::OutOfMemory {
                requested: request.size,
                needed: to_bytes(self.needed(request, canaries)),
                largest_free: to_bytes(self.largest()),
                free: to_bytes(self.free()),
                free_ranges: u64::from(self.free_ranges()),
            },
            NoPlace::NoNodes { needed } => AllocError::OutOfNodes {
                needed,
                vacant: self.table.vacant_count(),
                nodes: self.table.division().node_count,
            },
        }
    }

    /// Which arena, and which epoch of it.
    pub(crate) fn stamp(&self) -> Stamp {
        let header = self.table.header();
        Stamp::new(header.arena, header.epoch)
    }

    /// The handle of the allocation at `node`.
    #[inline]
    pub(crate) fn id_of(&self, node: NodeIndex) -> AllocationId {
        AllocationId::of_node(node, self.table[node].generation, self.stamp())
    }

    /// Granules of the largest free range.
    pub(crate) fn largest(&self) -> u32 {
        each!(&self.policy, policy => policy.largest(&self.table))
    }

    /// Nodes that the policy visited.
    pub(crate) fn steps(&self) -> u64 {
        each!(&self.policy, policy => policy.steps())
    }

    /// Granules in free ranges.
    pub(crate) fn free(&self) -> u32 {
        let tally = &self.tally;
        let taken = tally.used.wrapping_add(tally.lent).wrapping_add(tally.quarantined);
        self.table.payload_granules().wrapping_sub(taken)
    }

    /// Free ranges: every taken slot that holds no allocation, live or held back.
    pub(crate) fn free_ranges(&self) -> u32 {
        let tally = &self.tally;
        let taken = tally.allocations.wrapping_add(tally.lent_ranges).wrapping_add(tally.quarantined_ranges);
        self.table.taken_count().wrapping_sub(taken)
    }
}

// One function for each policy, and not all policies in one: each keeps its own
// values in registers.

#[inline(never)]
fn place<P: Policy>(
    table: &mut Table,
    tally: &mut Tally,
    policy: &mut P,
    request: &Request,
) -> Result<NodeIndex, NoPlace> {
    SplitCoalesce { table, tally, policy }.place(request)
}

#[inline(never)]
fn vacate<P: Policy>(table: &mut Table, tally: &mut Tally, policy: &mut P, node: NodeIndex) -> bool {
    SplitCoalesce { table, tally, policy }.vacate(node)
}
