//! What rules ask for, measured on one run.
//!
//! One pass over the events counts everything ([`Ledger`]); address spaces need another up
//! to their peaks, and so does saying who held the memory at a peak.

mod account;
mod error;
mod figures;
mod fragmentation;
mod holders;
mod ledger;
mod needs;
mod series;

pub use error::MeasureError;
pub use figures::{Evidence, Figure, Measured, Moment, PoolRequests, Source, measure};
pub use holders::{Culprit, Holder, State, holders_at};
