//! What each call stack allocated and holds.

use super::live::{Block, Change};
use arenascope_trace::Site;
use std::collections::HashMap;

/// The sums of one call stack.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct SiteSums {
    /// All that it ever allocated, growth of what lives included.
    pub(super) total_bytes: u64,
    /// How often.
    pub(super) total_blocks: u64,
    /// How long its blocks lived, together, µs.
    pub(super) lifetimes_us: u64,
    /// What it holds.
    pub(super) live_bytes: u64,
    /// In how many blocks.
    pub(super) live_blocks: u64,
    /// The most it held.
    pub(super) most_bytes: u64,
    /// In how many blocks it held that.
    pub(super) most_blocks: u64,
    /// What it held when all held the most.
    pub(super) peak_bytes: u64,
    /// In how many blocks.
    pub(super) peak_blocks: u64,
}

/// The sums of every call stack that allocated: memory for these, not for all of the run.
#[derive(Debug, Default)]
pub(super) struct BySite(HashMap<Site, SiteSums>);

impl BySite {
    /// Takes in a change that happened at a time. O(1).
    pub(super) fn apply(&mut self, change: &Change, time_us: u64) {
        match *change {
            Change::Began(block) => self.begin(block),
            Change::Ended(block) => self.end(block, time_us),
            Change::Resized { block, from_bytes } => self.resize(block, from_bytes),
            Change::Reserved { .. } | Change::Released { .. } => {}
        }
    }

    fn begin(&mut self, block: Block) {
        let sums = self.0.entry(block.site).or_default();
        sums.total_blocks += 1;
        sums.live_blocks += 1;
        sums.grow(block.bytes);
    }

    fn end(&mut self, block: Block, time_us: u64) {
        let sums = self.0.entry(block.site).or_default();
        sums.live_blocks = sums.live_blocks.saturating_sub(1);
        sums.live_bytes = sums.live_bytes.saturating_sub(block.bytes);
        sums.lifetimes_us = sums.lifetimes_us.saturating_add(time_us.saturating_sub(block.begun_us));
    }

    fn resize(&mut self, block: Block, from_bytes: u64) {
        let sums = self.0.entry(block.site).or_default();
        sums.live_bytes = sums.live_bytes.saturating_sub(from_bytes.saturating_sub(block.bytes));
        sums.grow(block.bytes.saturating_sub(from_bytes));
    }

    /// What lives at the end lived until then.
    pub(super) fn finish(&mut self, blocks: &[Block], end_us: u64) {
        for block in blocks {
            let sums = self.0.entry(block.site).or_default();
            sums.lifetimes_us = sums.lifetimes_us.saturating_add(end_us.saturating_sub(block.begun_us));
        }
    }

    /// All hold the most now. O(call stacks).
    pub(super) fn set_peak(&mut self) {
        for sums in self.0.values_mut() {
            (sums.peak_bytes, sums.peak_blocks) = (sums.live_bytes, sums.live_blocks);
        }
    }

    /// In the order of the sites' numbers.
    pub(super) fn into_sorted(self) -> Vec<(Site, SiteSums)> {
        let mut sums: Vec<_> = self.0.into_iter().collect();
        sums.sort_unstable_by_key(|(site, _)| *site);
        sums
    }
}

impl SiteSums {
    fn grow(&mut self, bytes: u64) {
        self.total_bytes = self.total_bytes.saturating_add(bytes);
        self.live_bytes = self.live_bytes.saturating_add(bytes);
        if self.live_bytes >= self.most_bytes {
            (self.most_bytes, self.most_blocks) = (self.live_bytes, self.live_blocks);
        }
    }
}
