//! Memory of a region, natively: from the allocator.

use crate::layout::MAX_ALIGN;
use core::ptr::NonNull;
use std::alloc::{Layout, alloc_zeroed, dealloc};

const MAX_ALIGN_BYTES: usize = MAX_ALIGN.get() as usize;
/// What is asked of the allocator: its alignment, and how many bytes more than the block
/// so that an aligned one lies in it. Allocators zero what they align beyond 16 bytes by
/// hand, which touches every page (0.5 s for 1 GiB); what they do not align, the system
/// gives as zero once it is touched.
const ALIGN: usize = 16;
const MORE_BYTES: usize = MAX_ALIGN_BYTES - ALIGN;

/// Bytes aligned to 64 KiB, given back on drop.
pub(super) struct Block {
    /// The first byte of them.
    base: NonNull<u8>,
    /// What the allocator gave, with `base` in it.
    whole: NonNull<u8>,
    layout: Layout,
}

// SAFETY: a block owns its bytes alone, like a `Box<[u8]>`.
unsafe impl Send for Block {}
// SAFETY: through a shared reference the bytes can only be read.
unsafe impl Sync for Block {}

impl Block {
    /// `size` bytes, all zero; `None` where they cannot be had, or none are asked for.
    pub(super) fn zeroed(size: usize) -> Option<Self> {
        let layout = Layout::from_size_align(size.checked_add(MORE_BYTES)?, ALIGN).ok()?;
        // SAFETY: with what is asked for beyond the block, the size is never zero.
        let whole = NonNull::new(unsafe { alloc_zeroed(layout) })?;
        let ahead = whole.addr().get().wrapping_neg() % MAX_ALIGN_BYTES;
        // SAFETY: the whole is aligned to 16, so at most `MORE_BYTES` lie ahead of the next
        // multiple of 64 KiB, and `size` bytes behind it are of the whole.
        let base = unsafe { whole.add(ahead) };
        Some(Self { base, whole, layout })
    }

    /// Where its first byte lies.
    pub(super) const fn base(&self) -> NonNull<u8> {
        self.base
    }
}

impl Drop for Block {
    fn drop(&mut self) {
        // SAFETY: `whole` came from `alloc_zeroed` with this very layout, and the block is
        // its only owner.
        unsafe { dealloc(self.whole.as_ptr(), self.layout) }
    }
}
