//! Random programs against the budget and against a model that keeps nothing
//! but the list of what is held, and sums it afresh for every question.

use arenascope_budget::{Budget, BudgetError, Charge, Level, Limits, NodeState, Pressure, Reservation};
use arenascope_units::Bytes;
use arenascope_units::owner::{Heap, MemoryCategory};
use proptest::prelude::*;
use proptest::sample::select;

const TOTAL: u64 = 1000;

/// One step of a program. A `pick` is an index into what is held, modulo.
#[derive(Clone, Copy, Debug)]
enum Step {
    Reserve { category: MemoryCategory, heap: Heap, size: u64 },
    Commit { pick: usize, actual: u64 },
    Abandon { pick: usize },
    Release { pick: usize },
    Forget { pick: usize },
    Limit { category: MemoryCategory, limit: u64 },
}

/// Mostly sizes that matter near the limits; now and then one that overflows.
fn size() -> impl Strategy<Value = u64> {
    prop_oneof![8 => 0..=300u64, 1 => TOTAL - 2..=TOTAL + 2, 1 => u64::MAX - 300..=u64::MAX]
}

fn step() -> impl Strategy<Value = Step> {
    let category = || select(MemoryCategory::ALL.as_slice());
    let heap = select(Heap::ALL.as_slice());
    prop_oneof![
        4 => (category(), heap, size()).prop_map(|(category, heap, size)| Step::Reserve { category, heap, size }),
        3 => (any::<usize>(), size()).prop_map(|(pick, actual)| Step::Commit { pick, actual }),
        1 => any::<usize>().prop_map(|pick| Step::Abandon { pick }),
        1 => any::<usize>().prop_map(|pick| Step::Release { pick }),
        1 => any::<usize>().prop_map(|pick| Step::Forget { pick }),
        1 => (category(), 0..=TOTAL + 100).prop_map(|(category, limit)| Step::Limit { category, limit }),
    ]
}

/// What the model knows of one reservation or charge.
#[derive(Clone, Copy, Debug)]
struct Held {
    category: MemoryCategory,
    heap: Heap,
    bytes: u64,
    charged: bool,
}

#[derive(Debug)]
struct Model {
    held: Vec<Held>,
    limits: [u64; 6],
    peaks: [u64; 7],
    failures: [u64; 7],
}

/// Position of the root in the model's arrays, after the categories.
const ROOT: usize = 6;

impl Model {
    fn new(limits: [u64; 6]) -> Self {
        Self { held: Vec::new(), limits, peaks: [0; 7], failures: [0; 7] }
    }

    fn sum(&self, level: usize, keep: impl Fn(&Held) -> bool) -> u64 {
        let inside = |held: &&Held| (level == ROOT || held.category.index() == level) && keep(held);
        self.held.iter().filter(inside).map(|held| held.bytes).sum()
    }

    fn limit(&self, level: usize) -> u64 {
        self.limits.get(level).copied().unwrap_or(TOTAL)
    }

    fn node(&self, level: usize) -> NodeState {
        let limit = Bytes::new(self.limit(level));
        NodeState {
            current: Bytes::new(self.sum(level, |held| held.charged)),
            by_heap: Heap::ALL.map(|heap| Bytes::new(self.sum(level, |held| held.charged && held.heap == heap))),
            reserved: Bytes::new(self.sum(level, |held| !held.charged)),
            peak: Bytes::new(self.peaks[level]),
            high: limit,
            limit,
            failures: self.failures[level],
            ..NodeState::default()
        }
    }

    /// The refusal that `size` more bytes must meet, if any; counts it.
    fn refusal(&mut self, category: MemoryCategory, size: u64) -> Option<BudgetError> {
        let level = [category.index(), ROOT].into_iter().find(|&level| {
            let claimed = u128::from(self.sum(level, |_| true));
            size > 0 && claimed + u128::from(size) > u128::from(self.limit(level))
        })?;
        let NodeState { current, reserved, limit, .. } = self.node(level);
        self.failures[category.index()] += 1;
        self.failures[ROOT] += 1;
        let free = limit.saturating_sub(current).saturating_sub(reserved);
        let level = if level == ROOT { Level::Total } else { Level::Category };
        Some(BudgetError::OverLimit { level, category, wanted: Bytes::new(size), current, reserved, limit, free })
    }

    fn charged(&mut self, index: usize, actual: u64) {
        self.held[index].bytes = actual;
        self.held[index].charged = true;
        for level in [self.held[index].category.index(), ROOT] {
            self.peaks[level] = self.peaks[level].max(self.sum(level, |_| true));
        }
    }
}

/// The real thing beside the model: `real[i]` is what `model.held[i]` tells of.
struct Run {
    budget: Budget,
    model: Model,
    real: Vec<Real>,
}

enum Real {
    Reserved(Reservation),
    Charged(Charge),
}

impl Run {
    fn new(limits: [u64; 6]) -> Self {
        let bounds = Limits::new(Bytes::new(TOTAL), limits.map(Bytes::new)).expect("limits within the total");
        Self { budget: Budget::with_limits(bounds), model: Model::new(limits), real: Vec::new() }
    }

    /// The `pick`-th of what is held and is charged, or is not.
    fn pick(&self, pick: usize, charged: bool) -> Option<usize> {
        let fitting: Vec<usize> =
            (0..self.real.len()).filter(|&index| self.model.held[index].charged == charged).collect();
        fitting.get(pick.checked_rem(fitting.len())?).copied()
    }

    fn take(&mut self, index: usize) -> Real {
        self.model.held.remove(index);
        self.real.remove(index)
    }

    fn apply(&mut self, step: Step) {
        match step {
            Step::Reserve { category, heap, size } => self.reserve(category, heap, size),
            Step::Commit { pick, actual } => self.commit(pick, actual),
            Step::Abandon { pick } => drop(self.pick(pick, false).map(|index| self.take(index))),
            Step::Forget { pick } => drop(self.pick(pick, true).map(|index| self.take(index))),
            Step::Release { pick } => self.release(pick),
            Step::Limit { category, limit } => self.limit(category, limit),
        }
    }

    fn reserve(&mut self, category: MemoryCategory, heap: Heap, size: u64) {
        let fits = self.budget.has_room(category, heap, Bytes::new(size));
        let expected = self.model.refusal(category, size);
        assert_eq!(fits, expected.is_none(), "has_room and try_reserve must agree");
        match (self.budget.try_reserve(category, heap, Bytes::new(size)), expected) {
            (Ok(reservation), None) => {
                self.model.held.push(Held { category, heap, bytes: size, charged: false });
                self.real.push(Real::Reserved(reservation));
            }
            (outcome, expected) => assert_eq!(outcome.err(), expected),
        }
    }

    fn commit(&mut self, pick: usize, actual: u64) {
        let Some(index) = self.pick(pick, false) else { return };
        let Held { category, bytes, .. } = self.model.held[index];
        let expected = self.model.refusal(category, actual.saturating_sub(bytes));
        let Real::Reserved(reservation) = self.real.remove(index) else { unreachable!("picked a reservation") };
        match (reservation.commit(Bytes::new(actual)), expected) {
            (Ok(charge), None) => {
                self.real.insert(index, Real::Charged(charge));
                self.model.charged(index, actual);
            }
            (outcome, expected) => {
                assert_eq!(outcome.err(), expected);
                self.model.held.remove(index);
            }
        }
    }

    fn release(&mut self, pick: usize) {
        let Some(index) = self.pick(pick, true) else { return };
        let bytes = Bytes::new(self.model.held[index].bytes);
        let Real::Charged(charge) = self.take(index) else { unreachable!("picked a charge") };
        assert_eq!(charge.release(), Ok(bytes));
    }

    fn limit(&mut self, category: MemoryCategory, limit: u64) {
        let outcome = self.budget.set_limit(category, Bytes::new(limit));
        if limit <= TOTAL {
            assert_eq!(outcome, Ok(Bytes::new(self.model.limits[category.index()])));
            self.model.limits[category.index()] = limit;
        } else {
            let total = Bytes::new(TOTAL);
            assert_eq!(outcome, Err(BudgetError::LimitOverTotal { category, limit: Bytes::new(limit), total }));
        }
    }

    /// Every figure of every level, and the budget's own audit.
    fn check(&self) {
        // What the model does not keep, others test.
        let plain = |node: &NodeState| NodeState {
            priority: 0,
            pressure: Pressure::Normal,
            high_events: 0,
            held_over: Bytes::ZERO,
            ..*node
        };
        let state = self.budget.snapshot();
        for category in MemoryCategory::ALL {
            assert_eq!(plain(state.of(category)), self.model.node(category.index()), "{category}");
        }
        assert_eq!(plain(&state.total), self.model.node(ROOT), "total");
        assert_eq!(self.budget.audit(), Ok(()));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(256) })]

    #[test]
    fn the_budget_is_the_sum_of_what_is_held(
        limits in prop::array::uniform6(0..=TOTAL),
        program in prop::collection::vec(step(), 0..120),
    ) {
        let mut run = Run::new(limits);
        for step in program {
            run.apply(step);
            run.check();
        }
        run.real.clear();
        run.model.held.clear();
        run.check();
    }
}
