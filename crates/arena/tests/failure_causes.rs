//! Full against fragmented: as many bytes as are needed are free, or not.

use arenascope_arena::{
    AllocError, AllocationId, Arena, FailureCause, Guards, PolicyKind, RefusalKind, Region, Request, SharedArena,
};
use arenascope_units::owner::{MemoryCategory, Owner, Tag};
use arenascope_units::{Bytes, Micros};
use std::sync::Arc;

const HOLE: u64 = 64 << 10;
const HOLES: u64 = 500;

fn request(size: u64, align: u64) -> Request {
    let owner = Owner::new(MemoryCategory::TEMPORARY, Tag(1));
    Request { size: Bytes::new(size), align: Bytes::new(align), owner, now: Micros::ZERO }
}

/// Takes every byte that is left, in ever smaller pieces.
fn fill(mut take: impl FnMut(u64) -> bool) {
    for size in (4..26).rev().map(|exponent| 1 << exponent) {
        while take(size) {}
    }
}

/// 500 holes of 64 KiB between 500 allocations of 64 KiB, and nothing else free.
fn checkerboard(policy: PolicyKind) -> Arena {
    let mut arena = Arena::new(Region::reserve(Bytes::mib(66)).unwrap(), policy);
    let ids: Vec<_> = (0..2 * HOLES).map(|_| arena.allocate(&request(HOLE, 16)).unwrap().id).collect();
    fill(|size| arena.allocate(&request(size, 16)).is_ok());
    for id in ids.into_iter().step_by(2) {
        arena.deallocate(id).unwrap();
    }
    arena
}

fn cause(refused: Result<impl Sized, AllocError>) -> Option<FailureCause> {
    refused.err().and_then(|refused| refused.failure_cause())
}

#[test]
fn half_free_in_holes_is_fragmented_up_to_all_that_is_free() {
    for policy in [PolicyKind::FirstFit, PolicyKind::BestFit, PolicyKind::Tlsf, PolicyKind::Bins] {
        let mut arena = checkerboard(policy);
        let now = arena.statistics();
        assert_eq!((now.free, now.largest_free), (Bytes::new(HOLES * HOLE), Bytes::new(HOLE)), "{policy}");
        let before = now.refusals.count(RefusalKind::Full);
        let sizes = [HOLE + 1, 100_000, 128 << 10, 1 << 20, HOLES * HOLE];
        for size in sizes {
            let refused = arena.allocate(&request(size, 16));
            assert_eq!(cause(refused), Some(FailureCause::Fragmented), "{policy}: {size}");
        }
        for size in [HOLES * HOLE + 1, 40 << 20, 1 << 30] {
            assert_eq!(cause(arena.allocate(&request(size, 16))), Some(FailureCause::Full), "{policy}: {size}");
        }
        let counted = arena.statistics().refusals;
        assert_eq!(counted.count(RefusalKind::Fragmented), sizes.len() as u64, "{policy}");
        assert_eq!(counted.count(RefusalKind::Full), before + 3, "{policy}");
        assert!(arena.allocate(&request(HOLE, 16)).is_ok(), "{policy}: a hole serves");
    }
}

/// The same behind a thread, which keeps what it frees until somebody needs it.
#[test]
fn what_a_thread_keeps_counts_as_free() {
    let arena = Arena::new(Region::reserve(Bytes::mib(66)).unwrap(), PolicyKind::Tlsf);
    let shared = Arc::new(SharedArena::new(arena));
    let mut thread = shared.attach().unwrap();
    let mut here = thread.pin().unwrap();
    let ids: Vec<_> = (0..2 * HOLES).map(|_| here.allocate(&request(HOLE, 16)).unwrap().id).collect();
    fill(|size| here.allocate(&request(size, 16)).is_ok());
    for id in ids.into_iter().step_by(2) {
        here.deallocate(id).unwrap();
    }
    for size in [HOLE + 1, 100_000, 128 << 10, HOLES * HOLE] {
        assert_eq!(cause(here.allocate(&request(size, 16))), Some(FailureCause::Fragmented), "{size}");
    }
    assert_eq!(cause(here.allocate(&request(HOLES * HOLE + 1, 16))), Some(FailureCause::Full));
}

/// An allocation of one granule at each multiple of 64 KiB leaves no such address.
#[test]
fn room_at_other_addresses_alone_is_fragmented() {
    let mut arena = Arena::new(Region::reserve_pages(16).unwrap(), PolicyKind::FirstFit);
    let ids: Vec<AllocationId> =
        core::iter::from_fn(|| arena.allocate(&request(16, HOLE)).ok()).map(|it| it.id).collect();
    assert_eq!(ids.len(), 15, "one page has the table");
    let refused = arena.allocate(&request(16, HOLE)).unwrap_err();
    assert_eq!(refused.failure_cause(), Some(FailureCause::Fragmented), "{refused}");
}

/// What a policy rounds up to, and canaries, are needed too.
#[test]
fn needed_is_what_would_be_set_aside() {
    for policy in PolicyKind::ALL {
        for guards in [None, Some(Guards::default())] {
            for (size, align) in [(1, 1), (100, 16), (5_000, 64), (70_000, 4_096), (300_000, 16)] {
                let mut arena = Arena::new(Region::reserve_pages(32).unwrap(), policy);
                arena.set_guards(guards);
                let usable = arena.allocate(&request(size, align)).unwrap().usable;
                while arena.allocate(&request(size, align)).is_ok() {}
                // Of nodes there are enough for the large sizes only.
                if let Err(AllocError::OutOfMemory { requested, needed, .. }) = arena.allocate(&request(size, align)) {
                    assert_eq!(requested, Bytes::new(size));
                    assert_eq!(needed, usable, "{policy}, {guards:?}: {size} at {align}");
                } else {
                    assert!(size < 70_000, "{policy}: {size}");
                }
            }
        }
    }
}
