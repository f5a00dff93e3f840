//! Measured throughput as a table.

pub mod table;
