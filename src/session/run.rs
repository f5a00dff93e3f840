//! Everything that begins and ends with a run.

use super::config::RunConfig;
use super::crew::Crew;
use super::live::{Held, Live};
use super::notices::Notices;
use super::pacing::Pacing;
use super::request::RunId;
use super::threads::{Owed, Rates};
use crate::arena::Statistics;
use crate::budget::{Budget, BudgetState, Charge};
use crate::pool::{DeviceLimits, Pool, PoolConfig, ResourceId, Serial};
use crate::units::{Bytes, Micros};
use crate::workload::Workload;
use crate::workload::mlp::MlpShape;
use crate::workload::step::Slot;
use core::cell::Cell;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

/// The part of the total that may lie idle in the pool, per cent.
const IDLE_PERCENT: u64 = 10;

/// A submission that the GPU has not finished, and the stages it reads.
#[derive(Debug)]
pub(super) struct InFlight {
    pub(super) serial: Serial,
    pub(super) stages: Vec<Held>,
}

/// A run of a network that has not finished.
#[derive(Debug)]
pub(super) struct PendingRun {
    pub(super) model: Slot,
    pub(super) shape: MlpShape,
    pub(super) input_seed: u64,
    pub(super) input: Held,
    pub(super) output: Held,
    /// The two tensors on the device.
    pub(super) charge: Charge,
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
    /// Steps that named something whose request was refused.
    pub(super) steps_skipped: u64,
}

/// One run, from start to the next start.
pub(super) struct Run {
    pub(super) budget: Budget,
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
    /// Stages of the frame being recorded.
    pub(super) stages: Vec<Held>,
    pub(super) in_flight: VecDeque<InFlight>,
    pub(super) nn_stages: BTreeMap<u64, Held>,
    pub(super) nn_runs: BTreeMap<RunId, PendingRun>,
    pub(super) counters: Counters,
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
    pub(super) fn new(config: &RunConfig, limits: DeviceLimits, now: Micros, running: bool) -> Self {
        let total = config.arena_bytes;
        let idle_limit = Bytes::new(total.get() / 100 * IDLE_PERCENT);
        let pool_config = PoolConfig { limits, ..PoolConfig::with_idle_limit(config.pool_mode, idle_limit) };
        Self {
            budget: Budget::new(total),
            pool: Pool::new(pool_config),
            workload: Workload::new(config.scenario, config.seed, total),
            pacing: Pacing::new(now, config.speed),
            running,
            started: now,
            time: Micros::ZERO,
            live: BTreeMap::new(),
            device_charges: BTreeMap::new(),
            stages: Vec::new(),
            in_flight: VecDeque::new(),
            nn_stages: BTreeMap::new(),
            nn_runs: BTreeMap::new(),
            counters: Counters::default(),
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
