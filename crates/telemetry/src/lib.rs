//! What threads tell each other, through shared memory. One writer each,
//! readers take no lock, nothing waits for a reader.
//!
//! - [`board::Board`]: the newest state of something, whole or not at all;
//! - [`samples::SampleLog`]: one row of figures a tick, for the charts;
//! - [`heat::HeatLog`]: one row of unusable free space ten times a second;
//! - [`ring::Ring`]: every event of one thread, bounded, its losses counted; all
//!   of them in [`rings::Rings`], a record's meaning in [`event`] and [`op`];
//! - [`Shared`]: all of them, made once by the page and handed to the workers.

pub mod arena_table;
pub mod board;
pub mod budget_table;
pub mod capabilities;
pub mod event;
pub mod heartbeat;
pub mod heat;
pub mod limit_change;
pub mod manifest;
pub mod map;
pub mod metrics;
pub mod notice;
pub mod op;
pub mod page;
pub mod pool_detail;
pub mod pool_table;
pub mod record;
pub mod refusal;
#[expect(unsafe_code, reason = "plain records that two threads hand over; see the SAFETY comments")]
pub mod ring;
#[cfg(test)]
mod ring_tests;
pub mod rings;
pub mod run;
pub mod samples;
pub mod tally;
pub mod when_full;
pub mod work_time;

use board::Board;
use core::sync::atomic::{AtomicU64, Ordering};
use heartbeat::Heartbeats;
use heat::HeatLog;
use page::PageCost;
use rings::Rings;
use samples::SampleLog;
use work_time::WorkTime;

/// Everything the engine tells the page, in one place of the shared memory.
///
/// | part | writer | reader |
/// |---|---|---|
/// | `metrics`, `map`, `pool_table`, `budget_table`, `arena_table`, `samples`, `heat` | engine | page |
/// | `events` | each thread its own ring | recorder |
/// | `tally` | recorder | page, engine |
/// | `recorder` | recorder | page |
/// | `page` | page | engine |
/// | `heartbeats` | each thread its own | page |
/// | `recording_bytes` | recorder | engine |
pub struct Shared {
    /// The newest [`metrics::Metrics`], as JSON text.
    pub metrics: Board,
    /// The newest walk of the arena, see [`map`].
    pub map: Board,
    /// The pool's table by size class and usage, see [`pool_table`].
    pub pool_table: Board,
    /// The budget's tags and events, see [`budget_table`].
    pub budget_table: Board,
    /// The arena's newest refusals and stray writes, see [`arena_table`].
    pub arena_table: Board,
    /// What the newest run is.
    pub manifest: manifest::ManifestBoard,
    /// One row of figures per engine tick.
    pub samples: SampleLog,
    /// One row of unusable free space by request size, ten times a second.
    pub heat: HeatLog,
    /// Every event of every thread.
    pub events: Rings,
    /// What the recorder counted, independently of the engine: a
    /// [`tally::Tally`] in words.
    pub tally: Board,
    /// Events that the recorder took in, and how long that took.
    pub recorder: WorkTime,
    /// What the page's own frames cost.
    pub page: PageCost,
    /// Whether the threads still turn.
    pub heartbeats: Heartbeats,
    /// Bytes that the recording holds, everything included, as of the recorder's last round.
    pub recording_bytes: AtomicU64,
    /// Runs begun in the life of the page: a new engine goes on counting, so that its
    /// runs are not taken for those of the engine before.
    pub runs_begun: AtomicU64,
}

impl Shared {
    /// Room for 16 KiB of metrics, a walk of 360 000 ranges, 128 KiB of pool rows, 64 KiB of the budget's, as much of the arena's and
    /// 65 536 events in flight for each thread. About 8.5 MiB, reserved once, and
    /// 2 MiB for each thread that opens a ring.
    pub fn new() -> Self {
        Self {
            metrics: Board::with_words(2 << 10),
            map: Board::with_words(map::WORDS_PER_RANGE * 360_000),
            pool_table: Board::with_words(16 << 10),
            budget_table: Board::with_words(8 << 10),
            arena_table: Board::with_words(8 << 10),
            manifest: manifest::ManifestBoard::new(),
            samples: SampleLog::new(),
            heat: HeatLog::new(),
            events: Rings::with_capacity(1 << 16),
            tally: Board::with_words(tally::Tally::WORDS),
            recorder: WorkTime::default(),
            page: PageCost::default(),
            heartbeats: Heartbeats::default(),
            recording_bytes: AtomicU64::new(0),
            runs_begun: AtomicU64::new(0),
        }
    }

    /// Bytes held by all parts and by the recording: the profiler's own memory.
    pub fn bytes(&self) -> u64 {
        self.metrics.bytes()
            + self.map.bytes()
            + self.manifest.bytes()
            + self.pool_table.bytes()
            + self.budget_table.bytes()
            + self.arena_table.bytes()
            + self.samples.bytes()
            + self.heat.bytes()
            + self.events.bytes()
            + self.tally.bytes()
            + self.recording_bytes.load(Ordering::Relaxed)
    }
}

impl Default for Shared {
    fn default() -> Self {
        Self::new()
    }
}
