//! What can go wrong, with the numbers.

use super::node::Shortfall;
use crate::owner::{Heap, MemoryCategory, Owner};
use crate::units::Bytes;
use core::fmt;

/// Where a request was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
    pub const fn key(self) -> &'static str {
        match self {
            Self::Tag => "tag",
            Self::Category => "category",
            Self::Heap(_) => "heap",
            Self::Total => "total",
        }
    }
}

/// Names one node of the tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum NodeId {
    /// Everything.
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

/// Why a budget said no.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BudgetError {
    /// No room. The figures are those of `level` at that moment.
    OverLimit {
        /// Which limit refused.
        level: Level,
        /// Whose request it was.
        category: MemoryCategory,
        /// What was asked for.
        wanted: Bytes,
        /// Charged at `level`.
        current: Bytes,
        /// Reserved at `level`, not yet charged.
        reserved: Bytes,
        /// What `level` may hold.
        limit: Bytes,
        /// What was left of it: less than `wanted`.
        free: Bytes,
    },
    /// A category's limit above the total could never be reached.
    LimitOverTotal {
        /// Whose limit.
        category: MemoryCategory,
        /// The limit asked for.
        limit: Bytes,
        /// The most it can be.
        total: Bytes,
    },
    /// The total has room, but it is what other categories are guaranteed.
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
    OutOfOrder {
        /// Whose.
        node: NodeId,
        /// The minimum asked for.
        min: Bytes,
        /// The share asked for.
        high: Bytes,
        /// The maximum asked for.
        max: Bytes,
    },
    /// The minimums together could not be kept.
    GuaranteesOverTotal {
        /// The sum of the minimums.
        guaranteed: Bytes,
        /// What there is.
        total: Bytes,
    },
    /// A minimum for what is not a category: nothing is lent between heaps or
    /// between tags, so nothing can be guaranteed to one.
    NoGuarantee {
        /// For what.
        node: NodeId,
        /// The minimum asked for.
        min: Bytes,
    },
    /// A limit for a heap of a budget that was made without: what was claimed
    /// before was not counted by heap.
    HeapsUnlimited,
    /// A limit for a tag that has no node left to carry it.
    TooManyTags {
        /// Whose tags.
        category: MemoryCategory,
        /// How many nodes there are.
        most: u64,
    },
    /// The budget's own books are wrong.
    Accounting(AccountingError),
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

impl fmt::Display for BudgetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OverLimit { level, category, wanted, current, reserved, limit, free } => {
                let missing = wanted.saturating_sub(*free);
                match level {
                    Level::Tag => write!(f, "memory budget of its tag exceeded by a request for {category}")?,
                    Level::Category => write!(f, "memory budget exceeded for {category}")?,
                    Level::Heap(heap) => {
                        write!(f, "memory budget of the {} heap exceeded by a request for {category}", heap.key())?;
                    }
                    Level::Total => write!(f, "total memory budget exceeded by a request for {category}")?,
                }
                write!(f, ": {wanted} requested, {free} free of {limit} ({current} charged, {reserved} reserved); ")?;
                match level {
                    Level::Tag | Level::Heap(_) => write!(f, "free {missing} there or raise its limit"),
                    Level::Category => write!(f, "free {missing} of {category} or raise its limit"),
                    Level::Total => write!(f, "free {missing} in any category or start with a larger total"),
                }
            }
            Self::LimitOverTotal { category, limit, total } => {
                write!(f, "limit of {limit} for {category} is above the total of {total}; choose at most the total")
            }
            Self::SetAside { category, wanted, free, set_aside } => write!(
                f,
                "total memory budget exceeded by a request for {category}: {wanted} requested, {free} free, {set_aside} \
                 of it guaranteed to others; free some of what is borrowed or lower a minimum"
            ),
            Self::OutOfOrder { node, min, high, max } => {
                write!(f, "bounds of {node} are out of order: min {min}, high {high}, max {max}; min ≤ high ≤ max")
            }
            Self::GuaranteesOverTotal { guaranteed, total } => {
                write!(f, "minimums of {guaranteed} together are above the total of {total}; lower one of them")
            }
            Self::NoGuarantee { node, min } => {
                write!(f, "minimum of {min} for {node}: only categories can have one")
            }
            Self::HeapsUnlimited => {
                f.write_str("this budget was made without limits for heaps; start a run whose budget mode has them")
            }
            Self::TooManyTags { category, most } => {
                write!(f, "all {most} tags of {category} are taken: no limit can be set for another")
            }
            Self::Accounting(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for BudgetError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Accounting(error) => Some(error),
            _ => None,
        }
    }
}

impl From<AccountingError> for BudgetError {
    fn from(error: AccountingError) -> Self {
        Self::Accounting(error)
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
    /// What it held.
    pub held: Bytes,
    /// What was given back.
    pub released: Bytes,
}

/// The books are wrong: a bug in the budget, never in its caller, who can only
/// give back what he holds. Counted in [`super::BudgetState::accounting_errors`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AccountingError {
    /// The level whose counter is wrong.
    pub level: Level,
    /// Whose bytes were given back.
    pub category: MemoryCategory,
    /// The numbers.
    pub underflow: Underflow,
}

impl fmt::Display for AccountingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { level, category, underflow: Underflow { counter, held, released } } = self;
        let level = level.key();
        write!(
            f,
            "budget accounting error at the {level} of {category}: {released} given back, only {held} {counter}; \
             the figures of this run are not to be trusted, please report it"
        )
    }
}

impl std::error::Error for AccountingError {}

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
        BudgetError::refusal(level, MemoryCategory::GpuBuffers, shortfall, Bytes::mib(60))
    }

    #[test]
    fn errors_say_what_happened_the_numbers_and_what_to_do() {
        let underflow = Underflow { counter: Counter::Heap(Heap::Npu), held: Bytes::ZERO, released: Bytes::kib(1) };
        let accounting = AccountingError { level: Level::Total, category: MemoryCategory::NpuTensors, underflow };
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
                    category: MemoryCategory::Ecs,
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
                    category: MemoryCategory::GpuTextures,
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
