//! What is to be packed: sizes in a common unit, lives as half-open ranges of operations.

use crate::workload::{Block, HeapLoad};

/// A rectangle: a height at a free choice, a life at none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Buffer {
    /// In units of the instance.
    pub(crate) size: u64,
    /// The first operation of its life.
    pub(crate) start: u32,
    /// One past the last.
    pub(crate) end: u32,
}

impl Buffer {
    pub(crate) const fn length(&self) -> u32 {
        self.end - self.start
    }

    /// Size × life.
    pub(crate) const fn area(&self) -> u128 {
        self.size as u128 * self.length() as u128
    }

    /// Whether both live at some time: for the tests' brute force.
    #[cfg(test)]
    pub(crate) const fn overlaps(&self, other: &Self) -> bool {
        self.start < other.end && other.start < self.end
    }
}

/// A packing problem: dynamic storage allocation, offline.
#[derive(Clone, Debug, Default)]
pub(crate) struct Instance {
    pub(crate) buffers: Vec<Buffer>,
    /// Bytes of a unit: the greatest common divisor of all sizes, so that no finer offset
    /// could be of use to a packing from 0 up.
    pub(crate) unit_bytes: u64,
    /// The peak of live units: no packing is lower.
    pub(crate) bound: u64,
}

impl Instance {
    /// The blocks of a heap, whose sizes are rounded up to `align_bytes`. So every offset is
    /// a multiple of it. O(operations).
    pub(crate) fn of(heap: &HeapLoad, align_bytes: u64) -> Self {
        let align = align_bytes.max(1);
        let rounded = |bytes: u64| bytes.div_ceil(align).saturating_mul(align);
        let end = heap.ops.len() as u32;
        let until = |died: u32| if died == Block::NEVER { end } else { died };
        let buffers: Vec<_> = heap
            .blocks
            .iter()
            .map(|block| Buffer { size: rounded(block.bytes), start: block.born, end: until(block.died) })
            .collect();
        Self::new(buffers, heap.rounded_bound_bytes(align))
    }

    fn new(mut buffers: Vec<Buffer>, bound_bytes: u64) -> Self {
        let unit_bytes = buffers.iter().fold(0, |unit, buffer| gcd(unit, buffer.size)).max(1);
        buffers.iter_mut().for_each(|buffer| buffer.size /= unit_bytes);
        Self { buffers, unit_bytes, bound: bound_bytes / unit_bytes }
    }

    /// The highest end of buffers at those offsets.
    pub(crate) fn height(&self, offsets: &[u64]) -> u64 {
        let ends = self.buffers.iter().zip(offsets).map(|(buffer, offset)| offset + buffer.size);
        ends.max().unwrap_or(0)
    }
}

const fn gcd(mut a: u64, mut b: u64) -> u64 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

/// Checks a packing by brute force, for tests: no two overlap in time and offset.
#[cfg(test)]
pub(crate) fn check(instance: &Instance, offsets: &[u64]) {
    assert_eq!(offsets.len(), instance.buffers.len());
    for (first, one) in instance.buffers.iter().enumerate() {
        for (second, other) in instance.buffers.iter().enumerate().skip(first + 1) {
            let apart = offsets[first] + one.size <= offsets[second] || offsets[second] + other.size <= offsets[first];
            assert!(apart || !one.overlaps(other), "{first} {one:?} and {second} {other:?}");
        }
    }
}

#[cfg(test)]
pub(crate) mod made {
    use super::*;
    use proptest::prelude::*;

    /// Of buffers as they are, with the true bound.
    pub(crate) fn instance(buffers: Vec<Buffer>) -> Instance {
        let ends = buffers.iter().map(|buffer| buffer.end).max().unwrap_or(0);
        let live = |time| buffers.iter().filter(|it| it.start <= time && time < it.end).map(|it| it.size).sum::<u64>();
        let bound = (0..ends).map(live).max().unwrap_or(0);
        Instance::new(buffers, bound)
    }

    pub(crate) fn instances(most: usize) -> impl Strategy<Value = Instance> {
        let buffer = (1..40_u64, 0..60_u32, 1..30_u32);
        let buffer = buffer.prop_map(|(size, start, length)| Buffer { size, start, end: start + length });
        prop::collection::vec(buffer, 1..most).prop_map(instance)
    }
}
