//! What can go wrong, with the numbers.

use super::node::Shortfall;
use crate::owner::{Heap, MemoryCategory};
use crate::units::Bytes;
use core::fmt;

/// Where a request was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// At the limit of its category.
    Category,
    /// At the limit over all categories.
    Total,
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
    /// The budget's own books are wrong.
    Accounting(AccountingError),
}

impl BudgetError {
    pub(super) fn over_limit(level: Level, category: MemoryCategory, shortfall: Shortfall) -> Self {
        let Shortfall { wanted, current, reserved, limit } = shortfall;
        let free = limit.saturating_sub(current).saturating_sub(reserved);
        Self::OverLimit { level, category, wanted, current, reserved, limit, free }
    }
}

impl fmt::Display for BudgetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OverLimit { level, category, wanted, current, reserved, limit, free } => {
                let missing = wanted.saturating_sub(*free);
                match level {
                    Level::Category => write!(f, "memory budget exceeded for {category}")?,
                    Level::Total => write!(f, "total memory budget exceeded by a request for {category}")?,
                }
                write!(f, ": {wanted} requested, {free} free of {limit} ({current} charged, {reserved} reserved); ")?;
                match level {
                    Level::Category => write!(f, "free {missing} of {category} or raise its limit"),
                    Level::Total => write!(f, "free {missing} in any category or start with a larger total"),
                }
            }
            Self::LimitOverTotal { category, limit, total } => {
                write!(f, "limit of {limit} for {category} is above the total of {total}; choose at most the total")
            }
            Self::Accounting(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for BudgetError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Accounting(error) => Some(error),
            Self::OverLimit { .. } | Self::LimitOverTotal { .. } => None,
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
        let level = match level {
            Level::Category => "category",
            Level::Total => "total",
        };
        write!(
            f,
            "budget accounting error at the {level} of {category}: {released} given back, only {held} {counter}; \
             the figures of this run are not to be trusted, please report it"
        )
    }
}

impl std::error::Error for AccountingError {}

#[cfg(test)]
mod tests {
    use super::*;

    fn over(level: Level) -> BudgetError {
        let shortfall = Shortfall {
            wanted: Bytes::mib(24),
            current: Bytes::mib(60),
            reserved: Bytes::mib(4),
            limit: Bytes::mib(76),
        };
        BudgetError::over_limit(level, MemoryCategory::GpuBuffers, shortfall)
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
