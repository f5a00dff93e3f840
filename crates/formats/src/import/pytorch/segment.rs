//! Segments, what the allocator has of the driver, and the blocks that it cuts them into.

use super::entry::Pool;
use arenascope_trace::Site;

/// Whether a block can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    Allocated,
    /// Freed by its holder, and still used by a stream.
    PendingFree,
    Inactive,
}

/// A part of a segment.
#[derive(Clone, Copy, Debug)]
pub(super) struct Block {
    /// `None` in older files: it follows the block before.
    pub(super) address: Option<u64>,
    pub(super) size: u64,
    pub(super) requested: u64,
    pub(super) site: Site,
    pub(super) state: State,
}

/// Memory of a device.
#[derive(Debug)]
pub(super) struct Segment {
    pub(super) device: i64,
    pub(super) address: u64,
    pub(super) size: u64,
    pub(super) pool: Pool,
    pub(super) stream: u16,
    pub(super) site: Site,
    pub(super) blocks: Vec<Block>,
}
