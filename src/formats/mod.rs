//! What leaves the page and what comes in: the snapshot document, recordings of
//! other tools.

pub mod alloc_trace;
pub mod snapshot;
