//! Guards and measures of a run: what is published is what the arena's own snapshot
//! shows.

use crate::bench::{Bench, config};
use crate::platform::Platform;
use arenascope_arena::PolicyKind;
use arenascope_pool::DeviceLimits;
use arenascope_session::Session;
use arenascope_session::config::RunConfig;
use arenascope_session::request::{GpuMode, NnMode, Report};
use arenascope_telemetry::Shared;
use arenascope_telemetry::arena_table::{self, KEPT};
use arenascope_telemetry::event::{Event, FailureReason, Op};
use arenascope_telemetry::refusal::ArenaRefusal;
use arenascope_units::Micros;
use arenascope_workload::scenario::ScenarioKind;
use std::collections::BTreeMap;

#[test]
fn a_guarded_run_keeps_every_identity_and_finds_nothing() {
    let shared = Shared::new();
    let mut bench = Bench::new(&shared, NnMode::WebNn);
    for scenario in [ScenarioKind::GameLoop, ScenarioKind::LevelStreaming, ScenarioKind::FragmentationStorm] {
        for policy in PolicyKind::ALL {
            bench.start(RunConfig { policy, guards: true, ..config(scenario) });
            bench.frames(75);
            let arena = bench.metrics().arena;
            assert!(bench.metrics().frame >= 74, "{scenario:?} stands still under {policy}");
            assert!(arena.waste_guards_bytes > 0 && arena.cached_bytes > 0, "{scenario:?}, {policy}");
            let waste = arena.waste_granule_bytes
                + arena.waste_policy_bytes
                + arena.waste_guards_bytes
                + arena.waste_threads_bytes;
            assert_eq!(waste, arena.used_bytes - arena.requested_bytes);
            let refused: u64 = arena.refusals_total.values().sum();
            assert_eq!((refused, arena.guard_hits_total), (arena.failures_total, 0), "{scenario:?}, {policy}");
        }
    }
    bench.start(config(ScenarioKind::GameLoop));
    bench.frames(10);
    let arena = bench.metrics().arena;
    // The engine's own thread keeps what it freed.
    assert_eq!(arena.waste_guards_bytes, 0);
}

#[test]
fn heat_rows_come_ten_times_a_second_and_are_those_of_the_free_ranges() {
    let shared = Shared::new();
    let mut bench = Bench::new(&shared, NnMode::WebNn);
    bench.start(config(ScenarioKind::FragmentationStorm));
    bench.frames(121);
    let rows = shared.heat.rows();
    // 2.02 s; a row at the first frame that is 0.1 s after the last row.
    assert!((17..=21).contains(&rows.clone().count()), "{rows:?}");
    let times: Vec<_> = rows.clone().map(|row| shared.heat.get(row).unwrap().time_us).collect();
    assert!(times.windows(2).all(|pair| pair[1] - pair[0] >= 100_000), "{times:?}");

    // As long as no map is due, the newest row and the newest metrics belong together.
    while shared.heat.get(shared.heat.rows().end - 1).unwrap().time_us != bench.metrics().time_us {
        bench.frames(1);
    }
    let row = shared.heat.get(shared.heat.rows().end - 1).unwrap();
    let document = bench.session.document(Default::default(), "2026-01-01T00:00:00Z".into());
    let free: Vec<u64> = document.arena.free_ranges.iter().map(|range| range.size).collect();
    let all: u64 = free.iter().sum();
    assert_eq!(row.values().last().unwrap().0, 16 << 20);
    for (size, unusable) in row.values() {
        let usable: u64 = free.iter().map(|range| range / size * size).sum();
        let expected = (all - usable) as f64 / all as f64;
        assert!((unusable - expected).abs() < 1e-5, "{unusable} is not {expected} for {size}");
    }
    let largest = free.iter().copied().max().unwrap();
    assert_eq!((document.metrics.arena.largest_fit_bytes, bench.metrics().arena.largest_fit_bytes), (largest, largest));

    bench.start(config(ScenarioKind::Idle));
    assert!(shared.heat.rows().count() <= 1, "a new run hides the old one");
}

/// Runs some frames on a fresh engine, and hands every event to `hear`.
fn run<'s>(shared: &'s Shared, config: RunConfig, frames: u64, mut hear: impl FnMut(Event)) -> Session<'s> {
    let mut session = Session::new(config.clone(), shared, Micros::ZERO).unwrap();
    let mut platform = Platform::new(NnMode::CpuEmulated);
    let limits = DeviceLimits::default();
    session.handle_report(Report::DevicesReady { gpu: GpuMode::WebGpu, nn: NnMode::CpuEmulated, limits });
    session.start(config, Micros::ZERO).unwrap();
    for frame in 1..frames {
        session.handle_tick(Micros::new(frame * 16_667));
        platform.run(&mut session);
        session.publish();
        shared.events.drain(|record| hear(Event::from_words(record).unwrap()));
    }
    session
}

#[test]
fn events_of_a_guarded_run_name_whole_ranges() {
    let (shared, mut live) = (Shared::new(), BTreeMap::new());
    let guarded = RunConfig { guards: true, ..config(ScenarioKind::GameLoop) };
    let session = run(&shared, guarded, 60, |event| match event.op {
        Op::ArenaAllocate => drop(live.insert(event.id, (event.offset_bytes, event.size_bytes))),
        Op::ArenaFree => assert_eq!(live.remove(&event.id), Some((event.offset_bytes, event.size_bytes))),
        _ => {}
    });
    let document = session.document(Default::default(), "2026-01-01T00:00:00Z".into());
    let ranges: BTreeMap<_, _> = document.arena.allocations.iter().map(|it| (it.id, (it.offset, it.size))).collect();
    assert!(!ranges.is_empty());
    assert_eq!(ranges, live);
}

/// The largest alignment that the storm asks for.
const ALIGN_MAX: u64 = 4096;

/// The refusals among the events of a run that is too large for its arena.
#[test]
fn a_refused_allocation_says_why_in_its_event() {
    let (shared, mut refusals) = (Shared::new(), Vec::new());
    let storm = RunConfig { seed: 3, ..config(ScenarioKind::FragmentationStorm) };
    let session = run(&shared, storm, 900, |event| {
        assert_eq!(ArenaRefusal::of(&event).is_some(), event.op == Op::ArenaFailure);
        refusals.extend(ArenaRefusal::of(&event).map(|refusal| (refusal, event.size_bytes)));
    });
    let arena = session.metrics().arena;
    let counted = |reason| refusals.iter().filter(|(refusal, _)| refusal.reason == reason).count() as u64;
    assert_eq!(counted(FailureReason::Full), arena.refusals_total["full"]);
    assert_eq!(counted(FailureReason::Fragmented), arena.refusals_total["fragmented"]);
    assert_eq!(counted(FailureReason::OutOfNodes), arena.refusals_total["out_of_nodes"]);
    assert!(!refusals.is_empty(), "the storm fills its arena");
    for (refusal, size) in refusals {
        // A range that is large enough may lie wrong for the alignment.
        let is_large = refusal.largest_free_bytes >= size + ALIGN_MAX;
        assert!(!is_large || refusal.reason == FailureReason::OutOfNodes, "{refusal:?} of {size}");
    }
}

#[test]
fn the_newest_failures_are_listed_as_the_events_tell_them() {
    let (shared, mut events) = (Shared::new(), Vec::new());
    let storm = RunConfig { seed: 3, ..config(ScenarioKind::FragmentationStorm) };
    let mut session = run(&shared, storm, 900, |event| {
        events.extend(ArenaRefusal::of(&event).map(|refusal| (refusal, event)));
    });
    session.publish();
    let rows = arena_table::read(&shared.arena_table).failures;
    assert_eq!(rows.len(), events.len().min(KEPT));
    assert_eq!(rows.back().unwrap().number, events.len() as u64);
    for (row, (refusal, event)) in rows.iter().rev().zip(events.iter().rev()) {
        assert_eq!(
            (row.time_us, row.category, row.size_bytes),
            (event.time_us, event.owner.category, event.size_bytes)
        );
        assert_eq!(row.cause.replace('_', " "), refusal.reason.label());
        assert_eq!(row.largest_free_bytes.unwrap_or(0), refusal.largest_free_bytes);
        let thousandths = (row.index.unwrap_or(0.0) * 1000.0).round();
        assert_eq!(thousandths, f64::from(refusal.index_thousandths));
    }
    session.start(config(ScenarioKind::Idle), Micros::ZERO).unwrap();
    session.publish();
    assert_eq!(arena_table::read(&shared.arena_table), Default::default(), "a new run begins with empty lists");
}
