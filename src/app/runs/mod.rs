//! The runs that are open: the engine's, and those of files. One is shown; opening, showing
//! and closing them, and what is to be said of a file.

pub mod absent;
pub mod drop_target;
pub mod file_input;
pub mod notes;
pub mod opening;
pub mod row;
pub mod showing;
pub mod state;
