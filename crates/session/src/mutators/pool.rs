//! What all mutators of one run share: the arena, the budget that pays, and an inbox
//! for each thread, so that memory is freed by who did not take it.

use crate::ledger::Range;
use arenascope_arena::SharedArena;
use arenascope_budget::Budget;
use arenascope_telemetry::run::RunNumber;
use arenascope_units::{Bytes, Micros};
use arenascope_workload::mutator::Taker;
use std::sync::{Arc, Mutex, PoisonError};

/// What an inbox holds at most: who finds it full frees by itself.
const INBOX: usize = 256;

/// A range with the mark that must stand in it.
#[derive(Debug)]
pub(crate) struct MarkedRange {
    pub(crate) range: Range,
    /// What was written into the payload; `None` where the arena was held too long to
    /// write.
    pub(super) mark: Option<u32>,
}

/// What others passed on, to be freed. Bounded, and never waited for.
#[derive(Debug, Default)]
struct Inbox(Mutex<Vec<MarkedRange>>);

impl Inbox {
    /// Puts `marked` in, unless it is full or somebody else is at it.
    fn offer(&self, marked: MarkedRange) -> Result<(), MarkedRange> {
        match self.0.try_lock() {
            Ok(mut waiting) if waiting.len() < INBOX => {
                waiting.push(marked);
                Ok(())
            }
            _ => Err(marked),
        }
    }

    /// Takes everything out; nothing while somebody else is at it.
    fn empty(&self) -> Vec<MarkedRange> {
        self.0.try_lock().map(|mut waiting| std::mem::take(&mut *waiting)).unwrap_or_default()
    }
}

/// What all mutators of one run share.
#[derive(Debug)]
pub(crate) struct MutatorPool {
    pub(super) arena: Arc<SharedArena>,
    pub(super) budget: Budget,
    pub(super) is_guarded: bool,
    /// The run's number, for events.
    pub(super) run: RunNumber,
    pub(super) seed: u64,
    /// How many take part.
    pub(super) count: u32,
    /// Bytes that each may hold, as asked for.
    pub(super) limit: Bytes,
    /// When the run began, on the clock that all threads share.
    pub(super) started: Micros,
    /// One for each mutator, and the engine's at the end.
    inboxes: Vec<Inbox>,
}

/// What a run lends its mutators.
pub(crate) struct RunParts {
    pub(crate) arena: Arc<SharedArena>,
    pub(crate) budget: Budget,
    pub(crate) is_guarded: bool,
    /// The number of the run that the mutators' events are of.
    pub(crate) run: RunNumber,
    pub(crate) seed: u64,
    /// When it began, on the clock that all threads share.
    pub(crate) started: Micros,
}

impl MutatorPool {
    /// For `count` mutators. Each may hold 1/512 of the total: all eight together
    /// a third of what is left for temporary memory.
    pub(crate) fn new(parts: RunParts, count: u32) -> Self {
        let RunParts { arena, budget, is_guarded, run, seed, started } = parts;
        let limit = Bytes::new(budget.total().get() / 512);
        let inboxes = (0..=count).map(|_| Inbox::default()).collect();
        Self { arena, budget, is_guarded, run, seed, count, limit, started, inboxes }
    }

    /// Lets another thread free `marked`; gives it back where that is not possible now.
    pub(super) fn pass(&self, from: u32, to: Taker, marked: MarkedRange) -> Result<(), MarkedRange> {
        let index = match to {
            Taker::Next => (from + 1) % self.count,
            Taker::Engine => self.count,
        };
        match self.inboxes.get(index as usize) {
            // Alone there is no other mutator: the engine gets it.
            Some(_) if index == from => self.inboxes[self.count as usize].offer(marked),
            Some(inbox) => inbox.offer(marked),
            None => Err(marked),
        }
    }

    /// Leaves `range` to the engine, however full its inbox is: the last thing that a
    /// mutator does. May wait for a moment.
    pub(super) fn owe(&self, range: Range) {
        if let Some(inbox) = self.inboxes.get(self.count as usize) {
            inbox.0.lock().unwrap_or_else(PoisonError::into_inner).push(MarkedRange { range, mark: None });
        }
    }

    /// What mutator `number` is to free.
    pub(super) fn passed_to(&self, number: u32) -> Vec<MarkedRange> {
        self.inboxes.get(number as usize).map(Inbox::empty).unwrap_or_default()
    }

    /// What the engine is to free: what was passed to it and, once the others are
    /// gone, all that was passed to anyone.
    pub(super) fn passed_to_engine(&self, is_alone: bool) -> Vec<MarkedRange> {
        if is_alone {
            return self.inboxes.iter().flat_map(Inbox::empty).collect();
        }
        self.passed_to(self.count)
    }
}
