//! The recording as threads share it: a table of chunks, a length, and what is
//! missing. One thread writes; readers never wait for it, nor it for them.
//!
//! A slot of the table is exchanged at three moments only: when its chunk begins,
//! when it is full and becomes packed, and when it is dropped for room. A reader
//! takes its own reference to the chunk ([`super::reader::Reader::refresh`]), by
//! `try_read`: should it meet the writer at just that slot, it stays with what it
//! has until the next frame. Memory goes with its last holder.

use super::chunk::{CHUNK, Chunk};
use super::rows::Row;
pub use crate::telemetry::when_full::WhenFull;
use core::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, RwLock};

/// Chunks that can be kept: 67 million events, 1.3 GiB.
const SLOTS: u64 = 1 << 12;

/// How much is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of all chunks together. At least a few chunks are always kept.
    pub bytes: u64,
    /// What happens there.
    pub when_full: WhenFull,
}

impl Default for Limits {
    /// 256 MiB, about 12 million events; then the oldest are dropped.
    fn default() -> Self {
        Self { bytes: 256 << 20, when_full: WhenFull::DropOldest }
    }
}

/// An event whose chunk is gone, kept because what it began or changed lived on.
#[derive(Debug)]
pub(super) struct Carried {
    pub(super) index: u64,
    pub(super) row: Row,
    /// The next event of the same thing; 0 while there is none.
    pub(super) next: AtomicU64,
}

/// Figures of the recording itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LogFigures {
    /// Events taken in, ever.
    pub length: u64,
    /// The oldest event that is kept.
    pub first: u64,
    /// Events that made room for others.
    pub dropped: u64,
    /// Events not taken in because the cap was reached.
    pub refused: u64,
    /// Events that rings lost before they could be recorded.
    pub lost: u64,
    /// Ends put in where nobody saw one.
    pub inferred: u64,
    /// Events about something whose beginning is missing.
    pub unmatched: u64,
    /// Ends put right.
    pub corrected: u64,
    /// Events that came too late for their place in time: their time was moved.
    pub late: u64,
    /// Records that made no sense.
    pub malformed: u64,
    /// Bytes of all chunks.
    pub bytes: u64,
}

impl LogFigures {
    /// True where the recording does not hold everything that happened.
    pub const fn has_gaps(&self) -> bool {
        self.dropped + self.refused + self.lost + self.inferred + self.unmatched + self.corrected + self.malformed > 0
    }
}

/// The shared recording.
pub struct EventLog {
    slots: Box<[RwLock<Option<Chunk>>]>,
    carried: RwLock<Arc<[Carried]>>,
    first: AtomicU64,
    /// Events that readers may read; stored last.
    length: AtomicU64,
    run_start: AtomicU64,
    limit_bytes: AtomicU64,
    stops: AtomicBool,
    is_opened: AtomicBool,
    figures: [AtomicU64; 9],
}

impl EventLog {
    /// An empty recording that will keep as much as `limits` allow.
    pub fn new(limits: Limits) -> Self {
        let log = Self {
            slots: (0..SLOTS).map(|_| RwLock::new(None)).collect(),
            carried: RwLock::new(Arc::new([])),
            first: AtomicU64::new(0),
            length: AtomicU64::new(0),
            run_start: AtomicU64::new(0),
            limit_bytes: AtomicU64::new(0),
            stops: AtomicBool::new(false),
            is_opened: AtomicBool::new(false),
            figures: core::array::from_fn(|_| AtomicU64::new(0)),
        };
        log.set_limits(limits);
        log
    }

    /// How much is kept.
    pub fn limits(&self) -> Limits {
        let when_full = if self.stops.load(Ordering::Relaxed) { WhenFull::Stop } else { WhenFull::DropOldest };
        Limits { bytes: self.limit_bytes.load(Ordering::Relaxed), when_full }
    }

    /// Chooses how much is kept; the recorder follows with its next chunk.
    pub fn set_limits(&self, limits: Limits) {
        self.limit_bytes.store(limits.bytes, Ordering::Relaxed);
        self.stops.store(limits.when_full == WhenFull::Stop, Ordering::Relaxed);
    }

    /// Events that can be read, and the first of them.
    pub fn events(&self) -> core::ops::Range<u64> {
        // Acquire: everything written before the length was stored is seen.
        let length = self.length.load(Ordering::Acquire);
        self.first.load(Ordering::Acquire).min(length)..length
    }

    /// The first event of the newest run.
    pub fn run_start(&self) -> u64 {
        self.run_start.load(Ordering::Acquire)
    }

    /// True while the newest run was read from a file: the figures that the engine
    /// publishes are not of it.
    pub fn is_opened(&self) -> bool {
        self.is_opened.load(Ordering::Relaxed)
    }

    /// Notes where the newest run comes from, before its first event is shown.
    pub(super) fn set_opened(&self, is_opened: bool) {
        self.is_opened.store(is_opened, Ordering::Relaxed);
    }

    /// Figures of now, each true by itself.
    pub fn figures(&self) -> LogFigures {
        let [dropped, refused, lost, inferred, unmatched, corrected, late, malformed, bytes] =
            core::array::from_fn(|figure| self.figures[figure].load(Ordering::Relaxed));
        let core::ops::Range { start: first, end: length } = self.events();
        LogFigures { length, first, dropped, refused, lost, inferred, unmatched, corrected, late, malformed, bytes }
    }

    /// Shows readers everything written before: one release store.
    pub(super) fn publish(&self, figures: &LogFigures, run_start: u64) {
        let LogFigures {
            length, dropped, refused, lost, inferred, unmatched, corrected, late, malformed, bytes, ..
        } = *figures;
        let values = [dropped, refused, lost, inferred, unmatched, corrected, late, malformed, bytes];
        self.figures.iter().zip(values).for_each(|(figure, value)| figure.store(value, Ordering::Relaxed));
        self.run_start.store(run_start, Ordering::Relaxed);
        self.length.store(length, Ordering::Release);
    }

    /// Puts a chunk into its slot. From the writer alone, which may wait for a
    /// reader to copy a reference.
    pub(super) fn put(&self, chunk: u64, value: Option<Chunk>) {
        if let Ok(mut slot) = self.slot(chunk).write() {
            *slot = value;
        }
    }

    /// The chunk in a slot; `None` where there is none, or its slot is being
    /// exchanged.
    pub(super) fn chunk(&self, chunk: u64) -> Option<Chunk> {
        let found = self.slot(chunk).try_read().ok()?.clone()?;
        (found.head.first == chunk * CHUNK).then_some(found)
    }

    /// Exchanges what is kept of dropped chunks, before they are dropped.
    pub(super) fn carry(&self, carried: Arc<[Carried]>, first: u64) {
        if let Ok(mut slot) = self.carried.write() {
            *slot = carried;
        }
        self.first.store(first, Ordering::Release);
    }

    pub(super) fn carried(&self) -> Option<Arc<[Carried]>> {
        Some(self.carried.try_read().ok()?.clone())
    }

    /// Most chunks that can be kept at once.
    pub(super) const fn slots() -> u64 {
        SLOTS
    }

    fn slot(&self, chunk: u64) -> &RwLock<Option<Chunk>> {
        // In range: a remainder of the slice's length.
        &self.slots[(chunk % SLOTS) as usize]
    }
}

impl Default for EventLog {
    fn default() -> Self {
        Self::new(Limits::default())
    }
}
