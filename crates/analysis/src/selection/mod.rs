//! What is being looked at on all panels at once, and in words.

pub mod selected;
pub mod text;
pub mod totals;
