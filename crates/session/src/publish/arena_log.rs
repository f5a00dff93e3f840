//! The newest refusals and stray writes of a run, for the page.

use arenascope_arena::{AllocError, GuardHit, RefusalKind, Request};
use arenascope_telemetry::arena_table::{ArenaTable, FailureRow, GuardRow, push};
use arenascope_units::{Bytes, Micros, Ratio};
use arenascope_workload::tags;

/// The lists, and whether the page has seen them.
#[derive(Debug)]
pub(crate) struct ArenaLog {
    pub(super) table: ArenaTable,
    failures_total: u64,
    hits_total: u64,
    pub(super) changed: bool,
}

impl Default for ArenaLog {
    /// Empty lists, which the page has not seen.
    fn default() -> Self {
        Self { table: ArenaTable::default(), failures_total: 0, hits_total: 0, changed: true }
    }
}

impl ArenaLog {
    pub(crate) fn add_failure(&mut self, request: &Request, error: &AllocError) {
        self.changed = true;
        self.failures_total += 1;
        let (free, largest) = match *error {
            AllocError::OutOfMemory { free, largest_free, .. } => (Some(free), Some(largest_free)),
            _ => (None, None),
        };
        let row = FailureRow {
            number: self.failures_total,
            time_us: request.now.get(),
            category: request.owner.category,
            tag: tags::name(request.owner.tag).into(),
            size_bytes: request.size.get(),
            align_bytes: request.align.get(),
            cause: RefusalKind::from(error).key().into(),
            index: error.failure_index().map(Ratio::get),
            free_bytes: free.map(Bytes::get),
            largest_free_bytes: largest.map(Bytes::get),
        };
        push(&mut self.table.failures, row);
    }

    pub(crate) fn add_hit(&mut self, hit: &GuardHit, now: Micros) {
        self.changed = true;
        self.hits_total += 1;
        let row = GuardRow {
            number: self.hits_total,
            time_us: now.get(),
            fault: hit.fault.key().into(),
            offset_bytes: hit.offset.get(),
            expected: hit.expected,
            found: hit.found,
            category: hit.owner.category,
            tag: tags::name(hit.owner.tag).into(),
            payload_offset_bytes: hit.payload.offset.get(),
            payload_bytes: hit.payload.size.get(),
            born_us: hit.born.get(),
        };
        push(&mut self.table.guard_hits, row);
    }
}
