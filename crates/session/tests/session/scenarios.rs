//! The whole engine on a virtual clock and a made-up platform: every scenario
//! under every choice, with the identities checked after every frame.

use crate::bench::{Bench, FRAME, config};
use arenascope_session::config::RunConfig;
use arenascope_session::request::NnMode;
use arenascope_telemetry::Shared;
use arenascope_telemetry::metrics::Metrics;
use arenascope_telemetry::samples::Series;
use arenascope_units::{Bytes, Micros};
use arenascope_workload::scenario::ScenarioKind;

#[test]
fn every_scenario_keeps_every_identity_in_every_pool_mode() {
    let shared = Shared::new();
    let mut bench = Bench::new(&shared, NnMode::WebNn);
    for scenario in ScenarioKind::ALL {
        for pool_mode in arenascope_pool::PoolMode::ALL {
            bench.start(RunConfig { pool_mode, ..config(scenario) });
            bench.frames(90);
            let metrics = bench.metrics();
            assert!(metrics.frame >= 89, "{scenario:?} stands still at {}", metrics.frame);
            assert_eq!(metrics.arena.allocations_total > 0, scenario != ScenarioKind::Idle);
            let thinks =
                [ScenarioKind::GameLoop, ScenarioKind::Leak, ScenarioKind::LlmDecode, ScenarioKind::InferenceBurst];
            assert_eq!(metrics.nn.dispatches_total > 10, thinks.contains(&scenario), "{scenario:?}");
        }
    }
}

#[test]
fn the_identities_hold_under_every_policy() {
    let shared = Shared::new();
    let mut bench = Bench::new(&shared, NnMode::WebNn);
    for scenario in [ScenarioKind::GameLoop, ScenarioKind::FragmentationStorm] {
        for policy in arenascope_arena::PolicyKind::ALL {
            bench.start(RunConfig { policy, ..config(scenario) });
            bench.frames(45);
            assert!(bench.metrics().frame >= 44, "{scenario:?} stands still under {policy}");
        }
    }
}

#[test]
fn two_runs_of_a_seed_are_the_same_run() {
    let shared = Shared::new();
    let run = || {
        let mut bench = Bench::new(&shared, NnMode::CpuEmulated);
        bench.start(config(ScenarioKind::GameLoop));
        bench.frames(120);
        Metrics { own: Default::default(), ..bench.metrics() }
    };
    assert_eq!(run(), run());
}

#[test]
fn a_reset_leaves_nothing() {
    let shared = Shared::new();
    let mut bench = Bench::new(&shared, NnMode::WebNn);
    for scenario in ScenarioKind::ALL {
        bench.start(config(scenario));
        bench.frames(70);
        bench.session.reset(Micros::new(bench.now)).unwrap();
        bench.settle();
        bench.check();
        let metrics = bench.metrics();
        assert_eq!((metrics.arena.used_bytes, metrics.budget.current_bytes), (0, 0));
        assert_eq!((metrics.frame, metrics.time_us, metrics.arena.allocations_total), (0, 0, 0));
        assert_eq!(bench.platform.resource_count(), 0);
        assert_eq!(bench.platform.network_count(), 0);
        assert_eq!(bench.shared.samples.rows().count(), 0);
    }
}

#[test]
fn a_stopped_run_stands_still_and_can_be_looked_at() {
    let shared = Shared::new();
    let mut bench = Bench::new(&shared, NnMode::WebNn);
    bench.start(config(ScenarioKind::LevelStreaming));
    bench.frames(50);
    bench.session.stop(Micros::new(bench.now));
    bench.settle();
    let before = bench.metrics();
    bench.frames(20);
    assert_eq!(bench.metrics(), before);
    assert!(before.arena.used_bytes > 0);
}

#[test]
fn the_storm_refuses_and_the_leak_leaks_what_it_says() {
    let shared = Shared::new();
    let mut bench = Bench::new(&shared, NnMode::WebNn);
    bench.start(config(ScenarioKind::FragmentationStorm));
    bench.frames(300);
    let metrics = bench.metrics();
    let refused: u64 = metrics.budget.categories.iter().map(|row| row.failures_total).sum();
    assert!(refused + metrics.arena.failures_total > 0);
    assert!(metrics.arena.free_range_count > 20);

    bench.start(config(ScenarioKind::Leak));
    bench.frames(161);
    let document = bench.session.document(Default::default(), "2026-01-01T00:00:00Z".into());
    let leaked: Vec<_> = document.arena.allocations.iter().filter(|entry| entry.tag == "leak/forgotten").collect();
    assert_eq!(leaked.len() as u64, bench.metrics().frame.div_ceil(8));
    assert!(leaked.iter().all(|entry| entry.size == 256));
}

#[test]
fn the_scenario_waits_for_a_gpu_that_is_behind() {
    let shared = Shared::new();
    let mut bench = Bench::new(&shared, NnMode::WebNn);
    bench.start(config(ScenarioKind::GpuThrash));
    bench.platform.hold_completions(true);
    bench.frames(30);
    let behind = bench.metrics();
    assert!(behind.frame <= 4, "{}", behind.frame);
    assert!(behind.pool.pending_bytes > 0);
    bench.platform.hold_completions(false);
    bench.frames(30);
    assert!(bench.metrics().frame > 25);
}

#[test]
fn a_lost_device_is_asked_for_again_and_everything_is_rebuilt() {
    for nn in [NnMode::WebNn, NnMode::WebGpuEmulated] {
        let shared = Shared::new();
        let mut bench = Bench::new(&shared, nn);
        bench.start(config(ScenarioKind::LevelStreaming));
        bench.frames(60);
        let before = bench.metrics();
        bench.platform.lose_device(&mut bench.session);
        bench.settle();
        assert_eq!(bench.metrics().gpu.device_losses_total, 1);
        bench.frames(60);
        let after = bench.metrics();
        assert!(after.frame > before.frame + 50);
        assert!(after.pool.in_use_bytes > 0);
        assert_eq!(after.nn.mismatches_total, 0);
    }
}

#[test]
fn a_failed_creation_is_undone_and_counted() {
    let shared = Shared::new();
    let mut bench = Bench::new(&shared, NnMode::WebNn);
    bench.start(config(ScenarioKind::GpuThrash));
    bench.platform.fail_creations_every(7);
    for _ in 0..60 {
        bench.now += FRAME;
        bench.session.handle_tick(Micros::new(bench.now));
        bench.settle();
    }
    let metrics = bench.metrics();
    assert!(metrics.gpu.errors_total > 10);
    assert_eq!(
        metrics.pool.in_use_bytes + metrics.pool.pending_bytes + metrics.pool.idle_bytes,
        bench.platform.device_bytes()
    );
    let charged: u64 = metrics.budget.categories.iter().map(|row| row.device_bytes).sum();
    assert_eq!(charged, bench.platform.device_bytes());
}

#[test]
fn a_wrong_result_is_a_mismatch() {
    let shared = Shared::new();
    let mut bench = Bench::new(&shared, NnMode::WebNn);
    bench.start(config(ScenarioKind::InferenceBurst));
    bench.platform.corrupt_results(true);
    for _ in 0..10 {
        bench.now += FRAME;
        bench.session.handle_tick(Micros::new(bench.now));
        bench.settle();
    }
    let nn = bench.metrics().nn;
    assert!(nn.dispatches_total > 5);
    assert_eq!(nn.mismatches_total, nn.dispatches_total);
}

#[test]
fn an_arena_that_cannot_be_had_leaves_the_old_one() {
    let shared = Shared::new();
    let mut bench = Bench::new(&shared, NnMode::WebNn);
    bench.start(config(ScenarioKind::GameLoop));
    bench.frames(10);
    let before = bench.metrics();
    let impossible = RunConfig { arena_bytes: Bytes::mib(1 << 20), ..config(ScenarioKind::GameLoop) };
    assert!(bench.session.start(impossible, Micros::new(bench.now)).is_err());
    assert_eq!(bench.metrics(), before);
    bench.frames(10);
    assert!(bench.metrics().frame > before.frame);
    for mib in [32, 16] {
        let other = RunConfig { arena_bytes: Bytes::mib(mib), ..config(ScenarioKind::GameLoop) };
        bench.start(other);
        bench.frames(10);
        assert_eq!(bench.metrics().arena.capacity_bytes, mib << 20);
    }
}

#[test]
fn samples_and_metrics_agree() {
    let shared = Shared::new();
    let mut bench = Bench::new(&shared, NnMode::WebNn);
    bench.start(config(ScenarioKind::GameLoop));
    bench.frames(100);
    let metrics = bench.metrics();
    let last = shared.samples.rows().end - 1;
    let sample = |series| shared.samples.get(last, series).unwrap();
    assert_eq!(sample(Series::TimeUs), metrics.time_us as f64);
    assert_eq!(sample(Series::ArenaUsed), metrics.arena.used_bytes as f64);
    assert_eq!(sample(Series::PoolIdle), metrics.pool.idle_bytes as f64);
    for (series, row) in Series::BUDGET.into_iter().zip(&metrics.budget.categories) {
        assert_eq!(sample(series), row.current_bytes as f64);
    }
    let published: Metrics = serde_json::from_str(&shared.metrics.read_text().unwrap()).unwrap();
    assert_eq!(published, metrics);
}
