//! Addresses in words. Our arena's are offsets from its start. Those of other tools' runs lie
//! on one line, on which the ranges of all address spaces stand side by side without the gaps
//! between them: a place on it is told as the address that it stands for.

use arenascope_trace::{Extents, SpaceId};
use core::ops::Range;
use std::sync::Arc;

/// How a run's places are told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Addresses {
    /// Of a run that others recorded: its ranges, and its spaces by number.
    spaces: Option<Arc<(Extents, Vec<Box<str>>)>>,
    /// Whether a place needs the name of its space.
    has_several: bool,
}

impl Addresses {
    /// Of a run whose spaces have these names; `has_several` of them have addresses.
    pub(super) fn of(extents: Extents, spaces: Vec<Box<str>>, has_several: bool) -> Self {
        Self { spaces: Some(Arc::new((extents, spaces))), has_several }
    }

    /// Whether they are offsets in our arena.
    pub(super) fn are_ours(&self) -> bool {
        self.spaces.is_none()
    }

    /// A place of the line.
    pub(super) fn place(&self, offset: u64) -> String {
        let Some(spaces) = &self.spaces else { return hexadecimal(offset) };
        let (extents, labels) = &**spaces;
        match extents.address_of(offset).or_else(|| next_after(extents, offset)) {
            Some((space, address)) => self.named(labels, space, hexadecimal(address)),
            None => "the end".into(),
        }
    }

    /// From the first up to, and without, the last.
    pub(super) fn range(&self, range: &Range<u64>) -> String {
        let from = self.place(range.start);
        let Some(spaces) = &self.spaces else { return format!("{from}–{}", hexadecimal(range.end)) };
        let last = range.end.checked_sub(1).and_then(|last| spaces.0.address_of(last));
        match last {
            Some((_, last)) => format!("{from}–{}", hexadecimal(last.saturating_add(1))),
            None => format!("{from}–{}", self.place(range.end)),
        }
    }

    fn named(&self, labels: &[Box<str>], space: SpaceId, address: String) -> String {
        match labels.get(usize::from(space.0)).filter(|_| self.has_several) {
            Some(label) => format!("{label} {address}"),
            None => address,
        }
    }
}

/// The first address behind a place that is in no range.
fn next_after(extents: &Extents, offset: u64) -> Option<(SpaceId, u64)> {
    let ranges = extents.ranges();
    let next = ranges.get(ranges.partition_point(|range| range.offset <= offset))?;
    Some((SpaceId(next.space), next.address))
}

/// `0x0120 4000`, `0x7f00 0120 4000`: as many groups of four as are needed, two at least.
fn hexadecimal(address: u64) -> String {
    let group = |at: u32| format!("{:04x}", address >> (16 * at) & 0xffff);
    let groups = (2..4).rev().find(|at| address >> (16 * at) != 0).map_or(1, |at| at);
    format!("0x{}", (0..=groups).rev().map(group).collect::<Vec<_>>().join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_told_as_the_address_that_it_stands_for() {
        let ours = Addresses::default();
        assert_eq!(ours.place(0x0120_4000), "0x0120 4000");
        assert_eq!(ours.range(&(0x0120_4000..0x0121_4000)), "0x0120 4000–0x0121 4000");
        let mut extents = Extents::default();
        extents.add(SpaceId(0), 0x7f00_0000_0000, 0x1000);
        extents.add(SpaceId(1), 0x4000_0000_0000_1000, 0x1000);
        let second = extents.offset_of(SpaceId(1), 0x4000_0000_0000_1000).unwrap();
        let spaces = ["CUDA device 0", "CUDA device 1"].map(Box::from).to_vec();
        let others = Addresses::of(extents, spaces, true);
        assert_eq!(others.range(&(0x100..0x1000)), "CUDA device 0 0x7f00 0000 0100–0x7f00 0000 1000");
        assert_eq!(others.place(second + 0xfff), "CUDA device 1 0x4000 0000 0000 1fff");
        // Between two ranges stands the next one.
        assert_eq!(others.place(second - 1), "CUDA device 1 0x4000 0000 0000 1000");
        assert_eq!(others.place(u64::MAX), "the end");
    }
}
