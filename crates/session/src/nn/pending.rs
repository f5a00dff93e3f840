//! What is to come of a run that the device was asked for.

use crate::ledger::Range;
use arenascope_workload::network::Network;
use arenascope_workload::step::Slot;

/// A run of a network that has not finished.
#[derive(Debug)]
pub(super) struct PendingRun {
    pub(super) network: Network,
    /// What the reference says.
    pub(super) expected: Vec<f32>,
    pub(super) input: Range,
    pub(super) output: Range,
    /// The names of the grown caches that it writes.
    pub(super) grown: Vec<Slot>,
}
