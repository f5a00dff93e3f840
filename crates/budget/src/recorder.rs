//! Writes a budget's history down, where it was asked to.
//!
//! Several threads write. Nobody waits: who finds the history taken leaves the
//! entry on one of several lists, each locked for as long as it takes to push,
//! and who writes next takes the lists in first. So what has begun to be written
//! is written to its end: only requests are lost, whole, and only where a list is
//! full.

use super::error::Level;
use super::history::{History, HistoryEntry, RequestId, Step};
use super::limits::Limits;
use super::sync::Ordering::{AcqRel, Acquire, Relaxed};
use super::sync::{AtomicU64, Mutex};
use super::tree::Place;
use arenascope_units::{Bytes, Micros};
use core::array;

/// Lists of what waits: more than there are threads, so that one is always free.
const LISTS: usize = 16;
/// Entries that wait on one list before further requests are lost.
const WAITING: usize = 4096;

/// An entry that waits, and its place in the order of all that waited.
type Waiting = (u64, HistoryEntry);

#[derive(Debug)]
pub(super) struct Recorder {
    entries: usize,
    history: Mutex<History>,
    lists: [Mutex<Vec<Waiting>>; LISTS],
    /// Entries on the lists.
    waiting: AtomicU64,
    last_ticket: AtomicU64,
    last_id: AtomicU64,
    lost: AtomicU64,
}

impl Recorder {
    pub(super) fn new(limits: &Limits, capacity: usize) -> Self {
        Self {
            entries: capacity,
            history: Mutex::new(History::new(limits, capacity)),
            lists: array::from_fn(|_| Mutex::new(Vec::new())),
            waiting: AtomicU64::new(0),
            last_ticket: AtomicU64::new(0),
            last_id: AtomicU64::new(0),
            lost: AtomicU64::new(0),
        }
    }

    /// A request and its outcome; the number that its further entries carry.
    /// 0 where it was lost: then the rest of its life is not written either.
    pub(super) fn reserve(
        &self,
        place: &Place,
        bytes: Bytes,
        time: Micros,
        reclaims: bool,
        refused_at: Option<Level>,
    ) -> RequestId {
        let id = self.last_id.fetch_add(1, Relaxed) + 1;
        let Place { owner, heap, .. } = *place;
        let step = Step::Reserve { id, owner, heap, bytes, reclaims, refused_at };
        if self.write(HistoryEntry { time, step }, WAITING) { id } else { 0 }
    }

    /// Something that has to do with what was written before: never lost.
    pub(super) fn push(&self, time: Micros, step: Step) {
        self.write(HistoryEntry { time, step }, usize::MAX);
    }

    /// False, and counted, where `most` entries wait already.
    fn write(&self, entry: HistoryEntry, most: usize) -> bool {
        if let Ok(mut history) = self.history.try_lock()
            && self.take_in(&mut history)
        {
            history.push(entry);
            return true;
        }
        self.leave(entry, most)
    }

    /// Puts an entry on the first list that is free.
    fn leave(&self, entry: HistoryEntry, most: usize) -> bool {
        let ticket = self.last_ticket.fetch_add(1, Relaxed);
        let mut list = loop {
            if let Some(list) = self.lists.iter().find_map(|list| list.try_lock().ok()) {
                break list;
            }
        };
        if list.len() >= most {
            self.lost.fetch_add(1, Relaxed);
            return false;
        }
        list.push((ticket, entry));
        self.waiting.fetch_add(1, AcqRel);
        true
    }

    /// Writes what waits, in its order. False where another thread is at a list:
    /// then nothing is taken, so that nothing is written out of turn.
    fn take_in(&self, history: &mut History) -> bool {
        if self.waiting.load(Acquire) == 0 {
            return true;
        }
        let Some(mut lists) = self.lists.iter().map(|list| list.try_lock().ok()).collect::<Option<Vec<_>>>() else {
            return false;
        };
        let mut waited: Vec<Waiting> = lists.iter_mut().flat_map(|list| list.drain(..)).collect();
        self.waiting.fetch_sub(waited.len() as u64, AcqRel);
        drop(lists);
        waited.sort_unstable_by_key(|(ticket, _)| *ticket);
        waited.into_iter().for_each(|(_, entry)| history.push(entry));
        true
    }

    pub(super) fn bytes(&self) -> Bytes {
        Bytes::from(self.entries * size_of::<HistoryEntry>())
    }

    /// A copy of what was written. Waits for nobody: `None` while another thread
    /// writes.
    pub(super) fn history(&self) -> Option<History> {
        let mut written = self.history.try_lock().ok()?;
        if !self.take_in(&mut written) {
            return None;
        }
        let mut history = written.clone();
        history.lost = self.lost.load(Relaxed);
        Some(history)
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::super::Budget;
    use super::*;
    use arenascope_units::owner::Heap;
    use arenascope_units::owner::MemoryCategory;
    use std::thread;

    const THREADS: u64 = 4;
    const ROUNDS: u64 = 200_000;

    /// Everything in the history, folded: what is held at its end.
    fn held_at_the_end(mut history: History) -> usize {
        for entry in history.entries.split_off(0) {
            history.fold(entry.step);
        }
        history.held.len()
    }

    #[test]
    fn what_threads_give_back_at_once_is_held_by_nobody() {
        let budget = Budget::recorded(Limits::of_total(Bytes::mib(1)), 64);
        thread::scope(|scope| {
            for _ in 0..THREADS {
                scope.spawn(|| {
                    for _ in 0..ROUNDS {
                        drop(budget.allocate(MemoryCategory::ECS, Heap::Arena, Bytes::new(16)).expect("fits"));
                    }
                });
            }
        });
        let kept = budget.allocate(MemoryCategory::ECS, Heap::Arena, Bytes::new(16)).expect("fits");
        let history = budget.history().expect("nobody else writes");
        assert_eq!(history.folded() + history.len() as u64 + 3 * history.lost(), 3 * THREADS * ROUNDS + 2);
        assert_eq!(held_at_the_end(history), 1);
        drop(kept);
        assert_eq!(held_at_the_end(budget.history().expect("nobody else writes")), 0);
    }

    #[test]
    fn what_finds_the_history_taken_is_written_next_and_in_order() {
        let budget = Budget::recorded(Limits::of_total(Bytes::mib(1)), 64);
        let recorder = budget.ledger.recorder.as_ref().expect("recorded");
        let taken = recorder.history.lock().expect("no thread has panicked");
        let kept = budget.allocate(MemoryCategory::ECS, Heap::Arena, Bytes::new(1)).expect("fits");
        drop(budget.allocate(MemoryCategory::ECS, Heap::Arena, Bytes::new(2)).expect("fits"));
        assert_eq!((taken.len(), budget.history()), (0, None));
        drop(taken);
        drop(kept);
        let history = budget.history().expect("nobody else writes");
        let names: Vec<RequestId> = (history.entries.iter())
            .filter_map(|entry| match entry.step {
                Step::Reserve { id, .. } | Step::Commit { id, .. } | Step::Release { id } => Some(id),
                _ => None,
            })
            .collect();
        assert_eq!((names, history.lost()), (vec![1, 1, 2, 2, 2, 1], 0));
    }

    #[test]
    fn a_full_list_loses_requests_and_nothing_that_belongs_to_others() {
        let budget = Budget::recorded(Limits::of_total(Bytes::mib(1)), 1 << 16);
        let kept = budget.allocate(MemoryCategory::ECS, Heap::Arena, Bytes::new(1)).expect("fits");
        let recorder = budget.ledger.recorder.as_ref().expect("recorded");
        let taken = recorder.history.lock().expect("no thread has panicked");
        (0..WAITING)
            .for_each(|_| drop(budget.allocate(MemoryCategory::ECS, Heap::Arena, Bytes::new(2)).expect("fits")));
        drop(kept);
        drop(taken);
        let history = budget.history().expect("nobody else writes");
        assert!(history.lost() > 0 && history.len() > WAITING);
        assert_eq!(held_at_the_end(history), 0);
    }
}
