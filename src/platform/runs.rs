//! The runs that are open beside the engine's: a log for each, in the memory of all threads,
//! and how far its file is read.

use crate::recording::{EventLog, Limits, WhenFull};
use core::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::OnceLock;

/// Runs that can be open at once, the engine's among them.
pub const RUNS_MAX: usize = 17;

/// Bytes of events that an opened run may take; what is beyond is counted as refused. So
/// much of the module's 4 GiB that the engine and another run have room beside it.
const RUN_BYTES: u64 = 1536 << 20;

/// Which of the runs: 0 is the engine's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RunSlot(usize);

/// How far a file is read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reading {
    /// Bytes of the file so far.
    pub read_bytes: u64,
    /// Bytes of the file.
    pub file_bytes: u64,
    /// Events that were found in them.
    pub events: u64,
}

struct Slot {
    log: OnceLock<EventLog>,
    read_bytes: AtomicU64,
    file_bytes: AtomicU64,
    events: AtomicU64,
    openings: AtomicU64,
    is_cancelled: AtomicBool,
}

impl Slot {
    const fn new() -> Self {
        Self {
            log: OnceLock::new(),
            read_bytes: AtomicU64::new(0),
            file_bytes: AtomicU64::new(0),
            events: AtomicU64::new(0),
            openings: AtomicU64::new(0),
            is_cancelled: AtomicBool::new(false),
        }
    }
}

static OPEN: [Slot; RUNS_MAX - 1] = [const { Slot::new() }; RUNS_MAX - 1];

impl RunSlot {
    /// The engine's own run.
    pub const ENGINE: Self = Self(0);

    /// Those of opened runs.
    pub fn opened() -> impl Iterator<Item = Self> {
        (1..RUNS_MAX).map(Self)
    }

    /// Its number; 0 is the engine's.
    pub const fn number(self) -> usize {
        self.0
    }

    /// The slot of that number; `None` for others.
    pub fn from_number(number: usize) -> Option<Self> {
        (number < RUNS_MAX).then_some(Self(number))
    }

    fn slot(self) -> Option<&'static Slot> {
        OPEN.get(self.0.checked_sub(1)?)
    }

    /// Its recording. Empty where nothing was opened there.
    pub fn log(self) -> &'static EventLog {
        let new = || EventLog::new(Limits { bytes: RUN_BYTES, when_full: WhenFull::Stop });
        self.slot().map_or_else(super::shared::event_log, |slot| slot.log.get_or_init(new))
    }

    /// How many files were opened there so far: tells what is read now from what a reader
    /// may still hold of the one before.
    pub fn openings(self) -> u64 {
        self.slot().map_or(0, |slot| slot.openings.load(Ordering::Relaxed))
    }

    /// How far its file is read.
    pub fn reading(self) -> Reading {
        self.slot().map_or_else(Reading::default, |slot| Reading {
            read_bytes: slot.read_bytes.load(Ordering::Relaxed),
            file_bytes: slot.file_bytes.load(Ordering::Relaxed),
            events: slot.events.load(Ordering::Relaxed),
        })
    }

    /// Ends the reading of its file, if one goes on, within some thousand events.
    pub fn cancel(self) {
        if let Some(slot) = self.slot() {
            slot.is_cancelled.store(true, Ordering::Relaxed);
        }
    }

    /// Takes what was kept of its run out of memory. Only once nothing reads its file.
    pub fn close(self) {
        if let Some(log) = self.slot().and_then(|slot| slot.log.get()) {
            log.clear();
        }
    }

    /// By the page, before a file of so many bytes is read into it.
    pub(super) fn begin(self, file_bytes: u64) {
        if let Some(slot) = self.slot() {
            slot.openings.fetch_add(1, Ordering::Relaxed);
            slot.read_bytes.store(0, Ordering::Relaxed);
            slot.events.store(0, Ordering::Relaxed);
            slot.file_bytes.store(file_bytes, Ordering::Relaxed);
            slot.is_cancelled.store(false, Ordering::Relaxed);
        }
    }

    /// By whoever reads: so far it is.
    pub(super) fn note_bytes(self, read_bytes: u64) {
        if let Some(slot) = self.slot() {
            slot.read_bytes.store(read_bytes, Ordering::Relaxed);
        }
    }

    /// By whoever reads: so many events were found. False where nobody wants the rest.
    pub(super) fn note_events(self, events: u64) -> bool {
        self.slot().is_some_and(|slot| {
            slot.events.store(events, Ordering::Relaxed);
            !slot.is_cancelled.load(Ordering::Relaxed)
        })
    }
}
