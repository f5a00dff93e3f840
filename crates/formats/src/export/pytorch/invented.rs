//! Addresses for memory of which nobody said where it lies.

use std::collections::{BTreeMap, BTreeSet};

/// What made up addresses are multiples of.
const STEP: u64 = 512;
/// Where they begin: a device's own part of the addresses.
const DEVICE: u64 = 1 << 44;

/// Gives the smallest gap that fits, or what comes behind all others.
pub(super) struct Invented {
    end: u64,
    by_size: BTreeSet<(u64, u64)>,
    by_start: BTreeMap<u64, u64>,
}

impl Invented {
    pub(super) fn new(space: u8) -> Self {
        Self { end: (u64::from(space) + 1) * DEVICE, by_size: BTreeSet::new(), by_start: BTreeMap::new() }
    }

    fn taken(bytes: u64) -> u64 {
        bytes.max(1).checked_next_multiple_of(STEP).unwrap_or(bytes)
    }

    pub(super) fn take(&mut self, bytes: u64) -> u64 {
        let taken = Self::taken(bytes);
        let Some(&(size, start)) = self.by_size.range((taken, 0)..).next() else {
            let start = self.end;
            self.end = self.end.saturating_add(taken);
            return start;
        };
        self.forget(start, size);
        self.keep(start + taken, size - taken);
        start
    }

    pub(super) fn give_back(&mut self, start: u64, bytes: u64) {
        let (mut from, mut until) = (start, start.saturating_add(Self::taken(bytes)));
        if let Some((&before, &size)) = self.by_start.range(..from).next_back()
            && before + size == from
        {
            self.forget(before, size);
            from = before;
        }
        if let Some(&size) = self.by_start.get(&until) {
            self.forget(until, size);
            until += size;
        }
        self.keep(from, until - from);
    }

    fn keep(&mut self, start: u64, size: u64) {
        if size > 0 {
            self.by_size.insert((size, start));
            self.by_start.insert(start, size);
        }
    }

    fn forget(&mut self, start: u64, size: u64) {
        self.by_size.remove(&(size, start));
        self.by_start.remove(&start);
    }
}
