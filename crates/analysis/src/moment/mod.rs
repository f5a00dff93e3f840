//! Which moment is shown; the figures and tables of an earlier one, as the recording tells
//! them.

pub mod clock;
pub mod figures;
pub mod free_space;
pub mod tables;
