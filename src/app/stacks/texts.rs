//! The graph's texts, as signals, and when they are due.

use super::tip::Tip;
use crate::analysis::stacks::functions::FunctionId;
use crate::analysis::stacks::graph::Work;
use crate::analysis::stacks::table::{Order, Row};
use crate::app::canvas::pace::TextPace;
use leptos::prelude::*;

/// The graph's texts.
#[derive(Clone, Copy)]
pub(super) struct StacksTexts {
    /// The total, in the card's head: to read, and exactly.
    pub(super) total: RwSignal<(String, String)>,
    /// What is being done; `None` where nothing is.
    pub(super) work: RwSignal<Option<String>>,
    /// What the search found.
    pub(super) found: RwSignal<Option<String>>,
    /// The way from all to the frame that fills the width.
    pub(super) crumbs: RwSignal<Vec<(Vec<FunctionId>, String)>>,
    /// Why nothing is there.
    pub(super) empty: RwSignal<Option<&'static str>>,
    /// What is pointed at.
    pub(super) tip: RwSignal<Option<Tip>>,
    /// What a key went to or did, for who does not see it.
    pub(super) spoken: RwSignal<String>,
    /// The whole graph in a sentence.
    pub(super) summary: RwSignal<String>,
    /// Height of all rows, CSS pixels.
    pub(super) height_px: RwSignal<f64>,
    /// Rows of the table, as text, and how many functions there are.
    pub(super) rows: RwSignal<(Vec<RowText>, usize)>,
}

/// A row of the table.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct RowText {
    pub(super) row: Row,
    pub(super) function: String,
    pub(super) file: String,
    /// Own and total: to read, and exactly.
    pub(super) own: (String, String),
    pub(super) total: (String, String),
    pub(super) share: String,
    pub(super) count: String,
}

impl StacksTexts {
    /// Of a graph without data.
    pub(super) fn new() -> Self {
        Self {
            total: RwSignal::default(),
            work: RwSignal::default(),
            found: RwSignal::default(),
            crumbs: RwSignal::default(),
            empty: RwSignal::default(),
            tip: RwSignal::default(),
            spoken: RwSignal::default(),
            summary: RwSignal::default(),
            height_px: RwSignal::new(0.0),
            rows: RwSignal::default(),
        }
    }
}

/// When texts are due, and what they are of.
#[derive(Clone, Debug, Default)]
pub(super) struct TextClock {
    pub(super) pace: TextPace,
    /// What the texts are of.
    pub(super) of: Option<SaidOf>,
}

/// What figures, crumbs and table are of.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct SaidOf {
    pub(super) version: u32,
    pub(super) laid_out: u32,
    pub(super) search: String,
    pub(super) order: Order,
    pub(super) work: Option<Work>,
}
