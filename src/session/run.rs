//! Everything that begins and ends with a run.

use super::arena_log::ArenaLog;
use super::budget_events::{EventLog, PoolPressure};
use super::config::RunConfig;
use super::crew::Crew;
use super::live::{Held, Live};
use super::notices::Notices;
use super::pacing::Pacing;
use super::request::RunId;
use super::staging::Staging;
use super::threads::{Owed, Rates};
use crate::arena::Statistics;
use crate::budget::{Budget, BudgetState, Charge};
use crate::pool::{DeviceLimits, Ladder, Pool, PoolConfig, ResourceId, Serial};
use crate::units::{Bytes, Micros};
use crate::workload::Workload;
use crate::workload::network::Network;
use crate::workload::step::Slot;
use core::cell::Cell;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

/// The part of the total that may lie idle in the pool, per cent.
const IDLE_PERCENT: u64 = 10;
/// The same for tensors, whose category has a tenth of the total.
const IDLE_TENSORS_PERCENT: u64 = 2;
/// Requests, commits and releases that a what-if can run again: half a minute
/// of a busy scenario, in 4 MiB.
const HISTORY_ENTRIES: usize = 1 << 16;

/// A submission that the GPU has not finished, and the stages beside the ring that it reads.
#[derive(Debug)]
pub(super) struct InFlight {
    pub(super) serial: Serial,
    pub(super) stages: Vec<Held>,
}

/// A run of a network that has not finished.
#[derive(Debug)]
pub(super) struct PendingRun {
    pub(super) network: Network,
    /// What the reference says.
    pub(super) expected: Vec<f32>,
    pub(super) input: Held,
    pub(super) output: Held,
    /// The names of the grown caches that it writes.
    pub(super) grown: Vec<Slot>,
}

/// Counts of this run that no other part keeps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Counters {
    pub(super) submits: u64,
    pub(super) dispatches: u64,
    pub(super) uploaded_bytes: u64,
    pub(super) gpu_errors: u64,
    pub(super) device_losses: u64,
    pub(super) nn_dispatches: u64,
    pub(super) nn_mismatches: u64,
    pub(super) nn_graphs_built: u64,
    /// Graphs, runs, tensors and writes that did not come about.
    pub(super) nn_failures: u64,
    pub(super) nn_context_losses: u64,
    /// Steps that named something whose request was refused.
    pub(super) steps_skipped: u64,
}

/// What the devices refuse.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// The GPU device.
    pub(super) device: DeviceLimits,
    /// The largest tensor.
    pub(super) tensor: Bytes,
}

impl Default for Limits {
    /// What every WebGPU device grants, which runs the networks where there is
    /// no WebNN: `maxStorageBufferBindingSize`.
    fn default() -> Self {
        Self { device: DeviceLimits::default(), tensor: Bytes::mib(128) }
    }
}

/// One run, from start to the next start.
pub(super) struct Run {
    pub(super) budget: Budget,
    pub(super) budget_events: EventLog,
    pub(super) arena_log: ArenaLog,
    pub(super) pressure: PoolPressure,
    pub(super) pool: Pool,
    pub(super) workload: Workload,
    pub(super) pacing: Pacing,
    pub(super) running: bool,
    /// On the platform's clock.
    pub(super) started: Micros,
    /// Since `started`; stands still while stopped.
    pub(super) time: Micros,
    pub(super) live: BTreeMap<Slot, Live>,
    /// What pays for each resource that exists on the device.
    pub(super) device_charges: BTreeMap<ResourceId, Charge>,
    /// The ring that uploads pass through.
    pub(super) staging: Staging,
    /// Stages beside the ring, of the frame being recorded.
    pub(super) stages: Vec<Held>,
    pub(super) in_flight: VecDeque<InFlight>,
    /// The pool of tensors on the neural-network device.
    pub(super) tensors: Pool,
    /// What pays for each tensor that exists.
    pub(super) tensor_charges: BTreeMap<ResourceId, Charge>,
    /// The newest run or write, as a submission of the pool of tensors.
    pub(super) last_tensor_use: Serial,
    /// Stages of graphs being built and of tensors being written.
    pub(super) nn_stages: BTreeMap<u64, Held>,
    pub(super) nn_runs: BTreeMap<RunId, PendingRun>,
    pub(super) counters: Counters,
    pub(super) ladder: Ladder,
    pub(super) notices: Notices,
    pub(super) events_before: u64,
    pub(super) events_lost_before: u64,
    pub(super) hits_sampled: (u64, u64),
    /// The mutators of this run.
    pub(super) crew: Option<Arc<Crew>>,
    pub(super) rates: Rates,
    /// The figures of arena and budget that were taken last.
    pub(super) books: Cell<Option<(Statistics, BudgetState)>>,
    /// Payloads that mutators passed to the engine and that were not as written.
    pub(super) overlaps: u64,
    pub(super) owed: Owed,
}

impl Run {
    pub(super) fn new(config: &RunConfig, limits: Limits, now: Micros, running: bool) -> Self {
        let total = config.arena_bytes;
        let pool = |percent, limits| {
            let idle_limit = Bytes::new(total.get() / 100 * percent);
            Pool::new(PoolConfig { limits, ..PoolConfig::with_idle_limit(config.pool_mode, idle_limit) })
        };
        let tensor_limits = DeviceLimits { max_buffer_size: limits.tensor, ..DeviceLimits::default() };
        Self {
            budget: Budget::recorded(config.budget_mode.limits(total), HISTORY_ENTRIES),
            budget_events: EventLog::default(),
            arena_log: ArenaLog::default(),
            pressure: PoolPressure::default(),
            pool: pool(IDLE_PERCENT, limits.device),
            workload: Workload::new(config.scenario, config.seed, total),
            pacing: Pacing::new(now, config.speed),
            running,
            started: now,
            time: Micros::ZERO,
            live: BTreeMap::new(),
            device_charges: BTreeMap::new(),
            staging: Staging::new(total),
            stages: Vec::new(),
            in_flight: VecDeque::new(),
            tensors: pool(IDLE_TENSORS_PERCENT, tensor_limits),
            tensor_charges: BTreeMap::new(),
            last_tensor_use: Serial(0),
            nn_stages: BTreeMap::new(),
            nn_runs: BTreeMap::new(),
            counters: Counters::default(),
            ladder: Ladder::default(),
            notices: Notices::default(),
            events_before: 0,
            events_lost_before: 0,
            hits_sampled: (0, 0),
            crew: None,
            rates: Rates::default(),
            books: Cell::new(None),
            overlaps: 0,
            owed: Owed::default(),
        }
    }
}
