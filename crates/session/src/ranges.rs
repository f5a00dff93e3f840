//! The engine's ranges of the arena: reserved in the budget first, then kept in the
//! ledger; every refusal is said and worded.

use super::engine_arena::EngineArena;
use super::events::Said;
use super::ledger::{Range, Refused};
use super::live::Live;
use super::session::Session;
use arenascope_arena::{AllocError, AllocationId, FailureCause, Request};
use arenascope_budget::{BudgetError, Charge, Level as BudgetLevel, Reservation};
use arenascope_telemetry::event::{FailureReason, Op};
use arenascope_telemetry::notice::Level;
use arenascope_telemetry::refusal::ArenaRefusal;
use arenascope_units::Bytes;
use arenascope_units::owner::{Heap, Owner};
use arenascope_workload::step::Slot;
use arenascope_workload::tags;
use core::sync::atomic::Ordering::Relaxed;

impl Session<'_> {
    pub(crate) fn allocate_slot(&mut self, slot: Slot, size: Bytes, align: Bytes, owner: Owner) -> Option<()> {
        let needed = |reservation: Reservation, usable| reservation.commit_needed(usable, size);
        let range = self.place_range(size, align, owner, needed)?;
        self.touch(range.id, owner);
        self.run.live.insert(slot, Live::Range(range));
        Some(())
    }

    /// A game writes what it allocates; so the first and the last word are real. Nobody
    /// pauses for it.
    fn touch(&self, id: AllocationId, owner: Owner) {
        let mut thread = self.arena.thread.borrow_mut();
        let Ok(mut here) = thread.pin() else { return };
        let Ok(words) = here.words(id) else { return };
        for word in words.first().into_iter().chain(words.last()) {
            word.store(owner.tag.0.into(), Relaxed);
        }
    }

    pub(crate) fn free_slot(&mut self, slot: Slot) -> Option<()> {
        match self.run.live.remove(&slot)? {
            Live::Range(range) => {
                self.give_range_back(range);
                Some(())
            }
            other => {
                self.run.live.insert(slot, other);
                None
            }
        }
    }

    /// A range of the arena with its charge, or a counted and worded refusal.
    pub(crate) fn take_range(&mut self, size: Bytes, align: Bytes, owner: Owner) -> Option<Range> {
        self.place_range(size, align, owner, Reservation::commit)
    }

    /// The same; `commit` pays for the bytes set aside.
    fn place_range(
        &mut self,
        size: Bytes,
        align: Bytes,
        owner: Owner,
        commit: impl FnOnce(Reservation, Bytes) -> Result<Charge, BudgetError>,
    ) -> Option<Range> {
        let reservation = match self.reserve(owner, Heap::Arena, size) {
            Ok(reservation) => reservation,
            Err(error) => {
                self.budget_refused(owner, size, &error);
                return None;
            }
        };
        let request = Request { size, align, owner, now: self.out.events.stamp() };
        let EngineArena { thread, ledger, .. } = &mut self.arena;
        let taken = match thread.get_mut().pin() {
            Ok(mut here) => {
                let events = &mut self.out.events;
                ledger.take(&mut here, events, &request, &mut |events| events.stamp(), |usable| {
                    commit(reservation, usable)
                })
            }
            Err(contended) => Err(Refused::Arena(AllocError::Contended(contended))),
        };
        match taken {
            Ok(range) => return Some(range),
            Err(Refused::Arena(error)) => self.arena_refused(&request, &error),
            Err(Refused::Budget(error)) => self.budget_refused(owner, size, &error),
        }
        None
    }

    /// Where the arena is held too long, the memory stays, and so does its charge: it
    /// is freed at a later tick.
    pub(crate) fn give_range_back(&mut self, range: Range) {
        let owner = range.owner;
        let EngineArena { thread, ledger, .. } = &mut self.arena;
        let given = match thread.get_mut().pin() {
            Ok(mut here) => ledger.give_back(&mut here, &mut self.out.events, range),
            Err(_) => {
                ledger.owe(range);
                Ok(())
            }
        };
        if let Err(error) = given {
            self.say(Level::Error, format!("a range of {} was not freed: {error}", name(owner)));
        }
    }

    /// Frees what could not be freed when it was given up.
    pub(crate) fn pay_back(&mut self) {
        self.arena.ledger.take_owed().into_iter().for_each(|range| self.give_range_back(range));
    }

    pub(crate) fn budget_refused(&mut self, owner: Owner, size: Bytes, error: &BudgetError) {
        let detail = match error {
            BudgetError::OverLimit { level, .. } => match level {
                BudgetLevel::Category => 0,
                BudgetLevel::Total => 1,
                BudgetLevel::Tag => 3,
                BudgetLevel::Heap(_) => 4,
            },
            BudgetError::SetAside { .. } => 5,
            // A wrong counter, or limits that make no sense: no request is told so.
            _ => 2,
        };
        self.out.emit(Said { detail, ..Said::of(Op::BudgetRefusal, owner, 0, size) });
        self.say(Level::Warning, format!("{} was refused {size}: {error}", name(owner)));
    }

    fn arena_refused(&mut self, request: &Request, error: &AllocError) {
        let Request { owner, size, .. } = *request;
        self.run.arena_log.add_failure(request, error);
        let (id, offset) = refusal(error).to_words();
        let said = Said { detail: reason(error) as u8, offset, ..Said::of(Op::ArenaFailure, owner, id, size) };
        // The row above has this time too.
        self.out.events.push_at(request.now, said);
        self.say(Level::Error, format!("allocation of {size} for {} failed: {}", name(owner), why(error)));
    }
}

/// The name of the owner's tag: `frame/scratch`.
pub(crate) fn name(owner: Owner) -> &'static str {
    tags::name(owner.tag)
}

/// What the event says.
fn refusal(error: &AllocError) -> ArenaRefusal {
    let largest_free_bytes =
        if let AllocError::OutOfMemory { largest_free, .. } = error { largest_free.get() } else { 0 };
    let index = error.failure_index().unwrap_or_default().get();
    ArenaRefusal { reason: reason(error), index_thousandths: (index * 1000.0).round() as u16, largest_free_bytes }
}

/// Why, as events tell it.
fn reason(error: &AllocError) -> FailureReason {
    match (error, error.failure_cause()) {
        (AllocError::OutOfMemory { .. }, Some(FailureCause::Fragmented)) => FailureReason::Fragmented,
        (AllocError::OutOfMemory { .. }, _) => FailureReason::Full,
        (AllocError::OutOfNodes { .. }, _) => FailureReason::OutOfNodes,
        (AllocError::InvalidLayout { .. }, _) => FailureReason::InvalidLayout,
        (AllocError::Contended(_), _) => FailureReason::Contended,
    }
}

/// Full or fragmented, with the numbers.
fn why(error: &AllocError) -> String {
    let AllocError::OutOfMemory { largest_free, free, .. } = error else {
        return error.to_string();
    };
    let cause = error.failure_cause().map_or("out of memory", FailureCause::key);
    let index = error.failure_index().unwrap_or_default().get();
    format!("{cause} (index {index:.2}), free {free}, largest {largest_free}")
}
