//! Greedy packing: one buffer after another, each at the lowest offset at which it meets none
//! of those before it.
//!
//! The order makes the packing. O(n²) for n buffers, in arrays that are read in a row: a
//! tenth of a second for 10⁴.

use super::instance::{Buffer, Instance};
use core::cmp::Reverse;

/// What buffers are ordered by; the largest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    Size,
    Area,
    Life,
    /// By size in classes of an eighth, then by life: near sizes lie beside each other and
    /// long lives below.
    SizeClass,
    /// By birth: a sweep over time.
    Birth,
}

impl Order {
    pub(crate) const ALL: [Self; 5] = [Self::Size, Self::Area, Self::Life, Self::SizeClass, Self::Birth];

    /// The buffers in that order; of equals, the earlier first.
    pub(crate) fn of(self, instance: &Instance) -> Vec<u32> {
        let mut order: Vec<u32> = (0..instance.buffers.len() as u32).collect();
        order.sort_by_cached_key(|&number| Reverse(self.key(&instance.buffers[number as usize])));
        order
    }

    fn key(self, buffer: &Buffer) -> (u128, u128) {
        let (size, life) = (u128::from(buffer.size), u128::from(buffer.length()));
        match self {
            Self::Size => (size, life),
            Self::Area => (buffer.area(), size),
            Self::Life => (life, size),
            Self::SizeClass => (class(buffer.size), life),
            Self::Birth => (u128::from(u32::MAX - buffer.start), size),
        }
    }
}

/// The exponent and three bits of mantissa.
fn class(size: u64) -> u128 {
    let shift = (size | 8).ilog2() - 3;
    u128::from((u64::from(shift) << 3) + (size >> shift))
}

/// A greedy packing in the making.
#[derive(Debug)]
pub(crate) struct Greedy {
    order: Vec<u32>,
    at: usize,
    /// What is placed, in order of offset.
    placed: Vec<Placed>,
    offsets: Vec<u64>,
    height: u64,
}

#[derive(Clone, Copy, Debug)]
struct Placed {
    offset: u64,
    top: u64,
    start: u32,
    end: u32,
}

impl Greedy {
    pub(crate) fn new(order: Vec<u32>) -> Self {
        let count = order.len();
        Self { order, at: 0, placed: Vec::with_capacity(count), offsets: vec![0; count], height: 0 }
    }

    /// Places some more, as long as the packing stays below `limit` and the comparisons that
    /// are left last; whether it is at its end.
    pub(crate) fn step(&mut self, instance: &Instance, limit: u64, comparisons: &mut u64) -> bool {
        while *comparisons > 0 && self.at < self.order.len() && self.height < limit {
            let number = self.order[self.at] as usize;
            let buffer = &instance.buffers[number];
            let (offset, position) = self.lowest(buffer, comparisons);
            let top = offset + buffer.size;
            self.placed.insert(position, Placed { offset, top, start: buffer.start, end: buffer.end });
            self.offsets[number] = offset;
            self.height = self.height.max(top);
            self.at += 1;
        }
        self.at == self.order.len() || self.height >= limit
    }

    /// The lowest offset for it, and its position among the placed.
    fn lowest(&self, buffer: &Buffer, comparisons: &mut u64) -> (u64, usize) {
        let mut offset = 0;
        let mut looked = 0_u64;
        for placed in &self.placed {
            if placed.offset >= offset + buffer.size {
                // Nor does a later one meet it: they are in order of offset.
                break;
            }
            looked += 1;
            if placed.start < buffer.end && buffer.start < placed.end {
                offset = offset.max(placed.top);
            }
        }
        *comparisons = comparisons.saturating_sub(looked + 1);
        (offset, self.placed.partition_point(|placed| placed.offset < offset))
    }

    /// The height so far: of the whole, once it is at its end below the limit.
    pub(crate) const fn height(&self) -> u64 {
        self.height
    }

    pub(crate) fn is_whole(&self) -> bool {
        self.at == self.order.len()
    }

    /// Offsets by buffer, and the order they were placed in.
    pub(crate) fn into_parts(self) -> (Vec<u64>, Vec<u32>) {
        (self.offsets, self.order)
    }
}

#[cfg(test)]
mod tests {
    use super::super::instance::{check, made::instances};
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn no_two_meet_in_any_order(instance in instances(60)) {
            for order in Order::ALL {
                let mut greedy = Greedy::new(order.of(&instance));
                while !greedy.step(&instance, u64::MAX, &mut 10) {}
                let height = greedy.height();
                let (offsets, _) = greedy.into_parts();
                check(&instance, &offsets);
                prop_assert!(height >= instance.bound);
                prop_assert_eq!(height, instance.height(&offsets));
            }
        }
    }
}
