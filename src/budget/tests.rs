//! The budget as its callers see it.

use super::*;
use MemoryCategory::{Ecs, GpuBuffers, Temporary};

fn bytes(count: u64) -> Bytes {
    Bytes::new(count)
}

/// 1000 bytes in the default shares: 250, 300, 200, 100, 100, 50.
fn budget() -> Budget {
    Budget::new(bytes(1000))
}

#[test]
fn a_dropped_reservation_leaves_no_trace() {
    let budget = budget();
    let before = budget.snapshot();
    let reservation = budget.try_reserve(Ecs, Heap::Arena, bytes(200)).unwrap();
    assert_eq!((reservation.category(), reservation.heap(), reservation.bytes()), (Ecs, Heap::Arena, bytes(200)));
    assert_eq!(budget.snapshot().of(Ecs).reserved, bytes(200));
    assert_eq!(budget.snapshot().of(Ecs).current, Bytes::ZERO);
    drop(reservation);
    assert_eq!(budget.snapshot(), before);
}

#[test]
fn a_commit_charges_what_it_took() {
    for actual in [0, 1, 200, 250] {
        let budget = budget();
        let charge = budget.try_reserve(Ecs, Heap::Npu, bytes(200)).unwrap().commit(bytes(actual)).unwrap();
        assert_eq!((charge.category(), charge.heap(), charge.bytes()), (Ecs, Heap::Npu, bytes(actual)));
        let state = budget.snapshot();
        for node in [state.of(Ecs), &state.total] {
            assert_eq!((node.current, node.reserved, node.on(Heap::Npu)), (bytes(actual), bytes(0), bytes(actual)));
        }
        assert_eq!(charge.release(), Ok(bytes(actual)));
        assert_eq!((budget.current(Ecs), budget.snapshot().of(Ecs).peak), (bytes(0), bytes(actual)));
        assert_eq!(budget.audit(), Ok(()));
    }
}

#[test]
fn a_commit_that_does_not_fit_gives_the_reservation_back() {
    let budget = budget();
    let reservation = budget.try_reserve(Ecs, Heap::Arena, bytes(200)).unwrap();
    let error = reservation.commit(bytes(251)).unwrap_err();
    let figures = |wanted, reserved, free| BudgetError::OverLimit {
        level: Level::Category,
        category: Ecs,
        wanted: bytes(wanted),
        current: bytes(0),
        reserved: bytes(reserved),
        limit: bytes(250),
        free: bytes(free),
    };
    assert_eq!(error, figures(51, 200, 50));
    assert_eq!((budget.snapshot().of(Ecs).reserved, budget.snapshot().of(Ecs).failures), (bytes(0), 1));
    assert_eq!(budget.audit(), Ok(()));
}

#[test]
fn reservations_count_against_both_limits() {
    let limits = Limits::new(bytes(100), [bytes(80); 6]).unwrap();
    let budget = Budget::with_limits(limits);
    let _held = budget.try_reserve(Ecs, Heap::Arena, bytes(60)).unwrap();
    assert!(budget.can_allocate(Ecs, bytes(20)) && !budget.can_allocate(Ecs, bytes(21)));
    assert!(budget.can_allocate(GpuBuffers, bytes(40)) && !budget.can_allocate(GpuBuffers, bytes(41)));
    assert_eq!(budget.snapshot().total.failures, 0, "asking is no failure");
}

#[test]
fn a_lowered_limit_takes_nothing_and_refuses_until_there_is_room() {
    let budget = budget();
    let charge = budget.allocate(Ecs, Heap::Arena, bytes(200)).unwrap();
    assert_eq!(budget.set_limit(Ecs, bytes(100)), Ok(bytes(250)));
    assert_eq!(budget.usage(Ecs).map(Ratio::get), Some(2.0));
    assert!(!budget.can_allocate(Ecs, bytes(1)));
    assert_eq!(budget.audit(), Ok(()));
    drop(charge);
    assert!(budget.can_allocate(Ecs, bytes(100)));
    let over = BudgetError::LimitOverTotal { category: Ecs, limit: bytes(1001), total: bytes(1000) };
    assert_eq!(budget.set_limit(Ecs, bytes(1001)), Err(over));
    assert_eq!(budget.snapshot().of(Ecs).limit, bytes(100));
}

#[test]
fn clones_are_one_budget_and_charges_outlive_them() {
    let budget = budget();
    let other = budget.clone();
    let charge = other.allocate(Temporary, Heap::Arena, bytes(50)).unwrap();
    drop(other);
    assert_eq!(budget.current(Temporary), bytes(50));
    let watcher = budget.clone();
    drop(budget);
    drop(charge);
    assert_eq!(watcher.current(Temporary), bytes(0));
}

#[test]
fn budget_and_charges_go_between_threads() {
    fn shared<T: Send + Sync + 'static>() {}
    shared::<Budget>();
    shared::<Reservation>();
    shared::<Charge>();
}
