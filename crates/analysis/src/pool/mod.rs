//! The GPU pool: what it holds over time, everything alive in it, and why it hit, missed
//! and destroyed.

pub mod causes;
pub mod live_table;
pub mod plot;
pub mod table;
pub mod what_if;
