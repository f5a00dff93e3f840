//! What the session tells others: metrics and a sample each tick; the map, the tables
//! and what a walk of the arena finds ten times a second; documents when asked.

mod arena_log;
mod arena_table;
mod document;
mod guards;
mod look;
mod metrics;
mod pool;
mod pool_detail;

pub(crate) use arena_log::ArenaLog;
use arenascope_arena::Statistics;
use arenascope_budget::BudgetState;
use arenascope_units::Bytes;
use core::cell::Cell;
use look::ArenaLook;

/// What was published last, and from when on figures count.
#[derive(Default)]
pub(crate) struct Publisher {
    /// True from a report until the next publication.
    pub(crate) is_due: bool,
    /// When the newest map was published, µs; `None` before the first.
    last_map_us: Option<u64>,
    /// What the newest map's walk found.
    newest_look: ArenaLook,
    maps_since_sweep: u32,
    /// What the browser said last that the page holds.
    browser_memory: Option<Bytes>,
    /// Hits and misses at the sample before.
    hits_sampled: (u64, u64),
    /// Events before this run, and of them lost.
    events_before: (u64, u64),
    /// The figures of arena and budget that were taken last, both at one moment.
    pub(crate) agreeing: Cell<Option<(Statistics, BudgetState)>>,
}

impl Publisher {
    /// Counts from zero again, for a run that begins after `events` were offered and
    /// lost.
    pub(crate) fn begin_run(&mut self, events: (u64, u64)) {
        let browser_memory = self.browser_memory;
        *self = Self { is_due: true, browser_memory, events_before: events, ..Self::default() };
    }
}
