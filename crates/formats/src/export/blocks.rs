//! The ranges that spaces have memory behind, and what lies in each.

use super::live::{Block, Change};
use arenascope_trace::Manifest;
use std::collections::BTreeMap;

/// Ranges without overlap: length by space and address. What is reserved twice counts once.
#[derive(Debug, Default)]
pub(super) struct Ranges(BTreeMap<(u8, u64), u64>);

impl Ranges {
    /// Takes in a change. O(log ranges), and those that it covers.
    pub(super) fn apply(&mut self, change: &Change) {
        match *change {
            Change::Reserved { space, address, bytes } => self.add(space.0, address, bytes),
            Change::Released { space, address, bytes } => self.cut(space.0, address, bytes),
            Change::Began(_) | Change::Ended(_) | Change::Resized { .. } => {}
        }
    }

    fn add(&mut self, space: u8, address: u64, bytes: u64) {
        let end = address.saturating_add(bytes);
        let mut from = address;
        while from < end {
            if let Some((at, length)) = self.holding(space, from) {
                from = at.saturating_add(length);
                continue;
            }
            let next = self.0.range((space, from)..=(space, u64::MAX)).next();
            let until = next.map_or(end, |((_, next), _)| end.min(*next));
            self.0.insert((space, from), until - from);
            from = until;
        }
    }

    fn cut(&mut self, space: u8, address: u64, bytes: u64) {
        let end = address.saturating_add(bytes);
        if let Some((at, length)) = self.holding(space, address) {
            self.0.remove(&(space, at));
            self.put(space, at, address);
            self.put(space, address, at.saturating_add(length));
        }
        if let Some((at, length)) = end.checked_sub(1).and_then(|last| self.holding(space, last)) {
            self.0.remove(&(space, at));
            self.put(space, at, end);
            self.put(space, end, at.saturating_add(length));
        }
        let within = (space, address)..(space, end.max(address));
        let within: Vec<_> = self.0.range(within).map(|(key, _)| *key).collect();
        self.0.retain(|key, _| within.binary_search(key).is_err());
    }

    fn put(&mut self, space: u8, from: u64, until: u64) {
        if from < until {
            self.0.insert((space, from), until - from);
        }
    }

    fn holding(&self, space: u8, address: u64) -> Option<(u64, u64)> {
        let ((_, at), length) = self.0.range((space, 0)..=(space, address)).next_back()?;
        (address - at < *length).then_some((*at, *length))
    }

    fn of(&self, space: u8) -> impl Iterator<Item = Laid> {
        self.0.range((space, 0)..=(space, u64::MAX)).map(|((_, address), bytes)| Laid::of(*address, *bytes))
    }
}

/// A range with what lies in it, by address and without overlap.
#[derive(Debug)]
pub(super) struct Laid {
    /// Where it begins.
    pub(super) address: u64,
    /// Its length.
    pub(super) bytes: u64,
    /// What lies in it.
    pub(super) blocks: Vec<Block>,
}

impl Laid {
    fn of(address: u64, bytes: u64) -> Self {
        Self { address, bytes, blocks: Vec::new() }
    }

    /// Where nothing lies: address and length.
    pub(super) fn gaps(&self) -> Vec<(u64, u64)> {
        let mut gaps = Vec::new();
        let mut from = self.address;
        let ends = self.blocks.iter().map(|block| (block.address, block.address.saturating_add(block.bytes)));
        for (begin, end) in ends.chain([(self.address.saturating_add(self.bytes), 0)]) {
            if from < begin {
                gaps.push((from, begin - from));
            }
            from = end;
        }
        gaps
    }
}

/// One space at the end of the run.
#[derive(Debug, Default)]
pub(super) struct Layout {
    /// Its ranges, by address.
    pub(super) ranges: Vec<Laid>,
    /// What lies in none, across two, or over another.
    pub(super) apart: Vec<Block>,
}

/// Lays what lives into the ranges of its space: where nothing was reserved, the space as
/// far as it goes, or from the first to the last that lives.
pub(super) fn layouts(manifest: &Manifest, ranges: &Ranges, mut blocks: Vec<Block>) -> Vec<Layout> {
    blocks.sort_unstable_by_key(|block| (block.space, block.address, block.ordinal));
    let of_space = |(number, space): (usize, &arenascope_trace::Space)| {
        let number = number as u8;
        let own = blocks.iter().copied().filter(|block| block.space.0 == number && block.bytes != 0);
        if !space.has_addresses {
            return Layout { ranges: Vec::new(), apart: own.collect() };
        }
        let mut layout = Layout { ranges: ranges.of(number).collect(), apart: Vec::new() };
        if layout.ranges.is_empty() {
            layout.ranges.extend(whole(space.capacity_bytes, own.clone()));
        }
        own.for_each(|block| layout.lay(block));
        layout
    };
    manifest.spaces.iter().enumerate().map(of_space).collect()
}

fn whole(capacity_bytes: Option<u64>, blocks: impl Iterator<Item = Block> + Clone) -> Option<Laid> {
    let end = blocks.clone().map(|block| block.address.saturating_add(block.bytes)).max()?;
    let begin = blocks.map(|block| block.address).min()?;
    let capacity = capacity_bytes.filter(|capacity| end <= *capacity).map(|capacity| Laid::of(0, capacity));
    Some(capacity.unwrap_or_else(|| Laid::of(begin, end - begin)))
}

impl Layout {
    /// Of blocks by address.
    fn lay(&mut self, block: Block) {
        let after = self.ranges.partition_point(|range| range.address <= block.address);
        let range = after.checked_sub(1).and_then(|at| self.ranges.get_mut(at));
        let fitting = range.filter(|range| {
            let taken = range.blocks.last().map_or(0, |last| last.address.saturating_add(last.bytes));
            let room = range.bytes.saturating_sub(block.address - range.address);
            taken <= block.address && block.bytes <= room
        });
        match fitting {
            Some(range) => range.blocks.push(block),
            None => self.apart.push(block),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use arenascope_trace::SpaceId;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn ranges_are_what_was_reserved_and_not_released(
            steps in prop::collection::vec((any::<bool>(), 0_u8..2, 0_u64..60, 0_u64..30), 0..40),
        ) {
            let mut ranges = Ranges::default();
            let mut bytes = std::collections::BTreeSet::new();
            for (is_reserved, space, address, length) in steps {
                let id = SpaceId(space);
                if is_reserved {
                    ranges.apply(&Change::Reserved { space: id, address, bytes: length });
                    bytes.extend((address..address + length).map(|byte| (space, byte)));
                } else {
                    ranges.apply(&Change::Released { space: id, address, bytes: length });
                    bytes.retain(|(of, byte)| *of != space || !(address..address + length).contains(byte));
                }
                let held: Vec<_> = ranges.0.iter().flat_map(|((space, from), length)| {
                    (*from..from + length).map(move |byte| (*space, byte))
                }).collect();
                prop_assert_eq!(held, bytes.iter().copied().collect::<Vec<_>>());
            }
        }
    }
}
