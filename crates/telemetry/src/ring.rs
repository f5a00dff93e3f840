//! Every event of one thread on its way to the recorder: a bounded ring with
//! one producer and one consumer. Full means counted loss, or, where that is
//! chosen, a wait for the consumer.
//!
//! Records are plain words. Who may touch which cell follows from two positions:
//! `drained ≤ published ≤ written ≤ drained + capacity`. Cells from `drained` to
//! `published` are the consumer's, all others the producer's. The producer stores
//! `published` once for [`BATCH`] records: on the web an atomic store costs
//! twenty cycles, as much as the rest of a push together.

use super::event::{Event, Op, THREADS};
use super::record::{RECORD_WORDS, Record};
use super::run::{Announcement, Promise, RunNumber};
use core::cell::Cell;
use core::cell::UnsafeCell;
use core::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use core::time::Duration;

/// Records that a producer gathers before the consumer sees them.
pub const BATCH: u64 = 64;
/// A producer that waits for room looks so often before it sleeps.
const SPINS: u32 = 100;
/// In place of a promise: nothing is to come for a while. No promise of a time has this word.
const RESTING: u64 = u64::MAX;
/// How long it sleeps between two looks then.
const NAP: Duration = Duration::from_micros(200);
/// So many naps without room mean that nobody drains any more: some two seconds.
const LOOKS_MAX: u32 = SPINS + 10_000;

thread_local! {
    /// What the thread's rings are marked by; 0 for a thread that nobody would release.
    static MARK: Cell<u32> = const { Cell::new(0) };
}

/// Marks the rings that the calling thread opens from now on, so that
/// [`Ring::release`] finds them if it ends without dropping their producers.
pub fn mark_thread(mark: u32) {
    MARK.set(mark);
}

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
    /// Records published that are no events; only the producer stores it.
    marks: AtomicU64,
    /// Pushes that waited for room; only the producer stores it.
    waits: AtomicU64,
    /// A [`Promise`] as a word; only the producer stores it.
    promise: AtomicU64,
    lossless: AtomicBool,
    has_producer: AtomicBool,
    has_consumer: AtomicBool,
    /// The mark of the thread that pushes, or pushed last.
    holder: AtomicU32,
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
            marks: AtomicU64::new(0),
            waits: AtomicU64::new(0),
            promise: AtomicU64::new(0),
            lossless: AtomicBool::new(false),
            has_producer: AtomicBool::new(false),
            has_consumer: AtomicBool::new(false),
            holder: AtomicU32::new(0),
        }
    }

    /// The right to push, for one at a time: `None` while there is another.
    pub fn producer(&self) -> Option<Producer<'_>> {
        // Acquire: what the last producer wrote comes before what this one does.
        if self.has_producer.swap(true, Ordering::Acquire) {
            return None;
        }
        self.holder.store(MARK.get(), Ordering::Relaxed);
        let written = self.published.0.load(Ordering::Relaxed);
        let producer = Producer {
            ring: self,
            thread: self.thread,
            run: None,
            written,
            published: written,
            limit: 0,
            marks: self.marks.load(Ordering::Relaxed),
            missing_before: 0,
            before_us: 0,
            opening: None,
            missing: 0,
            promised_us: 0,
        };
        Some(producer.refreshed())
    }

    /// Takes the right to push away from a thread that ended with it: what it had not
    /// handed over is gone.
    ///
    /// # Safety
    /// The thread that marked itself `mark` has ended: its producer is not used again.
    pub unsafe fn release(&self, mark: u32) {
        if self.holder.load(Ordering::Relaxed) == mark {
            // Release: as if the producer had been dropped.
            self.has_producer.store(false, Ordering::Release);
        }
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

    /// Its number, and that of a thread that announces no other.
    pub const fn thread(&self) -> u8 {
        self.thread
    }

    /// Events handed over or lost so far; those of the batch that a producer
    /// still gathers are not in it.
    pub fn offered(&self) -> u64 {
        let marks = self.marks.load(Ordering::Relaxed);
        // A look between the two stores of a producer may see the newer marks alone.
        self.published.0.load(Ordering::Acquire).saturating_sub(marks) + self.lost()
    }

    /// Records lost because the ring was full.
    pub fn lost(&self) -> u64 {
        self.lost.load(Ordering::Relaxed)
    }

    /// Pushes that waited for room.
    pub fn waits(&self) -> u64 {
        self.waits.load(Ordering::Relaxed)
    }

    /// No event to come is older than this; `None` where nobody pushes, or is about to.
    pub fn promise(&self) -> Option<Promise> {
        // Acquire: what is older than the promise was handed over before it.
        let word = || self.promise.load(Ordering::Acquire);
        self.is_open().then(word).filter(|word| *word != RESTING).map(Promise::from_word)
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
    /// The number that its events bear.
    thread: u8,
    run: Option<RunNumber>,
    /// Records written since the ring was made.
    written: u64,
    /// Of them handed over.
    published: u64,
    /// Written records that fit: `drained`, as last seen, and the capacity.
    limit: u64,
    /// Records ever written that are no events.
    marks: u64,
    /// Events lost since the last record that was written, of the run before the
    /// opening that waits.
    missing_before: u64,
    /// When that run was heard of last, µs.
    before_us: u64,
    /// What opens a run and found no room yet: it is written before any event of it.
    opening: Option<Opening>,
    /// Events lost since, of this run.
    missing: u64,
    /// The time that was promised last, µs.
    promised_us: u64,
}

/// The record that opens a run in a ring.
#[derive(Clone, Copy)]
struct Opening {
    words: Record,
    /// Whether it is no event.
    is_mark: bool,
}

impl Producer<'_> {
    /// What follows is of `run`, by the thread that all events of it call `thread`
    /// (cut to 4 bits): 0 for the engine, 1 and more for mutators. Never lost: where the
    /// ring is full, it is said before the next event that finds room. Call it before
    /// the first event of each run.
    pub fn announce(&mut self, run: RunNumber, thread: u8) {
        self.thread = thread % THREADS as u8;
        let opening = Opening { words: Announcement { run }.to_words(), is_mark: true };
        self.open_run(run, opening);
    }

    /// Begins `run` for all threads, as [`Op::RunStart`] of thread 0 with the run's number;
    /// `start` says the rest. Never lost, and no [`Self::announce`] is needed beside it.
    pub fn begin_run(&mut self, run: RunNumber, start: Event) {
        self.thread = 0;
        let event = Event { op: Op::RunStart, id: run.get().into(), thread: 0, ..start };
        self.open_run(run, Opening { words: event.to_words(), is_mark: false });
    }

    fn open_run(&mut self, run: RunNumber, opening: Opening) {
        if self.missing > 0 {
            self.missing_before += core::mem::take(&mut self.missing);
            self.before_us = self.promised_us;
        }
        self.opening = Some(opening);
        self.run = Some(run);
        // Written at once where there is room, so that no other thread's event of this
        // run has to wait for an event of this one.
        if self.refresh() >= self.wanted() {
            self.write_unsaid(0);
        }
        self.promise(0);
    }

    /// Adds an event; its thread becomes this producer's. O(1); waits only for a full
    /// ring in lossless mode.
    ///
    /// # Errors
    /// [`Full`]: it is lost, and counted. The next event that finds room is
    /// preceded by an [`Event::lost`] with the number of those that did not.
    #[inline]
    pub fn push(&mut self, event: Event) -> Result<(), Full> {
        let is_said = self.missing == 0 && self.opening.is_none();
        if is_said && self.written < self.limit {
            self.write_event(event);
        } else {
            self.push_slowly(event)?;
        }
        if self.written - self.published >= BATCH {
            self.publish();
        }
        Ok(())
    }

    #[cold]
    fn push_slowly(&mut self, event: Event) -> Result<(), Full> {
        if self.written + 1 + self.wanted() > self.limit && !self.make_room() {
            return Err(self.lose());
        }
        self.write_unsaid(event.time_us);
        self.write_event(event);
        Ok(())
    }

    /// Hands over everything written, and promises that no event to come is
    /// older than `now_us`. Call it where the thread pauses: at the end of a
    /// frame, before it waits. What was lost since is said now if there is room.
    pub fn flush(&mut self, now_us: u64) {
        if self.wanted() > 0 && self.refresh() >= self.wanted() {
            self.write_unsaid(now_us);
        }
        self.promise(now_us);
    }

    /// As [`Self::flush`], before a time in which nothing happens: nobody waits for this ring
    /// until the next flush or the next run. An event that is pushed all the same may come
    /// too late for its place among those of other rings.
    pub fn rest(&mut self, now_us: u64) {
        self.flush(now_us);
        self.ring.promise.store(RESTING, Ordering::Release);
    }

    fn promise(&mut self, time_us: u64) {
        self.promised_us = time_us;
        self.publish();
        let promise = Promise { run: self.run, time_us };
        self.ring.promise.store(promise.to_word(), Ordering::Release);
    }

    /// Events of the batch that is not handed over yet.
    pub fn gathered(&self) -> u64 {
        (self.written - self.published) - (self.marks - self.ring.marks.load(Ordering::Relaxed))
    }

    /// Records that come before the next event.
    fn wanted(&self) -> u64 {
        u64::from(self.missing_before > 0) + u64::from(self.opening.is_some()) + u64::from(self.missing > 0)
    }

    /// Says what was lost and which run begins, in the order of what happened.
    fn write_unsaid(&mut self, time_us: u64) {
        self.write_lost(self.before_us, self.missing_before);
        if let Some(Opening { words, is_mark }) = self.opening.take() {
            self.marks += u64::from(is_mark);
            self.write(words);
        }
        self.write_lost(time_us, self.missing);
        (self.missing_before, self.missing) = (0, 0);
    }

    fn write_lost(&mut self, time_us: u64, count: u64) {
        if count > 0 {
            self.marks += 1;
            self.write_event(Event::lost(time_us, count));
        }
    }

    #[inline]
    fn write_event(&mut self, event: Event) {
        self.write(Event { thread: self.thread, ..event }.to_words());
    }

    #[inline]
    fn write(&mut self, words: Record) {
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
            self.ring.marks.store(self.marks, Ordering::Relaxed);
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
        let wanted = 1 + self.wanted();
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
        self.flush(self.promised_us);
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Op;

    #[test]
    fn a_ring_of_a_thread_that_ended_is_given_to_another() {
        let ring = Ring::with_capacity(256, 0);
        mark_thread(7);
        let mut dead = ring.producer().unwrap();
        dead.push(Event::note(10, Op::RunStart)).unwrap();
        dead.flush(10);
        dead.push(Event::note(20, Op::RunStart)).unwrap();
        std::mem::forget(dead);
        mark_thread(0);
        assert!(ring.is_open() && ring.producer().is_none());
        // SAFETY: its producer is forgotten.
        unsafe { ring.release(8) };
        assert!(ring.producer().is_none(), "that was another thread");
        // SAFETY: as above.
        unsafe { ring.release(7) };
        assert!(!ring.is_open(), "it promises nothing, so nobody waits for it");
        let mut next = ring.producer().unwrap();
        next.push(Event::note(30, Op::RunStart)).unwrap();
        drop(next);
        let mut times = Vec::new();
        ring.consumer()
            .unwrap()
            .drain(u64::MAX, |words| times.push(Event::from_words(*words).map(|event| event.time_us)));
        assert_eq!(times.len(), 2, "what was handed over is there, what was not is gone");
    }
}
