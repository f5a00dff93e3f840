//! What both files of rows start from.

use arenascope_arena::{Arena, PolicyKind, Region, Request};
use arenascope_units::owner::{MemoryCategory, Owner, Tag};
use arenascope_units::{Bytes, Micros};

/// `size` bytes at alignment `align`, for nobody in particular.
pub(crate) fn request(size: u64, align: u64) -> Request {
    let owner = Owner::new(MemoryCategory::TEMPORARY, Tag(1));
    Request { size: Bytes::new(size), align: Bytes::new(align), owner, now: Micros::new(5) }
}

/// A small arena of 1 MiB.
pub(crate) fn arena(policy: PolicyKind) -> Arena {
    Arena::new(Region::reserve_pages(16).unwrap(), policy)
}

pub(crate) fn first_fit() -> Arena {
    arena(PolicyKind::FirstFit)
}

/// One arena of each policy.
pub(crate) fn every() -> impl Iterator<Item = Arena> {
    PolicyKind::ALL.into_iter().map(arena)
}
