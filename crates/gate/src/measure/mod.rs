//! What rules ask for, measured on one run.
//!
//! One pass over the events counts everything ([`Ledger`]); address spaces need another up
//! to their peaks, and so does saying who held the memory at a peak.

mod account;
mod error;
mod figure;
mod figures;
mod fragmentation;
mod holders;
mod ledger;
mod needs;
mod series;

pub use error::MeasureError;
pub use figure::{Evidence, Figure, Moment, PoolRequests, Source};
pub use figures::{Measured, measure};
pub use holders::{Culprit, Holder, State, holders_at};
