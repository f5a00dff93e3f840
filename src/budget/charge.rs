//! What a request holds: bytes that give themselves back.

use super::Budget;
use super::error::{AccountingError, BudgetError};
use super::history::RequestId;
use super::reclaim::Reclaimer;
use super::tree::Place;
use crate::owner::{Heap, MemoryCategory, Owner};
use crate::units::Bytes;
use core::cmp::Ordering;
use core::mem;

/// How often a request may send for what borrowers hold. The second time serves
/// a plan whose pieces were already gone, or smaller than the figures said.
const RECLAIM_ROUNDS: u32 = 2;

/// Bytes spoken for at every level. Dropping it gives them back.
#[derive(Debug)]
pub(super) struct Claim {
    budget: Budget,
    place: Place,
    bytes: Bytes,
    /// Its number in the history; 0 where none is kept.
    id: RequestId,
}

impl Claim {
    /// Inlined down to the claims themselves, as is all that a request does
    /// when it succeeds: handed from call to call through memory, its few words
    /// cost more than the atomics (see `benches/README.md`).
    #[inline]
    pub(super) fn take(
        budget: &Budget,
        owner: Owner,
        heap: Heap,
        bytes: Bytes,
        reclaimer: Option<&mut dyn Reclaimer>,
    ) -> Result<Self, BudgetError> {
        let tree = &budget.inner.tree;
        let place = tree.place(owner, heap);
        if let Err(error) = tree.claim(&place, bytes) {
            refused(budget, &place, bytes, error, reclaimer)?;
        }
        let id = budget.record(&place, bytes, true);
        Ok(Self { budget: budget.clone(), place, bytes, id })
    }

    /// Grows or shrinks to `bytes`; where growing is refused, nothing changes.
    #[inline]
    fn resize(&mut self, bytes: Bytes) -> Result<(), BudgetError> {
        let tree = &self.budget.inner.tree;
        match bytes.cmp(&self.bytes) {
            Ordering::Equal => {}
            Ordering::Greater => {
                let growth = bytes.saturating_sub(self.bytes);
                tree.claim(&self.place, growth).inspect_err(|error| tree.note_refusal(&self.place, growth, error))?;
            }
            Ordering::Less => tree.unclaim(&self.place, self.bytes.saturating_sub(bytes))?,
        }
        self.bytes = bytes;
        Ok(())
    }

    /// Gives everything back. The second time there is nothing left to give.
    #[inline]
    fn settle(&mut self) -> Result<(), AccountingError> {
        let bytes = mem::take(&mut self.bytes);
        if let (Some(recorder), id @ 1..) = (&self.budget.inner.recorder, mem::take(&mut self.id)) {
            recorder.release(id);
        }
        if bytes.is_zero() { Ok(()) } else { self.budget.inner.tree.unclaim(&self.place, bytes) }
    }
}

/// What becomes of a request that did not fit at first: granted after all, or
/// refused, counted and told.
#[cold]
fn refused(
    budget: &Budget,
    place: &Place,
    bytes: Bytes,
    error: BudgetError,
    reclaimer: Option<&mut dyn Reclaimer>,
) -> Result<(), BudgetError> {
    let outcome = match reclaimer {
        Some(reclaimer) => claim_after_reclaim(budget, place, bytes, error, reclaimer),
        None => Err(error),
    };
    outcome.inspect_err(|error| {
        budget.record(place, bytes, false);
        budget.inner.tree.note_refusal(place, bytes, error);
    })
}

/// Carries out plans until the request fits or nobody gives any more.
fn claim_after_reclaim(
    budget: &Budget,
    place: &Place,
    bytes: Bytes,
    refusal: BudgetError,
    reclaimer: &mut dyn Reclaimer,
) -> Result<(), BudgetError> {
    let tree = &budget.inner.tree;
    let mut error = refusal;
    for _ in 0..RECLAIM_ROUNDS {
        let Some(plan) = budget.plan_reclaim(place.owner, bytes, &error) else { break };
        let mut missing = plan.missing;
        for step in plan.steps {
            let asked = step.bytes.min(missing);
            if asked.is_zero() {
                break;
            }
            let freed = reclaimer.reclaim(&super::ReclaimStep { bytes: asked, ..step });
            tree.note_reclaimed(step.category, asked, &freed, place.owner);
            missing = missing.saturating_sub(freed.total());
        }
        match tree.claim(place, bytes) {
            Ok(()) => return Ok(()),
            Err(again) => error = again,
        }
        if missing == plan.missing {
            break;
        }
    }
    Err(error)
}

impl Drop for Claim {
    #[inline]
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
    #[inline]
    pub(super) fn new(claim: Claim) -> Self {
        Self { claim }
    }

    /// What the bytes are for.
    pub fn category(&self) -> MemoryCategory {
        self.claim.place.owner.category
    }

    /// What they are for, and who asked.
    pub fn owner(&self) -> Owner {
        self.claim.place.owner
    }

    /// Where they are going to live.
    pub fn heap(&self) -> Heap {
        self.claim.place.heap
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
    #[inline]
    pub fn commit(self, actual: Bytes) -> Result<Charge, BudgetError> {
        let Self { mut claim } = self;
        let outcome = claim.resize(actual);
        if let (Some(recorder), id @ 1..) = (&claim.budget.inner.recorder, claim.id) {
            recorder.commit(id, actual, outcome.is_ok());
        }
        outcome?;
        claim.budget.inner.tree.charge(&claim.place, claim.bytes);
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
        self.claim.place.owner.category
    }

    /// What they are for, and who asked.
    pub fn owner(&self) -> Owner {
        self.claim.place.owner
    }

    /// Where they live.
    pub fn heap(&self) -> Heap {
        self.claim.place.heap
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
    #[inline]
    fn settle(&mut self) -> Result<(), AccountingError> {
        let Claim { budget, place, bytes, .. } = &self.claim;
        let uncharged = if bytes.is_zero() { Ok(()) } else { budget.inner.tree.uncharge(place, *bytes) };
        uncharged.and(self.claim.settle())
    }
}

impl Drop for Charge {
    #[inline]
    fn drop(&mut self) {
        // As for a claim: counted, not told.
        let _ = self.settle();
    }
}
