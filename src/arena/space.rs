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
use super::span::tier::Tier;
use super::statistics::Tally;
use super::table::Table;
use crate::units::Bytes;
use std::sync::Arc;

/// The payload as ranges, with the policy's index over the free ones.
#[derive(Debug)]
pub(super) struct Space {
    pub(super) table: Table,
    pub(super) policy: Placement,
    pub(super) tally: Tally,
    /// What threads keep and give out by themselves; none unless the arena was shared.
    pub(super) tier: Option<Arc<Tier>>,
}

impl Space {
    /// The whole payload of `region` as free ranges.
    pub(super) fn new(region: Region, arena: u32, kind: PolicyKind) -> Self {
        let table = Table::format(region, arena);
        let mut space = Self { table, policy: Placement::new(kind), tally: Tally::default(), tier: None };
        space.start();
        space
    }

    /// Forgets every range and starts the next epoch. O(1).
    pub(super) fn reset(&mut self) {
        self.table.clear();
        self.policy = Placement::new(self.policy.kind());
        self.tally = Tally::default();
        if let Some(tier) = &self.tier {
            tier.forget();
        }
        self.start();
    }

    fn start(&mut self) {
        let Self { table, policy, tally, .. } = self;
        each!(policy, policy => Mechanism { table, tally, policy }.start());
    }

    /// Bytes of a range.
    pub(super) fn size(&self, node: NodeIndex) -> Bytes {
        to_bytes(self.table[node].size)
    }

    /// Places a checked request and records its holder.
    #[inline]
    pub(super) fn place(&mut self, request: &Request) -> Result<NodeIndex, Refusal> {
        let node = self.put(request)?;
        self.tally.add_used(self.table[node].size, request.size.get() as u32);
        Ok(node)
    }

    /// Frees an allocation; false where its links are damaged.
    #[inline]
    pub(super) fn vacate(&mut self, node: NodeIndex) -> bool {
        let (size, requested) = (self.table[node].size, self.table[node].requested());
        let is_sound = self.give(node);
        if is_sound {
            self.tally.remove_used(size, requested);
        }
        is_sound
    }

    /// Places a checked request as a range that a thread keeps, under the record
    /// `name`; under none if it is a page.
    pub(super) fn lend(&mut self, request: &Request, name: u32) -> Result<NodeIndex, Refusal> {
        let node = self.put(request)?;
        let entry = &mut self.table[node];
        self.tally.add_lent(entry.size);
        entry.set_lent(name);
        Ok(node)
    }

    /// Frees a range that a thread has kept; false where its links are damaged.
    pub(super) fn take_back(&mut self, node: NodeIndex) -> bool {
        let size = self.table[node].size;
        let is_sound = self.give(node);
        if is_sound {
            self.tally.remove_lent(size);
        }
        is_sound
    }

    #[inline]
    fn put(&mut self, request: &Request) -> Result<NodeIndex, Refusal> {
        let Self { table, policy, tally, .. } = self;
        each!(policy, policy => place(table, tally, policy, request))
    }

    #[inline]
    fn give(&mut self, node: NodeIndex) -> bool {
        let Self { table, policy, tally, .. } = self;
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
        let tally = &self.tally;
        let taken = tally.used.wrapping_add(tally.lent).wrapping_add(tally.quarantined);
        self.table.payload_granules().wrapping_sub(taken)
    }

    /// Free ranges: every taken slot that holds no allocation, live or held back.
    pub(super) fn free_ranges(&self) -> u32 {
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
) -> Result<NodeIndex, Refusal> {
    Mechanism { table, tally, policy }.place(request)
}

#[inline(never)]
fn vacate<P: Policy>(table: &mut Table, tally: &mut Tally, policy: &mut P, node: NodeIndex) -> bool {
    Mechanism { table, tally, policy }.vacate(node)
}
