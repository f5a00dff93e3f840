//! The Events panel: what is asked for, its filters, and the table with its rows.

mod cells;
pub mod filters;
pub mod grid;
pub mod panel;
pub mod state;
pub mod table;
