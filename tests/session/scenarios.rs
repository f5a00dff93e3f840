//! The whole engine on a virtual clock and a made-up platform: every scenario
//! under every choice, with the identities checked after every frame.

use crate::platform::Platform;
use arenascope::pool::DeviceLimits;
use arenascope::session::Session;
use arenascope::session::config::RunConfig;
use arenascope::session::request::{GpuMode, NnMode, Report};
use arenascope::telemetry::Shared;
use arenascope::telemetry::event::{Op, Tally};
use arenascope::telemetry::metrics::{Metrics, NnMetrics};
use arenascope::telemetry::samples::Series;
use arenascope::units::{Bytes, Micros};
use arenascope::workload::scenario::ScenarioKind;

pub(crate) const FRAME: u64 = 16_667;

/// An engine on a made-up platform, with a recorder that counts by itself.
pub(crate) struct Bench<'s> {
    pub(crate) session: Session<'s>,
    pub(crate) platform: Platform,
    pub(crate) shared: &'s Shared,
    pub(crate) tally: Tally,
    pub(crate) now: u64,
}

impl<'s> Bench<'s> {
    pub(crate) fn new(shared: &'s Shared, nn: NnMode) -> Self {
        let config = RunConfig { arena_bytes: Bytes::mib(16), ..RunConfig::default() };
        let mut session = Session::new(config, shared, Micros::ZERO).unwrap();
        session.handle_report(Report::DevicesReady { gpu: GpuMode::WebGpu, nn, limits: DeviceLimits::default() });
        Self { session, platform: Platform::new(nn), shared, tally: Tally::default(), now: 0 }
    }

    pub(crate) fn start(&mut self, config: RunConfig) {
        self.session.start(config, Micros::new(self.now)).unwrap();
        self.settle();
    }

    /// Runs what was asked for and takes in what became of it.
    pub(crate) fn settle(&mut self) {
        self.platform.run(&mut self.session);
        self.session.publish();
        self.shared.events.drain(|record| self.tally.take(record));
    }

    pub(crate) fn frames(&mut self, count: u64) {
        for _ in 0..count {
            self.now += FRAME;
            self.session.handle_tick(Micros::new(self.now));
            self.settle();
            self.check();
        }
    }

    /// Every identity, against counts kept elsewhere, where nothing went wrong.
    pub(crate) fn check(&self) {
        self.check_accounts();
        let metrics = self.session.metrics();
        self.check_networks(&metrics.nn);
        assert_eq!(metrics.gpu.errors_total, 0);
        self.platform.assert_no_misuse();
    }

    /// What must hold whatever went wrong.
    pub(crate) fn check_accounts(&self) {
        let metrics = self.session.metrics();
        let arena = &metrics.arena;
        assert_eq!(
            arena.capacity_bytes,
            arena.used_bytes + arena.free_bytes + arena.cached_bytes + arena.metadata_bytes
        );
        let by_category = metrics.budget.categories.iter();
        assert_eq!(arena.used_bytes, by_category.clone().map(|row| row.arena_bytes).sum::<u64>());
        assert_eq!(metrics.budget.current_bytes, by_category.clone().map(|row| row.current_bytes).sum::<u64>());
        let tally = self.tally.arena_bytes.iter().zip(self.tally.pool_bytes);
        for (row, ((arena_bytes, pool_bytes), npu_bytes)) in by_category.zip(tally.zip(self.tally.npu_bytes)) {
            assert_eq!(row.npu_bytes, npu_bytes, "{:?}", row.category);
            assert_eq!(row.current_bytes, row.arena_bytes + row.device_bytes + row.npu_bytes);
            assert!(row.current_bytes + row.reserved_bytes <= row.limit_bytes);
            assert_eq!((row.arena_bytes, row.device_bytes), (*arena_bytes, pool_bytes), "{:?}", row.category);
        }
        let pool = &metrics.pool;
        assert_eq!(pool.created_total - pool.destroyed_total, pool.in_use_count + pool.pending_count + pool.idle_count);
        assert_eq!(pool.in_use_bytes + pool.pending_bytes + pool.idle_bytes, self.platform.device_bytes());
        assert_eq!(self.platform.resource_count() as u64, pool.created_total - pool.destroyed_total);
        let by = &pool.destroyed_by;
        let destroyed = [by.limit_total, by.surplus_total, by.age_total, by.pressure_total, by.outgrown_total];
        let more = [by.out_of_memory_total, by.overflow_total, by.device_loss_total, by.creation_failed_total];
        assert_eq!(destroyed.iter().chain(&more).sum::<u64>(), pool.destroyed_total);
        let (hits, misses) = (&pool.hits_by, &pool.misses_by);
        assert_eq!(hits.exact_total + hits.class_total + hits.best_fit_total, pool.hits_total);
        let causes = [misses.cold_total, misses.busy_total, misses.pending_total, misses.too_wasteful_total];
        assert_eq!(causes.iter().sum::<u64>() + misses.evicted_total, pool.misses_total);
        assert_eq!(pool.reuse_distance_log2.iter().sum::<u64>(), pool.hits_total);
        assert_eq!(metrics.own.events_lost_total, 0);
    }

    pub(crate) fn check_networks(&self, nn: &NnMetrics) {
        let NnMetrics { pool, .. } = nn;
        assert_eq!(pool.created_total - pool.destroyed_total, pool.in_use_count + pool.pending_count + pool.idle_count);
        assert_eq!(pool.in_use_bytes + pool.pending_bytes + pool.idle_bytes, nn.tensor_bytes);
        assert_eq!((nn.tensors_live, nn.tensor_bytes), self.platform.tensors());
        assert_eq!((nn.graphs_live, nn.graph_bytes), self.platform.graphs());
        assert_eq!(nn.mismatches_total, 0);
        let counts = [Op::TensorCreate, Op::TensorReuse, Op::TensorDestroy].map(|op| self.tally.count(op));
        assert!(counts[0] >= pool.created_total && counts[1] >= pool.hits_total && counts[2] >= pool.destroyed_total);
    }

    pub(crate) fn metrics(&self) -> Metrics {
        self.session.metrics()
    }
}

pub(crate) fn config(scenario: ScenarioKind) -> RunConfig {
    RunConfig { scenario, arena_bytes: Bytes::mib(16), ..RunConfig::default() }
}

#[test]
fn every_scenario_keeps_every_identity_in_every_pool_mode() {
    let shared = Shared::new();
    let mut bench = Bench::new(&shared, NnMode::WebNn);
    for scenario in ScenarioKind::ALL {
        for pool_mode in arenascope::pool::PoolMode::ALL {
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
        for policy in arenascope::arena::PolicyKind::ALL {
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
