//! The Budget panel: the tree, its limits and what others would do, its events, and the
//! report.

pub mod events;
pub mod limit_history;
pub mod limits;
pub mod of_file;
pub mod panel;
pub mod pressure_chart;
pub mod report;
pub mod state;
pub mod tree;
pub mod what_if;
