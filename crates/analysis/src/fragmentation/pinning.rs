//! Who pins the space: whose ranges keep free bytes apart that together would serve a
//! request. And what is free between the ranges of a moment.

use crate::map::blockers_search::Placed;
use core::ops::Range;
use std::collections::BTreeMap;

/// What one owner's ranges keep apart, for requests of one size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pinning<O> {
    /// The owner of the ranges.
    pub owner: O,
    /// Free bytes that serve no request of the size now, and would with the owner's ranges
    /// gone: see [`pinning_owners`].
    pub blocked_bytes: u64,
    /// Bytes of its ranges that keep them apart: what had to go.
    pub held_bytes: u64,
    /// How many ranges those are.
    pub range_count: u64,
}

/// Owners ranked by the free bytes that they block for a request of `size_bytes`, the most
/// first; of equals the one that holds less there, then by owner. Who blocks nothing is
/// left out.
///
/// `taken` are all ranges that are not free, in the order of addresses and within
/// `space`; what lies between them is free. For each owner by itself: suppose that its
/// ranges were free and all others stayed. Where that makes one free range of at least
/// `size_bytes`, it blocks the bytes in there that are free now, but for those in free
/// ranges that are large enough by themselves. Alignment is not looked at.
///
/// Bytes between the ranges of two owners are blocked by both where either alone would
/// do, and by none where both had to go: so the figures of several owners do not add up.
/// O(ranges × log owners).
pub fn pinning_owners<P: Placed, O: Ord + Copy>(
    taken: &[P],
    owner_of: impl Fn(&P) -> O,
    space: Range<u64>,
    size_bytes: u64,
) -> Vec<Pinning<O>> {
    let free: Vec<u64> = free_ranges(taken, space).map(|range| range.end - range.start).collect();
    let mut found: BTreeMap<O, Pinning<O>> = BTreeMap::new();
    let mut at = 0;
    // An owner's ranges with nothing but free bytes between them go together.
    for run in taken.chunk_by(|one, next| owner_of(one) == owner_of(next)) {
        let around = &free[at..=at + run.len()];
        at += run.len();
        let held_bytes = run.iter().map(Placed::size_bytes).sum::<u64>();
        let blocked_bytes = around.iter().filter(|&&bytes| bytes < size_bytes).sum::<u64>();
        if blocked_bytes == 0 || held_bytes + around.iter().sum::<u64>() < size_bytes {
            continue;
        }
        let owner = owner_of(&run[0]);
        let nothing = Pinning { owner, blocked_bytes: 0, held_bytes: 0, range_count: 0 };
        let entry = found.entry(owner).or_insert(nothing);
        entry.blocked_bytes += blocked_bytes;
        entry.held_bytes += held_bytes;
        entry.range_count += run.len() as u64;
    }
    let mut ranked: Vec<_> = found.into_values().collect();
    ranked.sort_by_key(|it| (core::cmp::Reverse(it.blocked_bytes), it.held_bytes, it.owner));
    ranked
}

/// The gaps before, between and behind `taken`, which are as in [`pinning_owners`]: one
/// more than the ranges, those without a byte too.
fn free_ranges<P: Placed>(taken: &[P], space: Range<u64>) -> impl Iterator<Item = Range<u64>> {
    let ends = core::iter::once(space.start).chain(taken.iter().map(|it| it.offset_bytes() + it.size_bytes()));
    let starts = taken.iter().map(Placed::offset_bytes).chain(core::iter::once(space.end));
    ends.zip(starts).map(|(from, to)| from..to.max(from))
}

/// What is free at a moment of which only the ranges are known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FreeSpace {
    /// Bytes of all free ranges.
    pub free_bytes: u64,
    /// Number of free ranges.
    pub range_count: u64,
    /// The largest of them.
    pub largest_bytes: u64,
    /// The largest request at the asked alignment that fits into one of them, in whole
    /// granules.
    pub largest_fit_bytes: u64,
}

/// What lies free between `taken`, which are as in [`pinning_owners`], and the largest
/// request at `align_bytes`, a power of two, that fits.
///
/// By addresses alone: policies that round to blocks (buddy, slab) serve less, and
/// what threads have cached counts as free where `taken` leaves it out. O(ranges).
pub fn free_space<P: Placed>(taken: &[P], space: Range<u64>, align_bytes: u64) -> FreeSpace {
    let mut found = FreeSpace::default();
    for range in free_ranges(taken, space).filter(|range| !range.is_empty()) {
        let bytes = range.end - range.start;
        let aligned = range.start.next_multiple_of(align_bytes.max(GRANULE_BYTES));
        let fit = range.end.saturating_sub(aligned) / GRANULE_BYTES * GRANULE_BYTES;
        found.free_bytes += bytes;
        found.range_count += 1;
        found.largest_bytes = found.largest_bytes.max(bytes);
        found.largest_fit_bytes = found.largest_fit_bytes.max(fit);
    }
    found
}

const GRANULE_BYTES: u64 = arenascope_arena::GRANULE.get();

#[cfg(test)]
mod tests {
    use super::*;
    use arenascope_arena::{Arena, PolicyKind, RangeState, Region, Request};
    use arenascope_units::owner::{MemoryCategory, Owner, Tag};
    use arenascope_units::{Bytes, Micros};
    use std::collections::BTreeSet;

    #[derive(Clone, Copy, Debug)]
    struct Taken(u64, u64, char);

    impl Placed for Taken {
        fn offset_bytes(&self) -> u64 {
            self.0
        }

        fn size_bytes(&self) -> u64 {
            self.1
        }
    }

    /// `a` for a kilobyte of owner a, `.` for a free one; from byte 4096 on.
    fn picture(text: &str) -> (Vec<Taken>, Range<u64>) {
        let taken = text.chars().zip(0..).filter(|(owner, _)| *owner != '.');
        let taken = taken.map(|(owner, at)| Taken(4096 + at * 1024, 1024, owner)).collect();
        (taken, 4096..4096 + text.len() as u64 * 1024)
    }

    /// Owners with blocked and held kilobytes and ranges.
    fn ranked(text: &str, size_kib: u64) -> Vec<(char, u64, u64, u64)> {
        let (taken, space) = picture(text);
        let found = pinning_owners(&taken, |it| it.2, space, size_kib * 1024);
        found.iter().map(|it| (it.owner, it.blocked_bytes / 1024, it.held_bytes / 1024, it.range_count)).collect()
    }

    #[test]
    fn one_range_in_the_middle_blocks_both_sides() {
        assert_eq!(ranked("...a...", 4), [('a', 6, 1, 1)]);
        assert_eq!(ranked("...a...", 7), [('a', 6, 1, 1)]);
        assert_eq!(ranked("...a...", 8), [], "the whole arena is too small");
        assert_eq!(ranked("...a...", 3), [], "it fits already");
        assert_eq!(ranked("..a....", 3), [('a', 2, 1, 1)], "what fits by itself is not blocked");
    }

    #[test]
    fn who_blocks_more_comes_first_then_who_holds_less_there() {
        assert_eq!(ranked("..a..bb..b...c.", 4), [('b', 7, 3, 3), ('a', 4, 1, 1), ('c', 4, 1, 1)]);
        assert_eq!(ranked("..bb..aaaaaaaaccc..", 5), [('b', 4, 2, 2), ('c', 2, 3, 3), ('a', 2, 8, 8)]);
    }

    #[test]
    fn an_owner_is_asked_alone() {
        assert_eq!(ranked(".a.b.", 4), [], "either alone gives three");
        assert_eq!(ranked(".a.b.", 3), [('a', 2, 1, 1), ('b', 2, 1, 1)]);
        assert_eq!(ranked(".a.a.", 5), [('a', 3, 2, 2)], "its ranges go together");
    }

    #[test]
    fn a_full_and_an_empty_arena_have_nobody() {
        assert_eq!(ranked("aabb", 1), []);
        assert_eq!(ranked("....", 4), []);
        assert_eq!(ranked("....", 5), []);
        assert_eq!(ranked("", 1), []);
    }

    /// The definition, word by word, over every arena of nine kilobytes of two owners.
    #[test]
    fn it_is_as_defined() {
        for code in 0..3_u32.pow(9) {
            let letter = |at: u32| ['.', 'a', 'b'][(code / 3_u32.pow(at) % 3) as usize];
            let text: String = (0..9).map(letter).collect();
            for size in 1..=9 {
                let expected: BTreeSet<_> =
                    ['a', 'b'].into_iter().filter_map(|owner| by_definition(&text, owner, size)).collect();
                let found = ranked(&text, size as u64);
                assert!(found.is_sorted_by_key(|it| (core::cmp::Reverse(it.1), it.2, it.0)));
                assert_eq!(found.into_iter().collect::<BTreeSet<_>>(), expected, "{text} for {size}");
            }
        }
    }

    fn by_definition(text: &str, owner: char, size: usize) -> Option<(char, u64, u64, u64)> {
        let (mut blocked, mut held) = (0, 0);
        for run in text.split(|at| at != '.' && at != owner).filter(|run| run.len() >= size && run.contains(owner)) {
            let apart: usize = run.split(owner).map(str::len).filter(|&free| free < size).sum();
            if apart > 0 {
                blocked += apart as u64;
                held += run.matches(owner).count() as u64;
            }
        }
        (blocked > 0).then_some((owner, blocked, held, held))
    }

    #[test]
    fn free_space_counts_gaps_and_their_aligned_room() {
        let (taken, space) = picture("..a...b.");
        let found = free_space(&taken, space.clone(), 16);
        let expected =
            FreeSpace { free_bytes: 6 << 10, range_count: 3, largest_bytes: 3 << 10, largest_fit_bytes: 3 << 10 };
        assert_eq!(found, expected);
        assert_eq!(free_space(&taken, space.clone(), 4096).largest_fit_bytes, 2 << 10, "from 4096 on, and from 8192");
        assert_eq!(free_space(&taken, space, 1 << 20).largest_fit_bytes, 0);
        assert_eq!(free_space::<Taken>(&[], 0..0, 16), FreeSpace::default());
    }

    /// Against the arena's own figures, in any state that it comes to.
    #[test]
    fn free_space_is_what_the_arena_says() {
        let mut arena = Arena::new(Region::reserve_pages(8).unwrap(), PolicyKind::FirstFit);
        let owner = Owner::new(MemoryCategory::TEMPORARY, Tag(0));
        let mut ids = Vec::new();
        for turn in 0..200_u64 {
            let size = Bytes::new(1 + turn * 7_919 % 9_000);
            if let Ok(taken) = arena.allocate(&Request { size, align: Bytes::new(16), owner, now: Micros::ZERO }) {
                ids.push(taken.id);
            }
            if turn % 3 == 0 && !ids.is_empty() {
                arena.deallocate(ids.swap_remove((turn * 31) as usize % ids.len())).unwrap();
            }
            let taken: Vec<Taken> = arena
                .walk()
                .filter(|range| matches!(range.state, RangeState::Used { .. }))
                .map(|range| Taken(range.offset.get(), range.size.get(), 'a'))
                .collect();
            let payload = arena.sections().payload;
            let space = payload.offset.get()..payload.offset.get() + payload.size.get();
            for align in [16, 1 << 8, 1 << 12, 1 << 16] {
                let (found, now) = (free_space(&taken, space.clone(), align), arena.statistics());
                let told = (now.free.get(), now.free_range_count, now.largest_free.get());
                assert_eq!((found.free_bytes, found.range_count, found.largest_bytes), told);
                assert_eq!(found.largest_fit_bytes, arena.largest_fit(Bytes::new(align)).get(), "at {align}");
            }
        }
    }
}
