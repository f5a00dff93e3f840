//! The recording of real runs: its figures are the engine's own, at every frame
//! and afterwards, and the leak is found.

use crate::platform::Platform;
use arenascope::analysis::leaks::suspects;
use arenascope::owner::Heap;
use arenascope::pool::DeviceLimits;
use arenascope::recording::{Cursor, EventLog, Reader, Recorder};
use arenascope::session::Session;
use arenascope::session::config::RunConfig;
use arenascope::session::request::{GpuMode, NnMode, Report};
use arenascope::telemetry::Shared;
use arenascope::telemetry::event::{Op, Tally};
use arenascope::telemetry::metrics::Metrics;
use arenascope::units::{Bytes, Micros};
use arenascope::workload::scenario::ScenarioKind;
use arenascope::workload::tags;

const FRAME: u64 = 16_667;

/// Runs frames of a scenario; after each, `then` hears the figures.
fn run(log: &EventLog, config: RunConfig, frames: u64, mut then: impl FnMut(&Metrics, &Recorder<'_>)) {
    let shared = Shared::new();
    let mut recorder = Recorder::new(log);
    let mut session = Session::new(config.clone(), &shared, Micros::ZERO).unwrap();
    let mut platform = Platform::new(NnMode::WebNn);
    let limits = DeviceLimits::default();
    session.handle_report(Report::DevicesReady { gpu: GpuMode::WebGpu, nn: NnMode::WebNn, limits });
    session.start(config, Micros::ZERO).unwrap();
    for frame in 1..=frames {
        session.handle_tick(Micros::new(frame * FRAME));
        if frame == 50 {
            platform.lose_device(&mut session);
        }
        platform.run(&mut session);
        session.publish();
        recorder.round(&shared);
        then(&session.metrics(), &recorder);
    }
    let mut words = Vec::new();
    shared.tally.read(&mut words);
    assert_eq!(Tally::from_words(&words), Some(recorder.tally()));
}

fn config(scenario: ScenarioKind) -> RunConfig {
    RunConfig { scenario, arena_bytes: Bytes::mib(16), ..RunConfig::default() }
}

/// What the recording says, as far as the engine counts it too.
fn check(metrics: &Metrics, standing: &arenascope::recording::Standing) {
    assert_eq!(standing.heap_bytes(Heap::Arena), metrics.arena.used_bytes);
    assert_eq!(standing.alive[0], metrics.arena.allocation_count);
    assert_eq!(standing.count(Op::ArenaAllocate), metrics.arena.allocations_total);
    assert_eq!(standing.count(Op::ArenaFree), metrics.arena.frees_total);
    assert_eq!(standing.count(Op::ArenaFailure), metrics.arena.failures_total);
    let pressures = ["normal", "elevated", "high", "critical"];
    assert_eq!(pressures[usize::from(standing.pressure)], metrics.budget.pressure);
    for row in &metrics.budget.categories {
        let bytes = standing.bytes.map(|heap| heap[row.category.index()]);
        assert_eq!(bytes, [row.arena_bytes, row.device_bytes, row.npu_bytes], "{:?}", row.category);
        assert_eq!(standing.category_bytes(row.category), row.current_bytes);
    }
    let pool = &metrics.pool;
    assert_eq!(standing.alive[1], pool.created_total - pool.destroyed_total);
    assert_eq!(standing.count(Op::PoolCreate), pool.created_total);
    assert_eq!(standing.count(Op::PoolDestroy), pool.destroyed_total);
    assert_eq!(standing.count(Op::Submit), metrics.gpu.submits_total);
    assert_eq!(standing.count(Op::NnDispatch), metrics.nn.dispatches_total);
    assert_eq!(standing.count(Op::DeviceLoss), metrics.gpu.device_losses_total);
    let failures: u64 = metrics.budget.categories.iter().map(|row| row.failures_total).sum();
    assert!(standing.count(Op::BudgetRefusal) <= failures);
    assert_eq!(standing.by_op.iter().sum::<u64>(), metrics.own.events_total);
    assert!(standing.gaps.is_empty());
}

#[test]
fn the_recording_has_the_engines_figures_at_every_frame_and_ever_after() {
    for scenario in ScenarioKind::ALL {
        let log = EventLog::default();
        let mut frames = Vec::new();
        run(&log, config(scenario), 90, |metrics, recorder| {
            check(metrics, recorder.standing());
            frames.push((recorder.figures().length, metrics.clone()));
        });
        let (mut reader, mut cursor) = (Reader::new(&log), Cursor::new());
        reader.refresh();
        for (position, metrics) in frames.iter().rev().step_by(7) {
            let state = cursor.seek(&reader, *position).unwrap();
            check(metrics, &state.standing);
            assert_eq!(state.ranges().len() as u64, metrics.arena.allocation_count);
            let held = state.resources().iter().filter(|resource| resource.is_held).count();
            assert_eq!(held as u64, metrics.pool.in_use_count, "{scenario:?}");
        }
    }
}

#[test]
fn the_leak_is_found_and_nobody_else_is_accused() {
    for seed in 0..20 {
        // The leak's scenario is the game loop's, and a leak.
        let scenarios = [ScenarioKind::Leak, ScenarioKind::GameLoop];
        for &scenario in &scenarios[..if seed % 10 == 0 { 2 } else { 1 }] {
            let log = EventLog::default();
            run(&log, RunConfig { seed, ..config(scenario) }, 1_000, |_, _| ());
            let mut reader = Reader::new(&log);
            reader.refresh();
            let found = suspects(&reader, reader.run());
            let owners: Vec<_> = found.iter().map(|suspect| tags::name(suspect.owner.tag)).collect();
            let expected: &[&str] = if scenario == ScenarioKind::Leak { &["leak/forgotten"] } else { &[] };
            assert_eq!(owners, expected, "{scenario:?}, seed {seed}");
            for suspect in found {
                assert_eq!(suspect.held, suspect.taken);
                // 256 bytes in every eighth frame of 1/60 s.
                assert!((1_700.0..2_100.0).contains(&suspect.bytes_per_second), "{suspect:?}");
                assert_eq!(suspect.examples.len(), 3);
            }
        }
    }
}

#[test]
fn losses_survive_into_the_snapshot() {
    let (shared, log) = (Shared::new(), EventLog::default());
    let (mut recorder, mut platform) = (Recorder::new(&log), Platform::new(NnMode::WebNn));
    let config = RunConfig { speed: 8.0, ..config(ScenarioKind::FragmentationStorm) };
    let mut session = Session::new(config.clone(), &shared, Micros::ZERO).unwrap();
    let limits = DeviceLimits::default();
    session.handle_report(Report::DevicesReady { gpu: GpuMode::WebGpu, nn: NnMode::WebNn, limits });
    session.start(config, Micros::ZERO).unwrap();
    let mut frame = 0;
    let mut tick = |session: &mut Session<'_>| {
        frame += 1;
        session.handle_tick(Micros::new(frame * FRAME));
        platform.run(session);
        session.publish();
    };
    while shared.events.lost() == 0 {
        tick(&mut session);
    }
    (0..3).for_each(|_| tick(&mut session));
    recorder.round(&shared);
    tick(&mut session);
    recorder.round(&shared);
    let lost = session.metrics().own.events_lost_total;
    let document = session.document(Default::default(), "2026-11-22T00:00:00Z".into());
    assert!(lost > 0 && shared.events.lost() == lost, "{lost}");
    assert_eq!(document.tally.events_lost_total, lost);
    assert_eq!(recorder.standing().gaps.lost, lost);
    let offered = session.metrics().own.events_total;
    assert_eq!(recorder.tally().events_total + lost, offered);
}
