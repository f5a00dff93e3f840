//! The reference: the public allocator talc, over memory of its own. It hands out
//! raw pointers; this file alone knows them.

use super::heap::{Hands, Heap, REFERENCE, Seat};
use arenascope_arena::{GRANULE, ReserveError};
use arenascope_units::Bytes;
use core::ptr::NonNull;
use std::alloc::{Layout, alloc, dealloc};
use talc::base::Talc;
use talc::base::binning::DefaultBinning;
use talc::source::Manual;

/// The alignment of everything.
const ALIGN: usize = GRANULE.get() as usize;

/// talc over `capacity` bytes.
pub fn reference_seat(capacity: Bytes) -> Seat {
    Seat::new(REFERENCE, false, move || TalcHeap::new(capacity))
}

/// Memory for a heap that writes into it: aligned to 64 KiB, given back on drop.
#[derive(Debug)]
pub struct Pool {
    base: NonNull<u8>,
    layout: Layout,
}

impl Pool {
    /// `capacity` bytes, of any content: a heap writes what it reads.
    ///
    /// # Errors
    /// [`ReserveError::OutOfMemory`] where they cannot be had, or are none.
    pub fn new(capacity: Bytes) -> Result<Self, ReserveError> {
        let refused = ReserveError::OutOfMemory { requested: capacity };
        let bytes = capacity.to_usize().filter(|bytes| *bytes > 0).ok_or(refused)?;
        let layout = Layout::from_size_align(bytes, 1 << 16).map_err(|_| refused)?;
        // SAFETY: the layout's size is not zero: that was refused above.
        let base = NonNull::new(unsafe { alloc(layout) }).ok_or(refused)?;
        Ok(Self { base, layout })
    }

    /// Where the first byte lies.
    pub const fn base(&self) -> NonNull<u8> {
        self.base
    }

    /// The number of bytes.
    pub const fn size(&self) -> usize {
        self.layout.size()
    }

    /// One past the last of `size` bytes at `pointer`, counted from the first byte.
    pub fn end(&self, pointer: NonNull<u8>, size: u32) -> u64 {
        (pointer.addr().get() - self.base.addr().get()) as u64 + u64::from(size)
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        // SAFETY: `base` came from `alloc` with this layout and is freed
        // nowhere else. Whoever keeps `base()` beyond that must not use it, and
        // could not without `unsafe` of their own.
        unsafe { dealloc(self.base.as_ptr(), self.layout) }
    }
}

/// The layout of an allocation of `size` bytes; `None` for what no heap holds.
fn layout(size: u32) -> Option<Layout> {
    Layout::from_size_align(size as usize, ALIGN).ok().filter(|layout| layout.size() > 0)
}

/// Fields drop in order: the heap before its memory.
struct TalcHeap {
    talc: Talc<Manual, DefaultBinning>,
    pool: Pool,
}

impl TalcHeap {
    fn new(capacity: Bytes) -> Result<Self, ReserveError> {
        let mut heap = Self { talc: Talc::new(Manual), pool: Pool::new(capacity)? };
        heap.clear();
        Ok(heap)
    }
}

impl Hands for TalcHeap {
    /// With its size: freeing needs the layout it was allocated by.
    type Handle = (NonNull<u8>, u32);

    #[inline(always)]
    fn allocate(&mut self, size: u32) -> Option<Self::Handle> {
        let layout = layout(size)?;
        // SAFETY: `layout` returns no layout of size zero.
        Some((unsafe { self.talc.allocate(layout) }?, size))
    }

    #[inline(always)]
    fn free(&mut self, (pointer, size): Self::Handle) {
        let Some(layout) = layout(size) else { return };
        // SAFETY: `allocate` gave out this pointer for this size, hence with this
        // layout. The type is private and reached through `HeapContestant` alone, which
        // takes the handle out of its slot, so frees it once, and empties the
        // slots whenever it clears the heap, so none is freed after that.
        unsafe { self.talc.deallocate(pointer.as_ptr(), layout) }
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
        // SAFETY: the pool's bytes are ours alone for as long as `self` lives, and
        // their last user, the talc before, was dropped in the line above.
        let claimed = unsafe { self.talc.claim(self.pool.base.as_ptr(), self.pool.layout.size()) };
        debug_assert!(claimed.is_some(), "talc refuses only what is smaller than its own header");
    }

    fn end(&self, (pointer, _): Self::Handle, size: u32) -> u64 {
        self.pool.end(pointer, size)
    }
}
