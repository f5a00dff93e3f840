//! What the events of a run that others recorded refer to: its manifest, the names of its
//! tags, its call stacks, and where the ranges of its address spaces lie on the line of the
//! map.

use arenascope_trace::{Extents, Manifest, Stacks};

/// The tables of a run. They never change: while a run is read, newer ones take their place.
#[derive(Clone, Debug, Default)]
pub struct Tables {
    /// What the run is.
    pub manifest: Manifest,
    /// Names of tags, by number: of each call stack the innermost frame that is not the
    /// allocator's own.
    pub tags: Vec<Box<str>>,
    /// Call stacks, of which events name one by its number.
    pub stacks: Stacks,
    /// Which part of which address space lies where on the line that offsets count.
    pub extents: Extents,
}
