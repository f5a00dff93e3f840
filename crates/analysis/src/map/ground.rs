//! Where a request can be placed, and how it is rounded: in our arena anywhere behind its own
//! tables; in a run that others recorded within one range of an address space, as the folds
//! between ranges are no memory.

use super::scene::Scene;
use arenascope_arena::MAX_ALIGN;
use arenascope_trace::{Extents, Manifest};
use arenascope_units::Bytes;
use core::ops::Range;

/// What our arena rounds to.
const GRANULE: u64 = 16;
/// Alignments that are offered of other runs, where they are more than the granule.
const COMMON: [u64; 5] = [16, 256, 4096, 1 << 16, 2 << 20];

/// The ranges of a run that requests can lie in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ground {
    /// Of a run that others recorded; else our arena, as the scene has it.
    ranges: Option<Vec<Part>>,
}

/// A range that a request can lie in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Part {
    /// Where it lies on the line that the map shows.
    pub(super) line: Range<u64>,
    /// The address that its beginning stands for: what alignments are of.
    pub(super) address: u64,
    /// What sizes are rounded to.
    pub(super) granule: u64,
}

impl Ground {
    /// Of a run that others recorded. O(ranges).
    pub fn of(manifest: &Manifest, extents: &Extents) -> Self {
        let granule_of =
            |space: u8| manifest.spaces.get(usize::from(space)).map_or(1, |space| space.granule_bytes.max(1));
        let part = |extent: &arenascope_trace::Extent| Part {
            line: extent.offset..extent.offset.saturating_add(extent.bytes),
            address: extent.address,
            granule: granule_of(extent.space),
        };
        Self { ranges: Some(extents.ranges().iter().map(part).collect()) }
    }

    /// The ranges, in the order of the line.
    pub(super) fn parts(&self, scene: &Scene) -> Vec<Part> {
        let ours = || {
            let line = scene.payload();
            vec![Part { address: line.start, line, granule: GRANULE }]
        };
        self.ranges.clone().unwrap_or_else(ours)
    }

    /// Alignments to choose from: the finest granule of the run's spaces, and larger ones.
    pub fn alignments(&self) -> Vec<Bytes> {
        let all: Vec<u64> = match &self.ranges {
            None => vec![GRANULE, 256, 4096, MAX_ALIGN.get()],
            Some(parts) => {
                let finest = parts.iter().map(Part::align).min().unwrap_or(1);
                core::iter::once(finest).chain(COMMON.into_iter().filter(|align| *align > finest)).collect()
            }
        };
        all.into_iter().map(Bytes::new).collect()
    }
}

impl Part {
    /// The alignment that its granule gives: of 96 bytes, 32.
    pub(super) const fn align(&self) -> u64 {
        1 << self.granule.trailing_zeros()
    }

    /// What it could hold at an alignment, were it empty.
    pub(super) const fn room(&self, align: u64) -> u64 {
        let length = self.line.end.saturating_sub(self.line.start);
        let skipped = match self.address % align {
            0 => 0,
            beyond => align - beyond,
        };
        length.saturating_sub(skipped)
    }
}
