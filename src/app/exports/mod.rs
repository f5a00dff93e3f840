//! The way out: the run that is shown as another tool's file, or as our own.

pub mod dialog;
pub mod going;
pub mod saving;
pub mod state;
