//! The levels and how a request walks through them: category, then root.

use super::error::{AccountingError, BudgetError, Level, Underflow};
use super::limits::Limits;
use super::node::Node;
use super::state::{BudgetState, CategoryState};
use crate::owner::{Heap, MemoryCategory};
use crate::units::Bytes;
use core::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// A level of the tree with its name in errors.
type Step<'a> = (Level, &'a Node);

/// The root, its categories, and the count of what should never happen.
#[derive(Debug)]
pub(super) struct Tree {
    root: Node,
    categories: [Node; MemoryCategory::ALL.len()],
    accounting_errors: AtomicU64,
}

impl Tree {
    pub(super) fn new(limits: Limits) -> Self {
        Self {
            root: Node::new(limits.total()),
            categories: MemoryCategory::ALL.map(|category| Node::new(limits.category(category))),
            accounting_errors: AtomicU64::new(0),
        }
    }

    pub(super) fn root(&self) -> &Node {
        &self.root
    }

    pub(super) fn category(&self, category: MemoryCategory) -> &Node {
        &self.categories[category.index()]
    }

    /// The levels that a request of `category` passes, from leaf to root.
    fn path(&self, category: MemoryCategory) -> [Step<'_>; 2] {
        [(Level::Category, self.category(category)), (Level::Total, &self.root)]
    }

    /// Whether `size` more bytes would fit at every level now.
    pub(super) fn has_room(&self, category: MemoryCategory, size: Bytes) -> bool {
        self.path(category).iter().all(|(_, node)| node.has_room(size))
    }

    /// Speaks for `size` bytes at every level, or at none. A refusal counts as
    /// a failure along the whole path.
    pub(super) fn claim(&self, category: MemoryCategory, size: Bytes) -> Result<(), BudgetError> {
        let path = self.path(category);
        for (taken, &(level, node)) in path.iter().enumerate() {
            if let Err(shortfall) = node.claim(size) {
                // A rollback that underflows is counted; the refusal is what
                // the caller has to know.
                let _ = self.lower(category, &path[..taken], |node| node.unclaim(size));
                path.iter().for_each(|(_, node)| node.note_failure());
                return Err(BudgetError::over_limit(level, category, shortfall));
            }
        }
        Ok(())
    }

    /// Gives back claimed bytes that are not charged.
    pub(super) fn unclaim(&self, category: MemoryCategory, size: Bytes) -> Result<(), AccountingError> {
        self.lower(category, &self.path(category), |node| node.unclaim(size))
    }

    /// Moves claimed bytes from reserved to charged.
    pub(super) fn charge(&self, category: MemoryCategory, heap: Heap, size: Bytes) {
        self.path(category).iter().for_each(|(_, node)| node.charge(heap, size));
    }

    /// Moves charged bytes back to reserved.
    pub(super) fn uncharge(&self, category: MemoryCategory, heap: Heap, size: Bytes) -> Result<(), AccountingError> {
        self.lower(category, &self.path(category), |node| node.uncharge(heap, size))
    }

    /// Every figure as plain data.
    pub(super) fn state(&self) -> BudgetState {
        BudgetState {
            total: self.root.state(),
            categories: MemoryCategory::ALL
                .map(|category| CategoryState { category, node: self.category(category).state() }),
            accounting_errors: self.accounting_errors.load(Relaxed),
        }
    }

    /// Runs `step` at every level, whatever the others say: a wrong level must
    /// not make the others wrong too. Counts each underflow, returns the first.
    fn lower(
        &self,
        category: MemoryCategory,
        path: &[Step<'_>],
        step: impl Fn(&Node) -> Result<(), Underflow>,
    ) -> Result<(), AccountingError> {
        let mut outcome = Ok(());
        for &(level, node) in path {
            if let Err(underflow) = step(node) {
                self.accounting_errors.fetch_add(1, Relaxed);
                outcome = outcome.and(Err(AccountingError { level, category, underflow }));
            }
        }
        outcome
    }
}

#[cfg(test)]
mod tests {
    use super::super::error::Counter;
    use super::*;

    const CATEGORY: MemoryCategory = MemoryCategory::Ecs;

    fn tree() -> Tree {
        let limits = Limits::new(Bytes::new(100), [Bytes::new(60); 6]).unwrap();
        Tree::new(limits)
    }

    #[test]
    fn the_root_refuses_and_the_category_is_rolled_back() {
        let tree = tree();
        tree.claim(MemoryCategory::Temporary, Bytes::new(60)).unwrap();
        let refusal = tree.claim(CATEGORY, Bytes::new(41)).unwrap_err();
        assert!(matches!(refusal, BudgetError::OverLimit { level: Level::Total, category: CATEGORY, .. }));
        assert_eq!(tree.category(CATEGORY).state().reserved, Bytes::ZERO);
        assert_eq!(tree.root().state().reserved, Bytes::new(60));
        assert_eq!((tree.category(CATEGORY).state().failures, tree.root().state().failures), (1, 1));
        assert_eq!(tree.claim(CATEGORY, Bytes::new(40)), Ok(()));
    }

    #[test]
    fn an_underflow_is_typed_and_counted_at_each_level() {
        let tree = tree();
        tree.claim(CATEGORY, Bytes::new(10)).unwrap();
        // Another category keeps the root from underflowing with the first.
        tree.claim(MemoryCategory::Temporary, Bytes::new(10)).unwrap();
        let error = tree.unclaim(CATEGORY, Bytes::new(15)).unwrap_err();
        let underflow = Underflow { counter: Counter::Claimed, held: Bytes::new(10), released: Bytes::new(15) };
        assert_eq!(error, AccountingError { level: Level::Category, category: CATEGORY, underflow });
        assert_eq!(tree.state().accounting_errors, 1);
        assert_eq!(tree.unclaim(CATEGORY, Bytes::new(50)).unwrap_err().level, Level::Category);
        assert_eq!(tree.state().accounting_errors, 3);
    }
}
