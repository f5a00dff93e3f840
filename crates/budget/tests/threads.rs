//! Threads that fight for one budget. What they hold is summed a second time in
//! counters outside it, so the budget is not its own witness.

use arenascope_budget::{Budget, BudgetError, Level, Limits};
use arenascope_units::Bytes;
use arenascope_units::owner::{Heap, MemoryCategory};
use rand_core::{RngCore, SeedableRng};
use rand_pcg::Pcg32;
use std::sync::Barrier;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::thread;

const THREADS: u64 = 8;
const ROUNDS: u64 = 5_000;
// So tight that a thread alone is refused too: whether threads overlap is up
// to the machine.
const TOTAL: u64 = 60;
const CATEGORY_LIMIT: u64 = 30;

/// Bytes held outside the budget's own counting: by category, then in total.
#[derive(Default)]
struct Witness {
    held: [AtomicU64; 7],
}

impl Witness {
    /// Counts after the budget said yes, so it never exceeds what is claimed.
    fn gain(&self, category: MemoryCategory, size: u64) {
        let levels = [(&self.held[category.index()], CATEGORY_LIMIT), (&self.held[6], TOTAL)];
        for (counter, limit) in levels {
            let held = counter.fetch_add(size, SeqCst) + size;
            assert!(held <= limit, "{held} B held of {limit} B in {category}");
        }
    }

    /// Counts before the budget takes back.
    fn lose(&self, category: MemoryCategory, size: u64) {
        self.held[category.index()].fetch_sub(size, SeqCst);
        self.held[6].fetch_sub(size, SeqCst);
    }
}

/// Six limits of 30 under a total of 60: both levels refuse.
fn contested() -> Budget {
    let limits = Limits::new(Bytes::new(TOTAL), [Bytes::new(CATEGORY_LIMIT); 6]).expect("limits within the total");
    Budget::with_limits(limits)
}

/// Reserves, commits half of it, gives back; returns how often it was refused.
fn hammer(budget: &Budget, witness: &Witness, seed: u64) -> u64 {
    let mut random = Pcg32::seed_from_u64(seed);
    let mut held = std::collections::VecDeque::new();
    let mut refused = 0;
    for _ in 0..ROUNDS {
        let category = MemoryCategory::ALL[(random.next_u32() % 6) as usize];
        let heap = Heap::ALL[(random.next_u32() % 3) as usize];
        let size = u64::from(random.next_u32() % 30) + 1;
        match budget.try_reserve(category, heap, Bytes::new(size)) {
            Ok(reservation) => {
                witness.gain(category, size);
                let actual = size.div_ceil(2);
                witness.lose(category, size - actual);
                held.push_back(reservation.commit(Bytes::new(actual)).expect("less always fits"));
            }
            Err(_) => refused += 1,
        }
        if held.len() > 4 || random.next_u32() % 3 == 0 {
            let Some(charge) = held.pop_front() else { continue };
            witness.lose(charge.category(), charge.bytes().get());
            drop(charge);
        }
    }
    held.iter().for_each(|charge| witness.lose(charge.category(), charge.bytes().get()));
    refused
}

#[test]
fn threads_never_hold_more_than_the_limits_and_give_all_of_it_back() {
    let (budget, witness) = (contested(), Witness::default());
    let refused: u64 = thread::scope(|scope| {
        let workers: Vec<_> = (0..THREADS)
            .map(|seed| {
                scope.spawn({
                    let (budget, witness) = (&budget, &witness);
                    move || hammer(budget, witness, seed)
                })
            })
            .collect();
        workers.into_iter().map(|worker| worker.join().expect("no limit was broken")).sum()
    });
    let state = budget.snapshot();
    assert_eq!((state.total.current, state.total.reserved), (Bytes::ZERO, Bytes::ZERO));
    assert_eq!(state.total.failures, refused);
    assert!(refused > 0, "the limits must have been contested");
    assert!(state.total.peak <= Bytes::new(TOTAL));
    assert_eq!(budget.audit(), Ok(()));
}

#[test]
fn of_equal_requests_exactly_those_that_fit_succeed() {
    const FIT: u64 = THREADS / 2;
    for _ in 0..200 {
        let budget = contested();
        let start = Barrier::new(THREADS as usize);
        let outcomes: Vec<_> = thread::scope(|scope| {
            let ask = || {
                start.wait();
                budget.try_reserve(MemoryCategory::ECS, Heap::Arena, Bytes::new(CATEGORY_LIMIT / FIT))
            };
            let workers: Vec<_> = (0..THREADS).map(|_| scope.spawn(ask)).collect();
            workers.into_iter().map(|worker| worker.join().expect("no panic")).collect()
        });
        let granted = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
        assert_eq!(granted as u64, FIT);
        for error in outcomes.iter().filter_map(|outcome| outcome.as_ref().err()) {
            assert!(matches!(error, BudgetError::OverLimit { level: Level::Category, .. }), "{error}");
        }
        assert_eq!(budget.snapshot().total.failures, THREADS - FIT);
    }
}

/// Each charge fills the limit, so bytes that were given back in the wrong order
/// would be counted twice; the peak would remember it.
#[test]
fn readers_never_see_more_than_the_limits() {
    let budget = contested();
    let fill = || {
        for _ in 0..8 * ROUNDS {
            drop(budget.allocate(MemoryCategory::ECS, Heap::Arena, Bytes::new(CATEGORY_LIMIT)));
        }
    };
    thread::scope(|scope| {
        let workers: Vec<_> = (0..THREADS).map(|_| scope.spawn(fill)).collect();
        while !workers.iter().all(|worker| worker.is_finished()) {
            let state = budget.snapshot();
            for node in state.categories.iter().map(|row| row.node).chain([state.total]) {
                assert!(node.current.checked_add(node.reserved) <= Some(node.limit), "{node:?}");
            }
        }
    });
    let state = budget.snapshot();
    assert_eq!([state.of(MemoryCategory::ECS).peak, state.total.peak], [Bytes::new(CATEGORY_LIMIT); 2]);
}
