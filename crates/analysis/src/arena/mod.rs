//! The arena in tables: its identity, and its free ranges by size.

pub mod tables;
