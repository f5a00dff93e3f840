//! What every way to serve a workload does, online: it hears one operation after another.

use crate::rows::figures::{Failures, Waste};
use crate::workload::Block;

/// Why an allocation was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    /// Fewer bytes were free than it takes.
    Full,
    /// Enough were free, but not in one piece.
    Fragmented,
    /// What describes ranges ran out.
    OutOfNodes,
    /// Beyond what the allocator gives at all.
    TooLarge,
}

impl Failures {
    pub(crate) const fn note(&mut self, refused: Refused) {
        match refused {
            Refused::Full => self.full += 1,
            Refused::Fragmented => self.fragmented += 1,
            Refused::OutOfNodes => self.out_of_nodes += 1,
            Refused::TooLarge => self.too_large += 1,
        }
    }
}

/// What a model says of itself between two operations.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Look {
    /// Bytes held from the system.
    pub(crate) held_bytes: u64,
    /// Held bytes that nobody asked for.
    pub(crate) waste: Waste,
    /// 1 − largest free piece ÷ free bytes, of what is held.
    pub(crate) fragmentation_within: f64,
    /// The same of the whole budget.
    pub(crate) fragmentation_whole: f64,
}

/// Serves a workload, operation by operation. A number names a block: its position in the
/// heap's blocks. Only what was given is freed.
pub(crate) trait Model {
    /// The address of the block, which begins to live.
    fn allocate(&mut self, number: u32, block: &Block) -> Result<u64, Refused>;

    /// The block ends.
    fn free(&mut self, number: u32, block: &Block);

    /// Bytes held from the system: O(1).
    fn held_bytes(&self) -> u64;

    /// What is held for what, where `live_bytes` live as asked for. May walk all ranges.
    fn look(&self, live_bytes: u64) -> Look;
}

/// 1 − largest ÷ free; 0 where nothing is free.
pub(crate) fn fragmentation(largest_bytes: u64, free_bytes: u64) -> f64 {
    if free_bytes == 0 { 0.0 } else { 1.0 - largest_bytes as f64 / free_bytes as f64 }
}
