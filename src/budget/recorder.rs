//! Writes a budget's history down, where it was asked to.

use super::history::{Entry, History, RequestId};
use super::sync::Ordering::Relaxed;
use super::sync::{AtomicU64, Mutex};
use super::tree::Place;
use crate::units::{Bytes, Micros};

/// The history, and what could not be written because another thread wrote.
#[derive(Debug)]
pub(super) struct Recorder {
    entries: usize,
    history: Mutex<History>,
    lost: AtomicU64,
}

impl Recorder {
    pub(super) fn with_capacity(capacity: usize) -> Self {
        Self { entries: capacity, history: Mutex::new(History::with_capacity(capacity)), lost: AtomicU64::new(0) }
    }

    /// A request and its outcome; the number that its further entries carry.
    /// 0 where it was lost: then the rest of its life is not written either.
    pub(super) fn reserve(&self, place: &Place, bytes: Bytes, time: Micros, granted: bool) -> RequestId {
        let Ok(mut history) = self.history.try_lock() else {
            self.lost.fetch_add(1, Relaxed);
            return 0;
        };
        let id = history.next_id();
        let Place { owner, heap, .. } = *place;
        history.push(Entry::Reserve { id, owner, heap, bytes, time, granted });
        id
    }

    pub(super) fn commit(&self, id: RequestId, bytes: Bytes, granted: bool) {
        self.push(Entry::Commit { id, bytes, granted });
    }

    pub(super) fn release(&self, id: RequestId) {
        self.push(Entry::Release { id });
    }

    fn push(&self, entry: Entry) {
        match self.history.try_lock() {
            Ok(mut history) => history.push(entry),
            Err(_) => {
                self.lost.fetch_add(1, Relaxed);
            }
        }
    }

    pub(super) fn bytes(&self) -> Bytes {
        Bytes::from(self.entries * size_of::<Entry>())
    }

    /// A copy of what was written. Waits for nobody: `None` while another thread
    /// writes.
    pub(super) fn history(&self) -> Option<History> {
        let mut history = self.history.try_lock().ok()?.clone();
        history.lost = self.lost.load(Relaxed);
        Some(history)
    }
}
