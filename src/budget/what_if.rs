//! What would have happened under other limits: the history, run again on a
//! budget that has them. The decisions are the budget's own code, not a second
//! version of it.

use super::Budget;
use super::charge::{Charge, Reservation};
use super::error::{BudgetError, Level};
use super::event::EventKind;
use super::history::{Entry, Held, History, RequestId};
use super::limits::Limits;
use super::pressure::Pressure;
use super::reclaim::{Freed, ReclaimStep};
use crate::owner::{Heap, MemoryCategory, Owner};
use crate::units::{Bytes, Micros};
use std::cell::RefCell;
use std::collections::BTreeMap;

/// Refusals that an answer lists one by one; the rest is only counted.
pub const REFUSALS_LISTED: usize = 256;

/// A request that would have been refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RefusalRow {
    /// When it was asked.
    pub time: Micros,
    /// Whose request.
    pub owner: Owner,
    /// Where the bytes would have been.
    pub heap: Heap,
    /// How much was asked for.
    pub wanted: Bytes,
    /// Which level would have refused.
    pub level: Level,
    /// Whether it was refused in truth, too.
    pub refused_then: bool,
}

/// What would have happened.
///
/// Two things no history can tell are assumed. A request that was refused in
/// truth and would now be granted is counted as such, but holds nothing
/// afterwards: nobody knows how long it would have lived. And whoever is asked
/// to give way does, with his oldest charges on the device, whole; in truth only
/// what is idle at that moment goes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WhatIf {
    /// Time of the first request that was run again.
    pub begins_at: Option<Micros>,
    /// Requests that were run again.
    pub requests: u64,
    /// Of them refused.
    pub refused: u64,
    /// Of these granted in truth: what the limits would have cost.
    pub newly_refused: u64,
    /// Refused in truth and granted now: what the limits would have won.
    pub newly_granted: u64,
    /// The first [`REFUSALS_LISTED`] refusals, in order.
    pub refusals: Vec<RefusalRow>,
    /// Bytes each category would have given back because another asked, in the
    /// order of [`MemoryCategory::ALL`].
    pub reclaimed: [Bytes; MemoryCategory::ALL.len()],
    /// The peak of each category.
    pub peaks: [Bytes; MemoryCategory::ALL.len()],
    /// The peak of the total.
    pub peak: Bytes,
    /// The worst pressure that the total would have reached.
    pub pressure: Pressure,
    /// Entries that the history lacks. Anything but 0 makes the answer a guess.
    pub lost: u64,
}

/// Runs `history` again under `limits`.
pub(super) fn run(limits: &Limits, history: &History) -> WhatIf {
    let mut replay = Replay::new(limits, history);
    history.entries.iter().for_each(|entry| replay.step(*entry));
    replay.finish(history)
}

enum Live {
    Reserved(Reservation),
    Charged(Charge),
}

struct Replay {
    budget: Budget,
    live: RefCell<BTreeMap<RequestId, Live>>,
    answer: WhatIf,
}

impl Replay {
    /// What was held where the window begins stays held, whatever the limits:
    /// lowering a limit takes nothing away.
    fn new(limits: &Limits, history: &History) -> Self {
        let budget = Budget::with_limits(limits.clone().opened());
        let hold = |(&id, held): (&RequestId, &Held)| {
            let reservation = budget.try_reserve(held.owner, held.heap, held.bytes).ok()?;
            let live = if held.charged {
                Live::Charged(reservation.commit(held.bytes).ok()?)
            } else {
                Live::Reserved(reservation)
            };
            Some((id, live))
        };
        let live = history.held.iter().filter_map(hold).collect();
        // Built from these limits, so each of their nodes is there.
        let _ = budget.set_limits(limits);
        drop(budget.take_events());
        Self { budget, live: RefCell::new(live), answer: WhatIf::default() }
    }

    fn step(&mut self, entry: Entry) {
        match entry {
            Entry::Reserve { id, owner, heap, bytes, time, granted } => {
                self.budget.set_time(time);
                self.reserve(id, owner, heap, bytes, granted);
            }
            Entry::Commit { id, bytes, granted } => self.commit(id, bytes, granted),
            Entry::Release { id } => drop(self.live.borrow_mut().remove(&id)),
        }
        self.take_events();
    }

    fn reserve(&mut self, id: RequestId, owner: Owner, heap: Heap, bytes: Bytes, granted: bool) {
        self.answer.requests += 1;
        let live = &self.live;
        let outcome =
            self.budget.reserve_or_reclaim(owner, heap, bytes, &mut |step: &ReclaimStep| give_way(live, step));
        match outcome {
            Ok(reservation) if granted => drop(live.borrow_mut().insert(id, Live::Reserved(reservation))),
            Ok(_) => self.answer.newly_granted += 1,
            Err(error) => self.refused(owner, heap, bytes, &error, !granted),
        }
    }

    fn commit(&mut self, id: RequestId, bytes: Bytes, granted: bool) {
        let Some(Live::Reserved(reservation)) = self.live.borrow_mut().remove(&id) else { return };
        let (owner, heap) = (reservation.owner(), reservation.heap());
        match reservation.commit(bytes) {
            Ok(charge) if granted => drop(self.live.borrow_mut().insert(id, Live::Charged(charge))),
            Ok(_) => self.answer.newly_granted += 1,
            Err(error) => self.refused(owner, heap, bytes, &error, !granted),
        }
    }

    fn refused(&mut self, owner: Owner, heap: Heap, wanted: Bytes, error: &BudgetError, refused_then: bool) {
        self.answer.refused += 1;
        self.answer.newly_refused += u64::from(!refused_then);
        let Some((level, _)) = error.shortage() else { return };
        if self.answer.refusals.len() < REFUSALS_LISTED {
            let time = self.budget.inner.tree.journal.now();
            self.answer.refusals.push(RefusalRow { time, owner, heap, wanted, level, refused_then });
        }
    }

    fn take_events(&mut self) {
        for event in self.budget.take_events() {
            if let EventKind::Pressure { node: super::NodeId::Total, to, .. } = event.kind {
                self.answer.pressure = self.answer.pressure.max(to);
            }
        }
    }

    fn finish(self, history: &History) -> WhatIf {
        let state = self.budget.snapshot();
        WhatIf {
            begins_at: history.begins_at(),
            reclaimed: MemoryCategory::ALL.map(|category| state.of(category).reclaimed),
            peaks: MemoryCategory::ALL.map(|category| state.of(category).peak),
            peak: state.total.peak,
            lost: history.lost(),
            pressure: self.answer.pressure.max(state.total.pressure),
            ..self.answer
        }
    }
}

/// The oldest charges of a category on a heap, whole, until enough came back.
fn give_way(live: &RefCell<BTreeMap<RequestId, Live>>, step: &ReclaimStep) -> Freed {
    let mut freed = Freed::default();
    live.borrow_mut().retain(|_, held| {
        let Live::Charged(charge) = held else { return true };
        if freed.total() >= step.bytes || charge.category() != step.category || charge.heap() != step.heap {
            return true;
        }
        freed.add(step.category, charge.bytes());
        false
    });
    freed
}
