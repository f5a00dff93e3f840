//! The arena's walk as cells: which category fills most of a cell, and how full
//! it is. Exact: every byte of every range is counted in exactly one cell.

use super::map_layout::MapLayout;
use crate::owner::MemoryCategory;
use crate::telemetry::map::{MapRange, MapState, WORDS_PER_RANGE};
use crate::units::Bytes;

const CATEGORIES: usize = MemoryCategory::ALL.len();
/// The kind after the categories.
const METADATA: usize = CATEGORIES;
const CACHED: usize = CATEGORIES + 1;
const KINDS: usize = CATEGORIES + 2;

/// Bytes of one cell by what they are; the rest of the cell is free.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cell {
    /// By category, in the order of [`MemoryCategory::ALL`], then metadata, then
    /// what is cached.
    pub bytes: [u64; KINDS],
}

/// What a cell mostly is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CellKind {
    /// Free, all of it.
    Free,
    /// The arena's own header and node table.
    Metadata,
    /// Held by a cache or by guards.
    Cached,
    /// A category.
    Category(MemoryCategory),
}

impl Cell {
    /// What takes the most bytes, of equals the first; free only where nothing
    /// else is: a small allocation in a large cell must not disappear.
    pub fn kind(&self) -> CellKind {
        let largest = (0..self.bytes.len()).rev().max_by_key(|kind| self.bytes[*kind]).unwrap_or(0);
        if self.bytes[largest] == 0 {
            return CellKind::Free;
        }
        match largest {
            METADATA => CellKind::Metadata,
            CACHED => CellKind::Cached,
            category => MemoryCategory::from_index(category).map_or(CellKind::Free, CellKind::Category),
        }
    }

    /// The part of the cell that is not free, 0 to 1.
    pub fn fill(&self, cell: Bytes) -> f64 {
        self.bytes.iter().sum::<u64>() as f64 / cell.get().max(1) as f64
    }

    /// In words, `ECS 61.0 KiB, GPU buffers 2.0 KiB`; empty where free.
    pub fn words(&self) -> String {
        let part = |kind: usize| {
            let other = if kind == METADATA { "metadata" } else { "cached" };
            let name = MemoryCategory::from_index(kind).map_or(other, MemoryCategory::label);
            format!("{name} {}", Bytes::new(self.bytes[kind]))
        };
        let parts: Vec<_> = (0..self.bytes.len()).filter(|kind| self.bytes[*kind] > 0).map(part).collect();
        parts.join(", ")
    }
}

/// The newest walk of the arena, in the order of addresses.
#[derive(Clone, Debug, Default)]
pub struct ArenaWalk {
    ranges: Vec<MapRange>,
}

impl ArenaWalk {
    /// From the words of the board. Words that are no range are skipped: a
    /// picture with a hole is better than none.
    pub fn from_words(words: &[u64]) -> Self {
        let (records, _) = words.as_chunks::<WORDS_PER_RANGE>();
        Self { ranges: records.iter().filter_map(|words| MapRange::from_words(*words)).collect() }
    }

    /// From ranges in the order of addresses.
    pub fn new(ranges: Vec<MapRange>) -> Self {
        Self { ranges }
    }

    /// Every range, in the order of addresses.
    pub fn ranges(&self) -> &[MapRange] {
        &self.ranges
    }

    /// The end of the last range: the arena's size.
    pub fn capacity(&self) -> Bytes {
        Bytes::new(self.ranges.last().map_or(0, |range| range.offset_bytes + range.size_bytes))
    }

    /// The index of the range that holds an address. O(log ranges).
    pub fn index_at(&self, offset: Bytes) -> Option<usize> {
        let after = self.ranges.partition_point(|range| range.offset_bytes <= offset.get());
        let index = after.checked_sub(1)?;
        let range = self.ranges[index];
        (offset.get() - range.offset_bytes < range.size_bytes).then_some(index)
    }

    /// Fills `cells` with this walk. O(ranges + cells).
    pub fn fill_cells(&self, layout: &MapLayout, cells: &mut Vec<Cell>) {
        cells.clear();
        cells.resize(layout.cells(), Cell::default());
        for range in &self.ranges {
            if let Some(kind) = kind_of(range.state) {
                add(cells, layout.cell.get(), kind, range.offset_bytes, range.size_bytes);
            }
        }
    }

    /// Live allocations, used bytes and free ranges, for who does not see the
    /// map.
    pub fn summary(&self) -> String {
        if self.ranges.is_empty() {
            return "Arena map: no data yet".into();
        }
        let count = |wanted: fn(&MapState) -> bool| self.ranges.iter().filter(|range| wanted(&range.state)).count();
        let used = |range: &&MapRange| matches!(range.state, MapState::Used { .. });
        let bytes: Bytes = self.ranges.iter().filter(used).map(|range| Bytes::new(range.size_bytes)).sum();
        let live = count(|state| matches!(state, MapState::Used { .. }));
        let free = count(|state| *state == MapState::Free);
        format!("Arena map: {bytes} of {} in {live} allocations, {free} free ranges", self.capacity())
    }
}

fn kind_of(state: MapState) -> Option<usize> {
    match state {
        MapState::Free => None,
        MapState::Metadata => Some(METADATA),
        MapState::Cached => Some(CACHED),
        MapState::Used { owner, .. } => Some(owner.category.index()),
    }
}

/// Counts a range in every cell it touches. Cells beyond the last are skipped:
/// the layout may be of an older, smaller arena for a frame.
fn add(cells: &mut [Cell], cell_bytes: u64, kind: usize, offset: u64, size: u64) {
    let (mut at, end) = (offset, offset + size);
    while at < end {
        let index = at / cell_bytes;
        let cell_end = ((index + 1) * cell_bytes).min(end);
        let Some(cell) = usize::try_from(index).ok().and_then(|index| cells.get_mut(index)) else { return };
        cell.bytes[kind] += cell_end - at;
        at = cell_end;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::owner::{Owner, Tag};
    use proptest::prelude::*;

    fn walk(sizes: &[(u64, Option<usize>)]) -> ArenaWalk {
        let mut offset_bytes = 0;
        let range = |(granules, kind): &(u64, Option<usize>)| {
            let state = match kind.map(MemoryCategory::from_index) {
                None => MapState::Free,
                Some(None) if *kind == Some(CACHED) => MapState::Cached,
                Some(None) => MapState::Metadata,
                Some(Some(category)) => MapState::Used { owner: Owner::new(category, Tag(7)), born_us: 9 },
            };
            let range = MapRange { offset_bytes, size_bytes: granules * 16, state };
            offset_bytes += range.size_bytes;
            range
        };
        ArenaWalk::new(sizes.iter().map(range).collect())
    }

    proptest! {
        #[test]
        fn every_byte_is_in_exactly_one_cell(
            sizes in prop::collection::vec((1..5000_u64, prop::option::of(0..KINDS)), 1..200),
            width in 4..900_u32, height in 4..600_u32,
        ) {
            let walk = walk(&sizes);
            let layout = MapLayout::fit(walk.capacity(), width, height, 3).unwrap();
            let mut cells = Vec::new();
            walk.fill_cells(&layout, &mut cells);
            for kind in 0..KINDS {
                let in_ranges: u64 = sizes.iter().filter(|(_, of)| *of == Some(kind)).map(|(size, _)| size * 16).sum();
                let in_cells: u64 = cells.iter().map(|cell| cell.bytes[kind]).sum();
                prop_assert_eq!(in_cells, in_ranges);
            }
            prop_assert!(cells.iter().all(|cell| cell.fill(layout.cell) <= 1.0));
        }

        #[test]
        fn the_range_under_an_address_is_found(
            sizes in prop::collection::vec((1..50_u64, prop::option::of(0..KINDS)), 1..80), part in 0.0..1.2,
        ) {
            let walk = walk(&sizes);
            let offset = (part * walk.capacity().get() as f64) as u64;
            let holds = |range: &MapRange| (range.offset_bytes..range.offset_bytes + range.size_bytes).contains(&offset);
            prop_assert_eq!(walk.index_at(Bytes::new(offset)), walk.ranges().iter().position(holds));
        }
    }

    #[test]
    fn a_small_allocation_does_not_disappear() {
        let mut cell = Cell::default();
        assert_eq!(cell.kind(), CellKind::Free);
        cell.bytes[MemoryCategory::NpuModels.index()] = 16;
        assert_eq!(cell.kind(), CellKind::Category(MemoryCategory::NpuModels));
        cell.bytes[METADATA] = 32;
        assert_eq!(cell.kind(), CellKind::Metadata);
        let cached = Cell { bytes: [0, 0, 0, 0, 0, 0, 0, 16] };
        assert_eq!((cached.kind(), cached.words()), (CellKind::Cached, "cached 16 B".into()));
        cell.bytes[0] = 32;
        assert_eq!(cell.kind(), CellKind::Category(MemoryCategory::Ecs));
        assert_eq!(cell.words(), "ECS 32 B, NPU models 16 B, metadata 32 B");
        assert_eq!(cell.fill(Bytes::new(160)), 0.5);
    }

    #[test]
    fn words_survive_and_wrong_ones_are_skipped() {
        let walk = walk(&[(64, Some(METADATA)), (4, Some(2)), (8, None)]);
        let mut words: Vec<u64> = walk.ranges().iter().flat_map(|range| range.to_words()).collect();
        words.extend([0, 17, 5]);
        let read = ArenaWalk::from_words(&words);
        assert_eq!(read.ranges(), walk.ranges());
        assert_eq!(read.summary(), "Arena map: 64 B of 1.2 KiB in 1 allocations, 1 free ranges");
        assert_eq!(ArenaWalk::default().summary(), "Arena map: no data yet");
    }
}
