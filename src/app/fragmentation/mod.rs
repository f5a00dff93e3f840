//! Fragmentation: the part of the Arena panel, and the heat map of unusable free space.

pub mod charts;
pub mod heat;
mod heat_live;
mod heat_paint;
pub mod panel;
