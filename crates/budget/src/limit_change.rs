//! Which bounds two sets of limits have different.

use super::error::NodeId;
use super::limits::{Bounds, Limits};
use arenascope_units::owner::{Heap, MemoryCategory, Owner};
use std::collections::BTreeSet;

/// A node whose bounds changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LimitChange {
    /// The node: the total, a category, a heap or a tag.
    pub node: NodeId,
    /// Its bounds before the change.
    pub from: Bounds,
    /// Its bounds after the change.
    pub to: Bounds,
}

impl Limits {
    /// What is otherwise in `other`, the total first, then categories, heaps and
    /// tags in their order. A heap or tag without bounds is open.
    pub fn changes_to(&self, other: &Self) -> Vec<LimitChange> {
        let tags: BTreeSet<Owner> = self.tags().chain(other.tags()).map(|(owner, _)| owner).collect();
        let categories = MemoryCategory::ALL.map(NodeId::Category);
        let nodes = [NodeId::Total].into_iter().chain(categories).chain(Heap::ALL.map(NodeId::Heap));
        let change = |node| LimitChange { node, from: self.bounds(node), to: other.bounds(node) };
        nodes.chain(tags.into_iter().map(NodeId::Tag)).map(change).filter(|change| change.from != change.to).collect()
    }

    /// The bounds of a node.
    pub fn bounds(&self, node: NodeId) -> Bounds {
        match node {
            NodeId::Total => Bounds::wall(self.total()),
            NodeId::Heap(heap) => self.heap(heap).unwrap_or(Bounds::OPEN),
            NodeId::Category(category) => self.category(category),
            NodeId::Tag(owner) => self.tag(owner),
        }
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use arenascope_units::Bytes;
    use arenascope_units::owner::Tag;

    #[test]
    fn only_what_changed_is_named() {
        let before = Limits::of_total(Bytes::new(1000));
        let wall = |most| Bounds::wall(Bytes::new(most));
        let owner = Owner::new(MemoryCategory::ECS, Tag(4));
        let after = before.clone().with_category(MemoryCategory::GPU_TEXTURES, wall(30)).unwrap();
        let after = after.with_heap(Heap::Device, wall(9)).unwrap().with_tag(owner, wall(5)).unwrap();
        let node = |change: &LimitChange| (change.node, change.to.max.get());
        let changed: Vec<_> = before.changes_to(&after).iter().map(node).collect();
        let textures = (NodeId::Category(MemoryCategory::GPU_TEXTURES), 30);
        assert_eq!(changed, [textures, (NodeId::Heap(Heap::Device), 9), (NodeId::Tag(owner), 5)]);
        let back = after.changes_to(&before);
        assert_eq!((back.len(), back[2].to, back[1].from), (3, Bounds::OPEN, wall(9)));
        assert_eq!(before.changes_to(&before), []);
    }
}
