//! The sums that must hold whenever nobody is in the middle of a request.

use super::error::NodeId;
use super::state::{BudgetState, NodeState, TagState};
use arenascope_units::Bytes;
use arenascope_units::owner::{MemoryCategory, Owner, Tag};
use thiserror::Error;

/// Two figures that should agree and do not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum Violation {
    /// A level's heaps do not sum to what it has charged.
    #[error("{node}: {} B charged, {} B on its heaps", .current.get(), .heaps.get())]
    Heaps {
        /// The level that is wrong.
        node: NodeId,
        /// What the level has charged.
        current: Bytes,
        /// The sum over its heaps.
        heaps: Bytes,
    },
    /// A level's peak is below what it has charged.
    #[error("{node}: {} B charged, peak of only {} B", .current.get(), .peak.get())]
    Peak {
        /// The level that is wrong.
        node: NodeId,
        /// What the level has charged.
        current: Bytes,
        /// The peak that it remembers.
        peak: Bytes,
    },
    /// The children of a level do not sum to it.
    #[error("{figure} of {node}: {own}, over its {children}: {sum}")]
    Sum {
        /// The level whose children do not sum to it.
        node: NodeId,
        /// Which children: `categories`, `heaps` or `tags`.
        children: &'static str,
        /// Which figure: `charged`, `reserved` or `failures`.
        figure: &'static str,
        /// What the level has.
        own: u64,
        /// The sum over its children.
        sum: u64,
    },
    /// A level holds more than its limit, and not because that was lowered.
    #[error("{node}: {} B charged and reserved of {} B at most", .claimed.get(), .limit.get())]
    OverLimit {
        /// The level that holds too much.
        node: NodeId,
        /// Charged and reserved together.
        claimed: Bytes,
        /// The most it may be.
        limit: Bytes,
    },
    /// Counters that would have gone below zero.
    #[error("{count} accounting errors")]
    Accounting {
        /// Counters that would have gone below zero.
        count: u64,
    },
}

type Figure = (&'static str, fn(&NodeState) -> u64);

/// What children must sum to.
const FIGURES: [Figure; 3] = [
    ("charged", |node| node.current.get()),
    ("reserved", |node| node.reserved.get()),
    ("failures", |node| node.failures),
];

impl BudgetState {
    /// Recomputes every sum. Cost: a few dozen additions.
    ///
    /// # Errors
    ///
    /// The first [`Violation`] found.
    pub fn audit(&self) -> Result<(), Violation> {
        for row in &self.categories {
            audit_node(NodeId::Category(row.category), &row.node)?;
        }
        for row in &self.heaps {
            row.node.map_or(Ok(()), |node| audit_node(NodeId::Heap(row.heap), &node))?;
        }
        audit_node(NodeId::Total, &self.total)?;
        let categories: Vec<_> = self.categories.iter().map(|row| row.node).collect();
        audit_children(NodeId::Total, &self.total, "categories", &categories)?;
        let heaps: Vec<_> = self.heaps.iter().filter_map(|row| row.node).collect();
        if !heaps.is_empty() {
            audit_children(NodeId::Total, &self.total, "heaps", &heaps)?;
        }
        match self.accounting_errors {
            0 => Ok(()),
            count => Err(Violation::Accounting { count }),
        }
    }
}

/// That each tag is sound, and each category the sum of its tags.
pub(super) fn audit_tags(state: &BudgetState, tags: &[TagState]) -> Result<(), Violation> {
    for row in tags {
        audit_node(NodeId::Tag(Owner::new(row.category, row.tag.unwrap_or(Tag::NONE))), &row.node)?;
    }
    for category in MemoryCategory::ALL {
        let own: Vec<_> = tags.iter().filter(|row| row.category == category).map(|row| row.node).collect();
        audit_children(NodeId::Category(category), state.of(category), "tags", &own)?;
    }
    Ok(())
}

fn audit_node(node: NodeId, figures: &NodeState) -> Result<(), Violation> {
    let NodeState { current, peak, limit, held_over, .. } = *figures;
    let heaps: Bytes = figures.by_heap.into_iter().sum();
    if heaps != current {
        return Err(Violation::Heaps { node, current, heaps });
    }
    let (claimed, limit) = (figures.claimed(), limit.max(held_over));
    if claimed > limit {
        return Err(Violation::OverLimit { node, claimed, limit });
    }
    if peak < current { Err(Violation::Peak { node, current, peak }) } else { Ok(()) }
}

fn audit_children(
    node: NodeId,
    parent: &NodeState,
    children: &'static str,
    rows: &[NodeState],
) -> Result<(), Violation> {
    for (figure, of) in FIGURES {
        let (own, sum) = (of(parent), rows.iter().fold(0u64, |sum, row| sum.saturating_add(of(row))));
        if own != sum {
            return Err(Violation::Sum { node, children, figure, own, sum });
        }
    }
    Ok(())
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::super::{Bounds, Budget, Limits};
    use super::*;
    use arenascope_units::owner::Heap;

    fn budget() -> Budget {
        let limits = Limits::of_total(Bytes::new(1000)).with_heap(Heap::Device, Bounds::OPEN).unwrap();
        Budget::with_limits(limits)
    }

    /// A sound state with charges and a reservation, after `damage`.
    fn damaged(damage: impl FnOnce(&mut BudgetState)) -> Result<(), Violation> {
        let budget = budget();
        let _charge = budget.allocate(MemoryCategory::ECS, Heap::Arena, Bytes::new(40)).unwrap();
        let _reservation = budget.try_reserve(MemoryCategory::GPU_BUFFERS, Heap::Device, Bytes::new(7)).unwrap();
        let mut state = budget.snapshot();
        damage(&mut state);
        state.audit()
    }

    #[test]
    fn each_broken_sum_is_named() {
        let b = Bytes::new;
        let (ecs, total) = (NodeId::Category(MemoryCategory::ECS), NodeId::Total);
        assert_eq!(damaged(|_| {}), Ok(()));
        assert_eq!(
            damaged(|state| state.categories[0].node.by_heap[1] = b(1)),
            Err(Violation::Heaps { node: ecs, current: b(40), heaps: b(41) })
        );
        assert_eq!(
            damaged(|state| state.total.peak = b(39)),
            Err(Violation::Peak { node: total, current: b(40), peak: b(39) })
        );
        let sum = |children, figure, own, sum| Err(Violation::Sum { node: total, children, figure, own, sum });
        assert_eq!(damaged(|state| state.categories[2].node.reserved = b(1)), sum("categories", "reserved", 7, 8));
        assert_eq!(damaged(|state| state.total.failures = 2), sum("categories", "failures", 2, 0));
        let lose_a_heap = |state: &mut BudgetState| state.heaps[1].node.as_mut().unwrap().reserved = b(0);
        assert_eq!(damaged(lose_a_heap), sum("heaps", "reserved", 7, 0));
        assert_eq!(
            damaged(|state| state.total.limit = b(46)),
            Err(Violation::OverLimit { node: total, claimed: b(47), limit: b(46) })
        );
        assert_eq!(damaged(|state| state.accounting_errors = 3), Err(Violation::Accounting { count: 3 }));
    }

    #[test]
    fn a_tag_that_is_missing_is_named() {
        let budget = budget();
        let owner = Owner::new(MemoryCategory::ECS, Tag(3));
        let _charges = [2, 3].map(|tag| {
            budget.allocate(Owner { tag: Tag(tag), ..owner }, Heap::Arena, Bytes::new(u64::from(tag))).unwrap()
        });
        let (state, mut tags) = (budget.snapshot(), budget.tags());
        assert_eq!(audit_tags(&state, &tags), Ok(()));
        tags.pop();
        let node = NodeId::Category(MemoryCategory::ECS);
        let missing = Violation::Sum { node, children: "tags", figure: "charged", own: 5, sum: 2 };
        assert_eq!(audit_tags(&state, &tags), Err(missing));
    }
}
