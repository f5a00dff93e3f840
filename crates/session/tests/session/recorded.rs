//! The recording of real runs: its figures are the engine's own, at every frame
//! and afterwards.

use crate::platform::Platform;
use arenascope_pool::DeviceLimits;
use arenascope_recording::{Cursor, EventLog, Reader, Recorder};
use arenascope_session::Session;
use arenascope_session::config::RunConfig;
use arenascope_session::request::{GpuMode, NnMode, Report};
use arenascope_telemetry::Shared;
use arenascope_telemetry::event::Op;
use arenascope_telemetry::metrics::Metrics;
use arenascope_telemetry::tally::Tally;
use arenascope_units::owner::Heap;
use arenascope_units::pressure::Pressure;
use arenascope_units::{Bytes, Micros};
use arenascope_workload::scenario::ScenarioKind;

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
fn check(metrics: &Metrics, standing: &arenascope_recording::Standing) {
    assert_eq!(standing.heap_bytes(Heap::Arena), metrics.arena.used_bytes);
    assert_eq!(standing.alive[0], metrics.arena.allocation_count);
    assert_eq!(standing.count(Op::ArenaAllocate), metrics.arena.allocations_total);
    assert_eq!(standing.count(Op::ArenaFree), metrics.arena.frees_total);
    assert_eq!(standing.count(Op::ArenaFailure), metrics.arena.failures_total);
    assert_eq!(Some(Pressure::ALL[usize::from(standing.pressure)]), metrics.budget.pressure);
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
    // The recorder also took in the start of the run before, which had no other event.
    assert_eq!(recorder.tally().events_total - 1 + lost, offered);
    assert_eq!(shared.events.offered(), offered + 1);
}

/// A page that begins another engine has the recorder and the recording of the one before.
#[test]
fn the_runs_of_a_second_engine_are_not_taken_for_the_first_one_s() {
    let (shared, log) = (Shared::new(), EventLog::default());
    let mut recorder = Recorder::new(&log);
    for _ in 0..2 {
        let mut bench = super::bench::Bench::new(&shared, NnMode::WebNn);
        bench.start(config(ScenarioKind::GameLoop));
        bench.frames(10);
        recorder.round(&shared);
    }
    recorder.round(&shared);
    let figures = log.figures();
    assert_eq!((figures.other_runs, figures.unmatched, figures.inferred), (0, 0, 0));
    assert!(shared.runs_begun.load(std::sync::atomic::Ordering::Relaxed) >= 4);
}
