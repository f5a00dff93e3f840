//! Memory of a region on the web: whole pages of the module's memory, taken from it
//! directly. New ones are zero, and nobody has to write that: the allocator would, which
//! touches every page of an arena that may stay empty (0.4 s for 256 MiB, with its lock
//! held, and so long nobody else could allocate).
//!
//! The module's memory never shrinks. Pages that a region gives back wait for the next.

use super::idle_pages::IdlePages;
use core::arch::wasm32::memory_grow;
use core::ptr::NonNull;
use std::sync::{Mutex, MutexGuard};

const PAGE_BYTES: usize = 1 << 16;
/// The module's first and only memory.
const MEMORY: u32 = 0;
/// How often the list is tried: others hold it for some hundred instructions. The page's
/// thread may not wait, and a thread that was ended may hold it for ever.
const ATTEMPTS: usize = 1 << 16;

static IDLE: Mutex<IdlePages> = Mutex::new(IdlePages::new());

/// Bytes aligned to 64 KiB. Wait for the next region once they are dropped.
pub(super) struct Block {
    base: NonNull<u8>,
    pages: usize,
}

// SAFETY: a block owns its bytes alone, like a `Box<[u8]>`.
unsafe impl Send for Block {}
// SAFETY: through a shared reference the bytes can only be read.
unsafe impl Sync for Block {}

impl Block {
    /// `size` bytes, all zero; `None` where they cannot be had, or none are asked for.
    pub(super) fn zeroed(size: usize) -> Option<Self> {
        let pages = size.div_ceil(PAGE_BYTES);
        if pages == 0 {
            return None;
        }
        if let Some(first) = idle().and_then(|mut idle| idle.take(pages)) {
            let base = at(first)?;
            // SAFETY: the list had these pages, so they are of a block that is gone, and
            // nobody else's from now on.
            unsafe { base.write_bytes(0, pages * PAGE_BYTES) };
            return Some(Self { base, pages });
        }
        match memory_grow::<MEMORY>(pages) {
            usize::MAX => None,
            first => Some(Self { base: at(first)?, pages }),
        }
    }

    /// Where its first byte lies.
    pub(super) const fn base(&self) -> NonNull<u8> {
        self.base
    }
}

impl Drop for Block {
    fn drop(&mut self) {
        if let Some(mut idle) = idle() {
            idle.give(self.base.addr().get() / PAGE_BYTES, self.pages);
        }
    }
}

/// A page's first byte. The memory is the module's, whose address 0 no page of a region has.
fn at(page: usize) -> Option<NonNull<u8>> {
    NonNull::new(core::ptr::with_exposed_provenance_mut(page * PAGE_BYTES))
}

fn idle() -> Option<MutexGuard<'static, IdlePages>> {
    (0..ATTEMPTS).find_map(|_| IDLE.try_lock().ok())
}
