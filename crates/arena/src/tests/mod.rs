//! Tests of the whole arena that look inside, or forge what no caller can.

mod damage;
mod forged;
mod soundness;

use crate::{Arena, PolicyKind, Region, Request};
use arenascope_units::owner::{MemoryCategory, Owner, Tag};
use arenascope_units::{Bytes, Micros};

fn request(size: u64, align: u64) -> Request {
    let owner = Owner::new(MemoryCategory::TEMPORARY, Tag(3));
    Request { size: Bytes::new(size), align: Bytes::new(align), owner, now: Micros::new(9) }
}

/// An empty arena of 64 KiB.
fn arena(policy: PolicyKind) -> Arena {
    Arena::new(Region::reserve_pages(1).unwrap(), policy)
}
