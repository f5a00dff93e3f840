//! What is alive by owner, in the arena and in the pool, and what grew from one snapshot to
//! another: the way to a leak.

use crate::compare::change::When;
use crate::compare::table::{Row, Sums};
use arenascope_formats::snapshot::{AllocationEntry, BufferEntry};
use arenascope_units::owner::MemoryCategory;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Where things are alive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Place {
    /// Allocations of the arena.
    Arena,
    /// Buffers and textures of the pool, whoever held them last.
    Pool,
}

impl Place {
    /// Its name for people.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Arena => "Arena",
            Self::Pool => "GPU pool",
        }
    }
}

/// Things alive in one place, of one category and tag.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnerRow {
    /// The memory that they are in.
    pub place: Place,
    /// What the memory is for.
    pub category: MemoryCategory,
    /// The name of the tag that asked.
    pub tag: String,
    /// How many things they are.
    pub count: u64,
    /// Bytes of all of them.
    pub bytes: u64,
}

type Owner<'a> = (Place, MemoryCategory, &'a str);

/// Groups what is alive in a snapshot, largest first. O(n log owners).
pub fn group(allocations: &[AllocationEntry], buffers: &[BufferEntry]) -> Vec<OwnerRow> {
    let allocations = allocations.iter().map(|it| ((Place::Arena, it.category, it.tag.as_str()), it.size));
    let buffers = buffers.iter().map(|it| ((Place::Pool, it.category, it.tag.as_str()), it.size));
    let mut owners: BTreeMap<Owner<'_>, (u64, u64)> = BTreeMap::new();
    for (owner, size) in allocations.chain(buffers) {
        let (count, bytes) = owners.entry(owner).or_default();
        *count += 1;
        *bytes = bytes.saturating_add(size);
    }
    let row = |((place, category, tag), (count, bytes)): (Owner<'_>, _)| OwnerRow {
        place,
        category,
        tag: tag.to_owned(),
        count,
        bytes,
    };
    let mut rows: Vec<_> = owners.into_iter().map(row).collect();
    // Stable: owners of equal size stay in the order of place, category and name.
    rows.sort_by_key(|row| core::cmp::Reverse(row.bytes));
    rows
}

/// What one owner gained or lost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnerChange {
    /// The memory that they are in.
    pub place: Place,
    /// What the memory is for.
    pub category: MemoryCategory,
    /// The name of the tag that asked.
    pub tag: String,
    /// How many after less before.
    pub count: i128,
    /// Bytes after less before.
    pub bytes: i128,
}

/// Owners whose count or bytes differ, largest growth first.
pub fn changes(before: &[OwnerRow], after: &[OwnerRow]) -> Vec<OwnerChange> {
    let mut sums: Sums<Owner<'_>> = Sums::default();
    for (when, rows) in [(When::Before, before), (When::After, after)] {
        rows.iter().for_each(|row| sums.add((row.place, row.category, &row.tag), when, row.bytes, row.count));
    }
    let change = |Row { key: (place, category, tag), amounts }: Row<Owner<'_>>| OwnerChange {
        place,
        category,
        tag: tag.into(),
        count: amounts.count.difference(),
        bytes: amounts.bytes.difference(),
    };
    sums.table(usize::MAX).rows.into_iter().map(change).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

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
        let rows = group(
            &allocations(&[
                (MemoryCategory::ECS, "a", 10),
                (MemoryCategory::NPU_MODELS, "b", 100),
                (MemoryCategory::ECS, "a", 30),
                (MemoryCategory::ECS, "z", 40),
            ]),
            &[],
        );
        let figures: Vec<_> = rows.iter().map(|row| (row.category, row.tag.as_str(), row.count, row.bytes)).collect();
        assert_eq!(
            figures,
            [
                (MemoryCategory::NPU_MODELS, "b", 1, 100),
                (MemoryCategory::ECS, "a", 2, 40),
                (MemoryCategory::ECS, "z", 1, 40)
            ]
        );
    }

    #[test]
    fn growth_comes_first_and_what_stays_is_left_out() {
        let before = group(
            &allocations(&[
                (MemoryCategory::ECS, "a", 10),
                (MemoryCategory::ECS, "b", 50),
                (MemoryCategory::TEMPORARY, "c", 5),
            ]),
            &[],
        );
        let after = group(
            &allocations(&[
                (MemoryCategory::ECS, "a", 10),
                (MemoryCategory::ECS, "a", 10),
                (MemoryCategory::TEMPORARY, "c", 5),
                (MemoryCategory::NPU_TENSORS, "d", 90),
            ]),
            &[],
        );
        let changes = changes(&before, &after);
        let figures: Vec<_> = changes.iter().map(|change| (change.tag.as_str(), change.count, change.bytes)).collect();
        assert_eq!(figures, [("d", 1, 90), ("a", 1, 10), ("b", -1, -50)]);
    }

    #[test]
    fn the_same_size_in_more_pieces_is_a_change() {
        let before = group(&allocations(&[(MemoryCategory::ECS, "a", 64)]), &[]);
        let after = group(&allocations(&[(MemoryCategory::ECS, "a", 32), (MemoryCategory::ECS, "a", 32)]), &[]);
        let change =
            OwnerChange { place: Place::Arena, category: MemoryCategory::ECS, tag: "a".into(), count: 1, bytes: 0 };
        assert_eq!(changes(&before, &after), [change]);
    }

    #[test]
    fn what_the_pool_gained_is_a_change_of_its_own() {
        let buffer = BufferEntry {
            id: 1,
            kind: "buffer".into(),
            description: String::new(),
            usage: "vertex".into(),
            size: 3_565_158,
            requested: 3_565_158,
            state: "in_use".into(),
            category: MemoryCategory::GPU_BUFFERS,
            tag: "scene/mesh".into(),
            last_used_us: 0,
        };
        let arena = allocations(&[(MemoryCategory::GPU_BUFFERS, "scene/mesh", 64)]);
        let changes = changes(&group(&arena, &[]), &group(&arena, &[buffer]));
        let figures: Vec<_> = changes.iter().map(|change| (change.place, change.count, change.bytes)).collect();
        assert_eq!(figures, [(Place::Pool, 1, 3_565_158)]);
    }
}
