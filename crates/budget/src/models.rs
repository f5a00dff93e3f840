//! Threads that fight for a budget, in every order of events that the memory
//! model allows (loom). Run by `make test-loom`.

use super::*;
use arenascope_units::owner::MemoryCategory;
use loom::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::sync::Arc;

const fn bytes(count: u64) -> Bytes {
    Bytes::new(count)
}

/// Every order as far as two preemptions reach, which nearly all faults need; a
/// refusal reads every leaf for its numbers, and with three such a model takes
/// hours. The looks after the threads have ended are long, and have one order.
fn check(history: impl Fn() + Send + Sync + 'static) {
    let mut model = loom::model::Builder::new();
    model.preemption_bound = Some(2);
    model.max_branches = 20_000;
    model.check(history);
}

/// A budget of 100 bytes; marks are not watched, so that a model has few words.
fn budget(limits: impl FnOnce(Limits) -> Limits) -> Budget {
    Budget::with_limits(limits(Limits::unwatched(bytes(100), [bytes(100); 6])))
}

/// What is held at one moment, counted outside the budget: after it said yes,
/// and before it takes back, so never more than what it believes.
fn hold(budget: &Budget, held: &AtomicU64, category: MemoryCategory, size: u64) -> bool {
    let Ok(reservation) = budget.try_reserve(category, Heap::Arena, bytes(size)) else { return false };
    let now = held.fetch_add(size, SeqCst) + size;
    assert!(now <= 100, "{now} B held of 100 B");
    let charge = reservation.commit(bytes(size)).expect("no growth");
    held.fetch_sub(size, SeqCst);
    drop(charge);
    true
}

/// Runs `mine` beside `theirs`; says who was granted.
fn race(budget: Budget, mine: (MemoryCategory, u64), theirs: (MemoryCategory, u64)) -> (Budget, [bool; 2]) {
    let held = Arc::new(AtomicU64::new(0));
    let other = loom::thread::spawn({
        let (budget, held) = (budget.clone(), Arc::clone(&held));
        move || hold(&budget, &held, theirs.0, theirs.1)
    });
    let granted = hold(&budget, &held, mine.0, mine.1);
    let outcome = [granted, other.join().expect("no limit was broken")];
    (budget, outcome)
}

#[test]
fn loom_requests_that_do_not_fit_together_never_overlap() {
    for theirs in [MemoryCategory::ECS, MemoryCategory::GPU_TEXTURES] {
        check(move || {
            let (budget, granted) = race(budget(|limits| limits), (MemoryCategory::ECS, 60), (theirs, 60));
            assert_ne!(granted, [false, false], "the first to arrive must be granted");
            assert_eq!(budget.audit(), Ok(()));
            assert_eq!(budget.snapshot().total.claimed(), Bytes::ZERO);
        });
    }
}

#[test]
fn loom_requests_that_fit_together_are_both_granted() {
    check(|| {
        let (budget, granted) =
            race(budget(|limits| limits), (MemoryCategory::ECS, 60), (MemoryCategory::GPU_TEXTURES, 40));
        assert_eq!(granted, [true, true]);
        assert_eq!((budget.audit(), budget.snapshot().total.current), (Ok(()), Bytes::ZERO));
    });
}

#[test]
fn loom_a_borrower_and_a_lender_never_exceed_the_total() {
    check(|| {
        let lending = |limits: Limits| {
            let bounds = Bounds { min: bytes(50), high: bytes(100), max: bytes(100), priority: 0 };
            limits.with_category(MemoryCategory::ECS, bounds).expect("within the total")
        };
        // The borrower may have 50; with 60 it is refused unless a race lends
        // the lender's bytes, and then the total still holds.
        let (budget, _) = race(budget(lending), (MemoryCategory::ECS, 50), (MemoryCategory::GPU_TEXTURES, 60));
        assert_eq!((budget.audit(), budget.snapshot().total.current), (Ok(()), Bytes::ZERO));
    });
}

#[test]
fn loom_a_tag_gets_one_node() {
    check(|| {
        let budget = budget(|limits| limits);
        let owner = Owner::new(MemoryCategory::ECS, arenascope_units::owner::Tag(7));
        let other = loom::thread::spawn({
            let budget = budget.clone();
            move || budget.allocate(owner, Heap::Arena, bytes(10)).expect("fits")
        });
        let mine = budget.allocate(owner, Heap::Arena, bytes(20)).expect("fits");
        let theirs = other.join().expect("no panic");
        assert_eq!(budget.tags().iter().map(|row| row.node.current).collect::<Vec<_>>(), [bytes(30)]);
        drop((mine, theirs));
        assert_eq!(budget.audit(), Ok(()));
    });
}
