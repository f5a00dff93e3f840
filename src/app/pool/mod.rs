//! The GPU Pool panel: causes, everything alive in a pool, and its policy.

pub mod causes;
pub mod chart;
pub mod live_table;
pub mod panel;
pub mod policy;
mod side;
pub mod what_if;
