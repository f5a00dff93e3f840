//! How cached memory goes back to the driver: collected by age, given back for one large
//! request, or all of it before a request fails.

use super::blocks::{Index, State};
use super::sizes::{LARGE_SEGMENT_BYTES, SMALL_SEGMENT_BYTES};
use super::{CachingAllocator, Wanted};

impl CachingAllocator {
    /// Gives cached segments of the large pool back, those first that were free for longer
    /// than the mean, until a part of the budget is undercut.
    pub(super) fn collect(&mut self) {
        let threshold = (self.settings.garbage_collection_threshold * self.capacity_bytes as f64) as u64;
        let Some(target) = self.held_bytes.checked_sub(threshold).filter(|target| *target > 0) else { return };
        let asked = self.blocks.pools[0].asked;
        let whole = |it: &Self| -> Vec<(Index, u64)> {
            let free = it.blocks.pools[0].free.iter().map(|&(.., index)| (index, it.blocks.get(index)));
            free.filter(|(_, block)| !block.is_split())
                .map(|(index, block)| (index, asked - block.free_since))
                .collect()
        };
        let mut reclaimed = 0;
        while reclaimed < target {
            let left = whole(self);
            let ages: u64 = left.iter().map(|&(_, age)| age).sum();
            let mean = ages as f64 / left.len() as f64;
            let old: Vec<Index> =
                left.iter().filter(|&&(_, age)| age as f64 >= mean).map(|&(index, _)| index).collect();
            if old.is_empty() {
                return;
            }
            for index in old {
                reclaimed += self.blocks.get(index).bytes;
                self.release(index);
            }
        }
    }

    /// Gives back blocks that are too large to be split, enough for what is wanted; whether
    /// there were enough.
    pub(super) fn release_oversize(&mut self, wanted: Wanted) -> bool {
        let Some(oversize) = self.settings.max_split_size_bytes else { return false };
        // What expands goes back by pages, with the rest.
        if self.settings.expandable_segments {
            return false;
        }
        let bytes = wanted.bytes.max(oversize);
        let free = &self.blocks.pools[usize::from(wanted.is_small)].free;
        let one = free.range((wanted.stream, bytes, 0, 0)..).next().filter(|it| it.0 == wanted.stream);
        if let Some(&(.., index)) = one {
            self.release(index);
            return true;
        }
        let smaller = free.range(..(wanted.stream, bytes, 0, 0)).rev();
        let of_stream = smaller.take_while(|it| it.0 == wanted.stream && it.1 >= oversize);
        let (mut sum, mut chosen) = (0, Vec::new());
        for &(_, size, _, index) in of_stream {
            if sum >= bytes {
                break;
            }
            sum += size;
            chosen.push(index);
        }
        chosen.into_iter().for_each(|index| self.release(index));
        sum >= bytes
    }

    /// Gives back all segments without a taken block, and whole pages of those that expand.
    pub(super) fn release_all(&mut self) {
        for is_small in [false, true] {
            let free = self.blocks.pools[usize::from(is_small)].free.iter();
            let free: Vec<Index> = free.map(|&(.., index)| index).collect();
            for index in free {
                let block = self.blocks.get(index);
                if block.is_expandable {
                    self.unmap(index);
                } else if !block.is_split() {
                    self.release(index);
                }
            }
        }
    }

    /// A whole segment goes back.
    fn release(&mut self, index: Index) {
        let block = self.blocks.get(index);
        self.addresses.give_back(block.address);
        self.held_bytes -= block.bytes;
        self.blocks.forget(index);
    }

    /// Of an expandable segment, the whole pages within a free block go back.
    fn unmap(&mut self, index: Index) {
        let block = self.blocks.get(index);
        let page = if block.is_small { SMALL_SEGMENT_BYTES } else { LARGE_SEGMENT_BYTES };
        let (from, until) = (block.address.next_multiple_of(page), (block.address + block.bytes) / page * page);
        if from >= until {
            return;
        }
        self.blocks.leave(index);
        let mut middle = index;
        if from > block.address {
            middle = self.blocks.cut(index, from - block.address);
            self.blocks.enter(index, State::Free);
        }
        if block.address + block.bytes > until {
            let behind = self.blocks.cut(middle, until - from);
            self.blocks.enter(behind, State::Free);
        }
        self.blocks.join(middle, State::Unmapped);
        self.blocks.enter(middle, State::Unmapped);
        self.held_bytes -= until - from;
        let whole = self.blocks.get(middle);
        if !whole.is_split() {
            self.addresses.give_back(whole.address);
            self.blocks.forget(middle);
        }
    }
}
