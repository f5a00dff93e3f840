//! The timeline: columns of every metric at any zoom, its tracks, ticks and window, and
//! the memory at a moment.

pub mod columns;
pub mod fitted_tops;
pub mod heap_columns;
pub mod landmarks;
pub mod limit_changes;
pub mod moment;
pub mod names;
pub mod text;
pub mod ticks;
pub mod tracks;
pub mod window;
