//! A snapshot as it is looked at: the largest of what was alive.

use super::owners::Place;
use arenascope_formats::snapshot::Document;
use arenascope_units::owner::MemoryCategory;

/// Something that was alive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AliveLine {
    /// The memory that it is in.
    pub place: Place,
    /// Its address in the arena, bytes from the base; `None` on the device.
    pub offset_bytes: Option<u64>,
    /// Bytes that were set aside for it.
    pub size_bytes: u64,
    /// Bytes that were asked for.
    pub requested_bytes: u64,
    /// What the memory is for.
    pub category: MemoryCategory,
    /// The name of the tag that asked.
    pub tag: String,
    /// How old an allocation was, µs; how long ago a resource was used.
    pub age_us: u64,
}

/// The largest of all that was alive, at most `most`. O(n log n).
pub fn largest(document: &Document, most: usize) -> Vec<AliveLine> {
    let time_us = document.metrics.time_us;
    let allocations = document.arena.allocations.iter().map(|it| AliveLine {
        place: Place::Arena,
        offset_bytes: Some(it.offset),
        size_bytes: it.size,
        requested_bytes: it.requested,
        category: it.category,
        tag: it.tag.clone(),
        age_us: it.age_us,
    });
    let resources = document.pool.buffers.iter().map(|it| AliveLine {
        place: Place::Pool,
        offset_bytes: None,
        size_bytes: it.size,
        requested_bytes: it.requested,
        category: it.category,
        tag: it.tag.clone(),
        age_us: time_us.saturating_sub(it.last_used_us),
    });
    let mut lines: Vec<AliveLine> = allocations.chain(resources).collect();
    // Stable: of the same size, in the document's order.
    lines.sort_by_key(|line| core::cmp::Reverse(line.size_bytes));
    lines.truncate(most);
    lines
}

#[cfg(test)]
mod tests {
    use super::super::compare::tests::example;
    use super::*;

    #[test]
    fn the_largest_come_first_wherever_they_were() {
        let document = example();
        let lines = largest(&document, 2);
        let said: Vec<_> = lines.iter().map(|line| (line.place, line.offset_bytes, line.size_bytes)).collect();
        assert_eq!(said, [(Place::Pool, None, 4_096), (Place::Arena, Some(1_024), 64)]);
        assert_eq!(largest(&document, 10).len(), 3);
        assert_eq!((lines[0].age_us, lines[1].age_us), (900, 7));
    }
}
