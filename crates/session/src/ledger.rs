//! Ranges of the arena and what pays for them: reserved in the budget, placed in the
//! arena, said, paid for as set aside, and given back in full where one of these is
//! refused. The engine and the mutators account for their ranges in this one way.

use super::events::{EventSink, Said};
use arenascope_arena::{AllocError, AllocationId, Extent, FreeError, Guards, Pinned, Request};
use arenascope_budget::{BudgetError, Charge};
use arenascope_telemetry::event::Op;
use arenascope_units::owner::Owner;
use arenascope_units::{Bytes, Micros};

/// A range of the arena and what pays for it.
#[derive(Debug)]
pub(crate) struct Range {
    pub(crate) id: AllocationId,
    /// All of the range, canaries included: what events, map and snapshot speak of.
    pub(crate) extent: Extent,
    pub(crate) owner: Owner,
    /// `None` for what the budget refused once it was placed, and could not be undone
    /// at once.
    charge: Option<Charge>,
}

/// Why there is no range.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    /// The arena refused to place it.
    Arena(AllocError),
    /// By the budget: rounding went over a limit.
    Budget(BudgetError),
}

/// How one thread takes ranges and gives them back, and what it still has to free.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    is_guarded: bool,
    /// Given up, and not freed yet: the arena was held by somebody else.
    owed: Vec<Range>,
}

impl Ledger {
    /// For an arena that is guarded, or not, for as long as the ledger is kept.
    pub(crate) const fn new(is_guarded: bool) -> Self {
        Self { is_guarded, owed: Vec::new() }
    }

    /// Places what was reserved, says so, and pays for it by `commit`, which is given
    /// the bytes set aside. The request's time is the event's, unless the arena's lock had
    /// to be taken: then it is what `stamp` says with the lock in hand, so that whatever
    /// held the bytes before ended at an earlier time.
    ///
    /// # Errors
    /// [`Refused`]; nothing is held then. A range that was placed and that the budget
    /// then refused is freed again: both happened, so both are said.
    pub(crate) fn take(
        &mut self,
        here: &mut Pinned<'_>,
        events: &mut EventSink<'_>,
        request: &Request,
        stamp: &mut dyn FnMut(&mut EventSink<'_>) -> Micros,
        commit: impl FnOnce(Bytes) -> Result<Charge, BudgetError>,
    ) -> Result<Range, Refused> {
        let mut time = request.now;
        let mut clock = || {
            time = stamp(events);
            time
        };
        let placed = here.allocate_by_clock(request, &mut clock).map_err(Refused::Arena)?;
        let lead = if self.is_guarded { Guards::lead(request.align) } else { Bytes::ZERO };
        let extent = Extent { offset: placed.offset.saturating_sub(lead), size: placed.usable };
        let mut range = Range { id: placed.id, extent, owner: request.owner, charge: None };
        events.push_at(time, range.said(Op::ArenaAllocate));
        match commit(extent.size) {
            Ok(charge) => {
                range.charge = Some(charge);
                Ok(range)
            }
            Err(error) => {
                // A failure to undo is a debt, or no free of anything that lives.
                let _ = self.give_back(here, events, range);
                Err(Refused::Budget(error))
            }
        }
    }

    /// Frees a range, says so, and ends its charge. Where the arena is held too long,
    /// the memory stays, and so does its charge: it is owed.
    ///
    /// # Errors
    /// [`FreeError`] for what is no live range: never a contended one.
    pub(crate) fn give_back(
        &mut self,
        here: &mut Pinned<'_>,
        events: &mut EventSink<'_>,
        range: Range,
    ) -> Result<(), FreeError> {
        // Before it: whoever is given the bytes next says so at a later time.
        let time = events.stamp();
        match here.deallocate(range.id) {
            Ok(_) => {
                events.push_at(time, range.said(Op::ArenaFree));
                Ok(())
            }
            Err(FreeError::Contended(_)) => {
                self.owed.push(range);
                Ok(())
            }
            Err(error) => Err(error),
        }
    }

    /// Notes a range that is to be freed later.
    pub(crate) fn owe(&mut self, range: Range) {
        self.owed.push(range);
    }

    /// Takes out what is owed.
    pub(crate) fn take_owed(&mut self) -> Vec<Range> {
        std::mem::take(&mut self.owed)
    }
}

impl Range {
    /// Tells the budget's history that it goes when others need room.
    pub(crate) fn note_idle(&self) {
        self.charge.iter().for_each(Charge::note_idle);
    }

    /// What an event about it says: of its beginning and its end the same.
    const fn said(&self, op: Op) -> Said {
        Said { offset: self.extent.offset.get(), ..Said::of(op, self.owner, self.id.to_bits(), self.extent.size) }
    }
}
