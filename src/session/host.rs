//! Ranges of the arena: reserved in the budget first, then placed, then paid
//! for as set aside; every refusal gives back what came before it.

use super::engine::Session;
use super::live::{Held, Live};
use crate::arena::{AllocError, AllocationId, FreeError, Request};
use crate::budget::{BudgetError, Level as BudgetLevel};
use crate::owner::{Heap, Owner};
use crate::telemetry::event::{Failure, Op};
use crate::telemetry::notice::Level;
use crate::units::{Bytes, Ratio};
use crate::workload::step::Slot;
use crate::workload::tags;

impl Session<'_> {
    pub(super) fn allocate_slot(&mut self, slot: Slot, size: Bytes, align: Bytes, owner: Owner) -> Option<()> {
        let held = self.take_range(size, align, owner)?;
        // A game writes what it allocates; so the first and last byte are real.
        self.write(held.allocation.id, |bytes| {
            if let [first, .., last] = bytes {
                (*first, *last) = (owner.tag.0 as u8, owner.tag.0 as u8);
            }
        });
        self.run.live.insert(slot, Live::Range(held));
        Some(())
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
        let reservation = match self.run.budget.try_reserve(owner.category, Heap::Arena, size) {
            Ok(reservation) => reservation,
            Err(error) => {
                self.budget_refused(owner, size, &error);
                return None;
            }
        };
        let request = Request { size, align, owner, now: self.run.time };
        let allocation = match self.arena.allocate(&request) {
            Ok(allocation) => allocation,
            Err(error) => {
                self.arena_refused(owner, size, &error);
                return None;
            }
        };
        match reservation.commit(allocation.usable) {
            Ok(charge) => {
                self.emit(
                    Op::ArenaAllocate,
                    owner,
                    allocation.id.to_bits(),
                    allocation.offset.get(),
                    allocation.usable,
                );
                Some(Held { allocation, owner, charge })
            }
            Err(error) => {
                // Rounding to the granule went over the limit: undo.
                let _ = self.arena.deallocate(allocation.id);
                self.budget_refused(owner, size, &error);
                None
            }
        }
    }

    /// Where the arena is held too long, the memory stays, and so does its charge: it
    /// is freed at a later tick.
    pub(super) fn give_range_back(&mut self, held: Held) {
        let Held { allocation, owner, .. } = held;
        match self.arena.deallocate(allocation.id) {
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
            BudgetError::OverLimit { level: BudgetLevel::Category, .. } | BudgetError::LimitOverTotal { .. } => 0,
            BudgetError::OverLimit { level: BudgetLevel::Total, .. } => 1,
            BudgetError::Accounting(_) => 2,
        };
        self.emit_with(Op::BudgetRefusal, detail, owner, 0, 0, size);
        self.say(Level::Warning, format!("{} was refused {size}: {error}", name(owner)));
    }

    fn arena_refused(&mut self, owner: Owner, size: Bytes, error: &AllocError) {
        self.emit_with(Op::ArenaFailure, cause(error) as u8, owner, 0, 0, size);
        self.say(Level::Error, format!("allocation of {size} for {} failed: {}", name(owner), why(error)));
    }
}

/// The tag's name.
pub(super) fn name(owner: Owner) -> &'static str {
    tags::name(owner.tag)
}

/// The cause of a refusal, as its event tells it.
fn cause(error: &AllocError) -> Failure {
    match error {
        AllocError::OutOfMemory { .. } if error.failure_index().map_or(0.0, Ratio::get) < 0.5 => Failure::Full,
        AllocError::OutOfMemory { .. } => Failure::Fragmented,
        AllocError::OutOfNodes { .. } => Failure::NoNodes,
        AllocError::InvalidLayout { .. } => Failure::Invalid,
        AllocError::Contended(_) => Failure::Contended,
    }
}

/// Full or fragmented, with the numbers.
fn why(error: &AllocError) -> String {
    let AllocError::OutOfMemory { largest_free, free, .. } = error else {
        return error.to_string();
    };
    let index = error.failure_index().map_or(0.0, Ratio::get);
    let cause = if cause(error) == Failure::Full { "full" } else { "fragmented" };
    format!("{cause} (index {index:.2}), free {free}, largest {largest_free}")
}
