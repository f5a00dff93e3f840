//! Leaks: lifetimes against sizes, growth without release between marks, and the evidence
//! for it.

pub mod growth;
pub mod growth_text;
pub mod lifetime_grid;
pub mod lifetimes;
pub mod marks;
pub mod search;
pub mod watch;
