//! Segments that grow: addresses for an eighth more than the whole memory, one segment for
//! each stream and pool, of which pages are mapped where they are wanted.

use super::blocks::{Block, Index, State};
use super::sizes::{LARGE_SEGMENT_BYTES, SMALL_SEGMENT_BYTES};
use super::{CachingAllocator, Wanted};

/// Most memory that one segment has addresses for, so that there are enough for all streams.
const ADDRESSES_MAX_BYTES: u64 = 1 << 46;

const fn page_bytes(is_small: bool) -> u64 {
    if is_small { SMALL_SEGMENT_BYTES } else { LARGE_SEGMENT_BYTES }
}

impl CachingAllocator {
    /// A free block of at least that size, in no pool, with as much mapped as it takes;
    /// `None` where there is no memory for that: what was mapped until then stays.
    pub(super) fn expand(&mut self, wanted: Wanted) -> Option<Index> {
        let mut at = self.expandable(wanted);
        if self.blocks.get(at).state == State::Unmapped {
            let bytes = self.blocks.get(at).bytes.min(wanted.bytes);
            self.map(at, bytes)?;
        }
        while self.blocks.get(at).bytes < wanted.bytes {
            let block = self.blocks.get(at);
            let next = block.after?;
            let bytes = self.blocks.get(next).bytes.min(wanted.bytes - block.bytes);
            self.map(next, bytes)?;
            at = next;
        }
        self.blocks.leave(at);
        Some(at)
    }

    /// The lowest address from which on enough is free or unmapped.
    fn expandable(&mut self, wanted: Wanted) -> Index {
        let Wanted { stream, is_small, bytes } = wanted;
        let unmapped = &self.blocks.pools[usize::from(is_small)].unmapped;
        for &(_, _, index) in unmapped.range((stream, 0, 0)..=(stream, u64::MAX, Index::MAX)) {
            let before = self.blocks.get(index).before.filter(|&it| self.blocks.get(it).state != State::Taken);
            let first = before.unwrap_or(index);
            if self.has_room(first, bytes) {
                return first;
            }
        }
        self.new_segment(stream, is_small)
    }

    fn has_room(&self, first: Index, bytes: u64) -> bool {
        let (mut sum, mut at) = (0, Some(first));
        while let Some(block) = at.map(|index| self.blocks.get(index)).filter(|block| block.state != State::Taken) {
            sum += block.bytes;
            if sum >= bytes {
                return true;
            }
            at = block.after;
        }
        false
    }

    fn new_segment(&mut self, stream: u16, is_small: bool) -> Index {
        let page = page_bytes(is_small);
        let capacity = self.capacity_bytes.min(ADDRESSES_MAX_BYTES);
        let bytes = (capacity + capacity / 8).next_multiple_of(page);
        let address = self.addresses.take(bytes, page);
        let block = Block {
            address,
            bytes,
            stream,
            is_small,
            is_expandable: true,
            state: State::Taken,
            before: None,
            after: None,
            free_since: 0,
        };
        let index = self.blocks.push(block);
        self.blocks.enter(index, State::Unmapped);
        index
    }

    /// Backs the front of an unmapped block, whole pages, and joins it with what is free
    /// beside it.
    fn map(&mut self, index: Index, bytes: u64) -> Option<()> {
        let block = self.blocks.get(index);
        let mapped = bytes.next_multiple_of(page_bytes(block.is_small)).min(block.bytes);
        if self.held_bytes + mapped > self.capacity_bytes {
            return None;
        }
        self.blocks.leave(index);
        if mapped < block.bytes {
            let rest = self.blocks.cut(index, mapped);
            self.blocks.enter(rest, State::Unmapped);
        }
        self.blocks.join(index, State::Free);
        self.blocks.enter(index, State::Free);
        self.held_bytes += mapped;
        Some(())
    }
}
