//! What leaves the page: the snapshot document.

pub mod snapshot;
