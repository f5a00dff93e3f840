//! One rule of a file.

use super::amount::{Amount, Quantity};
use super::filter::Filter;
use super::measure::{Each, Measure};

/// One rule.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    /// Its name, for people.
    pub name: String,
    /// The line of the file where it begins, from 1.
    pub line: usize,
    /// What is measured.
    pub measure: Measure,
    /// Of whose memory.
    pub filter: Filter,
    /// Whether each owner, category or space is measured for itself.
    pub each: Option<Each>,
    /// The mark where a span begins; the run's start without one.
    pub from: Option<String>,
    /// The mark where it ends; the run's end without one.
    pub to: Option<String>,
    /// What is counted: bytes, objects or a share.
    pub quantity: Quantity,
    /// The most that it may be.
    pub at_most: Option<Amount>,
    /// The least that it may be.
    pub at_least: Option<Amount>,
    /// How much worse than the earlier runs it may be.
    pub worse_than_baseline: Option<Amount>,
}

impl Rule {
    /// True where it cannot be judged without earlier runs.
    pub const fn needs_baseline(&self) -> bool {
        self.worse_than_baseline.is_some()
    }
}
