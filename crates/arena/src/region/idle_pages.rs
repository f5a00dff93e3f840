//! Pages that regions gave back, as ranges that do not touch.

use core::ops::Range;

/// Ranges of page numbers, in order; two never touch. A page in it is nobody's.
#[derive(Debug, Default)]
pub(super) struct IdlePages {
    ranges: Vec<Range<usize>>,
}

impl IdlePages {
    /// No pages.
    pub(super) const fn new() -> Self {
        Self { ranges: Vec::new() }
    }

    /// The first of `pages` that lie in a row, from the smallest range that has so many;
    /// `None` where none has. O(ranges), which are as many as regions once lived at once.
    pub(super) fn take(&mut self, pages: usize) -> Option<usize> {
        let fitting = self.ranges.iter_mut().enumerate().filter(|(_, range)| range.len() >= pages);
        let (index, range) = fitting.min_by_key(|(_, range)| range.len())?;
        let first = range.start;
        range.start += pages;
        if range.start == range.end {
            self.ranges.remove(index);
        }
        Some(first)
    }

    /// Takes back `pages` from `first` on. O(ranges).
    pub(super) fn give(&mut self, first: usize, pages: usize) {
        let mut range = first..first + pages;
        let index = self.ranges.partition_point(|other| other.start < first);
        if self.ranges.get(index).is_some_and(|next| next.start == range.end) {
            range.end = self.ranges.remove(index).end;
        }
        match index.checked_sub(1).map(|index| &mut self.ranges[index]) {
            Some(before) if before.end == range.start => before.end = range.end,
            _ => self.ranges.insert(index, range),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn neighbours_join_and_the_smallest_range_that_fits_is_taken() {
        let mut idle = IdlePages::new();
        assert_eq!(idle.take(1), None);
        idle.give(100, 10);
        idle.give(10, 4);
        idle.give(14, 2);
        idle.give(8, 2);
        assert_eq!(idle.ranges, [8..16, 100..110]);
        assert_eq!((idle.take(8), idle.take(9), idle.take(2)), (Some(8), Some(100), None));
        assert_eq!(idle.take(1), Some(109));
        assert!(idle.ranges.is_empty());
    }

    proptest! {
        /// Against a page-by-page count: no page is given out twice, and none is lost.
        #[test]
        fn every_page_is_idle_or_somebodys(steps in prop::collection::vec((any::<bool>(), 1_usize..40), 1..200)) {
            let (mut idle, mut end) = (IdlePages::new(), 0);
            let mut held: Vec<Range<usize>> = Vec::new();
            for (takes, number) in steps {
                if takes || held.is_empty() {
                    let first = idle.take(number).unwrap_or_else(|| { end += number; end - number });
                    held.push(first..first + number);
                } else {
                    let range = held.swap_remove(number % held.len());
                    idle.give(range.start, range.len());
                }
                let mut owners = vec![0; end];
                held.iter().chain(&idle.ranges).flat_map(Range::clone).for_each(|page| owners[page] += 1);
                prop_assert!(owners.iter().all(|owners| *owners == 1));
                prop_assert!(idle.ranges.windows(2).all(|pair| pair[0].end < pair[1].start));
            }
        }
    }
}
