//! The snapshots of this page session: those on the shelf, and the one deleted last.

use super::blobs;
use crate::analysis::snapshots::compare::SnapshotSummary;
use crate::units::Bytes;
use core::cmp::Ordering;
use std::sync::Arc;
use web_sys::Blob;

/// One snapshot on the shelf.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Counts from 1 and never repeats.
    pub number: u64,
    /// The file's name.
    pub name: String,
    /// True for a file that was opened.
    pub opened: bool,
    /// The document's size; its text is found by the number.
    pub size: Bytes,
    /// What is shown of it.
    pub summary: Arc<SnapshotSummary>,
}

/// All snapshots of the session, and the one deleted last.
#[derive(Clone, Debug, Default)]
pub struct Shelf {
    /// The snapshots, the oldest first.
    pub entries: Vec<Entry>,
    /// What undo brings back.
    pub deleted: Option<Entry>,
    taken: u64,
}

impl Shelf {
    pub(super) fn add(&mut self, name: String, blob: Blob, summary: SnapshotSummary, opened: bool) -> Entry {
        self.taken += 1;
        let entry = Entry { number: self.taken, name, opened, size: size_of_blob(&blob), summary: Arc::new(summary) };
        blobs::keep(entry.number, blob);
        self.entries.push(entry.clone());
        entry
    }

    /// Bytes of all documents, the deleted one that undo brings back included. They lie
    /// outside the module's memory.
    pub fn kept(&self) -> Bytes {
        Bytes::new(self.entries.iter().chain(&self.deleted).map(|entry| entry.size.get()).sum())
    }

    /// The entry of that number.
    pub fn get(&self, number: u64) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.number == number)
    }

    /// Whether one document was made after another, by what they say themselves; where
    /// they do not say, whether it was opened after it.
    pub fn is_newer(&self, one: u64, other: u64) -> bool {
        let run = |number| self.get(number).map(|entry| &entry.summary.run);
        let order = run(one).zip(run(other)).map_or(Ordering::Equal, |(one, other)| one.order(other));
        order.then(one.cmp(&other)) == Ordering::Greater
    }

    /// Takes an entry off the shelf; [`Self::undo`] brings it back.
    pub fn delete(&mut self, number: u64) {
        if let Some(index) = self.entries.iter().position(|entry| entry.number == number) {
            let deleted = self.deleted.replace(self.entries.remove(index));
            deleted.into_iter().for_each(|entry| blobs::let_go(entry.number));
        }
    }

    /// Puts the entry deleted last where it was.
    pub fn undo(&mut self) {
        if let Some(entry) = self.deleted.take() {
            let index = self.entries.partition_point(|other| other.number < entry.number);
            self.entries.insert(index, entry);
        }
    }
}

/// The size of a file.
pub(super) fn size_of_blob(blob: &Blob) -> Bytes {
    Bytes::new(blob.size() as u64)
}
