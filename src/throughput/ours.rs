//! The arena itself as a contestant: handles, generations and statistics on.

use super::heap::{Heap, Seat};
use crate::arena::{AllocationId, Arena, GRANULE, PolicyKind, Region, Request, ReserveError};
use crate::owner::{MemoryCategory, Owner, Tag};
use crate::units::{Bytes, Micros};

/// The arena of `capacity` bytes under `policy`, which gives it its name.
pub fn policy_seat(policy: PolicyKind, capacity: Bytes) -> Seat {
    Seat::new(policy.key(), true, move || PolicyHeap::new(capacity, policy))
}

/// The arena under one policy.
struct PolicyHeap {
    arena: Arena,
    request: Request,
    start: u64,
}

impl PolicyHeap {
    fn new(capacity: Bytes, policy: PolicyKind) -> Result<Self, ReserveError> {
        let pages = capacity.get() / Bytes::kib(64).get();
        let arena = Arena::new(Region::reserve_pages(u32::try_from(pages).unwrap_or(u32::MAX))?, policy);
        let owner = Owner::new(MemoryCategory::Temporary, Tag(0));
        let start = arena.sections().payload.offset.get();
        let request = Request { size: Bytes::ZERO, align: GRANULE, owner, now: Micros::ZERO };
        Ok(Self { arena, request, start })
    }
}

impl Heap for PolicyHeap {
    type Handle = AllocationId;

    fn clear(&mut self) {
        self.arena.reset();
    }

    fn allocate(&mut self, size: u32) -> Option<AllocationId> {
        self.request.size = Bytes::from(size);
        Some(self.arena.allocate(&self.request).ok()?.id)
    }

    fn free(&mut self, handle: AllocationId) {
        let _ = self.arena.deallocate(handle);
    }

    /// By what is set aside, not by what was asked for: the stricter of the two.
    fn end(&self, handle: AllocationId, _: u32) -> u64 {
        self.arena.get(handle).map_or(0, |range| range.offset.get() + range.size.get() - self.start)
    }
}
