//! Why a resize was refused.

use super::FreeError;
use arenascope_units::Bytes;
use thiserror::Error;

/// Why an allocation stayed as it was.
///
/// ```
/// # use arenascope_arena::*;
/// # use arenascope_units::owner::MemoryCategory;
/// # use arenascope_units::*;
/// # let mut arena = Arena::new(Region::reserve_pages(4)?, PolicyKind::FirstFit);
/// # let owner = MemoryCategory::ECS.into();
/// # let request = Request { size: Bytes::new(100), align: GRANULE, owner, now: Micros::ZERO };
/// let taken = arena.allocate(&request)?;
/// arena.allocate(&request)?;
/// let refused = arena.resize_in_place(taken.id, Bytes::kib(1)).unwrap_err();
/// assert_eq!(refused, ResizeError::NoRoom { requested: Bytes::kib(1), available: taken.usable });
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum ResizeError {
    /// The handle is not good.
    #[error(transparent)]
    Handle(#[from] FreeError),
    /// Zero, or larger than any arena.
    #[error("no allocation has {} bytes", .requested.get())]
    InvalidSize {
        /// What was asked for.
        requested: Bytes,
    },
    /// What follows the allocation is not free, or too little of it.
    #[error("no room in place: {requested} asked for, {available} can be had")]
    NoRoom {
        /// What was asked for.
        requested: Bytes,
        /// As large as the allocation could get where it is.
        available: Bytes,
    },
    /// The node table has no slot for the range that would become free.
    #[error("out of nodes: 1 needed, 0 of {nodes} vacant")]
    OutOfNodes {
        /// Slots of the table, none of them vacant.
        nodes: u32,
    },
}
