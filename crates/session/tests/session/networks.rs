//! Networks and their tensors under faults: whatever fails, at whatever step,
//! no result is wrong, nothing leaks, and every byte is counted once.

use crate::bench::{Bench, FRAME, config};
use arenascope_pool::PoolMode;
use arenascope_session::config::RunConfig;
use arenascope_session::request::NnMode;
use arenascope_telemetry::Shared;
use arenascope_telemetry::metrics::NnMetrics;
use arenascope_units::{Bytes, Micros};
use arenascope_workload::scenario::ScenarioKind;

/// The scenarios that run networks.
const THINKING: [ScenarioKind; 3] = [ScenarioKind::GameLoop, ScenarioKind::LlmDecode, ScenarioKind::InferenceBurst];

impl Bench<'_> {
    fn nn(&self) -> NnMetrics {
        self.metrics().nn
    }

    /// A loss while requests wait: after the session's step, before the
    /// platform's.
    fn lose_context_in_mid_frame(&mut self) {
        self.now += FRAME;
        self.session.handle_tick(Micros::new(self.now));
        self.platform.lose_context(&mut self.session);
        self.settle();
        self.check();
    }

    fn assert_nothing_remains(&mut self) {
        self.session.reset(Micros::new(self.now)).unwrap();
        self.settle();
        self.check();
        let metrics = self.metrics();
        assert_eq!((metrics.arena.used_bytes, metrics.budget.current_bytes), (0, 0));
        assert_eq!(self.platform.network_count(), 0);
    }
}

#[test]
fn a_lost_context_is_asked_for_again_whatever_was_going_on() {
    for scenario in THINKING {
        let shared = Shared::new();
        let mut bench = Bench::new(&shared, NnMode::WebNn);
        bench.start(config(scenario));
        bench.frames(9);
        for losses in 1..=40 {
            bench.lose_context_in_mid_frame();
            bench.frames(losses % 3);
            assert_eq!(bench.nn().context_losses_total, losses);
        }
        let before = bench.nn();
        bench.frames(60);
        // The game thinks in every fourth frame.
        assert!(bench.nn().dispatches_total > before.dispatches_total + 10, "{scenario:?} does not think any more");
        bench.assert_nothing_remains();
    }
}

#[test]
fn a_lost_context_brings_back_what_was_held() {
    let shared = Shared::new();
    let mut bench = Bench::new(&shared, NnMode::WebNn);
    bench.start(config(ScenarioKind::LlmDecode));
    bench.frames(40);
    bench.session.stop(Micros::new(bench.now));
    bench.settle();
    let before = bench.nn();
    assert_eq!(before.pool.in_use_count, 64);
    bench.platform.lose_context(&mut bench.session);
    assert_eq!((bench.nn().tensor_bytes, bench.nn().graph_bytes), (0, 0));
    bench.settle();
    bench.check();
    let after = bench.nn();
    assert_eq!((after.pool.in_use_count, after.pool.in_use_bytes), (64, before.pool.in_use_bytes));
}

#[test]
fn a_tensor_that_cannot_be_created_is_counted_and_undone() {
    for scenario in THINKING {
        for every in [1, 2, 3, 7] {
            let shared = Shared::new();
            let mut bench = Bench::new(&shared, NnMode::WebNn);
            bench.platform.fail_tensors_every(every);
            bench.start(config(scenario));
            bench.frames(150);
            let nn = bench.nn();
            assert!(nn.failures_total > 0, "{scenario:?}, every {every}");
            assert_eq!(nn.dispatches_total > 0, every > 1, "{scenario:?}, every {every}: {nn:?}");
            bench.assert_nothing_remains();
        }
    }
}

#[test]
fn a_run_that_fails_leaves_no_wrong_cache_behind() {
    for scenario in THINKING {
        for every in [2, 5, 11] {
            let shared = Shared::new();
            let mut bench = Bench::new(&shared, NnMode::WebNn);
            bench.platform.fail_runs_every(every);
            bench.start(RunConfig { speed: 8.0, ..config(scenario) });
            bench.frames(60);
            let nn = bench.nn();
            assert!(nn.failures_total > 10 && nn.dispatches_total > 10, "{scenario:?}, every {every}: {nn:?}");
            // A failure costs its own run, and seldom the next of its cache.
            assert!(nn.failures_total * (every - 1) < nn.dispatches_total * 2, "{scenario:?}, every {every}: {nn:?}");
            bench.assert_nothing_remains();
        }
    }
}

#[test]
fn emulated_networks_go_with_the_device_and_come_back() {
    for scenario in THINKING {
        let shared = Shared::new();
        let mut bench = Bench::new(&shared, NnMode::WebGpuEmulated);
        bench.start(config(scenario));
        bench.frames(30);
        for _ in 0..5 {
            bench.platform.lose_device(&mut bench.session);
            bench.settle();
            bench.frames(7);
        }
        let before = bench.nn();
        bench.frames(60);
        assert!(bench.nn().dispatches_total > before.dispatches_total + 10);
        assert_eq!(bench.nn().context_losses_total, 0);
        bench.assert_nothing_remains();
    }
}

#[test]
fn after_a_warm_up_no_tensor_of_a_static_network_is_created() {
    let shared = Shared::new();
    let mut bench = Bench::new(&shared, NnMode::WebNn);
    for pool_mode in PoolMode::ALL {
        bench.start(RunConfig { pool_mode, ..config(ScenarioKind::GameLoop) });
        bench.frames(240);
        let warm = bench.nn();
        bench.frames(200);
        let later = bench.nn();
        assert_eq!(later.pool.created_total, warm.pool.created_total, "{}", pool_mode.key());
        assert_eq!(later.graphs_built_total, warm.graphs_built_total, "{}", pool_mode.key());
        assert!(later.pool.hits_total > warm.pool.hits_total + 100);
    }
}

#[test]
fn tensors_of_a_run_are_pending_until_it_is_done() {
    let shared = Shared::new();
    let mut bench = Bench::new(&shared, NnMode::WebNn);
    bench.start(config(ScenarioKind::LlmDecode));
    bench.frames(8);
    bench.now += FRAME;
    bench.session.handle_tick(Micros::new(bench.now));
    // Of each of four layers: the input, the output, the keys and the values.
    assert_eq!(bench.nn().pool.pending_count, 16);
    bench.settle();
    assert_eq!(bench.nn().pool.pending_count, 0);
}

#[test]
fn sequences_end_and_begin_again_and_caches_never_hold_a_wrong_number() {
    let shared = Shared::new();
    let mut bench = Bench::new(&shared, NnMode::WebNn);
    bench.start(config(ScenarioKind::LlmDecode));
    // 512 tokens of a 16 MiB budget, 16 in eight frames: a sequence ends at
    // frame 256.
    bench.frames(255);
    let long = bench.nn();
    bench.frames(40);
    let short = bench.nn();
    assert_eq!((long.pool.in_use_count, short.pool.in_use_count), (64, 64));
    assert!(short.pool.in_use_bytes < long.pool.in_use_bytes / 4);
    assert_eq!(short.dispatches_total, bench.metrics().frame * 4);
    assert_eq!((short.failures_total, short.mismatches_total), (0, 0));
}

/// What size classes are for: caches that grow chunk by chunk mostly find one
/// of their class.
#[test]
fn growing_caches_hit_in_classes_and_miss_exactly() {
    let shared = Shared::new();
    let mut bench = Bench::new(&shared, NnMode::WebNn);
    let mut hit_ratio = |pool_mode| {
        bench.start(RunConfig { pool_mode, arena_bytes: Bytes::mib(64), ..config(ScenarioKind::LlmDecode) });
        bench.frames(800);
        bench.nn().pool.hit_ratio
    };
    let (exact, classes) = (hit_ratio(PoolMode::Exact), hit_ratio(PoolMode::CLASSES));
    // Half of all acquires are inputs and outputs of fixed size.
    assert!((0.49..0.52).contains(&exact), "{exact}");
    assert!(classes > 0.85, "{classes}");
}
