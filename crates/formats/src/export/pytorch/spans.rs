//! Ranges of addresses, joined where they touch.

use std::collections::BTreeMap;

#[derive(Clone, Debug, Default)]
pub(super) struct Spans {
    by_start: BTreeMap<u64, u64>,
}

impl Spans {
    pub(super) fn add(&mut self, start: u64, end: u64) {
        if start >= end || self.holds(start, end) {
            return;
        }
        let (mut from, mut until) = (start, end);
        // Those that begin at or before the end, from the last: the touching ones.
        while let Some((&held_start, &held_end)) = self.by_start.range(..=until).next_back() {
            if held_end < from {
                break;
            }
            from = from.min(held_start);
            until = until.max(held_end);
            self.by_start.remove(&held_start);
        }
        self.by_start.insert(from, until);
    }

    /// Takes away a range that [`Self::holds`].
    pub(super) fn remove(&mut self, start: u64, end: u64) {
        let Some((&held_start, &held_end)) = self.by_start.range(..=start).next_back() else { return };
        if held_end < end || start >= end {
            return;
        }
        self.by_start.remove(&held_start);
        if held_start < start {
            self.by_start.insert(held_start, start);
        }
        if end < held_end {
            self.by_start.insert(end, held_end);
        }
    }

    /// Whether all of it is there.
    pub(super) fn holds(&self, start: u64, end: u64) -> bool {
        self.by_start.range(..=start).next_back().is_some_and(|(_, &held_end)| end <= held_end)
    }

    /// Whether any of it is there.
    pub(super) fn touches(&self, start: u64, end: u64) -> bool {
        start < end && self.by_start.range(..end).next_back().is_some_and(|(_, &held_end)| held_end > start)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (u64, u64)> {
        self.by_start.iter().map(|(&start, &end)| (start, end))
    }
}
