//! The page's end of the exporter worker, which writes runs as files.

use super::file_jobs::{FileError, FileJobs};
use super::runs::RunSlot;
use super::writings::Writing;
use std::rc::Rc;
use wasm_bindgen::JsCast;
use web_sys::Blob;

/// The key of our own format.
pub const OWN_KEY: &str = "arenascope";

/// Writes runs, one after another. Cheap to clone.
#[derive(Clone)]
pub struct Exporter(Rc<FileJobs<()>>);

impl Default for Exporter {
    fn default() -> Self {
        Self(FileJobs::new("arenascope exporter", "enter_exporter"))
    }
}

impl Exporter {
    /// Writes what is kept of a run as the format of that key. [`Writing::progress`] says how
    /// far it is, [`Writing::cancel`] ends it: nothing of the file is left then.
    ///
    /// # Errors
    /// [`FileError`]: the format cannot hold such a run, there is no memory for it, or
    /// somebody ended it.
    pub async fn write(&self, writing: Writing, slot: RunSlot, key: &str) -> Result<Blob, FileError> {
        let with = (writing.number() << 8 | slot.number()) as u32;
        let ((), file) = FileJobs::ask(Rc::clone(&self.0), key.into(), with).await?;
        file.dyn_into().map_err(|_| FileError::Stopped { reason: "it gave no file".into() })
    }
}
