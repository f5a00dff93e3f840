//! What was reserved, committed and given back, in order: what a what-if runs
//! again under other limits.
//!
//! Bounded: the oldest entries are folded into the state that the rest begins
//! with, so that the window is always whole. Only an entry that finds another
//! thread writing is lost, and counted.

use crate::owner::{Heap, Owner};
use crate::units::{Bytes, Micros};
use std::collections::{BTreeMap, VecDeque};

/// Names one request of a recorded budget; never 0, never given twice.
pub(super) type RequestId = u64;

/// One thing that happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Entry {
    Reserve { id: RequestId, owner: Owner, heap: Heap, bytes: Bytes, time: Micros, granted: bool },
    Commit { id: RequestId, bytes: Bytes, granted: bool },
    Release { id: RequestId },
}

/// What is held by a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Held {
    pub(super) owner: Owner,
    pub(super) heap: Heap,
    pub(super) bytes: Bytes,
    pub(super) charged: bool,
}

/// The newest part of a budget's life, and what was held where it begins.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct History {
    pub(super) held: BTreeMap<RequestId, Held>,
    pub(super) entries: VecDeque<Entry>,
    capacity: usize,
    last_id: RequestId,
    folded: u64,
    pub(super) lost: u64,
}

impl History {
    /// Room for `capacity` entries: about 64 B each, plus what is held before
    /// the window, which is bounded by what is alive.
    pub(super) fn with_capacity(capacity: usize) -> Self {
        Self { entries: VecDeque::with_capacity(capacity), capacity, ..Self::default() }
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
        self.entries.iter().find_map(|entry| match entry {
            Entry::Reserve { time, .. } => Some(*time),
            _ => None,
        })
    }

    pub(super) fn next_id(&mut self) -> RequestId {
        self.last_id += 1;
        self.last_id
    }

    pub(super) fn push(&mut self, entry: Entry) {
        if self.entries.len() >= self.capacity.max(1)
            && let Some(oldest) = self.entries.pop_front()
        {
            self.fold(oldest);
        }
        self.entries.push_back(entry);
    }

    fn fold(&mut self, entry: Entry) {
        self.folded += 1;
        match entry {
            Entry::Reserve { id, owner, heap, bytes, granted: true, .. } => {
                self.held.insert(id, Held { owner, heap, bytes, charged: false });
            }
            Entry::Reserve { .. } | Entry::Commit { granted: false, .. } => {}
            Entry::Commit { id, bytes, granted: true } => {
                if let Some(held) = self.held.get_mut(&id) {
                    (held.bytes, held.charged) = (bytes, true);
                }
            }
            Entry::Release { id } => drop(self.held.remove(&id)),
        }
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use crate::owner::MemoryCategory::Ecs;

    #[test]
    fn what_leaves_the_window_is_held_where_it_begins() {
        let mut history = History::with_capacity(2);
        let (owner, heap, time) = (Ecs.into(), Heap::Arena, Micros::ZERO);
        let bytes = Bytes::new(9);
        let reserve = |id, granted| Entry::Reserve { id, owner, heap, bytes, time, granted };
        for entry in [reserve(1, true), reserve(2, false), Entry::Commit { id: 1, bytes: Bytes::new(8), granted: true }]
        {
            history.push(entry);
        }
        assert_eq!((history.len(), history.folded(), history.held[&1].charged), (2, 1, false));
        history.push(reserve(3, true));
        history.push(reserve(4, true));
        assert_eq!(history.held[&1], Held { owner, heap, bytes: Bytes::new(8), charged: true });
        history.push(Entry::Release { id: 1 });
        history.push(Entry::Release { id: 4 });
        assert_eq!(history.held.keys().copied().collect::<Vec<_>>(), [1, 3, 4]);
        history.push(Entry::Release { id: 3 });
        assert_eq!(history.held.keys().copied().collect::<Vec<_>>(), [3, 4]);
    }
}
