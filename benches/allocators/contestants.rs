//! The contestants: every policy of the arena, and three public crates.

use crate::heap::{Contestant, Entry, Hands, Heap};
use arenascope::arena::{AllocationId, Arena, GRANULE, Pinned, PolicyKind, Region, Request, SharedArena, ThreadArena};
use arenascope::owner::{MemoryCategory, Owner, Tag};
use arenascope::units::{Bytes, Micros};
use offset_allocator::Allocation as OffsetAllocation;
use rlsf::Tlsf;
use std::alloc::{Layout, alloc_zeroed, dealloc, handle_alloc_error};
use std::ptr::NonNull;
use std::sync::Arc;
use talc::base::Talc;
use talc::base::binning::DefaultBinning;
use talc::source::Manual;

/// The alignment of everything.
const ALIGN: usize = GRANULE.get() as usize;

/// Everyone, over `capacity` bytes each; `live` allocations at once at most.
pub(crate) fn everyone(capacity: Bytes, live: u64) -> Vec<Box<dyn Contestant>> {
    let ours = PolicyKind::ALL.map(|policy| Entry::boxed(policy.key(), true, Ours::new(capacity, policy)));
    let mut all = Vec::from(ours);
    for (policy, name) in THREADED {
        all.push(Entry::boxed(name, true, Threaded::new(capacity, policy)));
    }
    all.push(Entry::boxed("talc", false, TalcHeap::new(capacity)));
    all.push(Entry::boxed("rlsf", false, RlsfHeap::new(capacity)));
    all.push(Entry::boxed("offset-allocator", false, OffsetHeap::new(capacity, live)));
    all
}

/// The policies that are also run behind a thread's cache.
const THREADED: [(PolicyKind, &str); 4] = [
    (PolicyKind::FirstFit, "first_fit + threads"),
    (PolicyKind::BestFit, "best_fit + threads"),
    (PolicyKind::Tlsf, "tlsf + threads"),
    (PolicyKind::Bins, "bins + threads"),
];

/// A shared arena, worked with by one attached thread that is pinned for a lap.
struct Threaded {
    shared: Arc<SharedArena>,
    thread: ThreadArena,
    start: u64,
}

impl Threaded {
    fn new(capacity: Bytes, policy: PolicyKind) -> Self {
        let Ours { arena, start, .. } = Ours::new(capacity, policy);
        let shared = Arc::new(SharedArena::new(arena));
        let thread = shared.attach().expect("a free seat");
        Self { shared, thread, start }
    }
}

/// A pinned thread, and what its requests have in common.
pub(crate) struct Working<'a> {
    pinned: Pinned<'a>,
    request: Request,
}

impl<'a> Working<'a> {
    pub(crate) fn new(pinned: Pinned<'a>) -> Self {
        Self { pinned, request: request() }
    }
}

/// What every request has in common.
fn request() -> Request {
    let owner = Owner::new(MemoryCategory::Temporary, Tag(0));
    Request { size: Bytes::ZERO, align: GRANULE, owner, now: Micros::ZERO }
}

impl Hands for Working<'_> {
    type Handle = AllocationId;

    fn allocate(&mut self, size: u32) -> Option<AllocationId> {
        self.request.size = Bytes::from(size);
        Some(self.pinned.allocate(&self.request).ok()?.id)
    }

    fn free(&mut self, handle: AllocationId) {
        let _ = self.pinned.deallocate(handle);
    }
}

impl Heap for Threaded {
    type Handle = AllocationId;
    type Hands<'a> = Working<'a>;

    fn hands(&mut self) -> Working<'_> {
        Working::new(self.thread.pin().expect("nobody pauses"))
    }

    fn clear(&mut self) {
        self.shared.reset().expect("nobody else is there");
    }

    fn end(&self, handle: AllocationId, _: u32) -> u64 {
        let range = self.shared.with(|arena| arena.get(handle)).expect("nobody else is there");
        range.map_or(0, |range| range.offset.get() + range.size.get() - self.start)
    }
}

/// The arena under one policy: handles, generations and statistics on.
pub(crate) struct Ours {
    arena: Arena,
    request: Request,
    start: u64,
}

impl Ours {
    pub(crate) fn into_arena(self) -> Arena {
        self.arena
    }

    pub(crate) fn new(capacity: Bytes, policy: PolicyKind) -> Self {
        let pages = capacity.get() / Bytes::kib(64).get();
        let arena = Arena::new(Region::reserve_pages(pages as u32).expect("memory for an arena"), policy);
        let start = arena.sections().payload.offset.get();
        Self { arena, request: request(), start }
    }
}

impl Hands for Ours {
    type Handle = AllocationId;

    fn allocate(&mut self, size: u32) -> Option<AllocationId> {
        self.request.size = Bytes::from(size);
        Some(self.arena.allocate(&self.request).ok()?.id)
    }

    fn free(&mut self, handle: AllocationId) {
        let _ = self.arena.deallocate(handle);
    }
}

impl Heap for Ours {
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

/// Memory for those that write into it.
struct Pool {
    base: NonNull<u8>,
    layout: Layout,
}

impl Pool {
    fn new(capacity: Bytes) -> Self {
        let layout = Layout::from_size_align(capacity.get() as usize, 1 << 16).expect("a size that can be");
        // SAFETY: the capacity is a positive number of MiB.
        let Some(base) = NonNull::new(unsafe { alloc_zeroed(layout) }) else { handle_alloc_error(layout) };
        Self { base, layout }
    }

    fn end(&self, pointer: NonNull<u8>, size: u32) -> u64 {
        (pointer.addr().get() - self.base.addr().get()) as u64 + u64::from(size)
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        // SAFETY: allocated by `new` with this layout; the heap over it is gone.
        unsafe { dealloc(self.base.as_ptr(), self.layout) }
    }
}

fn layout(size: u32) -> Layout {
    Layout::from_size_align(size as usize, ALIGN).expect("a size that can be")
}

pub(crate) struct TalcHeap {
    talc: Talc<Manual, DefaultBinning>,
    pool: Pool,
}

impl TalcHeap {
    pub(crate) fn new(capacity: Bytes) -> Self {
        let mut heap = Self { talc: Talc::new(Manual), pool: Pool::new(capacity) };
        heap.clear();
        heap
    }
}

impl Hands for TalcHeap {
    type Handle = (NonNull<u8>, u32);

    fn allocate(&mut self, size: u32) -> Option<Self::Handle> {
        // SAFETY: recordings hold no sizes of zero.
        Some((unsafe { self.talc.allocate(layout(size)) }?, size))
    }

    fn free(&mut self, (pointer, size): Self::Handle) {
        // SAFETY: allocated with this layout; a handle is freed once.
        unsafe { self.talc.deallocate(pointer.as_ptr(), layout(size)) }
    }
}

impl Heap for TalcHeap {
    type Handle = (NonNull<u8>, u32);
    type Hands<'a> = &'a mut Self;

    fn hands(&mut self) -> &mut Self {
        self
    }

    fn clear(&mut self) {
        self.talc = Talc::new(Manual);
        // SAFETY: the pool is ours alone, and the last user of it was dropped.
        let claimed = unsafe { self.talc.claim(self.pool.base.as_ptr(), self.pool.layout.size()) };
        assert!(claimed.is_some(), "talc refused the pool");
    }

    fn end(&self, (pointer, _): Self::Handle, size: u32) -> u64 {
        self.pool.end(pointer, size)
    }
}

/// The second level as wide as a bitmap of 32 bits, the first up to 8 GiB.
type RlsfTlsf = Tlsf<'static, u32, u32, 28, 32>;

struct RlsfHeap {
    tlsf: Box<RlsfTlsf>,
    pool: Pool,
}

impl RlsfHeap {
    fn new(capacity: Bytes) -> Self {
        let mut heap = Self { tlsf: Box::new(RlsfTlsf::new()), pool: Pool::new(capacity) };
        heap.clear();
        heap
    }
}

impl Hands for RlsfHeap {
    type Handle = NonNull<u8>;

    fn allocate(&mut self, size: u32) -> Option<NonNull<u8>> {
        self.tlsf.allocate(layout(size))
    }

    fn free(&mut self, pointer: NonNull<u8>) {
        // SAFETY: allocated with this alignment; a handle is freed once.
        unsafe { self.tlsf.deallocate(pointer, ALIGN) }
    }
}

impl Heap for RlsfHeap {
    type Handle = NonNull<u8>;
    type Hands<'a> = &'a mut Self;

    fn hands(&mut self) -> &mut Self {
        self
    }

    fn clear(&mut self) {
        *self.tlsf = RlsfTlsf::new();
        let block = NonNull::slice_from_raw_parts(self.pool.base, self.pool.layout.size());
        // SAFETY: the pool is ours alone, and outlives the allocator.
        let taken = unsafe { self.tlsf.insert_free_block_ptr(block) };
        assert!(taken.is_some(), "rlsf refused the pool");
    }

    fn end(&self, pointer: NonNull<u8>, size: u32) -> u64 {
        self.pool.end(pointer, size)
    }
}

/// Counts in units of 16 bytes, which is how it aligns.
struct OffsetHeap(offset_allocator::Allocator<u32>);

impl OffsetHeap {
    /// Nodes for what is live, and for a gap beside each: its table is set up anew
    /// on every clear, and a larger one would leave the caches cold.
    fn new(capacity: Bytes, live: u64) -> Self {
        let units = capacity.get() / GRANULE.get();
        let nodes = (2 * live + 64).min(1 << 24);
        Self(offset_allocator::Allocator::with_max_allocs(units as u32, nodes as u32))
    }
}

impl Hands for OffsetHeap {
    type Handle = OffsetAllocation<u32>;

    fn allocate(&mut self, size: u32) -> Option<Self::Handle> {
        self.0.allocate(size.div_ceil(ALIGN as u32))
    }

    fn free(&mut self, handle: Self::Handle) {
        self.0.free(handle);
    }
}

impl Heap for OffsetHeap {
    type Handle = OffsetAllocation<u32>;
    type Hands<'a> = &'a mut Self;

    fn hands(&mut self) -> &mut Self {
        self
    }

    fn clear(&mut self) {
        self.0.reset();
    }

    fn end(&self, handle: Self::Handle, size: u32) -> u64 {
        u64::from(handle.offset) * GRANULE.get() + u64::from(size)
    }
}
