//! What a request holds: bytes that give themselves back.

use super::error::{AccountingError, BudgetError};
use super::history::{RequestId, Step, Usage};
use super::ledger::Ledger;
use super::reclaim::{ReclaimStep, Reclaimer};
use super::tree::Place;
use arenascope_units::Bytes;
use arenascope_units::owner::{Heap, MemoryCategory, Owner};
use core::cmp::Ordering;
use core::mem;
use std::sync::Arc;

/// How often a request may send for what borrowers hold. The second time serves
/// a plan whose pieces were already gone, or smaller than the figures said.
const RECLAIM_ROUNDS: u32 = 2;

/// Bytes spoken for at every level. Dropping it gives them back.
#[derive(Debug)]
pub(super) struct Claim {
    ledger: Arc<Ledger>,
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
        ledger: &Arc<Ledger>,
        owner: Owner,
        heap: Heap,
        bytes: Bytes,
        reclaimer: Option<&mut dyn Reclaimer>,
    ) -> Result<Self, BudgetError> {
        let tree = &ledger.tree;
        let place = tree.place(owner, heap);
        let reclaims = reclaimer.is_some();
        if let Err(error) = tree.claim(&place, bytes) {
            refused(ledger, &place, bytes, error, reclaimer)?;
        }
        let id = ledger.record_request(&place, bytes, reclaims, None);
        Ok(Self { ledger: Arc::clone(ledger), place, bytes, id })
    }

    /// Bytes that are spoken for whatever the limits, of a budget that writes
    /// nothing down: what is known to have been granted.
    pub(super) fn hold(ledger: &Arc<Ledger>, owner: Owner, heap: Heap, bytes: Bytes) -> Self {
        let tree = &ledger.tree;
        let place = tree.place(owner, heap);
        tree.hold(&place, bytes);
        Self { ledger: Arc::clone(ledger), place, bytes, id: 0 }
    }

    /// Writes down what becomes of it, where its request was.
    #[inline]
    fn record(&self, step: impl FnOnce(RequestId) -> Step) {
        if let id @ 1.. = self.id {
            self.ledger.record(|| step(id));
        }
    }

    /// Grows or shrinks to `bytes`; where growing is refused, nothing changes.
    #[inline]
    fn resize(&mut self, bytes: Bytes) -> Result<(), BudgetError> {
        let tree = &self.ledger.tree;
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
        self.record(|id| Step::Release { id });
        self.id = 0;
        if bytes.is_zero() { Ok(()) } else { self.ledger.tree.unclaim(&self.place, bytes) }
    }
}

/// What becomes of a request that did not fit at first: granted after all, or
/// refused, counted and told.
#[cold]
fn refused(
    ledger: &Ledger,
    place: &Place,
    bytes: Bytes,
    error: BudgetError,
    reclaimer: Option<&mut dyn Reclaimer>,
) -> Result<(), BudgetError> {
    let reclaims = reclaimer.is_some();
    let outcome = match reclaimer {
        Some(reclaimer) => claim_after_reclaim(ledger, place, bytes, error, reclaimer),
        None => Err(error),
    };
    outcome.inspect_err(|error| {
        ledger.record_request(place, bytes, reclaims, error.level());
        ledger.tree.note_refusal(place, bytes, error);
    })
}

/// Carries out plans until the request fits or nobody gives any more.
fn claim_after_reclaim(
    ledger: &Ledger,
    place: &Place,
    bytes: Bytes,
    refusal: BudgetError,
    reclaimer: &mut dyn Reclaimer,
) -> Result<(), BudgetError> {
    let tree = &ledger.tree;
    let mut error = refusal;
    for _ in 0..RECLAIM_ROUNDS {
        let plan = ledger.tree.state().plan_reclaim(place.owner, bytes, &error);
        let Place { owner, heap, .. } = *place;
        ledger.record(|| Step::Reclaim { owner, heap, bytes, plan: plan.clone().map(Box::new) });
        let Some(plan) = plan else { break };
        let mut missing = plan.missing;
        for step in plan.steps {
            let asked = step.bytes.min(missing);
            if asked.is_zero() {
                break;
            }
            let freed = reclaimer.reclaim(&ReclaimStep { bytes: asked, ..step });
            tree.note_reclaimed(step.category, asked, &freed, place.owner);
            for from in MemoryCategory::ALL.into_iter().filter(|&from| !freed.of(from).is_zero()) {
                ledger.record(|| Step::Freed { from, bytes: freed.of(from) });
            }
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
        self.commit_as(actual, Usage::Held)
    }

    /// As [`Self::commit`], for what the program itself asks for, of at least
    /// `needed` bytes, whatever was granted or refused to it before: a what-if
    /// counts on such requests to be made under other limits too.
    ///
    /// # Errors
    ///
    /// As [`Self::commit`].
    #[inline]
    pub fn commit_needed(self, actual: Bytes, needed: Bytes) -> Result<Charge, BudgetError> {
        self.commit_as(actual, Usage::Needed(needed))
    }

    #[inline]
    pub(super) fn commit_as(self, actual: Bytes, usage: Usage) -> Result<Charge, BudgetError> {
        let Self { mut claim } = self;
        let outcome = claim.resize(actual);
        claim.record(|id| Step::Commit { id, bytes: actual, usage, refused_at: outcome.err().and_then(|e| e.level()) });
        outcome?;
        claim.ledger.tree.charge(&claim.place, claim.bytes);
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

    /// The heap that the bytes are on.
    pub fn heap(&self) -> Heap {
        self.claim.place.heap
    }

    /// How many they are.
    pub fn bytes(&self) -> Bytes {
        self.claim.bytes
    }

    /// The memory lies idle from here on: it goes when others need room. For the
    /// history alone; costs nothing where none is kept.
    pub fn note_idle(&self) {
        self.claim.record(|id| Step::Usage { id, usage: Usage::Idle });
    }

    /// Memory that lay idle is used again, for at least `needed` bytes that the
    /// program asks for, as in [`Reservation::commit_needed`].
    pub fn note_needed(&self, needed: Bytes) {
        self.claim.record(|id| Step::Usage { id, usage: Usage::Needed(needed) });
    }

    /// Memory that lay idle is used again, for other reasons.
    pub fn note_used(&self) {
        self.claim.record(|id| Step::Usage { id, usage: Usage::Held });
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
        let Claim { ledger, place, bytes, .. } = &self.claim;
        let uncharged = if bytes.is_zero() { Ok(()) } else { ledger.tree.uncharge(place, *bytes) };
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
