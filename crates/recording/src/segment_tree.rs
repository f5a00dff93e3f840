//! Extremes over extremes, sixteen at a time: any range of leaves in
//! logarithmic time, however many there are.

use super::summary::Extremes;
use core::ops::Range;
use std::collections::VecDeque;

/// Nodes below a node.
const FAN: u64 = 16;

/// The levels above leaves that someone else keeps. A level holds the nodes
/// whose leaves are all there; so it is complete at its left end even where the
/// oldest leaves are gone.
#[derive(Clone, Debug)]
pub struct SegmentTree<T> {
    levels: Vec<Level<T>>,
    /// The position of the leaf that is appended next.
    end: u64,
}

#[derive(Clone, Debug)]
struct Level<T> {
    first: u64,
    nodes: VecDeque<Option<Extremes<T>>>,
    /// Of the node that grows; `None` while a leaf of it is missing.
    growing: Option<Option<Extremes<T>>>,
}

impl<T: Copy + PartialOrd> SegmentTree<T> {
    /// A tree whose first leaf will have number `first`.
    pub const fn starting_at(first: u64) -> Self {
        Self { levels: Vec::new(), end: first }
    }

    /// The number of the next leaf.
    pub const fn end(&self) -> u64 {
        self.end
    }

    /// Adds the next leaf; `None` for one without a value. O(1) amortised.
    pub fn push(&mut self, leaf: Option<Extremes<T>>) {
        let (mut number, mut value) = (self.end, leaf);
        self.end += 1;
        for depth in 0.. {
            if depth == self.levels.len() {
                self.levels.push(Level { first: number / FAN, nodes: VecDeque::new(), growing: None });
            }
            let level = &mut self.levels[depth];
            if number.is_multiple_of(FAN) {
                level.growing = Some(None);
            }
            level.growing = level.growing.map(|sum| then(sum, value));
            if !(number + 1).is_multiple_of(FAN) {
                return;
            }
            number /= FAN;
            let Some(sum) = level.growing.take() else {
                // Its first leaves are missing: the level begins with the next.
                level.first = number + 1;
                return;
            };
            level.nodes.push_back(sum);
            value = sum;
        }
    }

    /// Forgets what lies before a leaf. O(nodes forgotten).
    pub fn forget_before(&mut self, leaf: u64) {
        let mut first = leaf;
        for level in &mut self.levels {
            first = first.div_ceil(FAN);
            while level.first < first && level.nodes.pop_front().is_some() {
                level.first += 1;
            }
        }
    }

    /// The extremes of a range of leaves, whose values `leaf` tells; `None` where
    /// no leaf has one. O(log leaves): at most thirty nodes of each level.
    pub fn extremes(
        &self,
        range: Range<u64>,
        leaf: &mut impl FnMut(u64) -> Option<Extremes<T>>,
    ) -> Option<Extremes<T>> {
        self.fold(0, range, leaf)
    }

    fn fold(
        &self,
        depth: usize,
        range: Range<u64>,
        leaf: &mut impl FnMut(u64) -> Option<Extremes<T>>,
    ) -> Option<Extremes<T>> {
        let mut sum = None;
        let above = self.whole_above(depth, &range);
        let (left, right) = match &above {
            Some(above) => (range.start..above.start * FAN, above.end * FAN..range.end),
            None => (range.clone(), range.end..range.end),
        };
        left.for_each(|number| sum = then(sum, self.node(depth, number, leaf)));
        if let Some(above) = above {
            sum = then(sum, self.fold(depth + 1, above, leaf));
        }
        right.for_each(|number| sum = then(sum, self.node(depth, number, leaf)));
        sum
    }

    /// The nodes of the level above that are whole and lie in the range.
    fn whole_above(&self, depth: usize, range: &Range<u64>) -> Option<Range<u64>> {
        let level = self.levels.get(depth)?;
        let start = range.start.div_ceil(FAN).max(level.first);
        let end = (range.end / FAN).min(level.first + level.nodes.len() as u64);
        (start < end).then_some(start..end)
    }

    fn node(
        &self,
        depth: usize,
        number: u64,
        leaf: &mut impl FnMut(u64) -> Option<Extremes<T>>,
    ) -> Option<Extremes<T>> {
        match depth.checked_sub(1) {
            None => leaf(number),
            Some(below) => {
                let level = &self.levels[below];
                *level.nodes.get(number.checked_sub(level.first)? as usize)?
            }
        }
    }

    /// Bytes of memory held.
    pub fn bytes(&self) -> u64 {
        self.levels.iter().map(|level| level.nodes.capacity() as u64).sum::<u64>()
            * size_of::<Option<Extremes<T>>>() as u64
    }
}

fn then<T: Copy + PartialOrd>(sum: Option<Extremes<T>>, later: Option<Extremes<T>>) -> Option<Extremes<T>> {
    match (sum, later) {
        (Some(sum), Some(later)) => Some(sum.then(later)),
        (sum, later) => later.or(sum),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn any_window_equals_a_look_at_every_leaf(
            first in 0..600_u64,
            forgotten in 0..700_u64,
            leaves in prop::collection::vec(prop::option::weighted(0.9, 0..1_000_u32), 1..3_000),
            windows in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>()), 20),
        ) {
            let mut tree = SegmentTree::starting_at(first);
            leaves.iter().for_each(|leaf| tree.push(leaf.map(Extremes::of)));
            let forgotten = forgotten.min(leaves.len() as u64 - 1);
            tree.forget_before(first + forgotten);
            let mut read = |number: u64| leaves[(number - first) as usize].map(Extremes::of);
            for (one, other) in windows {
                let (one, other) = (one.index(leaves.len() + 1) as u64, other.index(leaves.len() + 1) as u64);
                let window = first + one.min(other).max(forgotten)..first + one.max(other).max(forgotten);
                let brute = window.clone().map(&mut read).fold(None, then);
                prop_assert_eq!(tree.extremes(window, &mut read), brute);
            }
        }
    }

    #[test]
    fn a_million_leaves_cost_a_few_looks() {
        let mut tree = SegmentTree::starting_at(0);
        (0..1_000_000_u32).for_each(|leaf| tree.push(Some(Extremes::of(leaf ^ 0x5555))));
        let mut looks = 0;
        let found = tree.extremes(3..999_990, &mut |leaf| {
            looks += 1;
            Some(Extremes::of(leaf as u32 ^ 0x5555))
        });
        assert_eq!(found.unwrap().last, 999_989 ^ 0x5555);
        assert!(looks < 32, "{looks}");
    }
}
