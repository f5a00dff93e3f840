//! The page's animation-frame loop, and the executor of its tasks, with what both cost.

pub mod executor;
pub mod frame_loop;
