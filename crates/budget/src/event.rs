//! What happened that somebody should know of: refusals, reclaims, pressure.
//! A bounded queue; what does not fit is counted.

use super::error::{Level, NodeId};
use super::sync::Ordering::Relaxed;
use super::sync::{AtomicU64, Mutex};
use arenascope_units::owner::{Heap, MemoryCategory, Owner};
use arenascope_units::pressure::Pressure;
use arenascope_units::{Bytes, Micros};
use std::collections::VecDeque;

/// Events that wait to be taken, at most.
pub const EVENTS_WAITING: usize = 256;

/// Something that happened to the budget.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BudgetEvent {
    /// The time that was set last, see [`super::Budget::set_time`].
    pub time: Micros,
    /// What happened, with its numbers.
    pub kind: EventKind,
}

/// The kinds of events, each with its numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventKind {
    /// A request was refused, after whatever could be reclaimed was.
    Refused {
        /// Category and tag that asked.
        owner: Owner,
        /// Where the bytes would have been.
        heap: Heap,
        /// How much was asked for.
        wanted: Bytes,
        /// The level whose limit refused.
        level: Level,
        /// How much was missing there.
        missing: Bytes,
    },
    /// A category was asked to give way.
    Reclaimed {
        /// The category that gave bytes back.
        from: MemoryCategory,
        /// How much was asked of it; zero where it gave in another's place.
        asked: Bytes,
        /// How much was given back.
        freed: Bytes,
        /// Whose request was in need.
        by: Owner,
    },
    /// A level went to another step of pressure.
    Pressure {
        /// The level whose pressure changed.
        node: NodeId,
        /// Its pressure before.
        from: Pressure,
        /// Its pressure from now on.
        to: Pressure,
        /// Bytes charged and reserved there.
        claimed: Bytes,
        /// The most that may be charged and reserved there.
        limit: Bytes,
    },
}

/// The queue. Never waits: an event that finds it locked or full is lost, and
/// counted.
#[derive(Debug)]
pub(super) struct Journal {
    waiting: Mutex<VecDeque<BudgetEvent>>,
    now: AtomicU64,
    total: AtomicU64,
    lost: AtomicU64,
}

impl Journal {
    pub(super) fn new() -> Self {
        Self {
            waiting: Mutex::new(VecDeque::with_capacity(EVENTS_WAITING)),
            now: AtomicU64::new(0),
            total: AtomicU64::new(0),
            lost: AtomicU64::new(0),
        }
    }

    pub(super) fn set_time(&self, now: Micros) {
        self.now.store(now.get(), Relaxed);
    }

    pub(super) fn now(&self) -> Micros {
        Micros::new(self.now.load(Relaxed))
    }

    pub(super) fn push(&self, kind: EventKind) {
        self.total.fetch_add(1, Relaxed);
        let event = BudgetEvent { time: self.now(), kind };
        match self.waiting.try_lock() {
            Ok(mut waiting) if waiting.len() < EVENTS_WAITING => waiting.push_back(event),
            _ => {
                self.lost.fetch_add(1, Relaxed);
            }
        }
    }

    /// Everything that waits; nothing where another thread is at it.
    pub(super) fn take(&self) -> Vec<BudgetEvent> {
        self.waiting.try_lock().map(|mut waiting| waiting.drain(..).collect()).unwrap_or_default()
    }

    /// Events so far, and of them lost.
    pub(super) fn counts(&self) -> (u64, u64) {
        (self.total.load(Relaxed), self.lost.load(Relaxed))
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn a_full_queue_counts_what_it_loses_and_keeps_the_oldest() {
        let journal = Journal::new();
        for asked in 0..EVENTS_WAITING as u64 + 7 {
            journal.set_time(Micros::new(asked));
            let (from, by) = (MemoryCategory::ECS, MemoryCategory::ECS.into());
            journal.push(EventKind::Reclaimed { from, asked: Bytes::new(asked), freed: Bytes::ZERO, by });
        }
        let taken = journal.take();
        assert_eq!((taken.len(), taken[255].time), (EVENTS_WAITING, Micros::new(255)));
        assert_eq!(journal.counts(), (EVENTS_WAITING as u64 + 7, 7));
        assert_eq!(journal.take(), []);
    }
}
