//! Who has to give way when a request does not fit: a plan, not a deed. The
//! caller carries it out on pool and caches, outside any lock, and asks again.

use super::error::{BudgetError, Level};
use super::state::{BudgetState, NodeState};
use arenascope_units::Bytes;
use arenascope_units::owner::{Heap, MemoryCategory, Owner};

/// Where bytes can be had back without asking their owner: idle buffers and
/// textures of the pool lie on the device. What lies in the arena or in a
/// neural-network context is in use until it is dropped.
pub const RECLAIMABLE: Heap = Heap::Device;

/// One thing to do: get `bytes` back from a category.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReclaimStep {
    /// The category that is asked to give way.
    pub category: MemoryCategory,
    /// Where its bytes lie.
    pub heap: Heap,
    /// How many at most.
    pub bytes: Bytes,
}

/// What to do for one request, in this order, until enough came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reclaim {
    /// Category and tag whose request is in need.
    pub by: Owner,
    /// How many bytes are missing.
    pub missing: Bytes,
    /// Who is asked: itself first, then borrowers, lowest priority first.
    pub steps: Vec<ReclaimStep>,
}

/// Carries out steps of a plan. Runs outside any lock of the budget, and may use
/// it: giving bytes back is dropping their charges.
pub trait Reclaimer {
    /// Gets back up to `step.bytes`, more where things come in larger pieces;
    /// says whose they were and how many.
    fn reclaim(&mut self, step: &ReclaimStep) -> Freed;
}

/// Bytes that came back, by category: a cache that cannot choose whose it drops
/// tells whose it dropped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Freed {
    by_category: [Bytes; MemoryCategory::ALL.len()],
}

impl Freed {
    /// `bytes` more of `category`.
    pub fn add(&mut self, category: MemoryCategory, bytes: Bytes) {
        let sum = &mut self.by_category[category.index()];
        *sum = [*sum, bytes].into_iter().sum();
    }

    /// Bytes that came back from one category.
    pub const fn of(&self, category: MemoryCategory) -> Bytes {
        self.by_category[category.index()]
    }

    /// Bytes that came back from all categories.
    pub fn total(&self) -> Bytes {
        self.by_category.into_iter().sum()
    }
}

impl<F: FnMut(&ReclaimStep) -> Freed> Reclaimer for F {
    fn reclaim(&mut self, step: &ReclaimStep) -> Freed {
        self(step)
    }
}

impl BudgetState {
    /// The plan for a request that `error` refused. Pure: the same figures give
    /// the same plan. `None` where nobody could help.
    ///
    /// Its own idle bytes come first. Where the total is what refuses, those who
    /// borrow follow, lowest priority first; a request that itself would borrow
    /// takes only from lower priorities than its own, and one below its minimum
    /// from everybody's bytes above theirs.
    pub fn plan_reclaim(&self, owner: Owner, size: Bytes, error: &BudgetError) -> Option<Reclaim> {
        let (level, missing) = error.shortage()?;
        let mut others: Vec<_> = match level {
            Level::Tag | Level::Category => Vec::new(),
            Level::Heap(heap) if heap != RECLAIMABLE => return None,
            Level::Heap(_) | Level::Total => self.givers(owner.category, size),
        };
        others.sort_by_key(|step| (self.of(step.category).priority, step.category));
        let own = self.of(owner.category).on(RECLAIMABLE);
        let own = ReclaimStep { category: owner.category, heap: RECLAIMABLE, bytes: own.min(missing) };
        let steps: Vec<_> = [own].into_iter().chain(others).filter(|step| !step.bytes.is_zero()).collect();
        (!steps.is_empty()).then_some(Reclaim { by: owner, missing, steps })
    }

    /// What each other category could be asked for by a request of `category`.
    fn givers(&self, category: MemoryCategory, size: Bytes) -> Vec<ReclaimStep> {
        let asker = self.of(category);
        let after = asker.claimed().checked_add(size).unwrap_or(Bytes::new(u64::MAX));
        let may_take = |node: &NodeState| {
            let kept = if after <= asker.min { node.min } else { node.high };
            let may_ask = after <= asker.high || node.priority < asker.priority;
            let above = if may_ask { node.claimed().saturating_sub(kept) } else { Bytes::ZERO };
            above.min(node.on(RECLAIMABLE))
        };
        let others = self.categories.iter().filter(|row| row.category != category);
        others
            .map(|row| ReclaimStep { category: row.category, heap: RECLAIMABLE, bytes: may_take(&row.node) })
            .collect()
    }
}
