//! A history on a budget with other limits, entry by entry.

use super::super::Budget;
use super::super::charge::{Charge, Claim, Reservation};
use super::super::error::{BudgetError, Level};
use super::super::event::EventKind;
use super::super::history::{Held, History, HistoryEntry, RequestId, Step, Usage};
use super::super::limits::Limits;
use super::super::reclaim::{Freed, RECLAIMABLE, Reclaim, ReclaimStep};
use super::super::{CategoryState, NodeId};
use super::answer::{Parting, PartingCause, REFUSALS_LISTED, RefusalRow, WhatIf};
use super::floor::Floor;
use arenascope_units::Bytes;
use arenascope_units::owner::{Heap, MemoryCategory, Owner};
use arenascope_units::pressure::Pressure;
use std::collections::BTreeMap;

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Request {
    owner: Owner,
    heap: Heap,
    bytes: Bytes,
}

enum Memory {
    Reserved(Reservation),
    Charged(Charge),
}

/// What lies idle: since when, as a count of such moments.
type IdleSince = Option<u64>;

/// Everything that is held, and what can be had of it.
#[derive(Default)]
struct Live {
    memory: BTreeMap<RequestId, (Memory, IdleSince)>,
    idle: BTreeMap<u64, RequestId>,
    idle_total: u64,
    /// What was refused or given away here, and is held in truth.
    gone: BTreeMap<RequestId, Request>,
}

impl Live {
    fn insert(&mut self, id: RequestId, memory: Memory) {
        self.memory.insert(id, (memory, None));
    }

    fn take(&mut self, id: RequestId) -> Option<Memory> {
        let (memory, since) = self.memory.remove(&id)?;
        since.map(|since| self.idle.remove(&since));
        Some(memory)
    }

    /// False where there is nothing of that name.
    fn set_idle(&mut self, id: RequestId, is_idle: bool) -> bool {
        let Some((_, since)) = self.memory.get_mut(&id) else { return false };
        since.take().map(|since| self.idle.remove(&since));
        if is_idle {
            self.idle_total += 1;
            *since = Some(self.idle_total);
            self.idle.insert(self.idle_total, id);
        }
        true
    }

    fn idle(&self) -> impl Iterator<Item = (RequestId, &Charge)> {
        self.idle.values().filter_map(|id| match self.memory.get(id) {
            Some((Memory::Charged(charge), _)) => Some((*id, charge)),
            _ => None,
        })
    }

    /// Gives up what lies idle and is `wanted`, least recently used first, until
    /// so many bytes came back.
    fn give_way(&mut self, bytes: Bytes, wanted: impl Fn(&Charge) -> bool) -> Freed {
        let mut left = bytes.get();
        let mut chosen = Vec::new();
        for (id, charge) in self.idle().filter(|(_, charge)| wanted(charge)) {
            if left == 0 {
                break;
            }
            left = left.saturating_sub(charge.bytes().get());
            chosen.push(id);
        }
        let mut freed = Freed::default();
        for id in chosen {
            if let Some(Memory::Charged(charge)) = self.take(id) {
                freed.add(charge.category(), charge.bytes());
                let (owner, heap, bytes) = (charge.owner(), charge.heap(), charge.bytes());
                self.gone.insert(id, Request { owner, heap, bytes });
            }
        }
        freed
    }
}

pub(super) struct Replay<F> {
    budget: Budget,
    live: Live,
    edit: F,
    /// Whether the limits of now are others than they were.
    is_edited: bool,
    /// A request that has no room even if all that is idle goes.
    hopeless: Option<Request>,
    /// A request that nobody makes, since it has no room.
    not_made: Option<Request>,
    /// The request whose refusal is certain and parts the ways.
    parts: RequestId,
    floor: Floor,
    answer: WhatIf,
}

impl<E, F: FnMut(&Limits) -> Result<Limits, E>> Replay<F> {
    /// What was held where the window begins stays held, whatever the limits:
    /// lowering a limit takes nothing away.
    pub(super) fn new(history: &History, mut edit: F) -> Result<Self, E> {
        let limits = edit(&history.limits)?;
        let mut replay = Self {
            budget: Budget::with_limits(limits.clone()),
            live: Live::default(),
            edit,
            is_edited: limits != *history.limits,
            hopeless: None,
            not_made: None,
            parts: 0,
            floor: Floor::default(),
            answer: WhatIf { begins_at: history.begins_at(), lost: history.lost(), ..WhatIf::default() },
        };
        replay.floor.limit(limits);
        history.held.iter().for_each(|(&id, held)| replay.hold_first(id, held));
        drop(replay.budget.take_events());
        Ok(replay)
    }

    pub(super) fn step(&mut self, entry: &HistoryEntry) -> Result<(), E> {
        self.budget.set_time(entry.time);
        match &entry.step {
            Step::Limits(limits) => self.set_limits(limits)?,
            &Step::HasRoom { owner, heap, bytes, follows, fits } => {
                let request = Request { owner, heap, bytes };
                if follows { self.make_room_as_then(request, fits) } else { self.has_room(request, fits) }
            }
            Step::Reclaim { owner, heap, bytes, plan } => {
                self.compare_plans(Request { owner: *owner, heap: *heap, bytes: *bytes }, plan.as_deref());
            }
            &Step::Freed { from, bytes } => self.freed(from, bytes),
            &Step::Reserve { id, owner, heap, bytes, reclaims, refused_at } => {
                self.answer.requests += 1;
                let request = Request { owner, heap, bytes };
                self.reserve(id, request, reclaims, refused_at);
            }
            &Step::Commit { id, bytes, usage, refused_at } => self.commit(id, bytes, usage, refused_at),
            &Step::Usage { id, usage } => self.set_usage(id, usage),
            &Step::Release { id } => self.release(id),
            Step::Heeded { pressure } => self.compare_pressure(pressure),
        }
        self.take_events();
        Ok(())
    }

    fn set_limits(&mut self, limits: &Limits) -> Result<(), E> {
        let edited = (self.edit)(limits)?;
        self.is_edited = edited != *limits;
        // The nodes of every tag and heap that was ever limited are there: the
        // budget whose history this is had them too.
        let _ = self.budget.set_limits(&edited);
        self.floor.limit(edited);
        Ok(())
    }

    pub(super) fn finish(self, history: &History) -> WhatIf {
        let state = self.budget.snapshot();
        let by_category = |figure: fn(&CategoryState) -> Bytes| {
            MemoryCategory::ALL.map(|category| figure(&state.categories[category.index()]))
        };
        let mut answer = self.answer;
        if history.lost() > 0 {
            (answer.refused_at_least, answer.newly_refused_at_least, answer.refused_by) = (0, 0, None);
        }
        let by_estimate = by_category(|row| row.node.reclaimed);
        for (sum, bytes) in answer.reclaimed.iter_mut().zip(by_estimate) {
            *sum = [*sum, bytes].into_iter().sum();
        }
        WhatIf {
            peaks: by_category(|row| row.node.peak),
            peak: state.total.peak,
            pressure: answer.pressure.max(state.total.pressure),
            ..answer
        }
    }
}

impl<F> Replay<F> {
    fn hold_first(&mut self, id: RequestId, held: &Held) {
        let Held { owner, heap, bytes, usage } = *held;
        self.floor.hold_first(owner, heap, bytes);
        let reservation = Reservation::new(Claim::hold(&self.budget.ledger, owner, heap, bytes));
        let Some(usage) = usage else { return self.live.insert(id, Memory::Reserved(reservation)) };
        // Of as many bytes as are reserved: nothing can refuse them.
        if let Ok(charge) = reservation.commit(bytes) {
            self.live.insert(id, Memory::Charged(charge));
            self.note_usage(id, Request { owner, heap, bytes }, usage);
        }
    }

    fn has_parted(&self) -> bool {
        self.answer.parting.is_some()
    }

    /// Whether outcomes are those that were written down: nothing is decided anew
    /// where limits are what they were, so that threads that raced for the last
    /// bytes are not made to race again.
    fn is_as_it_was(&self) -> bool {
        !self.is_edited && !self.has_parted()
    }

    /// From here on it is another run.
    fn part(&mut self, cause: PartingCause) {
        let time = self.budget.ledger.tree.journal.now();
        self.answer.parting.get_or_insert(Parting { time, cause });
    }

    /// A request was only to be made where it fits.
    fn has_room(&mut self, request: Request, fitted: bool) {
        if self.is_as_it_was() {
            return;
        }
        let fits = self.budget.has_room(request.owner, request.heap, request.bytes);
        if fits != fitted {
            self.part(PartingCause::Room);
        }
        self.not_made = (fitted && !fits).then_some(request);
    }

    /// A request follows, and whoever has idle memory makes room for it first.
    fn make_room_as_then(&mut self, request: Request, fitted: bool) {
        if self.is_as_it_was() {
            return;
        }
        let fits = self.budget.has_room(request.owner, request.heap, request.bytes);
        if !self.has_parted() && fits != fitted {
            self.hopeless = (!fits && !self.could_fit(&request)).then_some(request);
            if self.hopeless.is_none() {
                self.part(PartingCause::Room);
            }
        }
        if !fits && (self.has_parted() || self.hopeless.is_some()) {
            self.make_room(&request);
        }
    }

    /// As those who have idle memory do it for a request on their heap: of the
    /// same use first, then of any, then everything.
    fn make_room(&mut self, request: &Request) {
        let &Request { owner, heap, bytes } = request;
        self.live.give_way(bytes, |charge| charge.heap() == heap && charge.category() == owner.category);
        if !self.budget.has_room(owner, heap, bytes) {
            self.live.give_way(bytes, |charge| charge.heap() == heap);
        }
        if heap == RECLAIMABLE && !self.budget.has_room(owner, heap, bytes) {
            self.live.give_way(Bytes::new(u64::MAX), |charge| charge.heap() != Heap::Npu);
        }
    }

    /// Whether it would fit were all that lies idle given back.
    fn could_fit(&self, request: &Request) -> bool {
        let state = self.budget.snapshot();
        let idle = |is_of: &dyn Fn(&Charge) -> bool| -> Bytes {
            self.live.idle().filter(|(_, charge)| is_of(charge)).map(|(_, charge)| charge.bytes()).sum()
        };
        let &Request { owner, heap, bytes } = request;
        let fits = |claimed: Bytes, idle: Bytes, limit: Bytes| {
            let needed = claimed.saturating_sub(idle).get().saturating_add(bytes.get());
            needed <= limit.get()
        };
        let category = state.of(owner.category);
        let tag =
            self.budget.tags().into_iter().find(|row| row.category == owner.category && row.tag == Some(owner.tag));
        fits(state.total.claimed(), idle(&|_| true), state.total.limit)
            && fits(category.claimed(), idle(&|charge| charge.category() == owner.category), category.limit)
            && tag.is_none_or(|row| fits(row.node.claimed(), idle(&|charge| charge.owner() == owner), row.node.limit))
            && state.heaps[heap.index()]
                .node
                .is_none_or(|node| fits(node.claimed(), idle(&|charge| charge.heap() == heap), node.limit))
    }

    /// A request did not fit at first, and `then` was asked of others.
    fn compare_plans(&mut self, request: Request, then: Option<&Reclaim>) {
        if self.is_as_it_was() || self.has_parted() || self.hopeless.is_some() {
            return;
        }
        let Request { owner, heap, bytes } = request;
        let plan = match self.budget.try_reserve(owner, heap, bytes) {
            Ok(_fits) => return self.part(PartingCause::Room),
            Err(error) => self.budget.plan_reclaim(owner, bytes, &error),
        };
        if plan.as_ref() != then {
            self.part(PartingCause::Room);
        }
    }

    fn freed(&mut self, from: MemoryCategory, bytes: Bytes) {
        if !self.has_parted() {
            let sum = &mut self.answer.reclaimed[from.index()];
            *sum = [*sum, bytes].into_iter().sum();
        }
    }

    fn reserve(&mut self, id: RequestId, request: Request, reclaims: bool, refused_at: Option<Level>) {
        if self.not_made.take() == Some(request) {
            return;
        }
        let hopeless = self.hopeless.take() == Some(request);
        let outcome = self.decide(&request, reclaims, refused_at, hopeless);
        match (outcome, refused_at) {
            (Ok(reservation), None) => self.live.insert(id, Memory::Reserved(reservation)),
            (Ok(_), Some(_)) => {
                self.answer.newly_granted += 1;
                self.part(PartingCause::Granted);
            }
            (Err(level), Some(_)) => self.refuse(&request, level, true, !self.has_parted()),
            (Err(level), None) => {
                let parts = !self.has_parted();
                self.part(PartingCause::Refused);
                self.refuse(&request, level, false, parts);
                self.live.gone.insert(id, request);
                if parts {
                    self.parts = id;
                }
            }
        }
    }

    /// Granted, or refused at a level. A request that was granted and has no room
    /// now parts the ways, one way or the other.
    fn decide(
        &mut self,
        request: &Request,
        reclaims: bool,
        refused_at: Option<Level>,
        hopeless: bool,
    ) -> Result<Reservation, Level> {
        let &Request { owner, heap, bytes } = request;
        let level = |error: BudgetError| error.level().unwrap_or(Level::Total);
        if self.is_as_it_was() {
            return refused_at
                .map_or_else(|| Ok(Reservation::new(Claim::hold(&self.budget.ledger, owner, heap, bytes))), Err);
        }
        let first = match self.budget.try_reserve(owner, heap, bytes) {
            Ok(reservation) => return Ok(reservation),
            Err(error) => level(error),
        };
        if !reclaims || hopeless {
            return Err(first);
        }
        if !self.has_parted() {
            if refused_at.is_some() || !self.could_fit(request) {
                return Err(first);
            }
            self.part(PartingCause::Room);
        }
        let live = &mut self.live;
        let give_way = &mut |step: &ReclaimStep| live.give_way(step.bytes, |charge| charge.heap() == step.heap);
        self.budget.reserve_or_reclaim(owner, heap, bytes, give_way).map_err(level)
    }

    fn commit(&mut self, id: RequestId, bytes: Bytes, usage: Usage, refused_at: Option<Level>) {
        let Some(Memory::Reserved(reservation)) = self.live.take(id) else {
            return self.commit_in_truth_alone(id, usage, refused_at);
        };
        let request = Request { owner: reservation.owner(), heap: reservation.heap(), bytes };
        let outcome = match (self.is_as_it_was(), refused_at) {
            (true, Some(level)) => Err(level),
            (true, None) if bytes > reservation.bytes() => {
                drop(reservation);
                Ok(Reservation::new(Claim::hold(&self.budget.ledger, request.owner, request.heap, bytes)))
            }
            _ => Ok(reservation),
        };
        let outcome = outcome
            .and_then(|reservation| reservation.commit(bytes).map_err(|error| error.level().unwrap_or(Level::Total)));
        match (outcome, refused_at) {
            (Ok(charge), None) => {
                self.live.insert(id, Memory::Charged(charge));
                self.note_usage(id, request, usage);
            }
            (Ok(_), Some(_)) => {
                self.answer.newly_granted += 1;
                self.part(PartingCause::Granted);
            }
            (Err(level), Some(_)) => self.refuse(&request, level, true, !self.has_parted()),
            (Err(level), None) => {
                let parts = !self.has_parted();
                self.part(PartingCause::Refused);
                self.refuse(&request, level, false, parts);
                self.live.gone.insert(id, request);
            }
        }
    }

    /// What was refused here, and only perhaps, is needed nevertheless.
    fn commit_in_truth_alone(&mut self, id: RequestId, usage: Usage, refused_at: Option<Level>) {
        if let (Some(request), None) = (self.live.gone.get(&id).copied(), refused_at)
            && id != self.parts
        {
            self.note_need(id, &request, usage);
        }
    }

    /// What is used again and is not there is asked for again.
    fn set_usage(&mut self, id: RequestId, usage: Usage) {
        let known = self.live.memory.get(&id).and_then(|(memory, _)| match memory {
            Memory::Charged(charge) => {
                Some(Request { owner: charge.owner(), heap: charge.heap(), bytes: charge.bytes() })
            }
            Memory::Reserved(_) => None,
        });
        match (known, self.live.gone.get(&id).copied()) {
            (Some(request), _) => self.note_usage(id, request, usage),
            (None, Some(request)) => {
                self.note_need(id, &request, usage);
                if usage != Usage::Idle {
                    self.ask_again(id, request, usage);
                }
            }
            (None, None) => {}
        }
    }

    fn ask_again(&mut self, id: RequestId, request: Request, usage: Usage) {
        let Request { owner, heap, bytes } = request;
        if !self.budget.has_room(owner, heap, bytes) {
            self.make_room(&request);
        }
        match self.decide(&request, true, None, false) {
            Ok(reservation) => {
                if let Ok(charge) = reservation.commit(bytes) {
                    self.live.gone.remove(&id);
                    self.live.insert(id, Memory::Charged(charge));
                    self.live.set_idle(id, usage == Usage::Idle);
                }
            }
            Err(level) => self.refuse(&request, level, false, false),
        }
    }

    fn note_usage(&mut self, id: RequestId, request: Request, usage: Usage) {
        self.live.set_idle(id, usage == Usage::Idle);
        self.note_need(id, &request, usage);
    }

    /// Keeps the floor, and counts what it shows to be refused.
    fn note_need(&mut self, id: RequestId, request: &Request, usage: Usage) {
        let Usage::Needed(bytes) = usage else { return self.floor.end(id) };
        self.floor.begin(id, request.owner, request.heap, bytes);
        if self.has_parted() && self.floor.take_excess() {
            self.answer.refused_at_least += 1;
            self.answer.newly_refused_at_least += 1;
            self.answer.refused_by.get_or_insert(self.budget.ledger.tree.journal.now());
        }
    }

    fn release(&mut self, id: RequestId) {
        drop(self.live.take(id));
        self.live.gone.remove(&id);
        self.floor.end(id);
    }

    fn refuse(&mut self, request: &Request, level: Level, refused_then: bool, is_certain: bool) {
        let &Request { owner, heap, bytes: wanted } = request;
        let time = self.budget.ledger.tree.journal.now();
        self.answer.refused += 1;
        self.answer.newly_refused += u64::from(!refused_then);
        if is_certain {
            self.answer.refused_at_least += 1;
        }
        if is_certain && !refused_then {
            self.answer.newly_refused_at_least += 1;
            self.answer.refused_by = Some(time);
            // Counted: what else is needed now may be served in its place.
            self.floor.forget();
        }
        if self.answer.refusals.len() < REFUSALS_LISTED {
            self.answer.refusals.push(RefusalRow { time, owner, heap, wanted, level, refused_then, is_certain });
        }
    }

    fn compare_pressure(&mut self, then: &[Pressure; Heap::ALL.len()]) {
        if self.is_as_it_was() || self.has_parted() {
            return;
        }
        // What is kept and can be had back lies on the devices.
        let pressure = self.budget.heed_pressure();
        let differs = |heap: Heap| heap != Heap::Arena && pressure[heap.index()] != then[heap.index()];
        if Heap::ALL.into_iter().any(differs) {
            self.part(PartingCause::Pressure);
        }
    }

    fn take_events(&mut self) {
        for event in self.budget.take_events() {
            if let EventKind::Pressure { node: NodeId::Total, to, .. } = event.kind {
                self.answer.pressure = self.answer.pressure.max(to);
            }
        }
    }
}
