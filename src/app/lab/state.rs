//! What the Lab panel was asked, and what came of it.

use crate::analysis::lab::drawing::Drawing;
use crate::analysis::lab::summary::{HeapSummary, RunSummary};
use crate::lab::{Row, RowSpec};
use crate::platform::runs::RunSlot;
use crate::platform::writings::Writing;
use leptos::prelude::*;
use std::sync::Arc;

/// What the run asked of memory.
#[derive(Clone, Debug, Default)]
pub(super) enum Looked {
    /// Nobody looked.
    #[default]
    Nothing,
    /// Every event is being looked at.
    Going(Writing),
    /// It.
    Done(Arc<RunSummary>),
    /// Why it is not known.
    Failed(String),
}

/// How far a row is.
#[derive(Clone, Debug)]
pub(super) enum Served {
    /// Others come first.
    Waiting,
    /// A thread works on it.
    Going(Writing),
    /// It, whole or as far as it came.
    Done(Arc<Row>),
    /// Why there is none.
    Failed(String),
}

/// The picture of time × address.
#[derive(Clone, Debug, Default)]
pub(super) enum Drawn {
    /// None was asked for.
    #[default]
    Nothing,
    /// The row is served once more, with its addresses.
    Going(RowSpec, Writing),
    /// It.
    Done(RowSpec, Arc<Drawing>),
    /// Why there is none.
    Failed(RowSpec, String),
}

/// A row of the table.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub(super) spec: RowSpec,
    pub(super) served: Served,
}

/// The panel's state. Cheap to copy.
#[derive(Clone, Copy)]
pub struct LabState {
    /// Which run is looked at: its slot, and which of all that were in it.
    pub(super) of: RwSignal<Option<(RunSlot, u64)>>,
    pub(super) looked: RwSignal<Looked>,
    /// The chosen heap; `None` for the one that most was asked of.
    pub(super) heap: RwSignal<Option<usize>>,
    /// How much memory there is, as typed; empty for as much as it takes.
    pub(super) budget: RwSignal<String>,
    /// How long the packing is searched, seconds, as typed.
    pub(super) seconds: RwSignal<String>,
    /// The table.
    pub(super) rows: RwSignal<Vec<Place>>,
    pub(super) drawn: RwSignal<Drawn>,
    /// Counts what was asked: answers to earlier questions are nobody's.
    pub(super) turn: StoredValue<u32>,
}

impl LabState {
    /// Nothing asked.
    pub fn new() -> Self {
        Self {
            of: RwSignal::new(None),
            looked: RwSignal::new(Looked::Nothing),
            heap: RwSignal::new(None),
            budget: RwSignal::new(String::new()),
            seconds: RwSignal::new("5".into()),
            rows: RwSignal::new(Vec::new()),
            drawn: RwSignal::new(Drawn::Nothing),
            turn: StoredValue::new(0),
        }
    }

    /// The run's heaps, once they are known. Follows them.
    pub(super) fn summary(self) -> Option<Arc<RunSummary>> {
        self.looked.with(|looked| match looked {
            Looked::Done(summary) => Some(Arc::clone(summary)),
            _ => None,
        })
    }

    /// Position of the heap that is looked at. Follows it.
    pub(super) fn heap_number(self) -> Option<usize> {
        let summary = self.summary()?;
        self.heap.get().filter(|at| *at < summary.heaps.len()).or_else(|| summary.largest())
    }

    /// That heap.
    pub(super) fn heap_summary(self) -> Option<HeapSummary> {
        Some(self.summary()?.heaps.get(self.heap_number()?)?.clone())
    }

    /// Rows that are done, in the order of the table's making. Follows them.
    pub(super) fn done(self) -> Vec<Row> {
        self.rows.with(|rows| {
            let done = rows.iter().filter_map(|place| match &place.served {
                Served::Done(row) => Some(Row::clone(row)),
                _ => None,
            });
            done.collect()
        })
    }

    /// Whether rows are being served. Follows it.
    pub(super) fn is_going(self) -> bool {
        self.rows.with(|rows| rows.iter().any(|place| matches!(place.served, Served::Waiting | Served::Going(_))))
    }

    /// Everything that goes on for the panel.
    pub(super) fn going(self) -> Vec<Writing> {
        let looked = self.looked.with_untracked(|looked| match looked {
            Looked::Going(going) => Some(*going),
            _ => None,
        });
        let drawn = self.drawn.with_untracked(|drawn| match drawn {
            Drawn::Going(_, going) => Some(*going),
            _ => None,
        });
        let rows = self.rows.with_untracked(|rows| {
            let going = rows.iter().filter_map(|place| match place.served {
                Served::Going(going) => Some(going),
                _ => None,
            });
            going.collect::<Vec<_>>()
        });
        rows.into_iter().chain(looked).chain(drawn).collect()
    }
}

impl Default for LabState {
    fn default() -> Self {
        Self::new()
    }
}
