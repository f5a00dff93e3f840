//! The budget: its tree and bars, pressure over time, limits being edited, and what other
//! limits would have done.

pub mod exceeded;
pub mod limit_steps;
pub mod limits_draft;
pub mod module_memory;
pub mod pressure_plot;
pub mod table;
pub mod tree;
pub mod what_if;
