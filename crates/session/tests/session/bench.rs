//! An engine on a made-up platform and a virtual clock, with its identities checked after
//! every frame.

use crate::platform::Platform;
use arenascope_pool::DeviceLimits;
use arenascope_session::Session;
use arenascope_session::config::RunConfig;
use arenascope_session::request::{GpuMode, NnMode, Report};
use arenascope_telemetry::Shared;
use arenascope_telemetry::event::Op;
use arenascope_telemetry::metrics::{Metrics, NnMetrics};
use arenascope_telemetry::tally::Tally;
use arenascope_units::{Bytes, Micros};
use arenascope_workload::scenario::ScenarioKind;

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
