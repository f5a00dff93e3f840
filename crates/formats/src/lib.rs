//! What leaves the page and what comes in: the snapshot document, recordings of
//! other tools, exports to their formats.

pub mod alloc_trace;
pub mod export;
pub mod import;
pub mod snapshot;
