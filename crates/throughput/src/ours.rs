//! The arena itself as a contestant: handles, generations and statistics on. Bare,
//! and as an attached thread sees it, with its cache in front of the lock.

use super::heap::{Hands, Heap, Seat};
use arenascope_arena::{
    AllocationId, Arena, GRANULE, Pinned, PolicyKind, Region, Request, ReserveError, SharedArena, ThreadArena,
};
use arenascope_units::owner::{MemoryCategory, Owner, Tag};
use arenascope_units::{Bytes, Micros};
use std::sync::Arc;

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
        let owner = Owner::new(MemoryCategory::TEMPORARY, Tag(0));
        let start = arena.sections().payload.offset.get();
        let request = Request { size: Bytes::ZERO, align: GRANULE, owner, now: Micros::ZERO };
        Ok(Self { arena, request, start })
    }
}

impl Hands for PolicyHeap {
    type Handle = AllocationId;

    #[inline(always)]
    fn allocate(&mut self, size: u32) -> Option<AllocationId> {
        self.request.size = Bytes::from(size);
        Some(self.arena.allocate(&self.request).ok()?.id)
    }

    #[inline(always)]
    fn free(&mut self, handle: AllocationId) {
        let _ = self.arena.deallocate(handle);
    }
}

impl Heap for PolicyHeap {
    type Handle = AllocationId;
    type Hands<'a> = &'a mut Self;

    fn hands(&mut self) -> &mut Self {
        self
    }

    fn clear(&mut self) {
        self.arena.reset();
    }

    /// By what is set aside, not by what was asked for: the stricter of the two.
    fn end(&self, handle: AllocationId, _: u32) -> u64 {
        self.arena.get(handle).map_or(0, |range| range.offset.get() + range.size.get() - self.start)
    }
}

/// The policies that also take part behind a thread's cache, with the names they
/// have there. Small sizes never come to the policy then: a few stand for all.
pub const THREADED: [(PolicyKind, &str); 4] = [
    (PolicyKind::FirstFit, "first_fit + threads"),
    (PolicyKind::BestFit, "best_fit + threads"),
    (PolicyKind::Tlsf, "tlsf + threads"),
    (PolicyKind::Bins, "bins + threads"),
];

/// The shared arena of `capacity` bytes under `policy`, worked with by one attached
/// thread that is pinned for a lap; `None` for a policy that is not in [`THREADED`].
pub fn threaded_seat(policy: PolicyKind, capacity: Bytes) -> Option<Seat> {
    let (_, name) = THREADED.into_iter().find(|(threaded, _)| *threaded == policy)?;
    Some(Seat::new(name, true, move || ThreadedHeap::new(capacity, policy)))
}

/// A shared arena and the one thread that is attached to it.
struct ThreadedHeap {
    shared: Arc<SharedArena>,
    thread: ThreadArena,
    request: Request,
    start: u64,
}

impl ThreadedHeap {
    fn new(capacity: Bytes, policy: PolicyKind) -> Result<Self, ReserveError> {
        let PolicyHeap { arena, request, start } = PolicyHeap::new(capacity, policy)?;
        let shared = Arc::new(SharedArena::new(arena));
        let thread = shared.attach().expect("the first thread finds a seat");
        Ok(Self { shared, thread, request, start })
    }
}

/// A pinned thread, and what its requests have in common.
struct Working<'a> {
    pinned: Pinned<'a>,
    request: Request,
}

impl Hands for Working<'_> {
    type Handle = AllocationId;

    // Inlined as the peers' are: a handle is too large to be handed up in registers.
    #[inline(always)]
    fn allocate(&mut self, size: u32) -> Option<AllocationId> {
        self.request.size = Bytes::from(size);
        Some(self.pinned.allocate(&self.request).ok()?.id)
    }

    #[inline(always)]
    fn free(&mut self, handle: AllocationId) {
        let _ = self.pinned.deallocate(handle);
    }
}

impl Heap for ThreadedHeap {
    type Handle = AllocationId;
    type Hands<'a> = Working<'a>;

    fn hands(&mut self) -> Working<'_> {
        Working { pinned: self.thread.pin().expect("nobody pauses"), request: self.request }
    }

    fn clear(&mut self) {
        self.shared.reset().expect("nobody else is there");
    }

    fn end(&self, handle: AllocationId, _: u32) -> u64 {
        let range = self.shared.with(|arena| arena.get(handle)).expect("nobody else is there");
        range.map_or(0, |range| range.offset.get() + range.size.get() - self.start)
    }
}
