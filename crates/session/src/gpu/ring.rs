//! The staging ring: what uploads pass through.

use crate::ledger::Range;
use arenascope_pool::{StagingRing, StagingStatistics};
use arenascope_units::Bytes;

/// The ring's part of the total: 8 MiB of the usual 256.
const RING_PART: u64 = 32;

/// The ring of a run, and the range of the arena that it lies in, which comes with
/// the first upload and goes where memory is short. The ring's totals stay.
#[derive(Debug)]
pub(crate) struct Staging {
    pub(super) held: Option<Range>,
    pub(crate) ring: StagingRing,
}

impl Staging {
    /// For an arena of so many bytes.
    pub(crate) fn new(arena: Bytes) -> Self {
        Self { held: None, ring: StagingRing::new(Bytes::new(arena.get() / RING_PART)) }
    }

    /// The ring's figures; its capacity is zero while it has no memory.
    pub(crate) fn statistics(&self) -> StagingStatistics {
        let statistics = self.ring.statistics();
        let capacity = if self.held.is_some() { statistics.capacity } else { Bytes::ZERO };
        StagingStatistics { capacity, ..statistics }
    }
}
