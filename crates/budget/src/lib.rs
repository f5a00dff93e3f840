//! Limits by heap, category and tag: what may be allocated, what is, who was
//! refused, and who has to give way.
//!
//! A request passes its category, its tag, its heap where heaps are limited, and
//! the root, and takes room at each level in one compare-exchange; the first level
//! without room rolls the others back. What it gets is a [`Reservation`]; once the
//! memory really exists, [`Reservation::commit`] turns it into a [`Charge`]. Both
//! give their bytes back when dropped, so there is no call to forget and none to
//! make twice.
//!
//! Each node has [`Bounds`]: what it is guaranteed (`min`), its own share
//! (`high`), and the most it may hold (`max`). What a category holds above its
//! share is borrowed. It may borrow what no other category's minimum needs; who
//! comes back for its share makes borrowers give way, see [`Reclaim`].
//!
//! ```
//! use arenascope_budget::Budget;
//! use arenascope_units::owner::{Heap, MemoryCategory};
//! use arenascope_units::Bytes;
//!
//! let budget = Budget::new(Bytes::mib(256));
//! let reservation = budget.try_reserve(MemoryCategory::GPU_BUFFERS, Heap::Device, Bytes::mib(16))?;
//! // … create the buffer; if that fails, dropping the reservation is the clean-up …
//! let charge = reservation.commit(Bytes::mib(16))?;
//! assert_eq!(budget.current(MemoryCategory::GPU_BUFFERS), Bytes::mib(16));
//! drop(charge);
//! assert_eq!(budget.current(MemoryCategory::GPU_BUFFERS), Bytes::ZERO);
//! # Ok::<(), arenascope_budget::BudgetError>(())
//! ```

mod audit;
mod charge;
mod error;
mod event;
mod history;
mod leaf;
mod ledger;
mod limit_change;
mod limits;
mod node;
mod pressure;
mod reclaim;
mod recorder;
mod report;
mod shortfall;
mod state;
mod sync;
mod table;
mod tree;
mod what_if;

pub use arenascope_units::pressure::Pressure;
pub use audit::Violation;
pub use charge::{Charge, Reservation};
pub use error::{AccountingError, BudgetError, Counter, Level, NodeId, Underflow};
pub use event::{BudgetEvent, EVENTS_WAITING, EventKind};
pub use history::History;
pub use leaf::TAGS_PER_CATEGORY;
pub use limit_change::LimitChange;
pub use limits::{Bounds, BudgetMode, Limits};
pub use pressure::HYSTERESIS_PERCENT;
pub use reclaim::{Freed, RECLAIMABLE, Reclaim, ReclaimStep, Reclaimer};
pub use report::{BudgetReport, Untracked};
pub use state::{BudgetState, CategoryState, HeapState, NodeState, TagState};
pub use what_if::{Parting, PartingCause, REFUSALS_LISTED, RefusalRow, WhatIf};

use arenascope_units::owner::{Heap, MemoryCategory, Owner};
use arenascope_units::{Bytes, Micros, Ratio};
use charge::Claim;
use history::Step;
use ledger::Ledger;
use recorder::Recorder;
use std::sync::Arc;
use tree::Tree;

/// The budget: a handle to shared counters, cheap to clone and to send.
///
/// Reads are wait-free. Reservations are lock-free: a thread retries only
/// because another one succeeded. Nothing allocates after construction but a
/// history, where one is kept, and what a caller asks for as a list.
#[derive(Clone, Debug)]
pub struct Budget {
    ledger: Arc<Ledger>,
}

impl Budget {
    /// A budget of `total` bytes in the default shares: ECS 25 %, GPU buffers
    /// 30 %, GPU textures 20 %, NPU models 10 %, NPU tensors 10 %, temporary
    /// the rest (5 %).
    pub fn new(total: Bytes) -> Self {
        Self::with_limits(Limits::of_total(total))
    }

    /// A budget with limits of the caller's choice. About 55 KiB: the nodes of
    /// all tags are there from the start.
    pub fn with_limits(limits: Limits) -> Self {
        Self { ledger: Arc::new(Ledger { tree: Tree::new(&limits), recorder: None }) }
    }

    /// As [`Budget::with_limits`], and writes down its last `entries` decisions
    /// and what became of them for [`Budget::what_if`]. Costs a lock that nobody
    /// waits for, and about 64 B an entry.
    pub fn recorded(limits: Limits, entries: usize) -> Self {
        let recorder = Some(Recorder::new(&limits, entries));
        Self { ledger: Arc::new(Ledger { tree: Tree::new(&limits), recorder }) }
    }

    /// The time that events from here on carry.
    pub fn set_time(&self, now: Micros) {
        self.ledger.tree.journal.set_time(now);
    }

    /// The bounds of every node, as they are now.
    ///
    /// # Errors
    ///
    /// Only while another thread is in the middle of changing them.
    pub fn limits(&self) -> Result<Limits, BudgetError> {
        self.ledger.tree.limits()
    }

    /// Changes the bounds of every node and returns the former ones.
    ///
    /// A maximum below what is held takes nothing away: requests are refused
    /// until enough was given back. A reservation that is decided at this very
    /// moment may still be measured by former bounds. Tags without bounds in
    /// `limits` have none afterwards.
    ///
    /// # Errors
    ///
    /// [`BudgetError::HeapsUnlimited`] or [`BudgetError::TooManyTags`]; nothing
    /// changes then.
    pub fn set_limits(&self, limits: &Limits) -> Result<Limits, BudgetError> {
        let former = self.limits()?;
        self.ledger.tree.set_limits(limits)?;
        self.ledger.record(|| Step::Limits(Arc::new(limits.clone())));
        Ok(former)
    }

    /// Makes `limit` the wall of `category` and returns the former one: its own
    /// share ends there too, and its minimum at the latest.
    ///
    /// # Errors
    ///
    /// [`BudgetError::LimitOverTotal`] where `limit` exceeds the total; nothing
    /// changes then.
    pub fn set_limit(&self, category: MemoryCategory, limit: Bytes) -> Result<Bytes, BudgetError> {
        let limits = self.limits()?;
        let former = limits.category(category);
        let bounds = Bounds { min: former.min.min(limit), high: limit, max: limit, ..former };
        self.set_limits(&limits.with_category(category, bounds)?)?;
        Ok(former.max)
    }

    /// Whether `size` more bytes on `heap` would fit now, at every level that
    /// [`Budget::try_reserve`] asks. Advice only: another thread may be faster. Counts
    /// no failure. Whoever makes the request in any case asks [`Budget::lacks_room`].
    ///
    /// ```
    /// use arenascope_budget::Budget;
    /// use arenascope_units::owner::{Heap, MemoryCategory};
    /// use arenascope_units::Bytes;
    ///
    /// let budget = Budget::new(Bytes::mib(256));
    /// assert!(budget.has_room(MemoryCategory::GPU_BUFFERS, Heap::Device, Bytes::mib(1)));
    /// assert!(!budget.has_room(MemoryCategory::GPU_BUFFERS, Heap::Device, Bytes::mib(257)));
    /// ```
    pub fn has_room(&self, owner: impl Into<Owner>, heap: Heap, size: Bytes) -> bool {
        self.would_fit(owner.into(), heap, size, false)
    }

    /// Whether room has to be made for a request of `size` bytes that is about to
    /// be made: the opposite of [`Budget::has_room`], by somebody who has idle
    /// memory of his own to give first.
    pub fn lacks_room(&self, owner: impl Into<Owner>, heap: Heap, size: Bytes) -> bool {
        !self.would_fit(owner.into(), heap, size, true)
    }

    fn would_fit(&self, owner: Owner, heap: Heap, bytes: Bytes, follows: bool) -> bool {
        let tree = &self.ledger.tree;
        let fits = tree.has_room(&tree.peek(owner, heap), bytes);
        self.ledger.record(|| Step::HasRoom { owner, heap, bytes, follows, fits });
        fits
    }

    /// Takes room for `size` bytes that are about to be allocated on `heap`. A
    /// category alone is an owner without a name.
    ///
    /// Zero bytes always fit. Cost: one compare-exchange per level.
    ///
    /// While another request is being rolled back its bytes still count, so
    /// under contention a request near the limit can be refused that would fit
    /// a moment later; the limits themselves are never exceeded.
    ///
    /// # Errors
    ///
    /// [`BudgetError::OverLimit`] naming the first level without room, or
    /// [`BudgetError::SetAside`]. The refusal is counted at every level.
    pub fn try_reserve(&self, owner: impl Into<Owner>, heap: Heap, size: Bytes) -> Result<Reservation, BudgetError> {
        Claim::take(&self.ledger, owner.into(), heap, size, None).map(Reservation::new)
    }

    /// As [`Budget::try_reserve`]; a request that does not fit has `reclaimer`
    /// carry out [`Budget::plan_reclaim`], outside any lock, and asks again, at
    /// most twice.
    ///
    /// # Errors
    ///
    /// As [`Budget::try_reserve`], where what came back was not enough. Counted
    /// once.
    pub fn reserve_or_reclaim(
        &self,
        owner: impl Into<Owner>,
        heap: Heap,
        size: Bytes,
        reclaimer: &mut dyn Reclaimer,
    ) -> Result<Reservation, BudgetError> {
        Claim::take(&self.ledger, owner.into(), heap, size, Some(reclaimer)).map(Reservation::new)
    }

    /// Who would have to give way for a request that `error` refused; `None`
    /// where nobody could help. Changes nothing.
    pub fn plan_reclaim(&self, owner: Owner, size: Bytes, error: &BudgetError) -> Option<Reclaim> {
        self.snapshot().plan_reclaim(owner, size, error)
    }

    /// Reserves and commits at once, for memory that cannot fail to exist.
    ///
    /// # Errors
    ///
    /// As [`Budget::try_reserve`].
    pub fn allocate(&self, owner: impl Into<Owner>, heap: Heap, size: Bytes) -> Result<Charge, BudgetError> {
        self.try_reserve(owner, heap, size)?.commit(size)
    }

    /// The most that may be held over all categories.
    pub fn total(&self) -> Bytes {
        self.ledger.tree.root().limit()
    }

    /// The bytes charged to `category` now, on all heaps, without reservations.
    pub fn current(&self, category: MemoryCategory) -> Bytes {
        self.ledger.tree.category_state(category).node.current
    }

    /// Charged bytes as a part of the limit; `None` where the limit is zero.
    /// Above 1 only after the limit was lowered.
    pub fn usage(&self, category: MemoryCategory) -> Option<Ratio> {
        self.ledger.tree.category_state(category).node.usage()
    }

    /// Every figure of total, heaps and categories as plain data, in their
    /// order. Allocates nothing.
    ///
    /// Each figure is exact; while other threads reserve, figures of one
    /// snapshot can be some reservations apart from each other.
    pub fn snapshot(&self) -> BudgetState {
        self.ledger.tree.state()
    }

    /// Every tag that was ever asked for, by category and tag.
    pub fn tags(&self) -> Vec<TagState> {
        self.ledger.tree.tags()
    }

    /// Takes what happened since the last call, at most [`EVENTS_WAITING`].
    pub fn take_events(&self) -> Vec<BudgetEvent> {
        self.ledger.tree.journal.take()
    }

    /// Events so far, and of them lost because nobody took them in time.
    pub fn event_counts(&self) -> (u64, u64) {
        self.ledger.tree.journal.counts()
    }

    /// What was written down so far; `None` where nothing is, or where another
    /// thread is writing at this moment. O(entries).
    pub fn history(&self) -> Option<History> {
        self.ledger.recorder.as_ref()?.history()
    }

    /// Bytes that the history takes, full or not; zero where none is kept.
    pub fn history_bytes(&self) -> Bytes {
        self.ledger.recorder.as_ref().map_or(Bytes::ZERO, Recorder::bytes)
    }

    /// The pressure on each heap, in the order of [`Heap::ALL`]: its own or the
    /// total's, whichever is worse. Whoever keeps memory that can be had back
    /// asks for it before deciding what goes, so that a what-if knows when it
    /// would have decided otherwise.
    pub fn heed_pressure(&self) -> [Pressure; Heap::ALL.len()] {
        let pressure = self.ledger.tree.pressure();
        self.ledger.record(|| Step::Heeded { pressure });
        pressure
    }

    /// The report on now, without what only a browser can tell.
    pub fn report(&self) -> BudgetReport {
        BudgetReport { state: self.snapshot(), untracked: Untracked::default() }
    }

    /// Recomputes every sum that must hold. Meaningful while no other thread
    /// reserves or gives back.
    ///
    /// # Errors
    ///
    /// The first [`Violation`] found.
    pub fn audit(&self) -> Result<(), Violation> {
        self.snapshot().audit()?;
        audit::audit_tags(&self.snapshot(), &self.tags())
    }
}

#[cfg(all(test, loom))]
mod models;
#[cfg(all(test, not(loom)))]
mod tests;
