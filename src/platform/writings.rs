//! The runs that are being written as files, or compared: how far each is, in the memory of
//! all threads, and whether somebody still wants it.

use core::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};

/// Runs that can be on their way out at once, those that wait for their turn among them.
const WRITINGS_MAX: usize = 8;

/// One of them: from the wish until its file is there, or nobody wants it any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Writing(usize);

/// How far one is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Events that were read so far.
    pub events: u64,
    /// Events of the run; 0 while it waits for its turn.
    pub all: u64,
    /// How often the run is being read: some formats need a look before they write.
    pub reading: u32,
}

struct Slot {
    is_taken: AtomicBool,
    is_cancelled: AtomicBool,
    events: AtomicU64,
    all: AtomicU64,
    reading: AtomicU32,
}

impl Slot {
    const fn new() -> Self {
        Self {
            is_taken: AtomicBool::new(false),
            is_cancelled: AtomicBool::new(false),
            events: AtomicU64::new(0),
            all: AtomicU64::new(0),
            reading: AtomicU32::new(0),
        }
    }
}

static SLOTS: [Slot; WRITINGS_MAX] = [const { Slot::new() }; WRITINGS_MAX];

impl Writing {
    /// Another one; `None` where there are as many as can be. Whoever asks ends it.
    pub fn begin() -> Option<Self> {
        let number = SLOTS.iter().position(|slot| !slot.is_taken.swap(true, Ordering::Relaxed))?;
        let slot = &SLOTS[number];
        slot.is_cancelled.store(false, Ordering::Relaxed);
        slot.reading.store(0, Ordering::Relaxed);
        slot.events.store(0, Ordering::Relaxed);
        slot.all.store(0, Ordering::Relaxed);
        Some(Self(number))
    }

    /// Its place is another's from now on. Only once nobody writes it.
    pub fn end(self) {
        SLOTS[self.0].is_taken.store(false, Ordering::Relaxed);
    }

    /// Nobody wants its file any more: it ends within some thousand events.
    pub fn cancel(self) {
        SLOTS[self.0].is_cancelled.store(true, Ordering::Relaxed);
    }

    /// Whether somebody ended it.
    pub fn is_cancelled(self) -> bool {
        SLOTS[self.0].is_cancelled.load(Ordering::Relaxed)
    }

    /// How far it is.
    pub fn progress(self) -> Progress {
        let slot = &SLOTS[self.0];
        Progress {
            events: slot.events.load(Ordering::Relaxed),
            all: slot.all.load(Ordering::Relaxed),
            reading: slot.reading.load(Ordering::Relaxed),
        }
    }

    /// Its number, for the thread that writes.
    pub(super) const fn number(self) -> usize {
        self.0
    }

    /// The one of that number.
    pub(super) fn from_number(number: usize) -> Option<Self> {
        (number < WRITINGS_MAX).then_some(Self(number))
    }

    /// By whoever writes: the run, of so many events, is read from its beginning.
    pub(super) fn begin_reading(self, all: u64) {
        let slot = &SLOTS[self.0];
        slot.events.store(0, Ordering::Relaxed);
        slot.all.store(all, Ordering::Relaxed);
        slot.reading.fetch_add(1, Ordering::Relaxed);
    }

    /// By whoever writes: so many events were read. False where nobody wants the rest.
    pub(super) fn note_events(self, events: u64) -> bool {
        SLOTS[self.0].events.store(events, Ordering::Relaxed);
        !self.is_cancelled()
    }
}
