//! The sums that must hold whenever nobody is in the middle of a request.

use super::state::{BudgetState, NodeState};
use crate::owner::MemoryCategory;
use crate::units::Bytes;
use core::fmt;

/// Two figures that should agree and do not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Violation {
    /// A level's heaps do not sum to what it has charged. `None` is the root.
    Heaps {
        /// The level.
        level: Option<MemoryCategory>,
        /// What the level has charged.
        current: Bytes,
        /// The sum over its heaps.
        heaps: Bytes,
    },
    /// A level's peak is below what it has charged. `None` is the root.
    Peak {
        /// The level.
        level: Option<MemoryCategory>,
        /// What the level has charged.
        current: Bytes,
        /// Its peak.
        peak: Bytes,
    },
    /// The categories do not sum to the root.
    Sum {
        /// Which figure: `charged`, `reserved` or `failures`.
        figure: &'static str,
        /// What the root has.
        root: u64,
        /// The sum over the categories.
        categories: u64,
    },
    /// The root holds more than its limit, which never changes.
    OverTotal {
        /// Charged and reserved.
        claimed: Bytes,
        /// The total.
        limit: Bytes,
    },
    /// Counters that would have gone below zero.
    Accounting {
        /// How many.
        count: u64,
    },
}

impl BudgetState {
    /// Recomputes every sum. Cost: a few dozen additions.
    ///
    /// # Errors
    ///
    /// The first [`Violation`] found.
    pub fn audit(&self) -> Result<(), Violation> {
        for row in &self.categories {
            audit_level(Some(row.category), &row.node)?;
        }
        audit_level(None, &self.total)?;
        self.audit_sum("charged", |node| node.current.get())?;
        self.audit_sum("reserved", |node| node.reserved.get())?;
        self.audit_sum("failures", |node| node.failures)?;
        self.audit_total()?;
        match self.accounting_errors {
            0 => Ok(()),
            count => Err(Violation::Accounting { count }),
        }
    }

    fn audit_sum(&self, figure: &'static str, of: impl Fn(&NodeState) -> u64) -> Result<(), Violation> {
        let root = of(&self.total);
        let categories = self.categories.iter().fold(0u64, |sum, row| sum.saturating_add(of(&row.node)));
        if root == categories { Ok(()) } else { Err(Violation::Sum { figure, root, categories }) }
    }

    fn audit_total(&self) -> Result<(), Violation> {
        let NodeState { current, reserved, limit, .. } = self.total;
        let claimed = [current, reserved].into_iter().sum();
        if claimed <= limit { Ok(()) } else { Err(Violation::OverTotal { claimed, limit }) }
    }
}

fn audit_level(level: Option<MemoryCategory>, node: &NodeState) -> Result<(), Violation> {
    let (current, peak) = (node.current, node.peak);
    let heaps: Bytes = node.by_heap.into_iter().sum();
    if heaps != current {
        return Err(Violation::Heaps { level, current, heaps });
    }
    if peak < current { Err(Violation::Peak { level, current, peak }) } else { Ok(()) }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = |level: &Option<MemoryCategory>| level.map_or("the total", MemoryCategory::label);
        match self {
            Self::Heaps { level, current, heaps } => {
                write!(f, "{}: {} B charged, {} B on its heaps", name(level), current.get(), heaps.get())
            }
            Self::Peak { level, current, peak } => {
                write!(f, "{}: {} B charged, peak of only {} B", name(level), current.get(), peak.get())
            }
            Self::Sum { figure, root, categories } => {
                write!(f, "{figure}: {root} in total, {categories} over the categories")
            }
            Self::OverTotal { claimed, limit } => {
                write!(f, "{} B charged and reserved of {} B in total", claimed.get(), limit.get())
            }
            Self::Accounting { count } => write!(f, "{count} accounting errors"),
        }
    }
}

impl std::error::Error for Violation {}

#[cfg(test)]
mod tests {
    use super::super::Budget;
    use super::*;
    use crate::owner::Heap;

    /// A sound state with charges and a reservation, after `damage`.
    fn damaged(damage: impl FnOnce(&mut BudgetState)) -> Result<(), Violation> {
        let budget = Budget::new(Bytes::new(1000));
        let _charge = budget.allocate(MemoryCategory::Ecs, Heap::Arena, Bytes::new(40)).unwrap();
        let _reservation = budget.try_reserve(MemoryCategory::GpuBuffers, Heap::Device, Bytes::new(7)).unwrap();
        let mut state = budget.snapshot();
        damage(&mut state);
        state.audit()
    }

    #[test]
    fn each_broken_sum_is_named() {
        let b = Bytes::new;
        assert_eq!(damaged(|_| {}), Ok(()));
        assert_eq!(
            damaged(|state| state.categories[0].node.by_heap[1] = b(1)),
            Err(Violation::Heaps { level: Some(MemoryCategory::Ecs), current: b(40), heaps: b(41) })
        );
        assert_eq!(
            damaged(|state| state.total.peak = b(39)),
            Err(Violation::Peak { level: None, current: b(40), peak: b(39) })
        );
        assert_eq!(
            damaged(|state| state.categories[2].node.reserved = b(1)),
            Err(Violation::Sum { figure: "reserved", root: 7, categories: 8 })
        );
        assert_eq!(
            damaged(|state| state.total.failures = 2),
            Err(Violation::Sum { figure: "failures", root: 2, categories: 0 })
        );
        assert_eq!(
            damaged(|state| state.total.limit = b(46)),
            Err(Violation::OverTotal { claimed: b(47), limit: b(46) })
        );
        assert_eq!(damaged(|state| state.accounting_errors = 3), Err(Violation::Accounting { count: 3 }));
    }
}
