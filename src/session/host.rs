//! Ranges of the arena: reserved in the budget first, then placed, then paid
//! for as set aside; every refusal gives back what came before it.

use super::budget_events::PoolReclaimer;
use super::engine::Session;
use super::live::{Held, Live};
use crate::arena::{AllocError, AllocationId, Extent, FailureCause, FreeError, Request, ThreadArena};
use crate::budget::{BudgetError, Level as BudgetLevel, Reservation};
use crate::owner::{Heap, Owner};
use crate::telemetry::event::{Failure, Op};
use crate::telemetry::notice::Level;
use crate::telemetry::refusal::{Refusal, RefusalReason};
use crate::units::Bytes;
use crate::workload::step::Slot;
use crate::workload::tags;
use core::sync::atomic::Ordering::Relaxed;

impl Session<'_> {
    pub(super) fn allocate_slot(&mut self, slot: Slot, size: Bytes, align: Bytes, owner: Owner) -> Option<()> {
        let held = self.take_range(size, align, owner)?;
        self.touch(held.allocation.id, owner);
        self.run.live.insert(slot, Live::Range(held));
        Some(())
    }

    /// A game writes what it allocates; so the first and the last word are real. Nobody
    /// pauses for it.
    fn touch(&mut self, id: AllocationId, owner: Owner) {
        let Ok(mut here) = self.thread.pin() else { return };
        let Ok(words) = here.words(id) else { return };
        for word in words.first().into_iter().chain(words.last()) {
            word.store(owner.tag.0.into(), Relaxed);
        }
    }

    pub(super) fn free_slot(&mut self, slot: Slot) -> Option<()> {
        match self.run.live.remove(&slot)? {
            Live::Range(held) => {
                self.give_range_back(held);
                Some(())
            }
            other => {
                self.run.live.insert(slot, other);
                None
            }
        }
    }

    /// A range of the arena with its charge, or a counted and worded refusal.
    pub(super) fn take_range(&mut self, size: Bytes, align: Bytes, owner: Owner) -> Option<Held> {
        let reservation = match self.reserve(owner, Heap::Arena, size) {
            Ok(reservation) => reservation,
            Err(error) => {
                self.budget_refused(owner, size, &error);
                return None;
            }
        };
        let request = Request { size, align, owner, now: self.run.time };
        let placed = self.thread.pin().map_err(AllocError::Contended).and_then(|mut here| here.allocate(&request));
        let allocation = match placed {
            Ok(allocation) => allocation,
            Err(error) => {
                self.arena_refused(&request, &error);
                return None;
            }
        };
        let (id, offset) = (allocation.id.to_bits(), self.range_start(&allocation).get());
        self.emit(Op::ArenaAllocate, owner, id, offset, allocation.usable);
        match reservation.commit(allocation.usable) {
            Ok(charge) => Some(Held { allocation, owner, charge: Some(charge) }),
            Err(error) => {
                // Rounding went over the limit: undone. Both happened, so both are said.
                self.give_range_back(Held { allocation, owner, charge: None });
                self.budget_refused(owner, size, &error);
                None
            }
        }
    }

    /// Room in the budget; whoever has idle memory on the device gives way.
    pub(super) fn reserve(&mut self, owner: Owner, heap: Heap, size: Bytes) -> Result<Reservation, BudgetError> {
        let budget = self.run.budget.clone();
        budget.reserve_or_reclaim(owner, heap, size, &mut PoolReclaimer(self))
    }

    /// Where the arena is held too long, the memory stays, and so does its charge: it
    /// is freed at a later tick.
    pub(super) fn give_range_back(&mut self, held: Held) {
        let Held { allocation, owner, .. } = held;
        match free(&mut self.thread, allocation.id) {
            Ok(extent) => {
                self.emit(Op::ArenaFree, owner, allocation.id.to_bits(), extent.offset.get(), extent.size);
                drop(held.charge);
            }
            Err(FreeError::Contended(_)) => self.run.owed.held.push(held),
            Err(error) => self.say(Level::Error, format!("a range of {} was not freed: {error}", name(owner))),
        }
    }

    /// Lets `fill` write the bytes of an allocation.
    pub(super) fn write(&self, id: AllocationId, fill: impl FnOnce(&mut [u8])) {
        let _ = self.arena.with(|arena| arena.payload_mut(id).map(fill));
    }

    /// The bytes of an allocation, in place: what the platform hands to WebGPU
    /// and WebNN. `None` for a handle that is not good.
    pub fn with_payload<R>(&self, id: AllocationId, read: impl FnOnce(&[u8]) -> R) -> Option<R> {
        self.arena.with(|arena| arena.payload(id).map(read)).ok()?.ok()
    }

    /// The bytes of an allocation, to write results to.
    pub fn with_payload_mut<R>(&self, id: AllocationId, write: impl FnOnce(&mut [u8]) -> R) -> Option<R> {
        self.arena.with(|arena| arena.payload_mut(id).map(write)).ok()?.ok()
    }

    pub(super) fn budget_refused(&mut self, owner: Owner, size: Bytes, error: &BudgetError) {
        let detail = match error {
            BudgetError::OverLimit { level, .. } => match level {
                BudgetLevel::Category => 0,
                BudgetLevel::Total => 1,
                BudgetLevel::Tag => 3,
                BudgetLevel::Heap(_) => 4,
            },
            BudgetError::SetAside { .. } => 5,
            // Of its books, or of limits, which no request is.
            _ => 2,
        };
        self.emit_with(Op::BudgetRefusal, detail, owner, 0, 0, size);
        self.say(Level::Warning, format!("{} was refused {size}: {error}", name(owner)));
    }

    fn arena_refused(&mut self, request: &Request, error: &AllocError) {
        let Request { owner, size, .. } = *request;
        self.run.arena_log.add_failure(request, error);
        let (id, offset) = refusal(error).to_words();
        self.emit_with(Op::ArenaFailure, cause(error) as u8, owner, id, offset, size);
        self.say(Level::Error, format!("allocation of {size} for {} failed: {}", name(owner), why(error)));
    }
}

pub(super) fn free(thread: &mut ThreadArena, id: AllocationId) -> Result<Extent, FreeError> {
    thread.pin().map_err(FreeError::Contended)?.deallocate(id)
}

/// The tag's name.
pub(super) fn name(owner: Owner) -> &'static str {
    tags::name(owner.tag)
}

/// What the event says.
fn refusal(error: &AllocError) -> Refusal {
    let reason = match (error, error.failure_cause()) {
        (AllocError::OutOfMemory { .. }, Some(FailureCause::Fragmented)) => RefusalReason::Fragmented,
        (AllocError::OutOfMemory { .. }, _) => RefusalReason::Full,
        (AllocError::OutOfNodes { .. }, _) => RefusalReason::OutOfNodes,
        (AllocError::InvalidLayout { .. }, _) => RefusalReason::InvalidLayout,
        (AllocError::Contended(_), _) => RefusalReason::Contended,
    };
    let largest_free_bytes =
        if let AllocError::OutOfMemory { largest_free, .. } = error { largest_free.get() } else { 0 };
    let index = error.failure_index().unwrap_or_default().get();
    Refusal { reason, index_thousandths: (index * 1000.0).round() as u16, largest_free_bytes }
}

/// The cause of a refusal, as its event's detail tells it.
fn cause(error: &AllocError) -> Failure {
    match (error, error.failure_cause()) {
        (AllocError::OutOfMemory { .. }, Some(FailureCause::Fragmented)) => Failure::Fragmented,
        (AllocError::OutOfMemory { .. }, _) => Failure::Full,
        (AllocError::OutOfNodes { .. }, _) => Failure::NoNodes,
        (AllocError::InvalidLayout { .. }, _) => Failure::Invalid,
        (AllocError::Contended(_), _) => Failure::Contended,
    }
}

/// Full or fragmented, with the numbers.
fn why(error: &AllocError) -> String {
    let AllocError::OutOfMemory { largest_free, free, .. } = error else {
        return error.to_string();
    };
    let index = error.failure_index().unwrap_or_default();
    let cause = FailureCause::of(index);
    let index = index.get();
    format!("{cause} (index {index:.2}), free {free}, largest {largest_free}")
}
