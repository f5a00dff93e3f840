//! What a program needs at the least, and when that is more than limits grant.

use super::super::error::NodeId;
use super::super::history::RequestId;
use super::super::limits::Limits;
use arenascope_units::Bytes;
use arenascope_units::owner::{Heap, Owner};
use std::collections::BTreeMap;

/// The nodes that bytes of `owner` on `heap` count at.
fn nodes(owner: Owner, heap: Heap) -> [NodeId; 4] {
    [NodeId::Category(owner.category), NodeId::Tag(owner), NodeId::Heap(heap), NodeId::Total]
}

/// Needs that exist at once, each with the least bytes that serve it. No node
/// ever holds more than the highest of its limits and of what it held at first;
/// so where the needs of a node add up to more, one of them was not served.
///
/// Needs come and go by the program's plan, not by what it was granted, so they
/// exist under any limits. Those that were counted once are forgotten: of each
/// set one goes unserved, and the sets have nothing in common.
#[derive(Debug, Default)]
pub(super) struct Floor {
    needs: BTreeMap<RequestId, (Owner, Heap, Bytes)>,
    sums: BTreeMap<NodeId, u64>,
    held_first: BTreeMap<NodeId, u64>,
    limits: Vec<Limits>,
}

impl Floor {
    /// Limits that are in force from now on.
    pub(super) fn limit(&mut self, limits: Limits) {
        self.limits.push(limits);
    }

    /// Bytes that are held where the limits begin.
    pub(super) fn hold_first(&mut self, owner: Owner, heap: Heap, bytes: Bytes) {
        for node in nodes(owner, heap) {
            *self.held_first.entry(node).or_default() += bytes.get();
        }
    }

    /// Adds a request's bytes to what its nodes must hold; an earlier need of that number ends.
    pub(super) fn begin(&mut self, id: RequestId, owner: Owner, heap: Heap, bytes: Bytes) {
        self.end(id);
        self.needs.insert(id, (owner, heap, bytes));
        for node in nodes(owner, heap) {
            *self.sums.entry(node).or_default() += bytes.get();
        }
    }

    /// A need ends, if there is one of that name.
    pub(super) fn end(&mut self, id: RequestId) {
        let Some((owner, heap, bytes)) = self.needs.remove(&id) else { return };
        for node in nodes(owner, heap) {
            if let Some(sum) = self.sums.get_mut(&node) {
                *sum -= bytes.get();
            }
        }
    }

    /// True where the needs cannot all have been served; they are then forgotten.
    pub(super) fn take_excess(&mut self) -> bool {
        let is_over = |(&node, &sum): (&NodeId, &u64)| sum > self.ceiling(node);
        let is_excess = self.sums.iter().any(is_over);
        if is_excess {
            self.forget();
        }
        is_excess
    }

    /// Forgets the needs of now.
    pub(super) fn forget(&mut self) {
        self.needs.clear();
        self.sums.clear();
    }

    fn ceiling(&self, node: NodeId) -> u64 {
        let limits = self.limits.iter().map(|limits| limits.bounds(node).max.get());
        limits.chain(self.held_first.get(&node).copied()).max().unwrap_or(u64::MAX)
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use arenascope_units::owner::MemoryCategory;

    fn floor(textures: u64) -> Floor {
        let mut floor = Floor::default();
        let wall = super::super::super::Bounds::wall(Bytes::new(textures));
        floor.limit(Limits::of_total(Bytes::new(1000)).with_category(MemoryCategory::GPU_TEXTURES, wall).unwrap());
        floor
    }

    fn need(floor: &mut Floor, id: RequestId, bytes: u64) -> bool {
        floor.begin(id, MemoryCategory::GPU_TEXTURES.into(), Heap::Device, Bytes::new(bytes));
        floor.take_excess()
    }

    #[test]
    fn needs_above_a_limit_are_counted_once() {
        let mut floor = floor(100);
        assert!(!need(&mut floor, 1, 60));
        assert!(!need(&mut floor, 2, 40));
        assert!(need(&mut floor, 3, 1), "101 of 100");
        assert!(!need(&mut floor, 4, 100), "1 to 3 are counted");
        floor.end(2);
        assert!(need(&mut floor, 5, 1));
    }

    #[test]
    fn what_ended_is_needed_no_more() {
        let mut floor = floor(100);
        assert!(!need(&mut floor, 1, 60));
        floor.end(1);
        assert!(!need(&mut floor, 2, 100));
        floor.begin(9, MemoryCategory::ECS.into(), Heap::Arena, Bytes::new(250));
        assert!(!floor.take_excess(), "another category");
    }

    #[test]
    fn what_was_held_at_first_may_be_above_a_limit() {
        let mut floor = floor(100);
        floor.hold_first(MemoryCategory::GPU_TEXTURES.into(), Heap::Device, Bytes::new(150));
        assert!(!need(&mut floor, 1, 150), "what lay idle serves it");
        assert!(need(&mut floor, 2, 1));
    }
}
