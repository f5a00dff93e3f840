//! The allocator of the original design document, its defects intact: what the
//! rows of `arena_flaws.rs` and `arena_flaws_threads.rs` compare against.
//!
//! As in the document but for three things: the fields can be looked at from
//! the tests; sums wrap, as they do in a release build, where a debug build would
//! stop; and the lock is taken through one function, so that a test can hold it.

pub(crate) mod fixture;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard};

/// A bump pointer, and a list of what was freed.
pub(crate) struct BumpAllocator {
    pub(crate) offset: AtomicUsize,
    size: usize,
    free_list: Mutex<Vec<FreeBlock>>,
}

/// A freed region, as large as whoever freed it said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FreeBlock {
    pub(crate) offset: usize,
    pub(crate) size: usize,
}

impl BumpAllocator {
    pub(crate) fn new(size: usize) -> Self {
        Self { offset: AtomicUsize::new(0), size, free_list: Mutex::new(Vec::new()) }
    }

    pub(crate) fn free_list(&self) -> MutexGuard<'_, Vec<FreeBlock>> {
        self.free_list.lock().unwrap()
    }

    pub(crate) fn allocate(&self, size: usize, alignment: usize) -> Option<usize> {
        // Align size to requested alignment
        let aligned_size = size.wrapping_add(alignment).wrapping_sub(1) & !alignment.wrapping_sub(1);

        // Try to reuse freed block first
        {
            let mut free_list = self.free_list();

            // Find suitable block (first-fit)
            if let Some(pos) = free_list.iter().position(|block| block.size >= aligned_size) {
                let block = free_list.remove(pos);

                // Split block if too large
                if block.size > aligned_size + 64 {
                    free_list.push(FreeBlock { offset: block.offset + aligned_size, size: block.size - aligned_size });
                }

                return Some(block.offset);
            }
        }

        // Bump allocation
        let current = self.offset.load(Ordering::Relaxed);
        let aligned_offset = current.wrapping_add(alignment).wrapping_sub(1) & !alignment.wrapping_sub(1);
        let new_offset = aligned_offset.wrapping_add(aligned_size);

        if new_offset > self.size {
            return None; // Out of memory
        }

        // Try to update offset atomically
        match self.offset.compare_exchange(current, new_offset, Ordering::Release, Ordering::Relaxed) {
            Ok(_) => Some(aligned_offset),
            Err(_) => {
                // Retry if another thread allocated
                self.allocate(size, alignment)
            }
        }
    }

    pub(crate) fn deallocate(&self, offset: usize, size: usize) {
        let mut free_list = self.free_list();

        // Add to free list
        free_list.push(FreeBlock { offset, size });

        // Sort by offset for easier coalescing
        free_list.sort_by_key(|block| block.offset);

        // Coalesce adjacent blocks
        let mut i = 0;
        while i < free_list.len() - 1 {
            if free_list[i].offset + free_list[i].size == free_list[i + 1].offset {
                free_list[i].size += free_list[i + 1].size;
                free_list.remove(i + 1);
            } else {
                i += 1;
            }
        }
    }

    pub(crate) fn reset(&self) {
        self.offset.store(0, Ordering::Release);
        self.free_list().clear();
    }
}
