//! Damage done on purpose, to see that the audit and the free path notice.

use super::{arena, request};
use crate::layout::NodeIndex;
use crate::split_coalesce::space::Space;
use crate::{AllocationId, Arena, Extent, FreeError, PolicyKind, Region, Violation};
use arenascope_units::Bytes;

/// Free 64, used 64, free 64, used 64, then free to the end; and the second
/// allocation's handle.
fn patched(policy: PolicyKind) -> (Arena, AllocationId) {
    let mut arena = arena(policy);
    let ids = [64; 4].map(|size| arena.allocate(&request(size, 16)).unwrap().id);
    arena.deallocate(ids[0]).unwrap();
    arena.deallocate(ids[2]).unwrap();
    assert_eq!(arena.audit(), Ok(()));
    (arena, ids[1])
}

/// The `position`th range by address.
fn node(space: &Space, position: usize) -> NodeIndex {
    core::iter::successors(space.table.first(), |&node| space.table[node].after).nth(position).unwrap()
}

/// The policies that place as first fit does in an empty arena and join at once.
fn plain() -> impl Iterator<Item = PolicyKind> {
    let others = [PolicyKind::Bins, PolicyKind::Buddy, PolicyKind::Slab];
    PolicyKind::ALL.into_iter().filter(move |policy| !others.contains(policy))
}

/// What the audit says after `damage` was done to the `position`th range.
#[track_caller]
fn check(position: usize, damage: impl Fn(&mut Space, NodeIndex), expected: impl Fn(Violation) -> bool) {
    for policy in plain() {
        let (mut arena, _) = patched(policy);
        let victim = node(arena.space(), position);
        damage(arena.space_mut(), victim);
        let violation = arena.audit().expect_err("the damage is noticed");
        assert!(expected(violation), "{policy}: {violation:?}");
    }
}

#[test]
fn overlaps_gaps_and_a_missing_end() {
    check(1, |space, node| space.table[node].size += 1, |it| matches!(it, Violation::Link { .. }));
    check(1, |space, node| space.table[node].start -= 1, |it| matches!(it, Violation::Link { .. }));
    check(4, |space, node| space.table[node].size -= 1, |it| matches!(it, Violation::End { .. }));
    check(4, |space, node| space.table[node].size = u32::MAX, |it| matches!(it, Violation::End { .. }));
}

#[test]
fn links_that_disagree_or_go_round() {
    check(2, |space, node| space.table[node].before = None, |it| matches!(it, Violation::Link { .. }));
    check(2, |space, node| space.table[node].after = Some(node), |it| matches!(it, Violation::Link { .. }));
    let beyond = NodeIndex::from_slot(20);
    check(2, |space, node| space.table[node].after = beyond, |it| matches!(it, Violation::Link { .. }));
}

#[test]
fn a_range_that_is_not_what_it_says() {
    check(1, |space, node| space.table[node].set_vacant(), |it| matches!(it, Violation::Range { .. }));
    check(1, |space, node| space.table[node].set_word(0, 65), |it| matches!(it, Violation::Range { .. }));
    check(1, |space, node| space.table[node].set_word(1, u32::MAX), |it| matches!(it, Violation::Range { .. }));
    check(1, |space, node| space.table[node].set_free(), |it| matches!(it, Violation::FreeNeighbours { .. }));
}

#[test]
fn lost_slots() {
    let lose = |space: &mut Space, _| {
        space.table.take(0, 1);
    };
    check(0, lose, |it| matches!(it, Violation::Slots { .. }));
}

#[test]
fn an_index_that_has_lost_a_range_or_its_shape() {
    use crate::policy::each;
    use crate::policy::index::Policy as _;
    let lose = |space: &mut Space, node| each!(&mut space.policy, policy => policy.remove(&mut space.table, node));
    check(2, lose, |it| matches!(it, Violation::IndexCount { indexed: 2, free_ranges: 3 }));
    for word in [0, 1] {
        let cut = |space: &mut Space, node: NodeIndex| space.table[node].set_link(word, Some(node));
        check(2, cut, |it| matches!(it, Violation::IndexShape { .. } | Violation::IndexCount { .. }));
    }
}

#[test]
fn figures_that_were_not_kept() {
    let wrong = |expected| move |it| matches!(it, Violation::Figure { name, .. } if name == expected);
    check(0, |space, _| space.tally.used += 1, wrong("used"));
    check(0, |space, _| space.tally.requested -= 1, wrong("requested"));
    check(0, |space, _| space.tally.free_squares += 1, wrong("free squares"));
    check(0, |space, _| space.tally.by_exponent[2] += 4, wrong("free by size"));
    check(0, |space, _| space.tally.allocations -= 1, wrong("allocations"));
    check(0, |space, _| space.table.memory_mut().header_mut().magic = 0, |it| it == Violation::Header);
}

#[test]
fn a_damaged_range_is_not_freed() {
    for policy in plain() {
        let (mut arena, id) = patched(policy);
        let front = node(arena.space(), 0);
        arena.space_mut().table[front].size += 4;
        assert_eq!(arena.deallocate(id), Err(FreeError::Corrupted { offset: Bytes::new(976) }));
        arena.space_mut().table[front].size -= 4;
        assert_eq!(arena.deallocate(id), Ok(Extent { offset: Bytes::new(976), size: Bytes::new(64) }));
        assert_eq!(arena.audit(), Ok(()));
    }
}

#[test]
fn an_index_that_does_not_hold_what_is_free() {
    for policy in [PolicyKind::Bins, PolicyKind::Buddy, PolicyKind::Slab] {
        for word in 0..4 {
            let mut arena = Arena::new(Region::reserve_pages(2).unwrap(), policy);
            let ids = [64; 4].map(|size| arena.allocate(&request(size, 16)).unwrap().id);
            arena.deallocate(ids[1]).unwrap();
            assert_eq!(arena.audit(), Ok(()));
            let victim = arena.space().table.chain().find(|&node| arena.space().table[node].is_free()).unwrap();
            let value = arena.space().table[victim].word(word) ^ 0x55;
            arena.space_mut().table[victim].set_word(word, value);
            let unused = policy != PolicyKind::Bins && word >= 2 || policy == PolicyKind::Bins && word == 2;
            assert!(arena.audit().is_err() || unused, "{policy}: word {word}");
        }
    }
}
