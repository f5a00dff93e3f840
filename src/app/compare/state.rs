//! What the Compare panel lays beside each other, and the answer.

use crate::analysis::compare::Comparison;
use crate::analysis::compare::align::Align;
use crate::analysis::compare::link::LinkedSide;
use crate::platform::runs::RunSlot;
use crate::platform::writings::Writing;
use leptos::prelude::*;
use std::sync::Arc;

/// A document that can be compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DocumentKey {
    /// An open run.
    Run(RunSlot),
    /// A snapshot on the shelf, by its number.
    Snapshot(u64),
}

/// One side, as it was chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chosen {
    /// The document; `None` follows the list.
    pub key: Option<DocumentKey>,
    /// The moment, as typed.
    pub moment: String,
}

impl Default for Chosen {
    fn default() -> Self {
        Self { key: None, moment: "end".into() }
    }
}

/// What is asked: two documents, each with its moment as typed, and the axis.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// The sides, in the order in which they were chosen.
    pub sides: [(DocumentKey, String); 2],
    /// By what their charts are laid beside each other.
    pub align: Align,
    /// Which runs they are of all that were in those slots.
    pub versions: [u64; 2],
}

/// What became of a question.
#[derive(Clone, Debug, Default)]
pub enum Answer {
    /// Nothing was asked yet.
    #[default]
    Nothing,
    /// It is being computed.
    Going(Writing),
    /// It.
    Done(Arc<Comparison>),
    /// Why there is none.
    Failed(String),
}

/// The panel's state. Cheap to copy.
#[derive(Clone, Copy)]
pub struct CompareState {
    /// What was chosen for each side.
    pub chosen: [RwSignal<Chosen>; 2],
    /// By what charts are laid beside each other.
    pub align: RwSignal<Align>,
    /// The question of the answer.
    pub asked: RwSignal<Option<Question>>,
    /// What became of it.
    pub answer: RwSignal<Answer>,
    /// What the page's own address asks for, until its files are open.
    pub linked: RwSignal<Vec<LinkedSide>>,
    /// Which file of the page's own address, from 1, became which run.
    pub opened: RwSignal<Vec<(usize, RunSlot)>>,
}

impl CompareState {
    /// Nothing chosen, nothing asked.
    pub fn new() -> Self {
        Self {
            chosen: [RwSignal::new(Chosen::default()), RwSignal::new(Chosen::default())],
            align: RwSignal::new(Align::Time),
            asked: RwSignal::new(None),
            answer: RwSignal::new(Answer::Nothing),
            linked: RwSignal::new(Vec::new()),
            opened: RwSignal::new(Vec::new()),
        }
    }

    /// The answer, where there is one. Follows it.
    pub fn done(self) -> Option<Arc<Comparison>> {
        self.answer.with(|answer| match answer {
            Answer::Done(comparison) => Some(Arc::clone(comparison)),
            _ => None,
        })
    }
}

impl Default for CompareState {
    fn default() -> Self {
        Self::new()
    }
}
