//! Live allocations by owner, and what grew from one snapshot to another: the
//! way to a leak.

use crate::formats::snapshot::AllocationEntry;
use crate::owner::MemoryCategory;
use std::collections::BTreeMap;

/// Live allocations of one category and tag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnerRow {
    /// What for.
    pub category: MemoryCategory,
    /// Who asked.
    pub tag: String,
    /// Allocations.
    pub count: u64,
    /// Their bytes.
    pub bytes: u64,
}

/// Groups a snapshot's allocations, largest first. O(n log owners).
pub fn group(allocations: &[AllocationEntry]) -> Vec<OwnerRow> {
    let mut owners: BTreeMap<(MemoryCategory, &str), (u64, u64)> = BTreeMap::new();
    for allocation in allocations {
        let (count, bytes) = owners.entry((allocation.category, &allocation.tag)).or_default();
        *count += 1;
        *bytes = bytes.saturating_add(allocation.size);
    }
    let row = |((category, tag), (count, bytes)): (_, _)| OwnerRow { category, tag: str::to_owned(tag), count, bytes };
    let mut rows: Vec<_> = owners.into_iter().map(row).collect();
    // Stable: owners of equal size stay in the order of category and name.
    rows.sort_by_key(|row| core::cmp::Reverse(row.bytes));
    rows
}

/// What one owner gained or lost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnerChange {
    /// What for.
    pub category: MemoryCategory,
    /// Who asked.
    pub tag: String,
    /// Allocations after less before.
    pub count: i128,
    /// Bytes after less before.
    pub bytes: i128,
}

/// Owners whose count or bytes differ, largest growth first.
pub fn changes(before: &[OwnerRow], after: &[OwnerRow]) -> Vec<OwnerChange> {
    let mut owners: BTreeMap<(MemoryCategory, &str), (i128, i128)> = BTreeMap::new();
    for (rows, sign) in [(before, -1), (after, 1)] {
        for row in rows {
            let (count, bytes) = owners.entry((row.category, &row.tag)).or_default();
            *count += sign * i128::from(row.count);
            *bytes += sign * i128::from(row.bytes);
        }
    }
    let change =
        |((category, tag), (count, bytes)): ((_, &str), _)| OwnerChange { category, tag: tag.into(), count, bytes };
    let mut changes: Vec<_> = owners.into_iter().filter(|(_, change)| *change != (0, 0)).map(change).collect();
    changes.sort_by_key(|change| core::cmp::Reverse((change.bytes, change.count)));
    changes
}

#[cfg(test)]
mod tests {
    use super::*;
    use MemoryCategory::{Ecs, NpuModels, NpuTensors, Temporary};

    fn allocations(rows: &[(MemoryCategory, &str, u64)]) -> Vec<AllocationEntry> {
        let entry = |&(category, tag, size): &(MemoryCategory, &str, u64)| AllocationEntry {
            id: 0,
            offset: 0,
            size,
            requested: size,
            align: 16,
            category,
            tag: tag.into(),
            age_us: 0,
        };
        rows.iter().map(entry).collect()
    }

    #[test]
    fn owners_are_summed_and_ranked() {
        let rows = group(&allocations(&[(Ecs, "a", 10), (NpuModels, "b", 100), (Ecs, "a", 30), (Ecs, "z", 40)]));
        let figures: Vec<_> = rows.iter().map(|row| (row.category, row.tag.as_str(), row.count, row.bytes)).collect();
        assert_eq!(figures, [(NpuModels, "b", 1, 100), (Ecs, "a", 2, 40), (Ecs, "z", 1, 40)]);
    }

    #[test]
    fn growth_comes_first_and_what_stays_is_left_out() {
        let before = group(&allocations(&[(Ecs, "a", 10), (Ecs, "b", 50), (Temporary, "c", 5)]));
        let after = group(&allocations(&[(Ecs, "a", 10), (Ecs, "a", 10), (Temporary, "c", 5), (NpuTensors, "d", 90)]));
        let changes = changes(&before, &after);
        let figures: Vec<_> = changes.iter().map(|change| (change.tag.as_str(), change.count, change.bytes)).collect();
        assert_eq!(figures, [("d", 1, 90), ("a", 1, 10), ("b", -1, -50)]);
    }

    #[test]
    fn the_same_size_in_more_pieces_is_a_change() {
        let before = group(&allocations(&[(Ecs, "a", 64)]));
        let after = group(&allocations(&[(Ecs, "a", 32), (Ecs, "a", 32)]));
        assert_eq!(changes(&before, &after), [OwnerChange { category: Ecs, tag: "a".into(), count: 1, bytes: 0 }]);
    }
}
