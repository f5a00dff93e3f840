//! The contestants: every policy of the arena, and three public crates.

use arenascope::arena::{GRANULE, PolicyKind, ReserveError};
use arenascope::throughput::{Hands, Heap, Pool, Seat, policy_seat, reference_seat, threaded_seat};
use arenascope::units::Bytes;
use offset_allocator::Allocation as OffsetAllocation;
use rlsf::Tlsf;
use std::alloc::Layout;
use std::ptr::NonNull;

/// The alignment of everything.
const ALIGN: usize = GRANULE.get() as usize;

/// Everyone, over `capacity` bytes each; `live` allocations at once at most.
pub(crate) fn everyone(capacity: Bytes, live: u64) -> Vec<Seat> {
    let mut all = Vec::from(PolicyKind::ALL.map(|policy| policy_seat(policy, capacity)));
    all.extend(PolicyKind::ALL.into_iter().filter_map(|policy| threaded_seat(policy, capacity)));
    all.push(reference_seat(capacity));
    all.push(Seat::new("rlsf", false, move || RlsfHeap::new(capacity)));
    all.push(Seat::new("offset-allocator", false, move || Ok(OffsetHeap::new(capacity, live))));
    all
}

fn layout(size: u32) -> Layout {
    Layout::from_size_align(size as usize, ALIGN).expect("a size that can be")
}

/// The second level as wide as a bitmap of 32 bits, the first up to 8 GiB.
type RlsfTlsf = Tlsf<'static, u32, u32, 28, 32>;

struct RlsfHeap {
    tlsf: Box<RlsfTlsf>,
    pool: Pool,
}

impl RlsfHeap {
    fn new(capacity: Bytes) -> Result<Self, ReserveError> {
        let mut heap = Self { tlsf: Box::new(RlsfTlsf::new()), pool: Pool::new(capacity)? };
        heap.clear();
        Ok(heap)
    }
}

impl Hands for RlsfHeap {
    type Handle = NonNull<u8>;

    #[inline(always)]
    fn allocate(&mut self, size: u32) -> Option<NonNull<u8>> {
        self.tlsf.allocate(layout(size))
    }

    #[inline(always)]
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
        let block = NonNull::slice_from_raw_parts(self.pool.base(), self.pool.size());
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

    #[inline(always)]
    fn allocate(&mut self, size: u32) -> Option<Self::Handle> {
        self.0.allocate(size.div_ceil(ALIGN as u32))
    }

    #[inline(always)]
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
