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
use super::tables::Tables;
pub use arenascope_telemetry::when_full::WhenFull;
use core::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering};
use std::sync::{Arc, RwLock};
use strum::{EnumCount, IntoStaticStr, VariantArray};

/// Figures that are stored for readers.
const FIGURES: usize = 12;
/// Chunks that can be kept: 67 million events, 1.3 GiB.
const SLOTS: u64 = 1 << 12;

/// How much is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of all chunks together. At least a few chunks are always kept.
    pub bytes: u64,
    /// What happens when that much is kept.
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

/// What became of the newest run as a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, IntoStaticStr, EnumCount, VariantArray)]
#[strum(serialize_all = "snake_case")]
#[repr(u8)]
pub enum FileState {
    /// It is not kept as a file.
    #[default]
    None,
    /// It is written as it grows.
    Growing,
    /// All of it is in a file, with its end mark.
    Whole,
    /// It could not be written further: what is written stays good.
    CutOff,
    /// The same, because the storage was full.
    StorageFull,
}

impl FileState {
    /// Every state, in order.
    pub const ALL: [Self; Self::COUNT] = *Self::VARIANTS.first_chunk().unwrap();

    /// The name for scripts.
    pub fn key(self) -> &'static str {
        self.into()
    }
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
    /// Ends whose place, size or category was put right, since an event between is missing.
    pub corrected: u64,
    /// Events that came too late for their place in time: their time was moved.
    pub late: u64,
    /// Records that made no sense.
    pub malformed: u64,
    /// Events of another run than the one that was recorded when they came: late ones of
    /// an earlier run, or some of a run whose start never came. They are left out.
    pub other_runs: u64,
    /// Bytes of all chunks that are kept: what the cap is for.
    pub bytes: u64,
    /// Bytes of dropped chunks that some reader still holds, until it looks again.
    pub held_bytes: u64,
    /// Bytes of the recorder's own memory: what it knows to be alive, and events that wait
    /// for their place in the order.
    pub recorder_bytes: u64,
}

impl LogFigures {
    /// True where the recording does not hold everything that happened.
    pub const fn has_gaps(&self) -> bool {
        self.dropped + self.refused + self.lost + self.inferred + self.unmatched + self.corrected + self.malformed > 0
    }
}

/// The recording: one recorder writes, any thread reads without a lock.
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
    file: AtomicU8,
    /// What a run is, as JSON text, and with which event that run began.
    manifest: RwLock<Option<(u64, Arc<str>)>>,
    /// Of a run that others recorded.
    tables: RwLock<Option<Arc<Tables>>>,
    figures: [AtomicU64; FIGURES],
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
            file: AtomicU8::new(FileState::None as u8),
            manifest: RwLock::new(None),
            tables: RwLock::new(None),
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

    /// What became of the newest run as a file.
    pub fn file(&self) -> FileState {
        FileState::ALL.get(usize::from(self.file.load(Ordering::Relaxed))).copied().unwrap_or_default()
    }

    /// What the run is that began with the event `run_start`, as JSON text; `None` where
    /// nobody said, and for a moment while it is being said.
    pub fn manifest(&self, run_start: u64) -> Option<Arc<str>> {
        // Never waits: the page's thread may not.
        let manifest = self.manifest.try_read().ok()?;
        manifest.as_ref().filter(|(start, _)| *start == run_start).map(|(_, text)| Arc::clone(text))
    }

    /// Notes what the run is that begins, or began, with the event `run_start`.
    pub(super) fn set_manifest(&self, run_start: u64, text: Option<&str>) {
        if let Ok(mut manifest) = self.manifest.write() {
            *manifest = text.map(|text| (run_start, text.into()));
        }
    }

    /// What the events refer to, of a run that others recorded; `None` of our own, and for a
    /// moment while it is exchanged.
    pub fn tables(&self) -> Option<Arc<Tables>> {
        // Never waits: the page's thread may not.
        self.tables.try_read().ok()?.clone()
    }

    /// Exchanges what the events refer to.
    pub(super) fn set_tables(&self, tables: Arc<Tables>) {
        if let Ok(mut slot) = self.tables.write() {
            *slot = Some(tables);
        }
    }

    /// Forgets everything, so that another run can be taken in. Readers keep what they
    /// hold until they are dropped.
    ///
    /// Only while no recorder writes: a log has one at a time.
    pub fn clear(&self) {
        self.length.store(0, Ordering::Release);
        self.first.store(0, Ordering::Release);
        self.run_start.store(0, Ordering::Release);
        self.figures.iter().for_each(|figure| figure.store(0, Ordering::Relaxed));
        (0..SLOTS).for_each(|chunk| self.put(chunk, None));
        self.carry(Arc::new([]), 0);
        self.set_manifest(0, None);
        if let Ok(mut tables) = self.tables.write() {
            *tables = None;
        }
        self.set_opened(false);
    }

    /// Notes what became of the newest run as a file. By whoever keeps it.
    pub fn set_file(&self, state: FileState) {
        self.file.store(state as u8, Ordering::Relaxed);
    }

    /// Notes where the newest run comes from, before its first event is shown.
    pub(super) fn set_opened(&self, is_opened: bool) {
        self.is_opened.store(is_opened, Ordering::Relaxed);
    }

    /// Figures of now, each true by itself.
    pub fn figures(&self) -> LogFigures {
        let figure = |at: usize| self.figures[at].load(Ordering::Relaxed);
        let core::ops::Range { start: first, end: length } = self.events();
        LogFigures {
            length,
            first,
            dropped: figure(0),
            refused: figure(1),
            lost: figure(2),
            inferred: figure(3),
            unmatched: figure(4),
            corrected: figure(5),
            late: figure(6),
            malformed: figure(7),
            other_runs: figure(8),
            bytes: figure(9),
            held_bytes: figure(10),
            recorder_bytes: figure(11),
        }
    }

    /// Bytes of everything that the recording takes: chunks, kept or only held, key frames,
    /// links, what the recorder knows, and the table of chunks.
    pub fn bytes(&self) -> u64 {
        let LogFigures { bytes, held_bytes, recorder_bytes, .. } = self.figures();
        bytes + held_bytes + recorder_bytes + size_of::<Self>() as u64 + size_of_val(&*self.slots) as u64
    }

    /// Shows readers everything written before: one release store.
    pub(super) fn publish(&self, figures: &LogFigures, run_start: u64) {
        let values: [u64; FIGURES] = [
            figures.dropped,
            figures.refused,
            figures.lost,
            figures.inferred,
            figures.unmatched,
            figures.corrected,
            figures.late,
            figures.malformed,
            figures.other_runs,
            figures.bytes,
            figures.held_bytes,
            figures.recorder_bytes,
        ];
        self.figures.iter().zip(values).for_each(|(figure, value)| figure.store(value, Ordering::Relaxed));
        self.run_start.store(run_start, Ordering::Relaxed);
        self.length.store(figures.length, Ordering::Release);
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
