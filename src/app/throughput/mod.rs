//! The throughput measurement, and its card.

pub mod card;
pub mod measurement;
pub mod state;
