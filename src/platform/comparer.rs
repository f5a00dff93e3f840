//! The page's end of the comparer worker, which lays two runs beside each other.

use super::file_jobs::{FileError, FileJobs};
use super::writings::Writing;
use crate::analysis::compare::Comparison;
use crate::analysis::compare::align::Align;
use crate::analysis::compare::moment::Moment;
use js_sys::Array;
use serde::{Deserialize, Serialize};
use std::rc::Rc;
use wasm_bindgen::JsValue;
use web_sys::Blob;

/// One of two that are compared.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub(super) enum Compared {
    /// The run of a slot, by its number.
    Run {
        /// The slot's number.
        slot: usize,
        /// The run's name.
        name: String,
        /// The moment.
        moment: Moment,
    },
    /// A snapshot: a file that comes beside.
    Snapshot {
        /// The document's name.
        name: String,
    },
}

/// What is asked of the worker, as text; files come beside it, one for each side.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Asked {
    pub(super) align: Align,
    pub(super) sides: [Compared; 2],
}

/// A run or a snapshot, for [`Comparer::compare`].
#[derive(Clone, Debug)]
pub enum Document {
    /// A run at a moment.
    Run {
        /// Where it is.
        slot: super::runs::RunSlot,
        /// Its name.
        name: String,
        /// The moment.
        moment: Moment,
    },
    /// A snapshot.
    Snapshot {
        /// Its name.
        name: String,
        /// Its text.
        file: Blob,
    },
}

/// Compares on a thread of its own, one after another. Cheap to clone.
#[derive(Clone)]
pub struct Comparer(Rc<FileJobs<Box<Comparison>>>);

impl Default for Comparer {
    fn default() -> Self {
        Self(FileJobs::new("arenascope comparer", "enter_comparer"))
    }
}

impl Comparer {
    /// What differs. `going` says how far it is, and may cancel it.
    ///
    /// # Errors
    /// [`FileError`]: a run has no such moment or no events, a document is none, or somebody
    /// ended it.
    pub async fn compare(
        &self,
        going: Writing,
        sides: [Document; 2],
        align: Align,
    ) -> Result<Box<Comparison>, FileError> {
        let files = Array::new();
        let asked = Asked { align, sides: sides.map(|side| taken(side, &files)) };
        // Of plain fields: it cannot fail.
        let text = serde_json::to_string(&asked).unwrap_or_default();
        let what = Array::of2(&text.into(), &files);
        FileJobs::ask(Rc::clone(&self.0), what.into(), going.number() as u32).await.map(|(comparison, _)| comparison)
    }
}

fn taken(side: Document, files: &Array) -> Compared {
    match side {
        Document::Run { slot, name, moment } => {
            files.push(&JsValue::NULL);
            Compared::Run { slot: slot.number(), name, moment }
        }
        Document::Snapshot { name, file } => {
            files.push(&file);
            Compared::Snapshot { name }
        }
    }
}
