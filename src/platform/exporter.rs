//! The page's end of the exporter worker, which writes runs as files.

use super::file_jobs::{FileError, FileJobs};
use super::runs::RunSlot;
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
    /// Writes what is kept of a run as the format of that key.
    ///
    /// # Errors
    /// [`FileError`]: the format cannot hold such a run, or there is no memory for it.
    pub async fn write(&self, slot: RunSlot, key: &str) -> Result<Blob, FileError> {
        let ((), file) = FileJobs::ask(Rc::clone(&self.0), key.into(), slot.number() as u32).await?;
        file.dyn_into().map_err(|_| FileError::Stopped { reason: "it gave no file".into() })
    }
}
