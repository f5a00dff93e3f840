//! What cannot be true of a document: it says two things of the same bytes. Files from
//! elsewhere may be edited, cut or written by another program; what they say is shown,
//! and so is where it does not fit.

use super::Document;
use std::collections::HashSet;
use thiserror::Error;

/// Two statements of a document that cannot both hold.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Contradiction {
    /// Things that must have numbers of their own share some.
    #[error("`{of}`: {count} repeat an id, for example {id}")]
    SameId {
        /// The list, by its path: `arena.allocations` or `pool.buffers`.
        of: &'static str,
        /// A number that comes twice.
        id: u64,
        /// How often a number came that was there before.
        count: usize,
    },
    /// Ranges of the arena lie on one another, or on its metadata.
    #[error(
        "ranges that overlap others: {count}; the first begins at byte {offset_bytes}, where all is taken to \
         {taken_to_bytes}"
    )]
    Overlap {
        /// Where the first begins, bytes from the arena's base.
        offset_bytes: u64,
        /// Where what lies there already ends.
        taken_to_bytes: u64,
        /// How many ranges begin within what was there before.
        count: usize,
    },
    /// Ranges end behind the arena.
    #[error("ranges that end beyond the arena of {capacity_bytes} B: {count}; the furthest ends at byte {end_bytes}")]
    BeyondEnd {
        /// Where the furthest ends, bytes from the arena's base.
        end_bytes: u128,
        /// Bytes that the arena has.
        capacity_bytes: u64,
        /// How many ranges end there.
        count: usize,
    },
    /// Bytes of the arena are in no range, so that nothing says what they are.
    #[error("bytes of the arena in no range: {bytes}, from byte {offset_bytes} on")]
    Uncovered {
        /// Where the first begin, bytes from the arena's base.
        offset_bytes: u64,
        /// How many there are.
        bytes: u128,
    },
    /// Allocations that were asked for with more bytes than were set aside.
    #[error("allocations smaller than asked for: {count}; {id} has {size_bytes} B of {requested_bytes} B")]
    SmallerThanAsked {
        /// The first of them, by its number.
        id: u64,
        /// Bytes that it was asked for with.
        requested_bytes: u64,
        /// Bytes that were set aside for it.
        size_bytes: u64,
        /// How many there are.
        count: usize,
    },
    /// A figure is not what its parts make.
    #[error("`{figure}` says {says}; {parts}: {make}")]
    Sum {
        /// The figure, by its path: `metrics.arena.used_bytes`.
        figure: &'static str,
        /// The number that the document has there.
        says: u128,
        /// What the parts are.
        parts: &'static str,
        /// The number that the parts make.
        make: u128,
    },
}

/// Everything in a document that contradicts something else in it, one entry for each
/// kind and figure; empty for what Arenascope wrote. O(n log n) in its ranges.
pub fn contradictions(document: &Document) -> Vec<Contradiction> {
    let allocations = document.arena.allocations.iter().map(|one| one.id);
    let buffers = document.pool.buffers.iter().map(|one| one.id);
    let mut found: Vec<Contradiction> =
        same_id("arena.allocations", allocations).into_iter().chain(same_id("pool.buffers", buffers)).collect();
    found.extend(tiling(document));
    found.extend(smaller_than_asked(document));
    found.extend(sums(document));
    found
}

fn same_id(of: &'static str, ids: impl Iterator<Item = u64>) -> Option<Contradiction> {
    let mut seen = HashSet::new();
    let repeated: Vec<u64> = ids.filter(|id| !seen.insert(*id)).collect();
    repeated.first().map(|&id| Contradiction::SameId { of, id, count: repeated.len() })
}

fn smaller_than_asked(document: &Document) -> Option<Contradiction> {
    let small: Vec<_> = document.arena.allocations.iter().filter(|one| one.requested > one.size).collect();
    small.first().map(|one| Contradiction::SmallerThanAsked {
        id: one.id,
        requested_bytes: one.requested,
        size_bytes: one.size,
        count: small.len(),
    })
}

/// Metadata first, then ranges without gap or overlap, to the last byte.
fn tiling(document: &Document) -> impl Iterator<Item = Contradiction> {
    let (arena, metrics) = (&document.arena, &document.metrics.arena);
    let rest = arena.free_ranges.iter().chain(&arena.cached_ranges).map(|range| (range.offset, range.size));
    let mut ranges: Vec<(u64, u64)> =
        arena.allocations.iter().map(|range| (range.offset, range.size)).chain(rest).collect();
    ranges.sort_unstable();
    let mut tiling = Tiling { taken_to: metrics.metadata_bytes, ..Tiling::default() };
    ranges.into_iter().for_each(|(offset, size)| tiling.lay(offset, size, metrics.capacity_bytes));
    tiling.skip_to(metrics.capacity_bytes);
    // Documents of earlier builds do not list what is cached.
    let is_listed = !arena.cached_ranges.is_empty() || metrics.cached_bytes == 0;
    let uncovered = tiling.uncovered.filter(|_| is_listed);
    [tiling.overlap, tiling.beyond, uncovered].into_iter().flatten()
}

/// How far the ranges have been laid, and what did not fit.
#[derive(Default)]
struct Tiling {
    taken_to: u64,
    overlap: Option<Contradiction>,
    beyond: Option<Contradiction>,
    uncovered: Option<Contradiction>,
}

impl Tiling {
    fn lay(&mut self, offset: u64, size: u64, capacity_bytes: u64) {
        self.skip_to(offset.min(capacity_bytes));
        if offset < self.taken_to && size > 0 {
            let first = Contradiction::Overlap { offset_bytes: offset, taken_to_bytes: self.taken_to, count: 0 };
            if let Contradiction::Overlap { count, .. } = self.overlap.get_or_insert(first) {
                *count += 1;
            }
        }
        let end = u128::from(offset) + u128::from(size);
        if end > u128::from(capacity_bytes) {
            let first = Contradiction::BeyondEnd { end_bytes: 0, capacity_bytes, count: 0 };
            if let Contradiction::BeyondEnd { end_bytes, count, .. } = self.beyond.get_or_insert(first) {
                *count += 1;
                *end_bytes = end.max(*end_bytes);
            }
        }
        self.taken_to = self.taken_to.max(offset.saturating_add(size).min(capacity_bytes));
    }

    /// What lies between here and there is in no range.
    fn skip_to(&mut self, offset: u64) {
        if offset > self.taken_to {
            let first = Contradiction::Uncovered { offset_bytes: self.taken_to, bytes: 0 };
            if let Contradiction::Uncovered { bytes, .. } = self.uncovered.get_or_insert(first) {
                *bytes += u128::from(offset - self.taken_to);
            }
        }
    }
}

/// What `docs/snapshot.md` says of the figures of every document.
fn sums(document: &Document) -> Vec<Contradiction> {
    let (arena, pool, budget) = (&document.metrics.arena, &document.metrics.pool, &document.metrics.budget);
    let lists = &document.arena;
    let allocations = || lists.allocations.iter();
    let cached: Option<u128> =
        (!lists.cached_ranges.is_empty()).then(|| total(lists.cached_ranges.iter().map(|range| range.size)));
    let mut sums = Sums::default();
    sums.check(
        "metrics.arena.used_bytes",
        arena.used_bytes,
        "sum of the allocations",
        total(allocations().map(|one| one.size)),
    );
    sums.check(
        "metrics.arena.requested_bytes",
        arena.requested_bytes,
        "sum of what they asked for",
        total(allocations().map(|one| one.requested)),
    );
    sums.check("metrics.arena.allocation_count", arena.allocation_count, "number of allocations", count(allocations()));
    sums.check(
        "metrics.arena.free_bytes",
        arena.free_bytes,
        "sum of the free ranges",
        total(lists.free_ranges.iter().map(|range| range.size)),
    );
    if let Some(cached) = cached {
        sums.check("metrics.arena.cached_bytes", arena.cached_bytes, "sum of the cached ranges", cached);
    }
    sums.check(
        "metrics.arena.capacity_bytes",
        arena.capacity_bytes,
        "sum of used, free, cached and metadata bytes",
        total([arena.used_bytes, arena.free_bytes, arena.cached_bytes, arena.metadata_bytes].into_iter()),
    );
    sums.check(
        "metrics.pool",
        total([pool.in_use_bytes, pool.pending_bytes, pool.idle_bytes].into_iter()),
        "sum of the buffers",
        total(document.pool.buffers.iter().map(|one| one.size)),
    );
    let current = document.budget.current_bytes;
    let categories = || budget.categories.iter();
    sums.check(
        "budget.current_bytes",
        current,
        "sum of the categories",
        total(categories().map(|row| row.current_bytes)),
    );
    sums.check("metrics.budget.current_bytes", budget.current_bytes, "the budget itself says", u128::from(current));
    for row in categories() {
        let heaps = total([row.arena_bytes, row.device_bytes, row.npu_bytes].into_iter());
        sums.check("metrics.budget.categories[].current_bytes", row.current_bytes, "sum of its heaps", heaps);
    }
    sums.check(
        "metrics.arena.used_bytes",
        arena.used_bytes,
        "sum of the categories in the arena",
        total(categories().map(|row| row.arena_bytes)),
    );
    sums.found
}

fn total(parts: impl Iterator<Item = u64>) -> u128 {
    parts.map(u128::from).sum()
}

fn count(parts: impl ExactSizeIterator) -> u128 {
    parts.len() as u128
}

#[derive(Default)]
struct Sums {
    found: Vec<Contradiction>,
}

impl Sums {
    fn check(&mut self, figure: &'static str, says: impl Into<u128>, parts: &'static str, make: u128) {
        let says = says.into();
        if says != make {
            self.found.push(Contradiction::Sum { figure, says, parts, make });
        }
    }
}
