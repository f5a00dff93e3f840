//! Every policy against naive rules: long random programs, the arena audited after
//! each step, and what a policy must be able to do with its last bytes.
//!
//! `ARENASCOPE_LONG=1` takes a million steps for each policy instead of a hundred
//! thousand.

mod program;
mod rules;

use arenascope_arena::{AllocError, PolicyKind, RangeState, ResizeError};
use arenascope_units::Bytes;
use program::{Program, arena, request};

/// Steps of one program; the next one has another arena.
const PROGRAM: u64 = 2_500;

fn run(policy: PolicyKind) {
    let long = std::env::var_os("ARENASCOPE_LONG").is_some();
    let programs = if long { 400 } else { 40 };
    for seed in 1..=programs {
        // From 21 nodes, so that they run out, to 84; slabs need whole spans.
        let pages = 1 + seed as u32 % 3 + u32::from(policy == PolicyKind::Slab);
        let mut program = Program::new(policy, pages, seed * 0x9e37_79b9);
        (0..PROGRAM).for_each(|_| program.step());
        program.end();
    }
}

#[test]
fn first_fit_keeps_its_rules() {
    run(PolicyKind::FirstFit);
}

#[test]
fn best_fit_keeps_its_rules() {
    run(PolicyKind::BestFit);
}

#[test]
fn next_fit_keeps_its_rules() {
    run(PolicyKind::NextFit);
}

#[test]
fn worst_fit_keeps_its_rules() {
    run(PolicyKind::WorstFit);
}

#[test]
fn tlsf_keeps_its_rules() {
    run(PolicyKind::Tlsf);
}

#[test]
fn bins_keep_their_rules() {
    run(PolicyKind::Bins);
}

#[test]
fn buddies_keep_their_rules() {
    run(PolicyKind::Buddy);
}

#[test]
fn slabs_keep_their_rules() {
    run(PolicyKind::Slab);
}

#[test]
fn seed_compat_keeps_its_rules() {
    run(PolicyKind::SeedCompat);
}

/// Every policy but the two that document their limits.
fn exact() -> impl Iterator<Item = PolicyKind> {
    PolicyKind::ALL.into_iter().filter(|policy| !matches!(policy, PolicyKind::Buddy | PolicyKind::Slab))
}

#[test]
fn a_request_for_exactly_what_is_left_succeeds() {
    for policy in exact() {
        // Of every size, so also of those that no class ends at.
        for taken in (1..3_000).step_by(7) {
            let mut arena = arena(policy, 1);
            arena.allocate(&request(taken * 16, 16)).unwrap();
            let left = arena.statistics().free;
            if !left.is_zero() {
                arena.allocate(&request(left.get(), 16)).unwrap_or_else(|refused| panic!("{policy}: {refused}"));
            }
            assert_eq!(arena.statistics().free, Bytes::ZERO, "{policy}");
            assert!(matches!(arena.allocate(&request(1, 1)), Err(AllocError::OutOfMemory { .. })));
        }
    }
}

#[test]
fn what_was_freed_piece_by_piece_can_be_had_as_a_whole() {
    for policy in exact() {
        let mut arena = arena(policy, 1);
        let all = arena.statistics().free.get();
        let ids: Vec<_> = (0..16).map(|_| arena.allocate(&request(all / 16 / 16 * 16, 16)).unwrap().id).collect();
        // Odd ones first, so that no neighbour is free yet.
        for id in ids.iter().skip(1).step_by(2).chain(ids.iter().step_by(2)) {
            arena.deallocate(*id).unwrap();
        }
        if policy != PolicyKind::SeedCompat {
            arena.allocate(&request(all, 16)).unwrap_or_else(|refused| panic!("{policy}: {refused}"));
        }
        assert_eq!(arena.audit(), Ok(()));
    }
}

#[test]
fn buddies_join_to_the_blocks_of_the_start() {
    let mut arena = arena(PolicyKind::Buddy, 1);
    let ranges = |arena: &arenascope_arena::Arena| arena.walk().map(|it| it.size).collect::<Vec<_>>();
    let before = ranges(&arena);
    assert_eq!(before.last(), Some(&Bytes::kib(32)), "the largest is the last half");
    let ids: Vec<_> = [16, 100, 5000, 16].map(|size| arena.allocate(&request(size, 16)).unwrap().id).into();
    for id in ids {
        arena.deallocate(id).unwrap();
    }
    assert_eq!(ranges(&arena), before);
}

#[test]
fn slots_of_one_size_share_a_span_and_give_it_back() {
    let mut arena = arena(PolicyKind::Slab, 8);
    let taken: Vec<_> = (0..40).map(|_| arena.allocate(&request(100, 16)).unwrap()).collect();
    let span = taken[0].offset.get() >> 16;
    assert!(taken.iter().all(|it| it.offset.get() >> 16 == span && it.usable == Bytes::new(112)));
    let other = arena.allocate(&request(200, 16)).unwrap();
    assert_ne!(other.offset.get() >> 16, span, "another size, another span");
    for id in taken.iter().map(|it| it.id).chain([other.id]) {
        arena.deallocate(id).unwrap();
    }
    let ranges: Vec<_> = arena.walk().collect();
    assert_eq!((ranges.len(), ranges[0].state), (1, RangeState::Free), "one open range again");
}

#[test]
fn bins_serve_a_size_again_from_the_same_place_and_join_when_they_must() {
    let mut arena = arena(PolicyKind::Bins, 4);
    let ids: Vec<_> = (0..3).map(|_| arena.allocate(&request(1000, 16)).unwrap()).collect();
    for it in &ids {
        arena.deallocate(it.id).unwrap();
    }
    assert_eq!(arena.statistics().free_range_count, 4, "three wait unjoined");
    assert_eq!(arena.allocate(&request(1000, 16)).unwrap().offset, ids[2].offset, "the last one first");
    // More than a sixteenth of the payload waits: all join.
    let large = arena.allocate(&request(20_000, 16)).unwrap();
    arena.deallocate(large.id).unwrap();
    assert_eq!(arena.statistics().free_range_count, 2);
    assert_eq!(arena.audit(), Ok(()));
}

#[test]
fn resizes_that_make_no_sense_are_refused_and_counted() {
    for policy in PolicyKind::ALL {
        let mut arena = arena(policy, 2);
        let taken = arena.allocate(&request(100, 16)).unwrap();
        let before = arena.statistics();
        for requested in [Bytes::ZERO, Bytes::new(u64::MAX)] {
            assert_eq!(arena.resize_in_place(taken.id, requested), Err(ResizeError::InvalidSize { requested }));
        }
        let refused = arena.resize_in_place(taken.id, Bytes::mib(1));
        assert!(matches!(refused, Err(ResizeError::NoRoom { available, .. }) if available < before.capacity));
        assert_eq!(arena.statistics().allocation_failures_total, before.allocation_failures_total + 3);
        assert_eq!((arena.statistics().used, arena.statistics().free), (before.used, before.free));
        arena.deallocate(taken.id).unwrap();
        assert!(matches!(arena.resize_in_place(taken.id, Bytes::new(1)), Err(ResizeError::Handle(_))));
        assert_eq!(arena.statistics().free_failures_total, before.free_failures_total + 1);
        assert_eq!(arena.audit(), Ok(()));
    }
}

#[test]
fn the_free_profile_says_what_a_size_can_use() {
    let mut arena = arena(PolicyKind::FirstFit, 1);
    let hole = arena.allocate(&request(64, 16)).unwrap();
    let rest = arena.statistics().free;
    arena.allocate(&request(rest.get() - 1024, 16)).unwrap();
    arena.deallocate(hole.id).unwrap();
    let profile = arena.free_profile();
    assert_eq!(
        [16, 64, 65, 1024, 1025].map(|size| profile.free_from(Bytes::new(size)).get()),
        [1088, 1088, 1024, 1024, 0]
    );
}

#[test]
fn free_slots_of_two_spans_stay_apart() {
    let mut arena = arena(PolicyKind::Slab, 8);
    let slot = Bytes::kib(16);
    let slots: Vec<_> = (0..8).map(|_| arena.allocate(&request(slot.get(), 16)).unwrap()).collect();
    assert_eq!(slots[4].offset, slots[3].offset.checked_add(slot).unwrap(), "the next span follows");
    arena.deallocate(slots[3].id).unwrap();
    arena.deallocate(slots[4].id).unwrap();
    assert_eq!(arena.audit(), Ok(()));
    let free: Vec<_> = arena.walk().filter(|it| it.state == RangeState::Free && it.size == slot).collect();
    assert_eq!([free[0].offset, free[1].offset], [slots[3].offset, slots[4].offset]);
}
