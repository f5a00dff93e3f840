//! The budget as its callers see it.

use super::*;

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
    let reservation = budget.try_reserve(MemoryCategory::ECS, Heap::Arena, bytes(200)).unwrap();
    assert_eq!(
        (reservation.category(), reservation.heap(), reservation.bytes()),
        (MemoryCategory::ECS, Heap::Arena, bytes(200))
    );
    assert_eq!(budget.snapshot().of(MemoryCategory::ECS).reserved, bytes(200));
    assert_eq!(budget.snapshot().of(MemoryCategory::ECS).current, Bytes::ZERO);
    drop(reservation);
    assert_eq!(budget.snapshot(), before);
}

#[test]
fn the_peak_is_what_was_spoken_for_at_a_commit() {
    let budget = budget();
    let waiting = budget.try_reserve(MemoryCategory::ECS, Heap::Arena, bytes(100)).unwrap();
    drop(budget.allocate(MemoryCategory::ECS, Heap::Arena, bytes(60)).unwrap());
    drop(waiting);
    drop(budget.try_reserve(MemoryCategory::ECS, Heap::Arena, bytes(200)).unwrap());
    let _charge = budget.allocate(MemoryCategory::ECS, Heap::Arena, bytes(10)).unwrap();
    assert_eq!(
        (budget.current(MemoryCategory::ECS), budget.snapshot().of(MemoryCategory::ECS).peak),
        (bytes(10), bytes(160))
    );
}

#[test]
fn a_commit_charges_what_it_took() {
    for actual in [0, 1, 200, 250] {
        let budget = budget();
        let charge =
            budget.try_reserve(MemoryCategory::ECS, Heap::Npu, bytes(200)).unwrap().commit(bytes(actual)).unwrap();
        assert_eq!((charge.category(), charge.heap(), charge.bytes()), (MemoryCategory::ECS, Heap::Npu, bytes(actual)));
        let state = budget.snapshot();
        for node in [state.of(MemoryCategory::ECS), &state.total, &budget.tags()[0].node] {
            assert_eq!((node.current, node.reserved, node.on(Heap::Npu)), (bytes(actual), bytes(0), bytes(actual)));
        }
        assert_eq!(charge.release(), Ok(bytes(actual)));
        assert_eq!(
            (budget.current(MemoryCategory::ECS), budget.snapshot().of(MemoryCategory::ECS).peak),
            (bytes(0), bytes(actual))
        );
        assert_eq!(budget.audit(), Ok(()));
    }
}

#[test]
fn a_commit_that_does_not_fit_gives_the_reservation_back() {
    let budget = budget();
    let reservation = budget.try_reserve(MemoryCategory::ECS, Heap::Arena, bytes(200)).unwrap();
    let error = reservation.commit(bytes(251)).unwrap_err();
    let figures = |wanted, reserved, free| BudgetError::OverLimit {
        level: Level::Category,
        category: MemoryCategory::ECS,
        wanted: bytes(wanted),
        current: bytes(0),
        reserved: bytes(reserved),
        limit: bytes(250),
        free: bytes(free),
    };
    assert_eq!(error, figures(51, 200, 50));
    assert_eq!(
        (budget.snapshot().of(MemoryCategory::ECS).reserved, budget.snapshot().of(MemoryCategory::ECS).failures),
        (bytes(0), 1)
    );
    assert_eq!(budget.audit(), Ok(()));
}

#[test]
fn reservations_count_against_both_limits() {
    let limits = Limits::new(bytes(100), [bytes(80); 6]).unwrap();
    let budget = Budget::with_limits(limits);
    let _held = budget.try_reserve(MemoryCategory::ECS, Heap::Arena, bytes(60)).unwrap();
    assert!(
        budget.has_room(MemoryCategory::ECS, Heap::Arena, bytes(20))
            && !budget.has_room(MemoryCategory::ECS, Heap::Arena, bytes(21))
    );
    assert!(
        budget.has_room(MemoryCategory::GPU_BUFFERS, Heap::Arena, bytes(40))
            && !budget.has_room(MemoryCategory::GPU_BUFFERS, Heap::Arena, bytes(41))
    );
    assert_eq!(budget.snapshot().total.failures, 0, "asking is no failure");
}

#[test]
fn a_lowered_limit_takes_nothing_and_refuses_until_there_is_room() {
    let budget = budget();
    let charge = budget.allocate(MemoryCategory::ECS, Heap::Arena, bytes(200)).unwrap();
    assert_eq!(budget.set_limit(MemoryCategory::ECS, bytes(100)), Ok(bytes(250)));
    assert_eq!(budget.usage(MemoryCategory::ECS).map(Ratio::get), Some(2.0));
    assert_eq!(budget.snapshot().of(MemoryCategory::ECS).held_over, bytes(200));
    assert!(!budget.has_room(MemoryCategory::ECS, Heap::Arena, bytes(1)));
    assert_eq!(budget.audit(), Ok(()));
    drop(charge);
    assert!(budget.has_room(MemoryCategory::ECS, Heap::Arena, bytes(100)));
    let over = BudgetError::LimitOverTotal { category: MemoryCategory::ECS, limit: bytes(1001), total: bytes(1000) };
    assert_eq!(budget.set_limit(MemoryCategory::ECS, bytes(1001)), Err(over));
    assert_eq!(budget.snapshot().of(MemoryCategory::ECS).limit, bytes(100));
}

#[test]
fn clones_are_one_budget_and_charges_outlive_them() {
    let budget = budget();
    let other = budget.clone();
    let charge = other.allocate(MemoryCategory::TEMPORARY, Heap::Arena, bytes(50)).unwrap();
    drop(other);
    assert_eq!(budget.current(MemoryCategory::TEMPORARY), bytes(50));
    let watcher = budget.clone();
    drop(budget);
    drop(charge);
    assert_eq!(watcher.current(MemoryCategory::TEMPORARY), bytes(0));
}

#[test]
fn budget_and_charges_go_between_threads() {
    fn shared<T: Send + Sync + 'static>() {}
    shared::<Budget>();
    shared::<Reservation>();
    shared::<Charge>();
}

/// A thousand bytes that are lent: ECS owns 250 of them, 125 for sure.
fn lending() -> Budget {
    Budget::with_limits(Limits::lending(bytes(1000)))
}

/// All the minimums but that of textures: 500 − 100.
const OTHERS_MINIMUM: u64 = 400;

#[test]
fn a_category_borrows_what_no_minimum_needs() {
    let budget = lending();
    let charge = budget.allocate(MemoryCategory::GPU_TEXTURES, Heap::Device, bytes(1000 - OTHERS_MINIMUM)).unwrap();
    assert_eq!(budget.snapshot().of(MemoryCategory::GPU_TEXTURES).borrowed(), bytes(400));
    let error = budget.allocate(MemoryCategory::GPU_TEXTURES, Heap::Device, bytes(1)).unwrap_err();
    let (wanted, free, set_aside) = (bytes(1), bytes(OTHERS_MINIMUM), bytes(OTHERS_MINIMUM));
    assert_eq!(error, BudgetError::SetAside { category: MemoryCategory::GPU_TEXTURES, wanted, free, set_aside });
    assert_eq!(error.shortage(), Some((Level::Total, bytes(1))));
    // Every lender still gets what it is guaranteed, to the byte.
    let lenders = [
        (MemoryCategory::ECS, 125),
        (MemoryCategory::GPU_BUFFERS, 150),
        (MemoryCategory::NPU_MODELS, 50),
        (MemoryCategory::NPU_TENSORS, 50),
        (MemoryCategory::TEMPORARY, 25),
    ];
    let held = lenders.map(|(category, size)| budget.allocate(category, Heap::Arena, bytes(size)).unwrap());
    assert_eq!((budget.snapshot().total.current, budget.audit()), (bytes(1000), Ok(())));
    drop((charge, held));
    assert_eq!((budget.snapshot().total.claimed(), budget.audit()), (bytes(0), Ok(())));
}

/// Charges that can be had back, by category.
#[derive(Default)]
struct Cache {
    charges: Vec<Charge>,
    asked: Vec<(MemoryCategory, u64)>,
}

impl Reclaimer for Cache {
    fn reclaim(&mut self, step: &ReclaimStep) -> Freed {
        self.asked.push((step.category, step.bytes.get()));
        let mut freed = Freed::default();
        self.charges.retain(|charge| {
            let goes = freed.total() < step.bytes && charge.category() == step.category;
            if goes {
                freed.add(step.category, charge.bytes());
            }
            !goes
        });
        freed
    }
}

/// Textures hold 300 (100 borrowed) and models 250 (150 borrowed), in pieces of
/// 50, of 700 bytes without minimums; 150 are free.
fn lent() -> (Budget, Cache) {
    let mut limits = Limits::lending(bytes(1000)).with_category(MemoryCategory::ECS, Bounds::wall(bytes(0))).unwrap();
    for category in MemoryCategory::ALL {
        let bounds = Bounds { min: bytes(0), max: bytes(700), ..limits.category(category) };
        limits = limits.with_category(category, bounds).unwrap();
    }
    let budget = Budget::with_limits(limits.with_total(bytes(700)).unwrap());
    let pieces = [(MemoryCategory::GPU_TEXTURES, 6), (MemoryCategory::NPU_MODELS, 5)];
    let charges = pieces
        .into_iter()
        .flat_map(|(category, count)| (0..count).map(move |_| category))
        .map(|category| budget.allocate(category, Heap::Device, bytes(50)).unwrap())
        .collect();
    budget.take_events();
    (budget, Cache { charges, asked: Vec::new() })
}

#[test]
fn a_lender_takes_its_share_back_lowest_priority_first() {
    let (budget, mut cache) = lent();
    let reservation =
        budget.reserve_or_reclaim(MemoryCategory::GPU_BUFFERS, Heap::Device, bytes(300), &mut cache).unwrap();
    // 150 are free, so 150 are missing: the textures' 100 first, then models.
    assert_eq!(cache.asked, [(MemoryCategory::GPU_TEXTURES, 100), (MemoryCategory::NPU_MODELS, 50)]);
    let state = budget.snapshot();
    assert_eq!(
        (state.of(MemoryCategory::GPU_TEXTURES).reclaimed, state.of(MemoryCategory::NPU_MODELS).reclaimed),
        (bytes(100), bytes(50))
    );
    assert_eq!((state.total.failures, state.total.claimed()), (0, bytes(700)));
    let reclaimed = |from, size| {
        let (asked, by) = (bytes(size), Owner::from(MemoryCategory::GPU_BUFFERS));
        EventKind::Reclaimed { from, asked, freed: asked, by }
    };
    let events: Vec<_> = budget.take_events().into_iter().map(|event| event.kind).collect();
    let reclaims: Vec<_> = events.iter().filter(|kind| matches!(kind, EventKind::Reclaimed { .. })).collect();
    assert_eq!(reclaims, [&reclaimed(MemoryCategory::GPU_TEXTURES, 100), &reclaimed(MemoryCategory::NPU_MODELS, 50)]);
    drop((reservation, cache));
    assert_eq!((budget.snapshot().total.claimed(), budget.audit()), (bytes(0), Ok(())));
}

#[test]
fn a_borrower_takes_from_lower_priorities_only_and_nobody_below_his_share() {
    let (budget, mut cache) = lent();
    // Models would borrow more: they may ask textures, which come before them,
    // but no others; their own pieces come first.
    let error = budget.try_reserve(MemoryCategory::NPU_MODELS, Heap::Device, bytes(400)).unwrap_err();
    let plan = budget.plan_reclaim(MemoryCategory::NPU_MODELS.into(), bytes(400), &error).unwrap();
    let asked: Vec<_> = plan.steps.iter().map(|step| (step.category, step.bytes)).collect();
    assert_eq!(
        (plan.missing, asked),
        (bytes(250), vec![(MemoryCategory::NPU_MODELS, bytes(250)), (MemoryCategory::GPU_TEXTURES, bytes(100))])
    );
    let error = budget.try_reserve(MemoryCategory::GPU_TEXTURES, Heap::Device, bytes(200)).unwrap_err();
    let plan = budget.plan_reclaim(MemoryCategory::GPU_TEXTURES.into(), bytes(200), &error).unwrap();
    let asked: Vec<_> = plan.steps.iter().map(|step| step.category).collect();
    assert_eq!(asked, [MemoryCategory::GPU_TEXTURES], "models come after textures");
    // What is over their shares together, and not a byte more.
    assert!(budget.reserve_or_reclaim(MemoryCategory::GPU_BUFFERS, Heap::Device, bytes(401), &mut cache).is_err());
    let state = budget.snapshot();
    assert_eq!(
        (state.of(MemoryCategory::GPU_TEXTURES).current, state.of(MemoryCategory::NPU_MODELS).current),
        (bytes(200), bytes(100))
    );
    assert_eq!(state.total.failures, 3);
}

#[test]
fn a_refused_request_says_who_and_how_much_and_the_time() {
    let budget = budget();
    budget.set_time(Micros::new(77));
    let owner = Owner::new(MemoryCategory::ECS, arenascope_units::owner::Tag(4));
    budget.allocate(owner, Heap::Arena, bytes(251)).unwrap_err();
    let kind =
        EventKind::Refused { owner, heap: Heap::Arena, wanted: bytes(251), level: Level::Category, missing: bytes(1) };
    assert_eq!(budget.take_events(), [BudgetEvent { time: Micros::new(77), kind }]);
    assert_eq!((budget.take_events(), budget.event_counts()), (Vec::new(), (1, 0)));
    assert_eq!(budget.tags()[0].node.failures, 1);
}

#[test]
fn pressure_is_told_at_every_level_that_reaches_a_mark() {
    let budget = budget();
    let charge = budget.allocate(MemoryCategory::ECS, Heap::Arena, bytes(180)).unwrap();
    let (node, claimed, limit) = (NodeId::Category(MemoryCategory::ECS), bytes(180), bytes(250));
    let rise = EventKind::Pressure { node, from: Pressure::Normal, to: Pressure::Elevated, claimed, limit };
    assert_eq!(budget.take_events().iter().map(|event| event.kind).collect::<Vec<_>>(), [rise]);
    assert_eq!(budget.snapshot().of(MemoryCategory::ECS).pressure, Pressure::Elevated);
    drop(charge);
    let fall = EventKind::Pressure { node, from: Pressure::Elevated, to: Pressure::Normal, claimed: bytes(0), limit };
    assert_eq!(budget.take_events().iter().map(|event| event.kind).collect::<Vec<_>>(), [fall]);
}

#[test]
fn heaps_and_tags_have_limits_of_their_own() {
    let owner = Owner::new(MemoryCategory::ECS, arenascope_units::owner::Tag(4));
    let limits = Limits::of_total(bytes(1000)).with_heap(Heap::Arena, Bounds::wall(bytes(120))).unwrap();
    let budget = Budget::with_limits(limits.with_tag(owner, Bounds::wall(bytes(100))).unwrap());
    let level = |outcome: Result<Charge, BudgetError>| outcome.unwrap_err().shortage().unwrap();
    assert_eq!(level(budget.allocate(owner, Heap::Npu, bytes(101))), (Level::Tag, bytes(1)));
    let _held = budget.allocate(owner, Heap::Arena, bytes(100)).unwrap();
    assert_eq!(
        level(budget.allocate(MemoryCategory::TEMPORARY, Heap::Arena, bytes(21))),
        (Level::Heap(Heap::Arena), bytes(1))
    );
    let _other = budget.allocate(MemoryCategory::TEMPORARY, Heap::Npu, bytes(21)).unwrap();
    assert_eq!(budget.snapshot().heaps[0].node.unwrap().current, bytes(100));
    assert_eq!(budget.audit(), Ok(()));
}

#[test]
fn limits_are_read_back_as_they_were_set_and_refusals_change_nothing() {
    let owner = Owner::new(MemoryCategory::ECS, arenascope_units::owner::Tag(4));
    let limits = BudgetMode::Lending.limits(bytes(1000)).with_tag(owner, Bounds::wall(bytes(100))).unwrap();
    let budget = Budget::with_limits(limits.clone());
    assert_eq!(budget.limits(), Ok(limits.clone()));
    let other = BudgetMode::Shares.limits(bytes(900)).with_heap(Heap::Npu, Bounds::wall(bytes(7))).unwrap();
    assert_eq!(budget.set_limits(&other), Ok(limits));
    assert_eq!(budget.limits(), Ok(other));
    let without = Budget::new(bytes(1000));
    let before = without.limits();
    assert_eq!(without.set_limits(&BudgetMode::Shares.limits(bytes(1000))), Err(BudgetError::HeapsUnlimited));
    let mut many = Limits::of_total(bytes(1000));
    for tag in 0..=TAGS_PER_CATEGORY as u16 {
        many = many
            .with_tag(Owner::new(MemoryCategory::ECS, arenascope_units::owner::Tag(tag)), Bounds::wall(bytes(1)))
            .unwrap();
    }
    assert_eq!(without.set_limits(&many), Err(BudgetError::TooManyTags { category: MemoryCategory::ECS, most: 32 }));
    assert_eq!((without.limits(), without.tags()), (before, Vec::new()));
}
