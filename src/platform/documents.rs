//! The page's end of the documents worker, which reads snapshots: a file of 200 MB would
//! hold up the page for seconds.

use super::failure::reason_of;
pub use super::file_jobs::FileError;
use super::file_jobs::FileJobs;
use crate::analysis::snapshots::compare::SnapshotSummary;
use js_sys::Array;
use std::rc::Rc;
use web_sys::Blob;

/// Reads documents on a thread of its own, one after another. Cheap to clone.
#[derive(Clone)]
pub struct DocumentReader(Rc<FileJobs<Box<SnapshotSummary>>>);

impl Default for DocumentReader {
    fn default() -> Self {
        Self(FileJobs::new("arenascope documents", "enter_documents"))
    }
}

impl DocumentReader {
    /// What a snapshot document holds.
    ///
    /// # Errors
    /// [`FileError`]; other documents are read all the same.
    pub async fn read(&self, blob: Blob) -> Result<Box<SnapshotSummary>, FileError> {
        FileJobs::ask(Rc::clone(&self.0), blob.into(), 0).await.map(|(summary, _)| summary)
    }
}

/// A text as a file's content, outside the module's memory.
///
/// # Errors
/// The browser's refusal.
pub fn blob_of(text: &str) -> Result<Blob, String> {
    let kind = web_sys::BlobPropertyBag::new();
    kind.set_type("application/json");
    // A string is copied on the way: a view of shared memory would be refused.
    Blob::new_with_str_sequence_and_options(&Array::of1(&text.into()), &kind).map_err(|error| reason_of(&error))
}
