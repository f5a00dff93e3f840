//! The payload as ranges that tile it: no gap, no overlap, nothing lost.
//!
//! A space is the table, the policy in use and the figures. Each operation picks
//! the policy once and then runs [`Mechanism`], compiled for that policy alone.

use super::layout::to_bytes;
use super::mechanism::{Mechanism, Refusal};
use super::memory::Region;
use super::node::NodeIndex;
use super::policy::{Placement, Policy, PolicyKind, each};
use super::request::Request;
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

impl Space {
    /// The whole payload of `region` as free ranges.
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
        let Self { table, policy, tally } = self;
        each!(policy, policy => Mechanism { table, tally, policy }.start());
    }

    /// Bytes of a range.
    pub(super) fn size(&self, node: NodeIndex) -> Bytes {
        to_bytes(self.table[node].size)
    }

    /// Places a checked request and records its holder.
    #[inline]
    pub(super) fn place(&mut self, request: &Request) -> Result<NodeIndex, Refusal> {
        let Self { table, policy, tally } = self;
        each!(policy, policy => place(table, tally, policy, request))
    }

    /// Frees an allocation; false where its links are damaged.
    #[inline]
    pub(super) fn vacate(&mut self, node: NodeIndex) -> bool {
        let Self { table, policy, tally } = self;
        each!(policy, policy => vacate(table, tally, policy, node))
    }

    /// Granules of the largest free range.
    pub(super) fn largest(&self) -> u32 {
        each!(&self.policy, policy => policy.largest(&self.table))
    }

    /// Nodes that the policy visited.
    pub(super) fn steps(&self) -> u64 {
        each!(&self.policy, policy => policy.steps())
    }

    /// Granules in free ranges.
    pub(super) fn free(&self) -> u32 {
        self.table.payload_granules().wrapping_sub(self.tally.used).wrapping_sub(self.tally.cached)
    }

    /// Free ranges: every taken slot that holds no allocation, live or held back.
    pub(super) fn free_ranges(&self) -> u32 {
        self.table.taken_count().wrapping_sub(self.tally.allocations).wrapping_sub(self.tally.cached_ranges)
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
) -> Result<NodeIndex, Refusal> {
    Mechanism { table, tally, policy }.place(request)
}

#[inline(never)]
fn vacate<P: Policy>(table: &mut Table, tally: &mut Tally, policy: &mut P, node: NodeIndex) -> bool {
    Mechanism { table, tally, policy }.vacate(node)
}
