//! The Arena panel: a row of tabs over the map, fragmentation, refusals and threads,
//! which have folders of their own.

pub mod of_file;
pub mod panel;
