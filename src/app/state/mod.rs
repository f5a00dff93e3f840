//! The page's state as signals, and how they are set.

pub mod place;
pub mod signals;
pub mod store;
