//! What a budget decided and what became of it, in order: what a what-if runs
//! again under other limits.
//!
//! Bounded: the oldest entries are folded into the state that the rest begins
//! with, so that the window is always whole.

use super::error::Level;
use super::limits::Limits;
use super::reclaim::Reclaim;
use arenascope_units::owner::{Heap, MemoryCategory, Owner};
use arenascope_units::pressure::Pressure;
use arenascope_units::{Bytes, Micros};
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

/// Names one request of a recorded budget; never 0, never given twice.
pub(super) type RequestId = u64;

/// Something that happened, and the budget's time then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct HistoryEntry {
    pub(super) time: Micros,
    pub(super) step: Step,
}

/// What happened. The outcome of whatever the budget was asked is part of it: a
/// run under other limits is the same run until one outcome is another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// The limits from here on.
    Limits(Arc<Limits>),
    /// Somebody asked whether a request would fit; where it `follows`, it is made
    /// whatever the answer, after others made room.
    HasRoom {
        owner: Owner,
        heap: Heap,
        bytes: Bytes,
        follows: bool,
        fits: bool,
    },
    /// A request did not fit at first, and this was asked of others.
    Reclaim {
        owner: Owner,
        heap: Heap,
        bytes: Bytes,
        plan: Option<Box<Reclaim>>,
    },
    /// What was given back for it.
    Freed {
        from: MemoryCategory,
        bytes: Bytes,
    },
    /// A request; where `reclaims`, others gave way before it was refused.
    Reserve {
        id: RequestId,
        owner: Owner,
        heap: Heap,
        bytes: Bytes,
        reclaims: bool,
        refused_at: Option<Level>,
    },
    /// A request got its memory, of `bytes`.
    Commit {
        id: RequestId,
        bytes: Bytes,
        usage: Usage,
        refused_at: Option<Level>,
    },
    /// Charged memory is used otherwise from here on.
    Usage {
        id: RequestId,
        usage: Usage,
    },
    Release {
        id: RequestId,
    },
    /// Those who hold what can be had back looked at the pressure, by heap.
    Heeded {
        pressure: [Pressure; Heap::ALL.len()],
    },
}

/// What charged bytes are to the program.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Usage {
    /// In use, for reasons that the budget does not know.
    #[default]
    Held,
    /// In use because the program asks for at least so many bytes now, whatever
    /// was granted or refused before.
    Needed(Bytes),
    /// Kept for later use; goes when others need room.
    Idle,
}

/// What is held by a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Held {
    pub(super) owner: Owner,
    pub(super) heap: Heap,
    pub(super) bytes: Bytes,
    /// `None` while it is only reserved.
    pub(super) usage: Option<Usage>,
}

/// The newest part of a budget's life, and what was held where it begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct History {
    /// The limits where the window begins.
    pub(super) limits: Arc<Limits>,
    pub(super) held: BTreeMap<RequestId, Held>,
    pub(super) entries: VecDeque<HistoryEntry>,
    capacity: usize,
    folded: u64,
    pub(super) lost: u64,
}

impl History {
    /// Room for `capacity` entries: about 64 B each, plus what is held before
    /// the window, which is bounded by what is alive.
    pub(super) fn new(limits: &Limits, capacity: usize) -> Self {
        Self {
            limits: Arc::new(limits.clone()),
            held: BTreeMap::new(),
            entries: VecDeque::with_capacity(capacity),
            capacity,
            folded: 0,
            lost: 0,
        }
    }

    /// Entries in the window.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// True before the first entry.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Entries that are before the window.
    pub const fn folded(&self) -> u64 {
        self.folded
    }

    /// Entries that could not be written. Anything but 0 makes answers a guess.
    pub const fn lost(&self) -> u64 {
        self.lost
    }

    /// Time of the first request in the window.
    pub fn begins_at(&self) -> Option<Micros> {
        let request = self.entries.iter().find(|entry| matches!(entry.step, Step::Reserve { .. }));
        request.map(|entry| entry.time)
    }

    pub(super) fn push(&mut self, entry: HistoryEntry) {
        if self.entries.len() >= self.capacity.max(1)
            && let Some(oldest) = self.entries.pop_front()
        {
            self.fold(oldest.step);
        }
        self.entries.push_back(entry);
    }

    pub(super) fn fold(&mut self, step: Step) {
        self.folded += 1;
        match step {
            Step::Limits(limits) => self.limits = limits,
            Step::Reserve { id, owner, heap, bytes, refused_at: None, .. } => {
                self.held.insert(id, Held { owner, heap, bytes, usage: None });
            }
            Step::Commit { id, bytes, usage, refused_at: None } => {
                if let Some(held) = self.held.get_mut(&id) {
                    (held.bytes, held.usage) = (bytes, Some(usage));
                }
            }
            Step::Usage { id, usage } => {
                if let Some(held) = self.held.get_mut(&id) {
                    held.usage = Some(usage);
                }
            }
            Step::Release { id } => drop(self.held.remove(&id)),
            _ => {}
        }
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use arenascope_units::owner::MemoryCategory;

    fn history(capacity: usize) -> History {
        History::new(&Limits::of_total(Bytes::new(1000)), capacity)
    }

    #[test]
    fn what_leaves_the_window_is_held_where_it_begins() {
        let mut history = history(2);
        let (owner, heap, bytes) = (MemoryCategory::ECS.into(), Heap::Arena, Bytes::new(9));
        let mut push = |step| history.push(HistoryEntry { time: Micros::ZERO, step });
        let reserve = |id, refused_at| Step::Reserve { id, owner, heap, bytes, reclaims: false, refused_at };
        let usage = Usage::Needed(Bytes::new(5));
        push(reserve(1, None));
        push(reserve(2, Some(Level::Total)));
        push(Step::Commit { id: 1, bytes: Bytes::new(8), usage, refused_at: None });
        push(reserve(3, None));
        push(reserve(4, None));
        push(Step::Release { id: 1 });
        push(Step::Release { id: 4 });
        assert_eq!((history.len(), history.folded()), (2, 5));
        assert_eq!(history.held[&1], Held { owner, heap, bytes: Bytes::new(8), usage: Some(usage) });
        assert_eq!(history.held.keys().copied().collect::<Vec<_>>(), [1, 3, 4]);
        history.push(HistoryEntry { time: Micros::ZERO, step: Step::Usage { id: 3, usage: Usage::Idle } });
        assert_eq!(history.held.keys().copied().collect::<Vec<_>>(), [3, 4]);
    }

    #[test]
    fn limits_that_leave_the_window_are_those_that_it_begins_with() {
        let mut history = history(1);
        let other = Arc::new(Limits::of_total(Bytes::new(10)));
        history.push(HistoryEntry { time: Micros::ZERO, step: Step::Limits(Arc::clone(&other)) });
        assert_ne!(history.limits, other);
        history.push(HistoryEntry { time: Micros::ZERO, step: Step::Release { id: 9 } });
        assert_eq!(history.limits, other);
    }
}
