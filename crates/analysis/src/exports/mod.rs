//! Runs on their way out as files.

pub mod progress;
