//! What is measured of a run, and what one figure of it is.

use arenascope_trace::Run;
use serde::Serialize;

/// Requests to pools of resources.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PoolRequests {
    /// All of them.
    pub asked: u64,
    /// Those that a resource at rest served.
    pub hits: u64,
}

/// A run, and what its events alone do not say.
#[derive(Clone, Copy)]
pub struct Evidence<'r> {
    /// The run.
    pub run: &'r dyn Run,
    /// What its pools were asked, where it has any.
    pub pools: Option<PoolRequests>,
}

/// When something was so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Moment {
    /// Position of the event after which it was so, from 0.
    pub event: u64,
    /// Its time since the run's start, µs.
    pub time_us: u64,
}

/// Where the holders of a figure are found.
#[derive(Clone, Debug, PartialEq)]
pub enum Source {
    /// Nobody holds it.
    Nobody,
    /// All that lives after an event, of one sum.
    AtEvent(u64, u32),
    /// These accounts: position, bytes and objects.
    Accounts(Vec<(u32, f64, f64)>),
}

/// One figure of a rule.
#[derive(Clone, Debug, PartialEq)]
pub struct Figure {
    /// Of which owner, category or space; empty where it is of all.
    pub name: String,
    /// In the rule's quantity.
    pub value: f64,
    /// When, where that is one moment.
    pub moment: Option<Moment>,
    /// Where its holders are found.
    pub source: Source,
}
