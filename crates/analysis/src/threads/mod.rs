//! The threads at work on the arena: over time, and as a table.

pub mod plot;
pub mod table;
