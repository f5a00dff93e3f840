//! The arena in tables: its identity, and its free ranges by size.

use arenascope_telemetry::map::{MapRange, MapState, WORDS_PER_RANGE};
use arenascope_telemetry::metrics::ArenaMetrics;

/// The granule: no free range is smaller.
const SMALLEST_BYTES: u64 = 16;

/// Free ranges of at least `least_bytes` and less than four times that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FreeClass {
    /// The smallest range that belongs here: 16 × 4ⁿ.
    pub least_bytes: u64,
    /// Number of these ranges.
    pub count: u64,
    /// Bytes of all of them.
    pub bytes: u64,
}

/// Free ranges of a walk by size, smallest class first, up to the largest that
/// is not empty. O(ranges).
pub fn free_classes(walk: &[u64]) -> Vec<FreeClass> {
    classes_of(free_sizes(walk))
}

/// Sizes of free ranges by class, as [`free_classes`]. O(sizes).
pub fn classes_of(sizes_bytes: impl Iterator<Item = u64>) -> Vec<FreeClass> {
    let mut classes: Vec<FreeClass> = Vec::new();
    for size in sizes_bytes {
        let index = class_of(size);
        while classes.len() <= index {
            classes.push(FreeClass { least_bytes: SMALLEST_BYTES << (2 * classes.len()), count: 0, bytes: 0 });
        }
        classes[index].count += 1;
        classes[index].bytes += size;
    }
    classes
}

fn free_sizes(walk: &[u64]) -> impl Iterator<Item = u64> {
    let (ranges, _) = walk.as_chunks::<WORDS_PER_RANGE>();
    let ranges = ranges.iter().filter_map(|words| MapRange::from_words(*words));
    ranges.filter(|range| range.state == MapState::Free && range.size_bytes > 0).map(|range| range.size_bytes)
}

fn class_of(size_bytes: u64) -> usize {
    let granules = (size_bytes / SMALLEST_BYTES).max(1);
    (granules.ilog2() / 2) as usize
}

/// The bytes that every byte of the arena is one of; `missing_bytes` is zero,
/// or the engine's figures are wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Identity {
    /// Bytes of the whole arena.
    pub capacity_bytes: u64,
    /// Its parts: used, free, cached, metadata.
    pub parts_bytes: [u64; 4],
    /// The whole less its parts.
    pub missing_bytes: i128,
}

/// The identity as the figures have it.
pub fn identity(arena: &ArenaMetrics) -> Identity {
    let parts_bytes = [arena.used_bytes, arena.free_bytes, arena.cached_bytes, arena.metadata_bytes];
    let sum: i128 = parts_bytes.iter().copied().map(i128::from).sum();
    Identity {
        capacity_bytes: arena.capacity_bytes,
        parts_bytes,
        missing_bytes: i128::from(arena.capacity_bytes) - sum,
    }
}

/// As [`identity`], of what events tell: what is not used is free or cached, under the
/// name of free.
pub fn identity_of_events(arena: &ArenaMetrics) -> Identity {
    let rest = arena.capacity_bytes.saturating_sub(arena.used_bytes + arena.metadata_bytes);
    identity(&ArenaMetrics { free_bytes: rest, cached_bytes: 0, ..arena.clone() })
}

/// Used bytes that nobody asked for, by all causes: used less requested.
pub const fn rounding_bytes(arena: &ArenaMetrics) -> u64 {
    arena.waste_granule_bytes + arena.waste_policy_bytes + arena.waste_threads_bytes + arena.waste_guards_bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use arenascope_units::owner::{MemoryCategory, Owner, Tag};

    fn walk(ranges: &[(u64, MapState)]) -> Vec<u64> {
        let mut offset_bytes = 0;
        let mut words = Vec::new();
        for &(size_bytes, state) in ranges {
            words.extend(MapRange { offset_bytes, size_bytes, state }.to_words());
            offset_bytes += size_bytes;
        }
        words
    }

    #[test]
    fn free_ranges_fall_into_classes_of_four() {
        let used = MapState::Used { owner: Owner::new(MemoryCategory::ECS, Tag(0)), born_us: 0 };
        let walk = walk(&[
            (4096, MapState::Metadata),
            (16, MapState::Free),
            (1 << 20, used),
            (48, MapState::Free),
            (64, MapState::Free),
            (1040, MapState::Free),
        ]);
        let classes = free_classes(&walk);
        let figures: Vec<_> = classes.iter().map(|class| (class.least_bytes, class.count, class.bytes)).collect();
        assert_eq!(figures, [(16, 2, 64), (64, 1, 64), (256, 0, 0), (1024, 1, 1040)]);
    }

    #[test]
    fn no_walk_has_no_classes() {
        assert_eq!(free_classes(&[]), []);
        assert_eq!(free_classes(&walk(&[(4096, MapState::Metadata)])), []);
    }

    #[test]
    fn a_byte_too_few_is_missing() {
        let arena = ArenaMetrics {
            capacity_bytes: 100,
            used_bytes: 40,
            requested_bytes: 33,
            free_bytes: 30,
            cached_bytes: 20,
            metadata_bytes: 9,
            waste_granule_bytes: 4,
            waste_threads_bytes: 3,
            ..ArenaMetrics::default()
        };
        assert_eq!(identity(&arena).missing_bytes, 1);
        assert_eq!(identity(&ArenaMetrics { metadata_bytes: 11, ..arena.clone() }).missing_bytes, -1);
        assert_eq!(rounding_bytes(&arena), 7);
        let told = identity_of_events(&arena);
        assert_eq!((told.parts_bytes, told.missing_bytes), ([40, 51, 0, 9], 0));
    }
}
