//! The page's animation frames: which work is done in which of them, and how long they
//! take.

pub mod percentile;
pub mod scheduler;
