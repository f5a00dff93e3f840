//! What can go wrong, with the numbers.

use super::shortfall::Shortfall;
use arenascope_units::Bytes;
use arenascope_units::owner::{Heap, MemoryCategory, Owner};
use core::fmt;
use strum::IntoStaticStr;
use thiserror::Error;

/// Where a request was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum Level {
    /// At the limit of its tag.
    Tag,
    /// At the limit of its category.
    Category,
    /// At the limit of the heap it was for.
    Heap(Heap),
    /// At the limit over all categories.
    Total,
}

impl Level {
    /// The name in files: `category`.
    pub fn key(self) -> &'static str {
        self.into()
    }
}

/// Names one node of the tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum NodeId {
    /// Everything: all categories on all heaps.
    Total,
    /// Everything on one heap.
    Heap(Heap),
    /// Everything of one category.
    Category(MemoryCategory),
    /// Everything of one part of the engine.
    Tag(Owner),
}

impl fmt::Display for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Total => f.write_str("the total"),
            Self::Heap(heap) => write!(f, "the {} heap", heap.key()),
            Self::Category(category) => category.fmt(f),
            Self::Tag(owner) => write!(f, "tag {} of {}", owner.tag.0, owner.category),
        }
    }
}

/// Why a budget refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum BudgetError {
    /// No room. The figures are those of `level` at that moment.
    #[error(
        "{}: {wanted} requested, {free} free of {limit} ({current} charged, {reserved} reserved); {}",
        exceeded(*.level, *.category),
        remedy(*.level, *.category, .wanted.saturating_sub(*.free))
    )]
    OverLimit {
        /// The level whose limit refused.
        level: Level,
        /// Whose request it was.
        category: MemoryCategory,
        /// What was asked for.
        wanted: Bytes,
        /// Charged at `level` at that moment.
        current: Bytes,
        /// Reserved at `level`, not yet charged.
        reserved: Bytes,
        /// What `level` may hold.
        limit: Bytes,
        /// What was left of it: less than `wanted`.
        free: Bytes,
    },
    /// A category's limit above the total could never be reached.
    #[error("limit of {limit} for {category} is above the total of {total}; choose at most the total")]
    LimitOverTotal {
        /// The category whose limit was to be set.
        category: MemoryCategory,
        /// The limit asked for.
        limit: Bytes,
        /// The most it can be.
        total: Bytes,
    },
    /// The total has room, but it is what other categories are guaranteed.
    #[error(
        "total memory budget exceeded by a request for {category}: {wanted} requested, {free} free, {set_aside} of it \
         guaranteed to others; free some of what is borrowed or lower a minimum"
    )]
    SetAside {
        /// Whose request it was.
        category: MemoryCategory,
        /// What was asked for.
        wanted: Bytes,
        /// Not spoken for in the total.
        free: Bytes,
        /// Of it guaranteed to others, who do not use it now.
        set_aside: Bytes,
    },
    /// Bounds that are not `min ≤ high ≤ max`.
    #[error("bounds of {node} are out of order: min {min}, high {high}, max {max}; min ≤ high ≤ max")]
    OutOfOrder {
        /// The node whose bounds were to be set.
        node: NodeId,
        /// The minimum asked for.
        min: Bytes,
        /// The share asked for.
        high: Bytes,
        /// The maximum asked for.
        max: Bytes,
    },
    /// The minimums together could not be kept.
    #[error("minimums of {guaranteed} together are above the total of {total}; lower one of them")]
    GuaranteesOverTotal {
        /// The sum of the minimums.
        guaranteed: Bytes,
        /// What all categories may hold together.
        total: Bytes,
    },
    /// A minimum for what is not a category: nothing is lent between heaps or
    /// between tags, so nothing can be guaranteed to one.
    #[error("minimum of {min} for {node}: only categories can have one")]
    NoGuarantee {
        /// The node that was to be guaranteed something.
        node: NodeId,
        /// The minimum asked for.
        min: Bytes,
    },
    /// A limit for a heap of a budget that was made without: what was claimed
    /// before was not counted by heap.
    #[error("this budget was made without limits for heaps; start a run whose budget mode has them")]
    HeapsUnlimited,
    /// A limit for a tag that has no node left to carry it.
    #[error("all {most} tags of {category} are taken: no limit can be set for another")]
    TooManyTags {
        /// The category that has no node left for a tag.
        category: MemoryCategory,
        /// How many nodes there are.
        most: u64,
    },
    /// A counter of the budget is wrong.
    #[error(transparent)]
    Accounting(#[from] AccountingError),
}

impl BudgetError {
    /// The refusal of `shortfall`, with what of it is charged.
    pub(super) fn refusal(level: Level, category: MemoryCategory, shortfall: Shortfall, current: Bytes) -> Self {
        let Shortfall { wanted, claimed, limit, set_aside } = shortfall;
        let free = limit.saturating_sub(claimed);
        if wanted <= free {
            return Self::SetAside { category, wanted, free, set_aside };
        }
        let current = current.min(claimed);
        let reserved = claimed.saturating_sub(current);
        Self::OverLimit { level, category, wanted, current, reserved, limit, free }
    }

    /// Where the request was refused; `None` for errors that are not about room.
    pub fn level(&self) -> Option<Level> {
        self.shortage().map(|(level, _)| level)
    }

    /// Where the request was refused, how much was missing there; `None` for
    /// errors that are not about room.
    pub fn shortage(&self) -> Option<(Level, Bytes)> {
        match *self {
            Self::OverLimit { level, wanted, free, .. } => Some((level, wanted.saturating_sub(free))),
            Self::SetAside { wanted, free, set_aside, .. } => {
                Some((Level::Total, wanted.saturating_sub(free.saturating_sub(set_aside))))
            }
            _ => None,
        }
    }
}

/// Which budget a request exceeded.
fn exceeded(level: Level, category: MemoryCategory) -> String {
    match level {
        Level::Tag => format!("memory budget of its tag exceeded by a request for {category}"),
        Level::Category => format!("memory budget exceeded for {category}"),
        Level::Heap(heap) => format!("memory budget of the {} heap exceeded by a request for {category}", heap.key()),
        Level::Total => format!("total memory budget exceeded by a request for {category}"),
    }
}

/// What would make room for a request that lacks `missing` at `level`.
fn remedy(level: Level, category: MemoryCategory, missing: Bytes) -> String {
    match level {
        Level::Tag | Level::Heap(_) => format!("free {missing} there or raise its limit"),
        Level::Category => format!("free {missing} of {category} or raise its limit"),
        Level::Total => format!("free {missing} in any category or start with a larger total"),
    }
}

/// One of the words that a level counts with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counter {
    /// Charged and reserved together.
    Claimed,
    /// Charged, on all heaps.
    Current,
    /// Charged on one heap.
    Heap(Heap),
}

impl fmt::Display for Counter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Claimed => f.write_str("claimed"),
            Self::Current => f.write_str("charged"),
            Self::Heap(heap) => write!(f, "charged on {}", heap.key()),
        }
    }
}

/// More was given back than a counter held. The counter keeps its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Underflow {
    /// Which counter.
    pub counter: Counter,
    /// What the counter held.
    pub held: Bytes,
    /// What was given back.
    pub released: Bytes,
}

/// A counter of the budget is wrong: a bug in the budget, never in its caller, who can only
/// give back what he holds. Counted in [`super::BudgetState::accounting_errors`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error(
    "budget accounting error at the {} of {category}: {} given back, only {} {}; \
     the figures of this run are not to be trusted, please report it",
    .level.key(),
    .underflow.released,
    .underflow.held,
    .underflow.counter
)]
pub struct AccountingError {
    /// The level whose counter is wrong.
    pub level: Level,
    /// Whose bytes were given back.
    pub category: MemoryCategory,
    /// The counter, and by how much it would have gone below zero.
    pub underflow: Underflow,
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    fn over(level: Level) -> BudgetError {
        let shortfall = Shortfall {
            wanted: Bytes::mib(24),
            claimed: Bytes::mib(64),
            limit: Bytes::mib(76),
            set_aside: Bytes::ZERO,
        };
        BudgetError::refusal(level, MemoryCategory::GPU_BUFFERS, shortfall, Bytes::mib(60))
    }

    #[test]
    fn errors_say_what_happened_the_numbers_and_what_to_do() {
        let underflow = Underflow { counter: Counter::Heap(Heap::Npu), held: Bytes::ZERO, released: Bytes::kib(1) };
        let accounting = AccountingError { level: Level::Total, category: MemoryCategory::NPU_TENSORS, underflow };
        let cases = [
            (
                over(Level::Category),
                "memory budget exceeded for GPU buffers: 24.0 MiB requested, 12.0 MiB free of 76.0 MiB \
                 (60.0 MiB charged, 4.0 MiB reserved); free 12.0 MiB of GPU buffers or raise its limit",
            ),
            (
                over(Level::Total),
                "total memory budget exceeded by a request for GPU buffers: 24.0 MiB requested, 12.0 MiB free of \
                 76.0 MiB (60.0 MiB charged, 4.0 MiB reserved); free 12.0 MiB in any category or start with a larger total",
            ),
            (
                BudgetError::LimitOverTotal {
                    category: MemoryCategory::ECS,
                    limit: Bytes::mib(2),
                    total: Bytes::mib(1),
                },
                "limit of 2.0 MiB for ECS is above the total of 1.0 MiB; choose at most the total",
            ),
            (
                over(Level::Heap(Heap::Device)),
                "memory budget of the device heap exceeded by a request for GPU buffers: 24.0 MiB requested, 12.0 MiB \
                 free of 76.0 MiB (60.0 MiB charged, 4.0 MiB reserved); free 12.0 MiB there or raise its limit",
            ),
            (
                BudgetError::SetAside {
                    category: MemoryCategory::GPU_TEXTURES,
                    wanted: Bytes::mib(9),
                    free: Bytes::mib(12),
                    set_aside: Bytes::mib(4),
                },
                "total memory budget exceeded by a request for GPU textures: 9.0 MiB requested, 12.0 MiB free, 4.0 MiB \
                 of it guaranteed to others; free some of what is borrowed or lower a minimum",
            ),
            (
                BudgetError::OutOfOrder {
                    node: NodeId::Heap(Heap::Npu),
                    min: Bytes::ZERO,
                    high: Bytes::mib(9),
                    max: Bytes::mib(8),
                },
                "bounds of the npu heap are out of order: min 0 B, high 9.0 MiB, max 8.0 MiB; min ≤ high ≤ max",
            ),
            (
                BudgetError::from(accounting),
                "budget accounting error at the total of NPU tensors: 1.0 KiB given back, only 0 B charged on npu; \
                 the figures of this run are not to be trusted, please report it",
            ),
        ];
        for (error, text) in cases {
            assert_eq!(error.to_string(), text);
        }
    }
}
