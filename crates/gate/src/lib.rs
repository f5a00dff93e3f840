//! A run against rules: what its memory must keep to, by itself and beside earlier runs,
//! and, where it does not, whose memory it was, when, and from which call stack.
//!
//! ```text
//! memory.toml ─▶ Rules ─┐
//! run ─▶ measure ───────┼─▶ judge ─▶ Report ─▶ text | json | junit | github | markdown
//! earlier runs ─▶ measure ┘
//! ```
//!
//! A run is anything that tells events ([`arenascope_trace::Run`]); nothing here opens a
//! file. What a run cannot tell is never taken for zero: a rule that asks for it is a
//! [`MeasureError`].

mod first_rules;
mod judge;
mod measure;
mod rules;
mod words;

pub use first_rules::first_rules;
pub use judge::{Band, Judged, Report, Subject, Verdict, check};
pub use measure::{
    Culprit, Evidence, Figure, Holder, MeasureError, Measured, Moment, PoolRequests, Source, State, holders_at, measure,
};
pub use rules::{Amount, AmountError, Each, Filter, KEYS, Measure, Quantity, Rule, Rules, RulesError, SCHEMA_VERSION};
pub use words::{Format, Sentence};
