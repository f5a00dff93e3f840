//! Sets of addresses.

use std::collections::BTreeMap;

/// Ranges that do not overlap, by where they begin.
#[derive(Clone, Debug, Default)]
pub(super) struct Ranges {
    by_start: BTreeMap<u64, u64>,
    /// A range that was found last: the next is often in the same.
    last: (u64, u64),
}

impl Ranges {
    /// Adds a range by itself; one that overlaps others is joined with them, and false.
    pub(super) fn add(&mut self, start: u64, end: u64) -> bool {
        if start >= end {
            return true;
        }
        let (mut from, mut until) = (start, end);
        let over = self.overlapping(start, end);
        for &(held_start, held_end) in &over {
            self.by_start.remove(&held_start);
            from = from.min(held_start);
            until = until.max(held_end);
        }
        self.by_start.insert(from, until);
        over.is_empty()
    }

    /// Adds a range and joins it with those that it touches.
    pub(super) fn cover(&mut self, start: u64, end: u64) {
        if start >= end || self.last.0 <= start && end <= self.last.1 {
            return;
        }
        let (mut from, mut until) = (start, end);
        let before = self.by_start.range(..start).next_back().filter(|(_, held_end)| **held_end == start);
        let joined: Vec<(u64, u64)> = before.map(|(&start, &end)| (start, end)).into_iter().collect();
        let after = self.by_start.get(&end).map(|&held_end| (end, held_end));
        for (held_start, held_end) in joined.into_iter().chain(self.overlapping(start, end)).chain(after) {
            self.by_start.remove(&held_start);
            from = from.min(held_start);
            until = until.max(held_end);
        }
        self.by_start.insert(from, until);
        self.last = (from, until);
    }

    /// Takes away what is there; false where some was not.
    pub(super) fn remove(&mut self, start: u64, end: u64) -> bool {
        if start >= end {
            return true;
        }
        let mut gone = 0;
        for (held_start, held_end) in self.overlapping(start, end) {
            self.by_start.remove(&held_start);
            if held_start < start {
                self.by_start.insert(held_start, start);
            }
            if end < held_end {
                self.by_start.insert(end, held_end);
            }
            gone += held_end.min(end) - held_start.max(start);
        }
        self.last = (0, 0);
        gone == end - start
    }

    fn overlapping(&self, start: u64, end: u64) -> Vec<(u64, u64)> {
        let before = self.by_start.range(..start).next_back().filter(|(_, held_end)| **held_end > start);
        before.into_iter().chain(self.by_start.range(start..end)).map(|(&start, &end)| (start, end)).collect()
    }

    /// Start and end of each, in order of address.
    pub(super) fn iter(&self) -> impl Iterator<Item = (u64, u64)> {
        self.by_start.iter().map(|(&start, &end)| (start, end))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    proptest! {
        #[test]
        fn ranges_hold_what_a_set_of_addresses_holds(
            steps in prop::collection::vec((0_u8..3, 0_u64..60, 0_u64..20), 0..60),
        ) {
            let (mut held, mut covered) = (Ranges::default(), Ranges::default());
            let (mut held_set, mut covered_set) = (BTreeSet::new(), BTreeSet::new());
            for (step, start, length) in steps {
                let addresses = start..start + length;
                if step == 0 {
                    let is_there = addresses.clone().all(|address| held_set.remove(&address));
                    addresses.clone().for_each(|address| _ = held_set.remove(&address));
                    prop_assert_eq!(held.remove(start, start + length), is_there);
                } else {
                    let is_new = addresses.clone().all(|address| !held_set.contains(&address));
                    held_set.extend(addresses.clone());
                    prop_assert_eq!(held.add(start, start + length), is_new);
                }
                covered.cover(start, start + length);
                covered_set.extend(addresses);
            }
            prop_assert_eq!(held.iter().flat_map(|(start, end)| start..end).collect::<BTreeSet<_>>(), held_set);
            let ranges: Vec<_> = covered.iter().collect();
            prop_assert!(ranges.windows(2).all(|pair| pair[0].1 < pair[1].0));
            prop_assert_eq!(ranges.into_iter().flat_map(|(start, end)| start..end).collect::<BTreeSet<_>>(), covered_set);
        }
    }
}
