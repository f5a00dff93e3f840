//! Random programs against the tree that lends: what it holds, what it refuses,
//! and what a what-if says of them; and the original design's budget beside the
//! mode that reproduces it.

#[path = "original/budget.rs"]
mod original;

use arenascope_budget::{
    Bounds, Budget, BudgetError, BudgetMode, Charge, Freed, History, Level, Limits, NodeState, Parting, PartingCause,
    Pressure, ReclaimStep, RefusalRow, Reservation, WhatIf,
};
use arenascope_units::owner::{Heap, MemoryCategory, Owner, Tag};
use arenascope_units::{Bytes, Micros};
use core::convert::Infallible;
use original::MemoryBudget;
use proptest::prelude::*;
use proptest::sample::select;
use std::cell::RefCell;
use std::collections::BTreeMap;

const TOTAL: u64 = 1000;

/// One step of a program. A `pick` is an index into what is held, modulo.
#[derive(Clone, Copy, Debug)]
enum Step {
    Reserve { owner: Owner, heap: Heap, size: u64 },
    Commit { pick: usize, actual: u64 },
    Drop { pick: usize },
}

fn owner() -> impl Strategy<Value = Owner> {
    (select(MemoryCategory::ALL.as_slice()), 0..3u16).prop_map(|(category, tag)| Owner::new(category, Tag(tag)))
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (owner(), select(Heap::ALL.as_slice()), 0..=300u64)
            .prop_map(|(owner, heap, size)| Step::Reserve { owner, heap, size }),
        4 => (any::<usize>(), 0..=300u64).prop_map(|(pick, actual)| Step::Commit { pick, actual }),
        3 => any::<usize>().prop_map(|pick| Step::Drop { pick }),
    ]
}

/// Bounds of six categories of a total of [`TOTAL`], minimums of at most a
/// sixth, and a limit for the device and for one tag.
fn limits() -> impl Strategy<Value = Limits> {
    let bounds = (0..=TOTAL / 6, 0..=400u64, 0..=800u64, 0..4u8).prop_map(|(min, share, beyond, priority)| {
        let high = min + share;
        let max = (high + beyond).min(TOTAL).max(high);
        Bounds { min: Bytes::new(min), high: Bytes::new(high), max: Bytes::new(max), priority }
    });
    (prop::array::uniform6(bounds), 0..=TOTAL, 0..=300u64).prop_map(|(categories, device, tag)| {
        let wall = |limit| Bounds::wall(Bytes::new(limit));
        let start = BudgetMode::Shares.limits(Bytes::new(TOTAL)).with_heap(Heap::Device, wall(device));
        let start = start.and_then(|limits| limits.with_tag(Owner::new(MemoryCategory::ECS, Tag(1)), wall(tag)));
        MemoryCategory::ALL.into_iter().zip(categories).fold(start.expect("in order"), |limits, (category, bounds)| {
            limits.with_category(category, bounds).expect("in order and within the total")
        })
    })
}

enum Held {
    Reserved(Reservation),
    Charged(Charge),
}

/// What is held, by the number of the request that it came from.
type Live = RefCell<BTreeMap<usize, Held>>;

/// A program on a real budget. The oldest charges of whoever is asked give way.
struct Run {
    budget: Budget,
    live: Live,
    requests: usize,
    refused: Vec<(Owner, Bytes)>,
}

impl Run {
    fn new(budget: Budget) -> Self {
        Self { budget, live: Live::default(), requests: 0, refused: Vec::new() }
    }

    /// Runs one step. `granted` says which requests may hold what they get: a
    /// what-if cannot know how long others would have lived.
    fn step(&mut self, step: Step, granted: impl Fn(usize) -> bool) {
        match step {
            Step::Reserve { owner, heap, size } => {
                self.requests += 1;
                self.budget.set_time(Micros::new(self.requests as u64));
                let live = &self.live;
                let mut give_way = |step: &ReclaimStep| give_way(live, step);
                let fits = !self.budget.lacks_room(owner, heap, Bytes::new(size));
                let outcome = self.budget.reserve_or_reclaim(owner, heap, Bytes::new(size), &mut give_way);
                assert!(outcome.is_ok() || !fits, "room for {size} on {heap:?}, and refused: {outcome:?}");
                match outcome {
                    Ok(reservation) if granted(self.requests) => {
                        live.borrow_mut().insert(self.requests, Held::Reserved(reservation));
                    }
                    Ok(_) => {}
                    Err(_) => self.refused.push((owner, Bytes::new(size))),
                }
            }
            Step::Commit { pick, actual } => self.commit(pick, actual),
            Step::Drop { pick } => drop(self.live.borrow_mut().remove(&self.request(pick))),
        }
    }

    /// A request that was made, whether or not it still holds anything: the
    /// same in every run of a program.
    fn request(&self, pick: usize) -> usize {
        pick.checked_rem(self.requests).map_or(0, |index| index + 1)
    }

    /// Never more than was reserved: growth is refused in one run and not in
    /// another, and its life would differ.
    fn commit(&mut self, pick: usize, actual: u64) {
        let request = self.request(pick);
        let held = self.live.borrow_mut().remove(&request);
        let held = match held {
            Some(Held::Reserved(reservation)) => {
                let actual = Bytes::new(actual).min(reservation.bytes());
                Held::Charged(reservation.commit(actual).expect("no growth"))
            }
            Some(charged) => charged,
            None => return,
        };
        self.live.borrow_mut().insert(request, held);
    }

    /// The sums from the list of what is held, against every figure.
    fn check(&self) {
        assert_eq!(self.budget.audit(), Ok(()));
        let live = self.live.borrow();
        let sum = |keep: &dyn Fn(Owner, Heap, bool) -> bool| {
            let bytes = live.values().map(|held| match held {
                Held::Reserved(held) => (held.owner(), held.heap(), false, held.bytes()),
                Held::Charged(held) => (held.owner(), held.heap(), true, held.bytes()),
            });
            bytes.filter(|&(owner, heap, charged, _)| keep(owner, heap, charged)).map(|held| held.3).sum::<Bytes>()
        };
        let same = |node: &NodeState, own: &dyn Fn(Owner, Heap) -> bool| {
            let figures = (node.current, node.reserved);
            let [current, reserved] =
                [true, false].map(|part| sum(&|owner, heap, charged| own(owner, heap) && charged == part));
            assert_eq!(figures, (current, reserved));
        };
        let state = self.budget.snapshot();
        same(&state.total, &|_, _| true);
        state.categories.iter().for_each(|row| same(&row.node, &|owner, _| owner.category == row.category));
        for row in &state.heaps {
            same(&row.node.expect("limited"), &|_, heap| heap == row.heap);
        }
        for row in self.budget.tags() {
            same(&row.node, &|owner, _| owner.category == row.category && Some(owner.tag) == row.tag);
        }
    }

    /// What is guaranteed and not used is still there for whom it is kept.
    fn check_guarantees(&self) {
        let state = self.budget.snapshot();
        let kept: u64 = state.categories.iter().map(|row| row.node.claimed().max(row.node.min).get()).sum();
        assert!(kept <= TOTAL, "{kept} B held or guaranteed of {TOTAL} B");
    }
}

fn give_way(live: &Live, step: &ReclaimStep) -> Freed {
    let mut freed = Freed::default();
    live.borrow_mut().retain(|_, held| {
        let Held::Charged(charge) = held else { return true };
        if freed.total() >= step.bytes || (charge.category(), charge.heap()) != (step.category, step.heap) {
            return true;
        }
        freed.add(charge.category(), charge.bytes());
        false
    });
    freed
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(192) })]

    #[test]
    fn every_node_is_the_sum_of_what_is_held_and_guarantees_are_kept(
        limits in limits(),
        program in prop::collection::vec(step(), 0..100),
    ) {
        let mut run = Run::new(Budget::with_limits(limits));
        for step in program {
            run.step(step, |_| true);
            run.check();
            run.check_guarantees();
        }
        run.live.borrow_mut().clear();
        run.check();
        prop_assert_eq!(run.budget.snapshot().total.claimed(), Bytes::ZERO);
    }

    /// A history, recorded under limits that refuse nothing or some, run again
    /// under others, refuses what a real run under those refuses.
    #[test]
    fn a_what_if_says_what_really_happens(
        then in limits(),
        now in limits(),
        program in prop::collection::vec(step(), 0..100),
    ) {
        // Nothing gives way in truth: what was reclaimed then would have lived
        // on now, and no history knows how long.
        let mut recorded = Run::new(Budget::recorded(then, 1000));
        let mut refused_then = Vec::new();
        for &step in &program {
            let before = recorded.refused.len();
            recorded.step(only_arena(step), |_| true);
            if recorded.refused.len() > before {
                refused_then.push(recorded.requests);
            }
        }
        let history = recorded.budget.history().expect("nobody else writes");
        let mut real = Run::new(Budget::with_limits(now.clone()));
        for step in program {
            real.step(only_arena(step), |request| !refused_then.contains(&request));
        }
        let answer = what_if(&now, &history);
        prop_assert_eq!(answer.requests, recorded.requests as u64);
        let listed: Vec<_> = answer.refusals.iter().map(|row: &RefusalRow| (row.owner, row.wanted)).collect();
        prop_assert_eq!(listed, real.refused);
        let newly = answer.refusals.iter().filter(|row| !row.refused_then).count() as u64;
        prop_assert_eq!((answer.newly_refused, answer.lost), (newly, 0));
        let state = real.budget.snapshot();
        prop_assert_eq!(answer.peak, state.total.peak);
        prop_assert_eq!(answer.peaks, MemoryCategory::ALL.map(|category| state.of(category).peak));
    }

    #[test]
    fn the_single_total_is_the_original(
        total in 0..=1u64 << 40,
        program in prop::collection::vec((0..6usize, 0..=1000u64, any::<usize>(), any::<bool>()), 0..100),
    ) {
        let budget = Budget::with_limits(BudgetMode::SingleTotal.limits(Bytes::new(total)));
        let mut original = MemoryBudget::new(total);
        let mut held: Vec<Charge> = Vec::new();
        for (index, permille, pick, give_back) in program {
            let (ours, theirs) = (MemoryCategory::ALL[index], THEIRS[index]);
            if give_back && !held.is_empty() {
                let charge = held.swap_remove(pick % held.len());
                original.deallocate(THEIRS[charge.category().index()], charge.bytes().get());
            } else {
                let size = total / 1000 * permille / 2;
                prop_assert_eq!(budget.has_room(ours, Heap::Arena, Bytes::new(size)), original.can_allocate(theirs, size));
                let outcome = budget.allocate(ours, Heap::Arena, Bytes::new(size));
                prop_assert_eq!(outcome.is_ok(), original.allocate(theirs, size).is_ok());
                held.extend(outcome);
            }
            for (ours, theirs) in MemoryCategory::ALL.into_iter().zip(THEIRS) {
                let node = *budget.snapshot().of(ours);
                let usage = (node.current.get() as f32 / node.limit.get() as f32) * 100.0;
                prop_assert_eq!(usage.to_bits(), original.get_usage(theirs).to_bits());
            }
        }
        prop_assert_eq!(budget.take_events().iter().filter(|event| is_pressure(event)).count(), 0);
    }
}

const THEIRS: [original::MemoryCategory; 6] = [
    original::MemoryCategory::ECS,
    original::MemoryCategory::GPUBuffers,
    original::MemoryCategory::GPUTextures,
    original::MemoryCategory::NPUModels,
    original::MemoryCategory::NPUTensors,
    original::MemoryCategory::Temporary,
];

fn is_pressure(event: &arenascope_budget::BudgetEvent) -> bool {
    matches!(event.kind, arenascope_budget::EventKind::Pressure { .. })
}

/// The same step where nothing can be reclaimed.
fn only_arena(step: Step) -> Step {
    match step {
        Step::Reserve { owner, size, .. } => Step::Reserve { owner, heap: Heap::Arena, size },
        other => other,
    }
}

/// Under these limits instead, all the time.
fn what_if(limits: &Limits, history: &History) -> WhatIf {
    Budget::what_if(history, |_| Ok::<_, Infallible>(limits.clone())).expect("these limits make sense")
}

#[test]
fn a_what_if_tells_who_would_have_been_reclaimed() {
    let b = Bytes::new;
    let budget = Budget::recorded(Limits::lending(b(1000)), 100);
    let (textures, buffers) = (MemoryCategory::GPU_TEXTURES, MemoryCategory::GPU_BUFFERS);
    let borrowed: Vec<_> = (0..6).map(|_| budget.allocate(textures, Heap::Device, b(50)).expect("lent")).collect();
    borrowed[..2].iter().rev().for_each(Charge::note_idle);
    let mut nobody = |_: &ReclaimStep| Freed::default();
    let share = budget.reserve_or_reclaim(buffers, Heap::Device, b(250), &mut nobody).expect("its own");
    let _share = share.commit(b(250)).expect("no growth");
    let history = budget.history().expect("nobody else writes");
    let tight = Limits::lending(b(1000)).with_category(MemoryCategory::ECS, Bounds::wall(b(0))).expect("in order");
    let open = MemoryCategory::ALL.into_iter().fold(tight, |limits, category| {
        let bounds = Bounds { min: b(0), max: b(500), high: limits.category(category).high.min(b(500)), priority: 0 };
        limits.with_category(category, bounds).expect("in order")
    });
    let tight = open.with_total(b(500)).expect("above every maximum");
    let answer = what_if(&tight, &history);
    // 300 + 250 of 500: what of the textures lay idle longest goes, and all are granted.
    assert_eq!((answer.requests, answer.refused, answer.refused_at_least), (7, 0, 0));
    assert_eq!(answer.reclaimed[textures.index()], b(50));
    assert_eq!(answer.parting.map(|parting| parting.cause), Some(PartingCause::Room));
    assert_eq!(budget.snapshot().of(textures).current, b(300), "a what-if changes nothing");
    let none = what_if(&Limits::lending(b(1000)), &history);
    assert_eq!((none.refused, none.reclaimed), (0, [b(0); 6]));
}

#[test]
fn a_history_shorter_than_the_run_begins_with_what_was_held() {
    let b = Bytes::new;
    let budget = Budget::recorded(Limits::of_total(b(1000)), 3);
    let held = budget.allocate(MemoryCategory::ECS, Heap::Arena, b(100)).expect("fits");
    let _more: Vec<_> =
        (0..3).map(|_| budget.allocate(MemoryCategory::ECS, Heap::Arena, b(40)).expect("fits")).collect();
    drop(held);
    let history = budget.history().expect("nobody else writes");
    assert_eq!((history.len(), history.folded()), (3, 6));
    let limits = |most| Limits::new(b(1000), [b(most); 6]).expect("within the total");
    // 180 held where the window begins; the 40 asked for in it make 220.
    let refused = |most| what_if(&limits(most), &history).refused;
    assert_eq!((refused(220), refused(219)), (0, 1));
}

#[test]
fn a_refusal_for_others_guarantees_says_so() {
    let budget = Budget::with_limits(Limits::lending(Bytes::new(1000)));
    let error = budget.try_reserve(MemoryCategory::TEMPORARY, Heap::Arena, Bytes::new(600)).expect_err("lent too much");
    assert!(matches!(error, BudgetError::SetAside { set_aside, .. } if set_aside == Bytes::new(475)), "{error:?}");
}

/// A budget of 1000 bytes, of which textures may hold 200.
fn textures_budget() -> Budget {
    Budget::recorded(Limits::of_total(Bytes::new(1000)), 100)
}

/// As it is, but for the textures' wall.
fn textures_at(history: &History, most: u64) -> WhatIf {
    let edit =
        |limits: &Limits| limits.clone().with_category(MemoryCategory::GPU_TEXTURES, Bounds::wall(Bytes::new(most)));
    Budget::what_if(history, edit).expect("in order")
}

fn needed(budget: &Budget, size: u64) -> Option<Charge> {
    let size = Bytes::new(size);
    let reservation = budget.try_reserve(MemoryCategory::GPU_TEXTURES, Heap::Device, size).ok()?;
    Some(reservation.commit_needed(size, size).expect("no growth"))
}

#[test]
fn memory_in_use_gives_no_way_and_the_first_refusal_is_certain() {
    let budget = textures_budget();
    let held: Vec<_> = (1..=3)
        .map(|time| {
            budget.set_time(Micros::new(time));
            needed(&budget, 60).expect("fits")
        })
        .collect();
    budget.set_time(Micros::new(4));
    assert!(needed(&budget, 30).is_none());
    let history = budget.history().expect("nobody else writes");
    let as_it_was = textures_at(&history, 200);
    assert!(as_it_was.is_exact());
    assert_eq!((as_it_was.refused, as_it_was.newly_refused, as_it_was.refused_at_least), (1, 0, 1));
    let tight = textures_at(&history, 150);
    let parting = Parting { time: Micros::new(3), cause: PartingCause::Refused };
    assert_eq!((tight.parting, tight.refused_by), (Some(parting), Some(Micros::new(3))));
    assert_eq!((tight.newly_refused, tight.newly_granted, tight.refused_at_least), (1, 1, 1));
    assert!(tight.refusals[0].is_certain && !tight.refusals[0].refused_then);
    drop(held);
}

#[test]
fn an_edit_of_nothing_answers_what_happened_under_limits_that_changed() {
    let budget = textures_budget();
    let first = needed(&budget, 150).expect("fits");
    let tight = budget
        .limits()
        .and_then(|limits| limits.with_category(MemoryCategory::GPU_TEXTURES, Bounds::wall(Bytes::new(160))));
    let former = budget.set_limits(&tight.expect("in order")).expect("every node is there");
    assert!(needed(&budget, 20).is_none());
    budget.set_limits(&former).expect("as before");
    let second = needed(&budget, 20).expect("fits again");
    let history = budget.history().expect("nobody else writes");
    let same = Budget::what_if(&history, |limits| Ok::<_, Infallible>(limits.clone())).expect("the same");
    assert!(same.is_exact());
    assert_eq!((same.requests, same.refused, same.newly_refused, same.newly_granted), (3, 1, 0, 0));
    assert_eq!((same.peak, same.refusals[0].level), (Bytes::new(170), Level::Category));
    drop((first, second));
}

#[test]
fn what_was_given_away_is_asked_for_again_when_it_was_used_again() {
    let budget = textures_budget();
    let idle = needed(&budget, 100).expect("fits");
    idle.note_idle();
    assert!(!budget.lacks_room(MemoryCategory::GPU_TEXTURES, Heap::Device, Bytes::new(100)));
    let other = needed(&budget, 100).expect("fits");
    budget.set_time(Micros::new(9));
    idle.note_needed(Bytes::new(100));
    let history = budget.history().expect("nobody else writes");
    let answer = textures_at(&history, 150);
    assert_eq!(answer.parting.map(|parting| parting.cause), Some(PartingCause::Room));
    assert_eq!((answer.newly_refused, answer.refused_at_least), (1, 1), "both are in use at once, of 150 in all");
    assert_eq!(answer.refused_by, Some(Micros::new(9)));
    drop((idle, other));
}

#[test]
fn another_pressure_parts_the_ways() {
    let budget = Budget::recorded(BudgetMode::Shares.limits(Bytes::new(1000)), 100);
    let _held = needed(&budget, 100).expect("fits");
    budget.set_time(Micros::new(5));
    assert_eq!(budget.heed_pressure(), [Pressure::Normal; 3]);
    let history = budget.history().expect("nobody else writes");
    let device = |most: u64| {
        Budget::what_if(&history, |limits| limits.clone().with_heap(Heap::Device, Bounds::wall(Bytes::new(most))))
    };
    let parting = Parting { time: Micros::new(5), cause: PartingCause::Pressure };
    assert_eq!(device(110).map(|answer| answer.parting), Ok(Some(parting)));
    assert_eq!(device(200).map(|answer| answer.parting), Ok(None));
}
