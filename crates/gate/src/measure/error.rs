//! What cannot be measured, and why. None of it may pass for zero.

use arenascope_trace::{CannotTell, Stopped};
use thiserror::Error;

/// Why a rule cannot be judged on a run. Lines are those of the rules file.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum MeasureError {
    /// The format does not hold it.
    #[error("line {line}: `{rule}` cannot be measured: {why}")]
    CannotTell {
        /// Where the rule begins.
        line: usize,
        /// Its name.
        rule: String,
        /// What is missing.
        what: CannotTell,
        /// In the words of the format.
        why: String,
    },
    /// No memory has addresses.
    #[error("line {line}: `{rule}` cannot be measured: no address space of the run says where memory lies")]
    NoAddresses {
        /// Where the rule begins.
        line: usize,
        /// Its name.
        rule: String,
    },
    /// Only recordings of an engine with pools tell their requests.
    #[error("line {line}: `{rule}` cannot be measured: the run has no requests to pools")]
    NoPools {
        /// Where the rule begins.
        line: usize,
        /// Its name.
        rule: String,
    },
    /// Only recordings of pages tell what was left to the collector.
    #[error("line {line}: `{rule}` cannot be measured: only recordings of pages tell what the garbage collector found")]
    NoCollector {
        /// Where the rule begins.
        line: usize,
        /// Its name.
        rule: String,
    },
    /// There is no such mark.
    #[error("line {line}: the run has no mark `{wanted}`; it has {known}")]
    NoMark {
        /// Where the rule begins.
        line: usize,
        /// What was asked for.
        wanted: String,
        /// What there is, the first of them.
        known: String,
    },
    /// A span that ends before it begins.
    #[error("line {line}: the last mark `{to}` comes before the first `{from}`")]
    Backwards {
        /// Where the rule begins.
        line: usize,
        /// The mark where it is to begin.
        from: String,
        /// The mark where it is to end.
        to: String,
    },
    /// A rule beside earlier runs, of which there are none.
    #[error("line {line}: `{rule}` is judged beside earlier runs; name them with --baseline")]
    NoBaseline {
        /// Where the rule begins.
        line: usize,
        /// Its name.
        rule: String,
    },
    /// The reading was ended.
    #[error(transparent)]
    Stopped(#[from] Stopped),
}
