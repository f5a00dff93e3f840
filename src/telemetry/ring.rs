//! Every event of one thread on its way to the recorder: a bounded ring with
//! one producer and one consumer. Full means counted loss, or, where that is
//! chosen, a wait for the consumer.
//!
//! Records are plain words. Who may touch which cell follows from two positions:
//! `drained ≤ published ≤ written ≤ drained + capacity`. Cells from `drained` to
//! `published` are the consumer's, all others the producer's. The producer stores
//! `published` once for [`BATCH`] records: on the web an atomic store costs
//! twenty cycles, as much as the rest of a push together.

use super::event::{Event, THREADS};
use core::cell::UnsafeCell;
use core::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use core::time::Duration;

/// Words of one record.
pub const RECORD_WORDS: usize = 4;
/// One event in words.
pub type Record = [u64; RECORD_WORDS];

/// Records that a producer gathers before the consumer sees them.
pub const BATCH: u64 = 64;
/// A producer that waits for room looks so often before it sleeps.
const SPINS: u32 = 100;
/// How long it sleeps between two looks then.
const NAP: Duration = Duration::from_micros(200);
/// So many naps without room mean that nobody drains any more: some two seconds.
const LOOKS_MAX: u32 = SPINS + 10_000;

/// A position on a cache line of its own, so that producer and consumer do not
/// take each other's line away.
#[repr(align(64))]
#[derive(Default)]
struct Position(AtomicU64);

/// The ring. At most one [`Producer`] and one [`Consumer`] exist at a time.
pub struct Ring {
    cells: Box<[UnsafeCell<Record>]>,
    thread: u8,
    /// Records ever handed over; only the producer stores it.
    published: Position,
    /// Records ever drained; only the consumer stores it.
    drained: Position,
    /// Records refused because the ring was full; only the producer stores it.
    lost: AtomicU64,
    /// Pushes that waited for room; only the producer stores it.
    waits: AtomicU64,
    /// No event to come is older than this, µs; only the producer stores it.
    promise_us: AtomicU64,
    lossless: AtomicBool,
    has_producer: AtomicBool,
    has_consumer: AtomicBool,
}

// SAFETY: cells are only reached through the one `Producer` and the one
// `Consumer`, which the two flags keep single. The producer writes cells outside
// of drained..published, the consumer reads those inside; the release stores of
// both positions, with acquire loads on the other side, hand a cell over.
unsafe impl Sync for Ring {}

/// The ring had no room: the event is counted as lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Full;

impl Ring {
    /// A ring of `thread` (cut to 4 bits) for at least `capacity` records in
    /// flight, rounded up to a power of two, and at least two batches.
    pub fn with_capacity(capacity: usize, thread: u8) -> Self {
        let capacity = capacity.max(2 * BATCH as usize).next_power_of_two();
        Self {
            cells: (0..capacity).map(|_| UnsafeCell::new([0; RECORD_WORDS])).collect(),
            thread: thread % THREADS as u8,
            published: Position::default(),
            drained: Position::default(),
            lost: AtomicU64::new(0),
            waits: AtomicU64::new(0),
            promise_us: AtomicU64::new(0),
            lossless: AtomicBool::new(false),
            has_producer: AtomicBool::new(false),
            has_consumer: AtomicBool::new(false),
        }
    }

    /// The right to push, for one at a time: `None` while there is another.
    pub fn producer(&self) -> Option<Producer<'_>> {
        // Acquire: what the last producer wrote comes before what this one does.
        if self.has_producer.swap(true, Ordering::Acquire) {
            return None;
        }
        let written = self.published.0.load(Ordering::Relaxed);
        Some(Producer { ring: self, written, published: written, limit: 0, missing: 0 }.refreshed())
    }

    /// The right to drain, for one at a time: `None` while there is another.
    pub fn consumer(&self) -> Option<Consumer<'_>> {
        (!self.has_consumer.swap(true, Ordering::Acquire)).then_some(Consumer { ring: self })
    }

    /// Chooses what a full ring does: counted loss, or a wait for the consumer.
    /// Switching to loss is also how a producer that waits is told to go on. A wait
    /// of some two seconds in vain switches by itself: a consumer that died stops
    /// nobody for long.
    pub fn set_lossless(&self, lossless: bool) {
        self.lossless.store(lossless, Ordering::Release);
    }

    /// True while somebody pushes.
    pub fn is_open(&self) -> bool {
        self.has_producer.load(Ordering::Acquire)
    }

    /// The number of its thread.
    pub const fn thread(&self) -> u8 {
        self.thread
    }

    /// Records handed over or lost so far; those of the batch that a producer
    /// still gathers are not in it.
    pub fn offered(&self) -> u64 {
        self.published.0.load(Ordering::Relaxed) + self.lost()
    }

    /// Records lost because the ring was full.
    pub fn lost(&self) -> u64 {
        self.lost.load(Ordering::Relaxed)
    }

    /// Pushes that waited for room.
    pub fn waits(&self) -> u64 {
        self.waits.load(Ordering::Relaxed)
    }

    /// No event to come is older than this, µs since the run's start; the end of
    /// time where nobody pushes.
    pub fn promise_us(&self) -> u64 {
        if self.is_open() { self.promise_us.load(Ordering::Acquire) } else { u64::MAX }
    }

    /// Bytes of memory held.
    pub fn bytes(&self) -> u64 {
        (size_of::<Self>() + size_of_val(&*self.cells)) as u64
    }

    fn cell(&self, at: u64) -> *mut Record {
        // The length is a power of two, so the mask stays in range.
        self.cells[(at & (self.cells.len() as u64 - 1)) as usize].get()
    }
}

/// The right to push. Dropping it hands over what is written.
pub struct Producer<'r> {
    ring: &'r Ring,
    /// Records ever written.
    written: u64,
    /// Of them handed over.
    published: u64,
    /// Written records that fit: `drained`, as last seen, and the capacity.
    limit: u64,
    /// Records lost since the last one that was written.
    missing: u64,
}

impl Producer<'_> {
    /// Adds an event; its thread becomes the ring's. O(1); waits only for a full
    /// ring in lossless mode.
    ///
    /// # Errors
    /// [`Full`]: it is lost, and counted. The next event that finds room is
    /// preceded by an [`Event::lost`] with the number of those that did not.
    #[inline]
    pub fn push(&mut self, event: Event) -> Result<(), Full> {
        if self.written + 1 + u64::from(self.missing > 0) > self.limit && !self.make_room() {
            return Err(self.lose());
        }
        if self.missing > 0 {
            self.write(Event::lost(event.time_us, self.missing));
            self.missing = 0;
        }
        self.write(event);
        if self.written - self.published >= BATCH {
            self.publish();
        }
        Ok(())
    }

    /// Hands over everything written, and promises that no event to come is
    /// older than `now_us`. Call it where the thread pauses: at the end of a
    /// frame, before it waits. What was lost since is said now if there is room.
    pub fn flush(&mut self, now_us: u64) {
        if self.missing > 0 && self.refresh() > 0 {
            self.write(Event::lost(now_us, self.missing));
            self.missing = 0;
        }
        self.publish();
        self.ring.promise_us.store(now_us, Ordering::Release);
    }

    /// Records of the batch that is not handed over yet.
    pub const fn gathered(&self) -> u64 {
        self.written - self.published
    }

    #[inline]
    fn write(&mut self, event: Event) {
        let words = Event { thread: self.ring.thread, ..event }.to_words();
        // SAFETY: `written < limit ≤ drained + capacity` was checked, so this cell
        // lies outside of drained..published, where only this producer may touch
        // it; the consumer gave it back before the acquire load behind `limit`.
        unsafe { *self.ring.cell(self.written) = words };
        self.written += 1;
    }

    #[inline]
    fn publish(&mut self) {
        if self.published != self.written {
            self.published = self.written;
            // Release: the cells are written before the consumer may read them.
            self.ring.published.0.store(self.written, Ordering::Release);
        }
    }

    /// Looks how far the consumer is; returns the room.
    fn refresh(&mut self) -> u64 {
        // Acquire: the consumer has finished reading the cells it gave back.
        self.limit = self.ring.drained.0.load(Ordering::Acquire) + self.ring.cells.len() as u64;
        self.limit - self.written
    }

    fn refreshed(mut self) -> Self {
        self.refresh();
        self
    }

    /// True where there is room for the next event and for what is to be said
    /// before it.
    #[cold]
    fn make_room(&mut self) -> bool {
        let wanted = 1 + u64::from(self.missing > 0);
        if self.refresh() >= wanted {
            return true;
        }
        // The consumer cannot make room before it sees what is written.
        self.publish();
        self.wait_for(wanted)
    }

    fn wait_for(&mut self, wanted: u64) -> bool {
        let waits = &self.ring.waits;
        if self.ring.lossless.load(Ordering::Acquire) {
            waits.store(waits.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
        }
        let mut looks = 0;
        while self.ring.lossless.load(Ordering::Acquire) {
            if self.refresh() >= wanted {
                return true;
            }
            looks += 1;
            match looks {
                0..SPINS => core::hint::spin_loop(),
                SPINS..LOOKS_MAX => std::thread::sleep(NAP),
                _ => self.ring.set_lossless(false),
            }
        }
        false
    }

    #[cold]
    fn lose(&mut self) -> Full {
        self.missing += 1;
        let lost = &self.ring.lost;
        lost.store(lost.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
        Full
    }
}

impl Drop for Producer<'_> {
    fn drop(&mut self) {
        self.flush(self.ring.promise_us.load(Ordering::Relaxed));
        self.ring.has_producer.store(false, Ordering::Release);
    }
}

/// The right to drain.
pub struct Consumer<'r> {
    ring: &'r Ring,
}

impl Consumer<'_> {
    /// Hands up to `most` waiting records to `take`, oldest first; returns how
    /// many. Their cells are given back at the end, all at once.
    pub fn drain(&mut self, most: u64, mut take: impl FnMut(&Record)) -> u64 {
        let from = self.ring.drained.0.load(Ordering::Relaxed);
        // Acquire: the producer has finished writing what it handed over.
        let to = self.ring.published.0.load(Ordering::Acquire).min(from.saturating_add(most));
        for at in from..to {
            // SAFETY: the cell lies in drained..published, where the producer does
            // not write, and this is the one consumer; nobody else reads.
            take(unsafe { &*self.ring.cell(at) });
        }
        // Release: the cells are read before the producer may write them again.
        self.ring.drained.0.store(to, Ordering::Release);
        to - from
    }
}

impl Drop for Consumer<'_> {
    fn drop(&mut self) {
        self.ring.has_consumer.store(false, Ordering::Release);
    }
}
