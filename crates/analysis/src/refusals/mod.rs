//! What the arena refused, in tables.

pub mod table;
