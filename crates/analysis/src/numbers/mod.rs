//! Numbers as text, and text that people type as numbers.

pub mod quantity_range;
pub mod rate;
pub mod text;
pub mod typed;
