//! The page's end of the laboratory's threads: each serves one row at a time.

use super::file_jobs::{FileError, FileJobs};
use super::runs::RunSlot;
use super::writings::Writing;
use crate::analysis::lab::drawing::Drawing;
use crate::analysis::lab::summary::RunSummary;
use crate::lab::{Row, RowSpec, Settings};
use js_sys::Float64Array;
use serde::{Deserialize, Serialize};
use std::rc::Rc;
use wasm_bindgen::{JsCast, JsValue};

/// Parts that the progress of a row counts.
pub const PARTS: u64 = 1_000;

/// A heap of the run of a slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeapOf {
    /// The slot, by its number.
    slot: usize,
    /// Which run of all that were in the slot, and how many events it had.
    version: (u64, u64),
    /// Position among the run's heaps.
    pub heap: usize,
}

impl HeapOf {
    /// A heap of what is in a slot now.
    pub fn now(slot: RunSlot, heap: usize) -> Self {
        let log = slot.log();
        Self { slot: slot.number(), version: (slot.openings() + log.run_start(), log.events().end), heap }
    }

    /// Where the run is.
    pub(super) fn slot(&self) -> Option<RunSlot> {
        RunSlot::from_number(self.slot)
    }

    /// The run alone: the same for all of its heaps.
    pub(super) const fn run(&self) -> (usize, (u64, u64)) {
        (self.slot, self.version)
    }
}

/// What is asked of a thread.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "ask", rename_all = "snake_case")]
pub(super) enum Asked {
    /// What heaps there are.
    Summary { of: HeapOf },
    /// A row; with `is_drawn`, its blocks in their places too.
    Row { of: HeapOf, spec: RowSpec, settings: Settings, is_drawn: bool },
    /// A row, told into a slot that is empty.
    Run { of: HeapOf, spec: RowSpec, settings: Settings, into: usize },
}

/// What a thread answers.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub(super) enum Answer {
    /// The heaps.
    Summary { summary: RunSummary },
    /// A row without its addresses, and how many operations its heap has.
    Row { row: Box<Row>, operations: u64 },
    /// So many events were told.
    Run { events: u64 },
}

/// A thread that serves rows, one after the other. Cheap to clone.
#[derive(Clone)]
pub struct LabThread(Rc<FileJobs<Answer>>);

impl Default for LabThread {
    fn default() -> Self {
        Self(FileJobs::new("arenascope laboratory", "enter_lab"))
    }
}

/// What an answer that fits no question comes to.
fn misplaced() -> FileError {
    FileError::Stopped { reason: "it answered another question".into() }
}

impl LabThread {
    async fn ask(&self, going: Writing, asked: &Asked) -> Result<(Answer, JsValue), FileError> {
        // Of plain fields: it cannot fail.
        let text = serde_json::to_string(asked).unwrap_or_default();
        FileJobs::ask(Rc::clone(&self.0), text.into(), going.number() as u32).await
    }

    /// The heaps of a run.
    ///
    /// # Errors
    /// [`FileError`]: there are no events, too many, or somebody ended it.
    pub async fn summary(&self, going: Writing, of: HeapOf) -> Result<RunSummary, FileError> {
        match self.ask(going, &Asked::Summary { of }).await? {
            (Answer::Summary { summary }, _) => Ok(summary),
            _ => Err(misplaced()),
        }
    }

    /// A row of a heap, as far as it came where it was cancelled; and where its blocks lie, if
    /// that is wanted. `going` says how far it is, in [`PARTS`].
    ///
    /// # Errors
    /// As [`Self::summary`].
    pub async fn row(
        &self,
        going: Writing,
        of: HeapOf,
        spec: RowSpec,
        settings: Settings,
        is_drawn: bool,
    ) -> Result<(Row, Option<Drawing>), FileError> {
        match self.ask(going, &Asked::Row { of, spec, settings, is_drawn }).await? {
            (Answer::Row { row, operations }, numbers) => {
                let numbers = numbers.dyn_into::<Float64Array>().ok();
                Ok((*row, numbers.map(|numbers| Drawing::of_numbers(&numbers.to_vec(), operations))))
            }
            _ => Err(misplaced()),
        }
    }

    /// Tells a row into a slot, which is empty; how many events it has.
    ///
    /// # Errors
    /// As [`Self::summary`]; the slot is empty then.
    pub async fn run(
        &self,
        going: Writing,
        of: HeapOf,
        spec: RowSpec,
        settings: Settings,
        into: RunSlot,
    ) -> Result<u64, FileError> {
        into.begin(0);
        match self.ask(going, &Asked::Run { of, spec, settings, into: into.number() }).await? {
            (Answer::Run { events }, _) => Ok(events),
            _ => Err(misplaced()),
        }
    }
}
