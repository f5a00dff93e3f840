//! What a request holds: bytes that give themselves back.

use super::Budget;
use super::error::{AccountingError, BudgetError};
use crate::owner::{Heap, MemoryCategory};
use crate::units::Bytes;
use core::cmp::Ordering;
use core::mem;

/// Bytes spoken for at every level. Dropping it gives them back.
#[derive(Debug)]
pub(super) struct Claim {
    budget: Budget,
    category: MemoryCategory,
    heap: Heap,
    bytes: Bytes,
}

impl Claim {
    pub(super) fn take(
        budget: &Budget,
        category: MemoryCategory,
        heap: Heap,
        bytes: Bytes,
    ) -> Result<Self, BudgetError> {
        budget.tree.claim(category, bytes)?;
        Ok(Self { budget: budget.clone(), category, heap, bytes })
    }

    /// Grows or shrinks to `bytes`; where growing is refused, nothing changes.
    fn resize(&mut self, bytes: Bytes) -> Result<(), BudgetError> {
        let tree = &self.budget.tree;
        match bytes.cmp(&self.bytes) {
            Ordering::Equal => {}
            Ordering::Greater => tree.claim(self.category, bytes.saturating_sub(self.bytes))?,
            Ordering::Less => tree.unclaim(self.category, self.bytes.saturating_sub(bytes))?,
        }
        self.bytes = bytes;
        Ok(())
    }

    /// Gives everything back. The second time there is nothing left to give.
    fn settle(&mut self) -> Result<(), AccountingError> {
        let bytes = mem::take(&mut self.bytes);
        if bytes.is_zero() { Ok(()) } else { self.budget.tree.unclaim(self.category, bytes) }
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        // An underflow is counted by the tree; a drop has nobody to tell.
        let _ = self.settle();
    }
}

/// Room for bytes that do not exist yet. Dropping it gives the room back: the
/// clean-up of an allocation that failed.
#[derive(Debug)]
#[must_use = "a reservation that is dropped gives its room back"]
pub struct Reservation {
    claim: Claim,
}

impl Reservation {
    pub(super) fn new(claim: Claim) -> Self {
        Self { claim }
    }

    /// What the bytes are for.
    pub fn category(&self) -> MemoryCategory {
        self.claim.category
    }

    /// Where they are going to live.
    pub fn heap(&self) -> Heap {
        self.claim.heap
    }

    /// How many are reserved.
    pub fn bytes(&self) -> Bytes {
        self.claim.bytes
    }

    /// Turns the reservation into a charge of `actual` bytes: what the
    /// allocation really took. Less gives the rest back; more is asked for like
    /// any request.
    ///
    /// # Errors
    ///
    /// [`BudgetError::OverLimit`] where more does not fit, with the growth as
    /// what was wanted: the reservation is given back whole, and the caller
    /// frees what it allocated.
    pub fn commit(self, actual: Bytes) -> Result<Charge, BudgetError> {
        let Self { mut claim } = self;
        claim.resize(actual)?;
        claim.budget.tree.charge(claim.category, claim.heap, claim.bytes);
        Ok(Charge { claim })
    }
}

/// Bytes that exist and are paid for. Keep it with the memory it pays for;
/// dropping it is the original design's `deallocate`, with the category and the
/// size that were charged.
#[derive(Debug)]
#[must_use = "a charge that is dropped is no longer counted"]
pub struct Charge {
    claim: Claim,
}

impl Charge {
    /// What the bytes are for.
    pub fn category(&self) -> MemoryCategory {
        self.claim.category
    }

    /// Where they live.
    pub fn heap(&self) -> Heap {
        self.claim.heap
    }

    /// How many they are.
    pub fn bytes(&self) -> Bytes {
        self.claim.bytes
    }

    /// Gives the bytes back and returns how many they were. Dropping does the
    /// same, but has nobody to tell of an error.
    ///
    /// # Errors
    ///
    /// [`AccountingError`] where a counter holds less than was charged: a bug in
    /// the budget itself, also counted in [`super::BudgetState`].
    pub fn release(mut self) -> Result<Bytes, AccountingError> {
        let bytes = self.claim.bytes;
        self.settle()?;
        Ok(bytes)
    }

    /// Charged falls before claimed, so that charged ≤ claimed at every moment.
    fn settle(&mut self) -> Result<(), AccountingError> {
        let Claim { budget, category, heap, bytes } = &self.claim;
        let uncharged = if bytes.is_zero() { Ok(()) } else { budget.tree.uncharge(*category, *heap, *bytes) };
        uncharged.and(self.claim.settle())
    }
}

impl Drop for Charge {
    fn drop(&mut self) {
        // As for a claim: counted, not told.
        let _ = self.settle();
    }
}
