//! PyTorch's caching allocator for CUDA, as `c10/cuda/CUDACachingAllocator.cpp` of
//! commit 001074d2 has it.
//!
//! Modelled: rounding of blocks and segments, the small and the large pool, best fit by
//! stream, splitting and joining, `max_split_size_mb`, `roundup_power2_divisions` (one number
//! for all sizes), `garbage_collection_threshold`, `expandable_segments`, and what is given
//! back before a request fails. The budget is the device's memory, of which the threshold is
//! a part; PyTorch minds the threshold only where a fraction of the memory was set.
//!
//! Not modelled: private pools of CUDA graphs; blocks that other streams still use after their
//! free (a recording's own second free, `free_completed`, says when they come back, where it
//! has one); addresses that the driver gives to segments, which decide between free blocks of
//! one size only: here they are the lowest that are free.

mod addresses;
mod blocks;
mod expanding;
mod releasing;
pub(crate) mod settings;
mod sizes;

use crate::model::{Look, Model, Refused, fragmentation};
use crate::rows::figures::Waste;
use crate::workload::{Block as Request, HeapLoad};
use addresses::Addresses;
use blocks::{Block, Blocks, Index, State};
use settings::PyTorch;
use sizes::{
    BLOCK_MIN_BYTES, LARGE_SEGMENT_BYTES, REQUEST_MAX_BYTES, SMALL_BYTES, SMALL_SEGMENT_BYTES, block_bytes,
    segment_bytes,
};

/// The allocator of one device.
#[derive(Debug)]
pub(crate) struct CachingAllocator {
    settings: PyTorch,
    capacity_bytes: u64,
    held_bytes: u64,
    /// Of blocks that somebody has, as rounded.
    set_aside_bytes: u64,
    blocks: Blocks,
    addresses: Addresses,
    /// By the workload's blocks.
    given: Vec<Index>,
}

/// A block that is wanted, as rounded.
#[derive(Clone, Copy, Debug)]
struct Wanted {
    bytes: u64,
    stream: u16,
    is_small: bool,
}

impl CachingAllocator {
    /// On a device of `capacity_bytes`.
    pub(crate) fn new(heap: &HeapLoad, settings: PyTorch, capacity_bytes: u64) -> Self {
        Self {
            settings,
            capacity_bytes: capacity_bytes.min(REQUEST_MAX_BYTES),
            held_bytes: 0,
            set_aside_bytes: 0,
            blocks: Blocks::default(),
            addresses: Addresses::default(),
            given: vec![0; heap.blocks.len()],
        }
    }

    /// A segment of each pool for each stream.
    pub(crate) fn least_bytes(heap: &HeapLoad) -> u64 {
        let streams = heap.blocks.iter().map(|block| u64::from(block.stream)).max().map_or(0, |most| most + 1);
        streams * (SMALL_SEGMENT_BYTES + LARGE_SEGMENT_BYTES)
    }

    /// A block for it, in no pool, which may be larger.
    fn find(&mut self, wanted: Wanted) -> Option<Index> {
        self.cached(wanted).or_else(|| {
            if self.settings.garbage_collection_threshold > 0.0 {
                self.collect();
            }
            self.fresh(wanted).or_else(|| self.fresh_after_releases(wanted))
        })
    }

    fn fresh_after_releases(&mut self, wanted: Wanted) -> Option<Index> {
        let found = if self.release_oversize(wanted) { self.fresh(wanted) } else { None };
        found.or_else(|| {
            self.release_all();
            self.fresh(wanted)
        })
    }

    /// The smallest free block of the stream that is large enough.
    fn cached(&mut self, wanted: Wanted) -> Option<Index> {
        let most = self.settings.max_split_size_bytes.unwrap_or(u64::MAX);
        self.blocks.pool(wanted.is_small).asked += 1;
        let mut larger = self.blocks.pools[usize::from(wanted.is_small)]
            .free
            .range((wanted.stream, wanted.bytes, 0, 0)..=(wanted.stream, u64::MAX, u64::MAX, Index::MAX))
            .map(|&(.., index)| index);
        let mut best = larger.next()?;
        if self.settings.expandable_segments {
            // Of two, the one that leaves the smaller room to grow.
            best = larger
                .scan(best, |best, next| {
                    let is_tighter = self.expandable_bytes(next) < self.expandable_bytes(*best);
                    is_tighter.then(|| {
                        *best = next;
                        next
                    })
                })
                .last()
                .unwrap_or(best);
        }
        let bytes = self.blocks.get(best).bytes;
        let is_too_large = wanted.bytes < most && bytes >= most;
        let is_wasteful = wanted.bytes >= most && bytes >= wanted.bytes + LARGE_SEGMENT_BYTES;
        if is_too_large || is_wasteful {
            return None;
        }
        self.blocks.leave(best);
        Some(best)
    }

    /// A free block, with the unmapped one behind it.
    fn expandable_bytes(&self, index: Index) -> u64 {
        let block = self.blocks.get(index);
        let after = block.after.map(|after| self.blocks.get(after)).filter(|after| after.state == State::Unmapped);
        block.bytes + after.map_or(0, |after| after.bytes)
    }

    /// From the driver.
    fn fresh(&mut self, wanted: Wanted) -> Option<Index> {
        if self.settings.expandable_segments {
            return self.expand(wanted);
        }
        let bytes = segment_bytes(wanted.bytes);
        if self.held_bytes + bytes > self.capacity_bytes {
            return None;
        }
        self.held_bytes += bytes;
        let address = self.addresses.take(bytes, BLOCK_MIN_BYTES);
        let Wanted { stream, is_small, .. } = wanted;
        let (state, is_expandable, before, after) = (State::Taken, false, None, None);
        let block = Block { address, bytes, stream, is_small, is_expandable, state, before, after, free_since: 0 };
        Some(self.blocks.push(block))
    }

    /// What is too much of a block goes back to its pool.
    fn split(&mut self, index: Index, wanted: Wanted) {
        let rest = self.blocks.get(index).bytes - wanted.bytes;
        let is_split = if wanted.is_small || self.settings.expandable_segments {
            rest >= BLOCK_MIN_BYTES
        } else {
            self.settings.max_split_size_bytes.is_none_or(|most| wanted.bytes < most) && rest > SMALL_BYTES
        };
        if is_split {
            let rest = self.blocks.cut(index, wanted.bytes);
            self.blocks.enter(rest, State::Free);
        }
    }
}

impl Model for CachingAllocator {
    fn allocate(&mut self, number: u32, request: &Request) -> Result<u64, Refused> {
        if request.bytes >= REQUEST_MAX_BYTES {
            return Err(Refused::TooLarge);
        }
        let bytes = block_bytes(request.bytes, self.settings.roundup_power2_divisions);
        let wanted = Wanted { bytes, stream: request.stream, is_small: bytes <= SMALL_BYTES };
        let Some(index) = self.find(wanted) else {
            let free = self.capacity_bytes - self.set_aside_bytes;
            return Err(if free < bytes { Refused::Full } else { Refused::Fragmented });
        };
        self.split(index, wanted);
        let block = self.blocks.get(index);
        self.set_aside_bytes += block.bytes;
        self.given[number as usize] = index;
        Ok(block.address)
    }

    fn free(&mut self, number: u32, _: &Request) {
        let index = self.given[number as usize];
        self.set_aside_bytes -= self.blocks.get(index).bytes;
        self.blocks.join(index, State::Free);
        self.blocks.enter(index, State::Free);
    }

    fn held_bytes(&self) -> u64 {
        self.held_bytes
    }

    fn look(&self, live_bytes: u64) -> Look {
        let (mut whole, mut parts, mut largest) = (0, 0, 0);
        for &(_, bytes, _, index) in self.blocks.pools.iter().flat_map(|pool| &pool.free) {
            *(if self.blocks.get(index).is_split() { &mut parts } else { &mut whole }) += bytes;
            largest = largest.max(bytes);
        }
        Look {
            held_bytes: self.held_bytes,
            waste: Waste {
                external_bytes: parts,
                internal_bytes: self.set_aside_bytes - live_bytes,
                cached_bytes: whole,
                metadata_bytes: 0,
            },
            fragmentation_within: fragmentation(largest, whole + parts),
            fragmentation_whole: fragmentation(
                largest.max(self.capacity_bytes - self.held_bytes),
                self.capacity_bytes - self.set_aside_bytes,
            ),
        }
    }
}
