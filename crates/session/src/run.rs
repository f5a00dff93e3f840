//! Everything that begins and ends with a run, by who uses it.

use super::budget_side::BudgetSide;
use super::charged_pool::{ChargedPool, Kind};
use super::config::RunConfig;
use super::devices::DeviceCaps;
use super::gpu::GpuSide;
use super::live::Live;
use super::mutators::{MutatorPool, Rates};
use super::nn::NnSide;
use super::pacing::Pacing;
use super::publish::ArenaLog;
use arenascope_pool::{DeviceLimits, PoolConfig};
use arenascope_telemetry::run::RunNumber;
use arenascope_units::{Bytes, Micros};
use arenascope_workload::Workload;
use arenascope_workload::step::Slot;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The part of the total that may lie idle in the pool, per cent.
const IDLE_PERCENT: u64 = 10;
/// The same for tensors, whose category has a tenth of the total.
const IDLE_TENSORS_PERCENT: u64 = 2;

/// One run, from start to the next start.
pub(crate) struct Run {
    /// Tells its events from those of other runs.
    pub(crate) number: RunNumber,
    pub(crate) workload: Workload,
    pub(crate) pacing: Pacing,
    pub(crate) running: bool,
    /// On the platform's clock.
    pub(crate) started: Micros,
    /// Of the newest tick or publication, since `started`; stands still while stopped.
    pub(crate) time: Micros,
    /// What the scenario holds.
    pub(crate) live: BTreeMap<Slot, Live>,
    /// Steps that named something whose request was refused.
    pub(crate) steps_skipped: u64,
    pub(crate) budget: BudgetSide,
    pub(crate) gpu: GpuSide,
    pub(crate) nn: NnSide,
    pub(crate) mutators: MutatorSide,
    pub(crate) arena_log: ArenaLog,
}

/// The mutators of a run.
#[derive(Default)]
pub(crate) struct MutatorSide {
    /// `None` where there are none.
    pub(crate) pool: Option<Arc<MutatorPool>>,
    pub(crate) rates: Rates,
    /// Payloads that they passed to the engine and that were not as written.
    pub(crate) overlaps: u64,
}

impl Run {
    pub(crate) fn new(number: RunNumber, config: &RunConfig, caps: DeviceCaps, now: Micros, running: bool) -> Self {
        let total = config.arena_bytes;
        let pool = |kind, percent, limits| {
            let idle_limit = Bytes::new(total.get() / 100 * percent);
            let config = PoolConfig { limits, ..PoolConfig::with_idle_limit(config.pool_mode, idle_limit) };
            ChargedPool::new(kind, config)
        };
        let tensor_limits = DeviceLimits { max_buffer_size: caps.tensor, ..DeviceLimits::default() };
        Self {
            number,
            workload: Workload::new(config.scenario, config.seed, total),
            pacing: Pacing::new(now, config.speed),
            running,
            started: now,
            time: Micros::ZERO,
            live: BTreeMap::new(),
            steps_skipped: 0,
            budget: BudgetSide::new(config.budget_mode.limits(total)),
            gpu: GpuSide::new(pool(Kind::Gpu, IDLE_PERCENT, caps.device), total),
            nn: NnSide::new(pool(Kind::Tensors, IDLE_TENSORS_PERCENT, tensor_limits)),
            mutators: MutatorSide::default(),
            arena_log: ArenaLog::default(),
        }
    }
}
