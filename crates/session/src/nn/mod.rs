//! The neural-network device's side of a run: tensors from their pool, graphs, runs,
//! and their results held against the CPU reference.

mod networks;
mod pending;
mod tensors;

use crate::charged_pool::ChargedPool;
use crate::ledger::Range;
use crate::request::RunId;
use arenascope_pool::Serial;
use pending::PendingRun;
use std::collections::BTreeMap;

/// Counts of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct NnCounters {
    pub(crate) dispatches: u64,
    pub(crate) mismatches: u64,
    pub(crate) graphs_built: u64,
    /// Graphs, runs, tensors and writes that did not come about.
    pub(crate) failures: u64,
    pub(crate) context_losses: u64,
}

/// What the neural-network device has of a run.
pub(crate) struct NnSide {
    pub(crate) tensors: ChargedPool,
    /// The newest run or write, as a submission of the pool of tensors.
    last_use: Serial,
    /// Stages of graphs being built and of tensors being written.
    stages: BTreeMap<u64, Range>,
    runs: BTreeMap<RunId, PendingRun>,
    pub(crate) counters: NnCounters,
}

impl NnSide {
    /// A state without networks, whose tensors come from this pool.
    pub(crate) fn new(tensors: ChargedPool) -> Self {
        Self {
            tensors,
            last_use: Serial(0),
            stages: BTreeMap::new(),
            runs: BTreeMap::new(),
            counters: NnCounters::default(),
        }
    }
}
