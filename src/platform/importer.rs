//! The page's end of the importer worker, which reads recordings of any known tool into
//! logs of their own.

use super::file_jobs::{FileError, FileJobs};
use super::runs::RunSlot;
use serde::{Deserialize, Serialize};
use std::rc::Rc;
use web_sys::Blob;

/// What a file was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Imported {
    /// Key of its format.
    pub format: String,
    /// The format for people.
    pub label: String,
    /// Events that were read.
    pub events: u64,
    /// What is wrong with the rest of it.
    pub damage: Option<String>,
}

/// Reads recordings. Cheap to clone.
#[derive(Clone)]
pub struct Importer(Rc<FileJobs<Imported>>);

impl Default for Importer {
    fn default() -> Self {
        Self(FileJobs::new("arenascope importer", "enter_importer"))
    }
}

impl Importer {
    /// Reads a file into the log of a slot, which is empty; [`RunSlot::reading`] says how
    /// far it is, [`RunSlot::cancel`] ends it.
    ///
    /// # Errors
    /// [`FileError`]; the slot is empty then, or, where the thread stopped, spoilt.
    pub async fn read(&self, slot: RunSlot, blob: Blob) -> Result<Imported, FileError> {
        slot.begin(blob.size() as u64);
        FileJobs::ask(Rc::clone(&self.0), blob.into(), slot.number() as u32).await.map(|(imported, _)| imported)
    }

    /// Tells the run of a slot again into another, which is empty, with categories by these
    /// rules. [`RunSlot::reading`] of that says how far it is, [`RunSlot::cancel`] ends it.
    ///
    /// # Errors
    /// [`FileError`]; the other slot is empty then, or, where the thread stopped, spoilt.
    pub async fn regroup(&self, from: RunSlot, into: RunSlot, rules: &str) -> Result<Imported, FileError> {
        let events = from.log().events();
        into.begin(2 * (events.end - events.start));
        let slots = (from.number() << 8 | into.number()) as u32;
        FileJobs::ask(Rc::clone(&self.0), rules.into(), slots).await.map(|(imported, _)| imported)
    }
}
