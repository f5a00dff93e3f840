//! Free ranges in lists by size, found through two levels of bits.
//!
//! A size's class is a floating-point number: the exponent, and `FINE` bits of
//! mantissa. One word says which exponents have ranges, one word per exponent says
//! which of its lists have. Rounded down, the class is the list a range is in;
//! rounded up, it is the first list whose every range is large enough: found in
//! constant time. With 5 bits this is TLSF (Masmano, Ripoll, Crespo and Real, "TLSF:
//! a new dynamic memory allocator for real-time systems", ECRTS 2004), with 3 bits
//! the bins of Aaltonen's OffsetAllocator (2023).

use super::index::{Fit, Policy};
use crate::error::Violation;
use crate::layout::{NodeIndex, to_bytes};
use crate::nodes::table::Table;

const PREVIOUS: usize = 0;
const NEXT: usize = 1;
const CLASS: usize = 2;

/// Above every class: 2²⁶ granules with 5 bits are class 704.
const CLASSES: usize = 1024;

/// The index of the policies `tlsf` (5 bits) and `bins` (3 bits).
#[derive(Debug)]
pub(crate) struct Lists<const FINE: u32> {
    /// Exponents that have ranges.
    coarse: u32,
    /// Lists of each exponent that have ranges.
    fine: [u32; 32],
    heads: [Option<NodeIndex>; CLASSES],
    steps: u64,
}

impl<const FINE: u32> Default for Lists<FINE> {
    fn default() -> Self {
        Self { coarse: 0, fine: [0; 32], heads: [None; CLASSES], steps: 0 }
    }
}

impl<const FINE: u32> Policy for Lists<FINE> {
    /// O(1). Only where that finds nothing, the ranges between the class rounded
    /// down and the class rounded up are looked at one by one, so that a request
    /// is refused only if no range holds it.
    #[inline]
    fn find(&mut self, table: &Table, fit: Fit) -> Option<NodeIndex> {
        self.steps += 1;
        match self.first_from(Self::class_up(fit.size + fit.align - 1)) {
            Some(class) => self.head(class),
            None => self.find_closely(table, fit),
        }
    }

    #[inline]
    fn insert(&mut self, table: &mut Table, node: NodeIndex) {
        let class = Self::class(table[node].size);
        self.link(table, node, class);
    }

    #[inline]
    fn remove(&mut self, table: &mut Table, node: NodeIndex) {
        let it = &table[node];
        let (previous, next, class) = (it.link(PREVIOUS), it.link(NEXT), it.word(CLASS));
        if let Some(next) = next {
            table[next].set_link(PREVIOUS, previous);
        }
        match previous {
            Some(previous) => table[previous].set_link(NEXT, next),
            None => self.set_head(class, next),
        }
    }

    #[inline]
    fn resize(&mut self, table: &mut Table, node: NodeIndex) {
        let class = Self::class(table[node].size);
        if class != table[node].word(CLASS) {
            self.remove(table, node);
            self.link(table, node, class);
        }
    }

    /// O(ranges of the highest class).
    fn largest(&self, table: &Table) -> u32 {
        let highest = self.coarse.checked_ilog2().map(|exponent| {
            let step = self.fine[exponent as usize & 31].checked_ilog2().unwrap_or(0);
            (exponent << FINE) + step
        });
        highest.map_or(0, |class| self.list(table, class).map(|node| table[node].size).max().unwrap_or(0))
    }

    fn steps(&self) -> u64 {
        self.steps
    }

    fn audit(&self, table: &Table, free_ranges: u64) -> Result<(), Violation> {
        // A list that the bits deny is not counted, so that the sum is too small.
        let (mut indexed, mut from) = (0, 0);
        while let Some(class) = self.first_from(from) {
            indexed += self.audit_list(table, class, free_ranges - indexed)?;
            from = class + 1;
        }
        if indexed == free_ranges { Ok(()) } else { Err(Violation::IndexCount { indexed, free_ranges }) }
    }
}

impl<const FINE: u32> Lists<FINE> {
    /// The class that ranges of `size` granules are in. Sizes below 2^`FINE` have
    /// a class each.
    #[inline]
    pub(super) const fn class(size: u32) -> u32 {
        let shift = (size | 1 << FINE).ilog2() - FINE;
        (shift << FINE) + (size >> shift)
    }

    /// The first class whose ranges all have `size` granules, at least one.
    #[inline]
    const fn class_up(size: u32) -> u32 {
        Self::class(size - 1) + 1
    }

    #[inline]
    fn head(&self, class: u32) -> Option<NodeIndex> {
        self.heads[class as usize % CLASSES]
    }

    /// The lowest class from `class` on that has ranges.
    #[inline]
    fn first_from(&self, class: u32) -> Option<u32> {
        let (exponent, step) = (class >> FINE, class & ((1 << FINE) - 1));
        let here = self.fine[exponent as usize & 31] & (u32::MAX << step);
        if here != 0 {
            return Some((exponent << FINE) + here.trailing_zeros());
        }
        // The highest exponent is 25, so the shift stays below 32.
        let above = self.coarse & (u32::MAX << (exponent + 1));
        let exponent = if above == 0 { return None } else { above.trailing_zeros() };
        Some((exponent << FINE) + self.fine[exponent as usize & 31].trailing_zeros())
    }

    /// Any range that fits, though it need not by its class.
    #[cold]
    fn find_closely(&mut self, table: &Table, fit: Fit) -> Option<NodeIndex> {
        let mut class = Self::class(fit.size);
        loop {
            class = self.first_from(class)?;
            let mut visited = 0;
            let fits = |node: &NodeIndex| fit.fits(table[*node].start, table[*node].size);
            let found = self.list(table, class).inspect(|_| visited += 1).find(fits);
            self.steps += visited;
            if found.is_some() {
                return found;
            }
            class += 1;
        }
    }

    fn list(&self, table: &Table, class: u32) -> impl Iterator<Item = NodeIndex> {
        core::iter::successors(self.head(class), |&node| table[node].link(NEXT))
    }

    #[inline]
    fn link(&mut self, table: &mut Table, node: NodeIndex, class: u32) {
        let next = self.head(class);
        table[node].set_words(None, next, class, 0);
        if let Some(next) = next {
            table[next].set_link(PREVIOUS, Some(node));
        }
        self.set_head(class, Some(node));
    }

    /// Makes `head` the first of its class, and the bits say so.
    #[inline]
    fn set_head(&mut self, class: u32, head: Option<NodeIndex>) {
        let (exponent, bit) = (class >> FINE & 31, 1 << (class & ((1 << FINE) - 1)));
        self.heads[class as usize % CLASSES] = head;
        let fine = &mut self.fine[exponent as usize];
        if head.is_some() {
            *fine |= bit;
            self.coarse |= 1 << exponent;
        } else {
            *fine &= !bit;
            if *fine == 0 {
                self.coarse &= !(1 << exponent);
            }
        }
    }

    fn audit_list(&self, table: &Table, class: u32, limit: u64) -> Result<u64, Violation> {
        let (mut listed, mut previous, mut at) = (0, None, self.head(class));
        if at.is_none() {
            return Err(Violation::IndexNotFree);
        }
        while let Some(node) = at {
            let entry = table.get(node).filter(|entry| entry.is_free()).ok_or(Violation::IndexNotFree)?;
            listed += 1;
            if listed > limit {
                return Err(Violation::IndexCount { indexed: listed, free_ranges: limit });
            }
            let placed = entry.word(CLASS) == class && Self::class(entry.size) == class;
            if entry.link(PREVIOUS) != previous || !placed {
                return Err(Violation::IndexShape { offset: to_bytes(entry.start) });
            }
            (previous, at) = (at, entry.link(NEXT));
        }
        Ok(listed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_grow_by_one_part_in_two_to_the_fine_bits() {
        assert_eq!([0, 1, 7, 8, 15, 16, 17, 18].map(Lists::<3>::class), [0, 1, 7, 8, 15, 16, 16, 17]);
        assert_eq!([31, 32, 63, 64, 65, 66].map(Lists::<5>::class), [31, 32, 63, 64, 64, 65]);
        assert!(Lists::<5>::class_up((1 << 26) + 4095) < CLASSES as u32);
        assert!(Lists::<3>::class_up((1 << 26) + 4095) < 256, "as many as a byte names");
    }

    #[test]
    fn a_class_rounded_up_holds_no_smaller_size() {
        for size in (1..5000).chain((0..26).map(|exponent| (1 << exponent) + 1)) {
            let up = Lists::<3>::class_up(size);
            assert!(up > Lists::<3>::class(size - 1), "{size}");
            assert!(Lists::<3>::class(size + size.div_ceil(8)) >= up, "{size}: more than 12.5 %");
        }
    }
}
