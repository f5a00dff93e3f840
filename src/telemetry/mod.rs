//! What threads tell each other, through shared memory: the newest metrics
//! (a [`board::Board`]), one [`metrics::Sample`] a tick, and event records.
//!
//! One writer each, readers take no lock, nothing waits for a reader.

pub mod board;
pub mod metrics;
