//! Limits by category: what may be allocated, what is, and who was refused.
//!
//! A request climbs from its category to the root and takes room at each level
//! in one compare-exchange; the first level without room rolls the others back.
//! What it gets is a [`Reservation`]; once the memory really exists,
//! [`Reservation::commit`] turns it into a [`Charge`]. Both give their bytes
//! back when dropped, so there is no call to forget and none to make twice.
//!
//! ```
//! use arenascope::budget::Budget;
//! use arenascope::owner::{Heap, MemoryCategory};
//! use arenascope::units::Bytes;
//!
//! let budget = Budget::new(Bytes::mib(256));
//! let reservation = budget.try_reserve(MemoryCategory::GpuBuffers, Heap::Device, Bytes::mib(16))?;
//! // … create the buffer; if that fails, dropping the reservation is the clean-up …
//! let charge = reservation.commit(Bytes::mib(16))?;
//! assert_eq!(budget.current(MemoryCategory::GpuBuffers), Bytes::mib(16));
//! drop(charge);
//! assert_eq!(budget.current(MemoryCategory::GpuBuffers), Bytes::ZERO);
//! # Ok::<(), arenascope::budget::BudgetError>(())
//! ```

mod audit;
mod charge;
mod error;
mod limits;
mod node;
mod report;
mod state;
mod table;
mod tree;

pub use audit::Violation;
pub use charge::{Charge, Reservation};
pub use error::{AccountingError, BudgetError, Counter, Level, Underflow};
pub use limits::Limits;
pub use report::{BudgetReport, CategoryRow, ReportRow};
pub use state::{BudgetState, CategoryState, NodeState};

use crate::owner::{Heap, MemoryCategory};
use crate::units::{Bytes, Ratio};
use charge::Claim;
use std::sync::Arc;
use tree::Tree;

/// The budget: a handle to shared counters, cheap to clone and to send.
///
/// Reads are wait-free. Reservations are lock-free: a thread retries only
/// because another one succeeded. Nothing allocates after construction.
#[derive(Clone, Debug)]
pub struct Budget {
    tree: Arc<Tree>,
}

impl Budget {
    /// A budget of `total` bytes in the default shares: ECS 25 %, GPU buffers
    /// 30 %, GPU textures 20 %, NPU models 10 %, NPU tensors 10 %, temporary
    /// the rest (5 %).
    pub fn new(total: Bytes) -> Self {
        Self::with_limits(Limits::of_total(total))
    }

    /// A budget with limits of the caller's choice.
    pub fn with_limits(limits: Limits) -> Self {
        Self { tree: Arc::new(Tree::new(limits)) }
    }

    /// Changes what `category` may hold and returns the former limit.
    ///
    /// A limit below what is held takes nothing away: requests are refused until
    /// enough was given back. A reservation that is decided at this very moment
    /// may still be measured by the former limit.
    ///
    /// # Errors
    ///
    /// [`BudgetError::LimitOverTotal`] where `limit` exceeds the total; nothing
    /// changes then.
    pub fn set_limit(&self, category: MemoryCategory, limit: Bytes) -> Result<Bytes, BudgetError> {
        limits::check(category, limit, self.total())?;
        Ok(self.tree.category(category).set_limit(limit))
    }

    /// Whether `size` more bytes would fit now, in the category and in the
    /// total. Advice only: another thread may be faster. Counts no failure.
    pub fn can_allocate(&self, category: MemoryCategory, size: Bytes) -> bool {
        self.tree.has_room(category, size)
    }

    /// Takes room for `size` bytes that are about to be allocated on `heap`.
    ///
    /// Zero bytes always fit. Cost: one compare-exchange per level.
    ///
    /// While another request is being rolled back its bytes still count, so
    /// under contention a request near the limit can be refused that would fit
    /// a moment later; the limits themselves are never exceeded.
    ///
    /// # Errors
    ///
    /// [`BudgetError::OverLimit`] naming the first level without room. The
    /// refusal is counted at the category and at the root.
    pub fn try_reserve(&self, category: MemoryCategory, heap: Heap, size: Bytes) -> Result<Reservation, BudgetError> {
        Claim::take(self, category, heap, size).map(Reservation::new)
    }

    /// Reserves and commits at once, for memory that cannot fail to exist.
    ///
    /// # Errors
    ///
    /// As [`Budget::try_reserve`].
    pub fn allocate(&self, category: MemoryCategory, heap: Heap, size: Bytes) -> Result<Charge, BudgetError> {
        self.try_reserve(category, heap, size)?.commit(size)
    }

    /// The most that may be held over all categories.
    pub fn total(&self) -> Bytes {
        self.tree.root().limit()
    }

    /// The bytes charged to `category` now, on all heaps, without reservations.
    pub fn current(&self, category: MemoryCategory) -> Bytes {
        self.tree.category(category).state().current
    }

    /// Charged bytes as a part of the limit; `None` where the limit is zero.
    /// Above 1 only after the limit was lowered.
    pub fn usage(&self, category: MemoryCategory) -> Option<Ratio> {
        self.tree.category(category).state().usage()
    }

    /// Every figure as plain data, categories in their order. Allocates nothing.
    ///
    /// Each figure is exact; while other threads reserve, figures of one
    /// snapshot can be some reservations apart from each other.
    pub fn snapshot(&self) -> BudgetState {
        self.tree.state()
    }

    /// The report on [`Budget::snapshot`].
    pub fn report(&self) -> BudgetReport {
        BudgetReport::new(&self.snapshot())
    }

    /// Recomputes every sum that must hold. Meaningful while no other thread
    /// reserves or gives back.
    ///
    /// # Errors
    ///
    /// The first [`Violation`] found.
    pub fn audit(&self) -> Result<(), Violation> {
        self.snapshot().audit()
    }
}

#[cfg(test)]
mod tests;
