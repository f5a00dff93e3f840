//! The GPU's side of a run: buffers and textures from their pool, uploads through the
//! staging ring, submissions, and what is tried where memory is short.

mod out_of_memory;
mod resources;
mod ring;
mod staging;

use crate::charged_pool::ChargedPool;
use crate::ledger::Range;
use arenascope_pool::{FallbackCounts, Serial};
use arenascope_units::Bytes;
pub(crate) use resources::fill;
use ring::Staging;
use std::collections::VecDeque;

/// A submission that the GPU has not finished, and the stages beside the ring that it
/// reads.
#[derive(Debug)]
struct InFlight {
    serial: Serial,
    stages: Vec<Range>,
}

/// Counts of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct GpuCounters {
    pub(crate) submits: u64,
    pub(crate) dispatches: u64,
    pub(crate) uploaded_bytes: u64,
    pub(crate) errors: u64,
    pub(crate) device_losses: u64,
}

/// What the GPU has of a run.
pub(crate) struct GpuSide {
    pub(crate) pool: ChargedPool,
    /// The ring that uploads pass through.
    pub(crate) staging: Staging,
    /// Stages beside the ring, of the frame being recorded.
    stages: Vec<Range>,
    in_flight: VecDeque<InFlight>,
    /// How far the out-of-memory fallback had to go.
    pub(crate) fallback: FallbackCounts,
    pub(crate) counters: GpuCounters,
}

impl GpuSide {
    /// Of a run whose arena has so many bytes.
    pub(crate) fn new(pool: ChargedPool, arena: Bytes) -> Self {
        Self {
            pool,
            staging: Staging::new(arena),
            stages: Vec::new(),
            in_flight: VecDeque::new(),
            fallback: FallbackCounts::default(),
            counters: GpuCounters::default(),
        }
    }

    /// Submissions that the GPU has not finished.
    pub(crate) fn in_flight(&self) -> usize {
        self.in_flight.len()
    }
}
