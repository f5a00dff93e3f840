//! The rings of all threads, in one place.

use super::event::THREADS;
use super::record::Record;
use super::ring::{Producer, Ring};
use core::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::OnceLock;

/// One ring for each thread, made when its thread first asks for it.
pub struct Rings {
    rings: [OnceLock<Ring>; THREADS],
    capacity: usize,
    lossless: AtomicBool,
    /// Events of threads that found no ring.
    without_ring: AtomicU64,
}

impl Rings {
    /// Rings for `capacity` records each; none is made yet.
    pub fn with_capacity(capacity: usize) -> Self {
        let rings = [const { OnceLock::new() }; THREADS];
        Self { rings, capacity, lossless: AtomicBool::new(false), without_ring: AtomicU64::new(0) }
    }

    /// A ring of the calling thread's own, the first that nobody pushes to;
    /// `None` where all 16 are taken: then say [`Self::lose`] for each event.
    pub fn open(&self) -> Option<Producer<'_>> {
        self.rings.iter().zip(0..).find_map(|(slot, thread)| {
            let ring = slot.get_or_init(|| Ring::with_capacity(self.capacity, thread));
            ring.set_lossless(self.lossless.load(Ordering::Acquire));
            ring.producer()
        })
    }

    /// Counts an event that has no ring to go to.
    pub fn lose(&self) {
        self.without_ring.fetch_add(1, Ordering::Relaxed);
    }

    /// Chooses for all rings, those to come included: loss when full (`false`, as
    /// at the start), or producers that wait.
    pub fn set_lossless(&self, lossless: bool) {
        self.lossless.store(lossless, Ordering::Release);
        self.iter().for_each(|ring| ring.set_lossless(lossless));
    }

    /// The rings that exist, by number of their thread.
    pub fn iter(&self) -> impl Iterator<Item = &Ring> {
        self.rings.iter().filter_map(OnceLock::get)
    }

    /// Hands every waiting record to `take`, ring by ring; returns how many.
    /// Nothing from a ring that another consumer is at.
    pub fn drain(&self, mut take: impl FnMut(Record)) -> u64 {
        let drain =
            |ring: &Ring| ring.consumer().map_or(0, |mut consumer| consumer.drain(u64::MAX, |words| take(*words)));
        self.iter().map(drain).sum()
    }

    /// Events offered so far, of all threads, lost ones included; those of batches that
    /// producers still gather are not in it.
    pub fn offered(&self) -> u64 {
        self.lost_without_ring() + self.iter().map(Ring::offered).sum::<u64>()
    }

    /// Events lost so far, of all threads.
    pub fn lost(&self) -> u64 {
        self.without_ring.load(Ordering::Relaxed) + self.iter().map(Ring::lost).sum::<u64>()
    }

    /// Events lost so far because their thread found no ring: all 16 were taken.
    pub fn lost_without_ring(&self) -> u64 {
        self.without_ring.load(Ordering::Relaxed)
    }

    /// Pushes that waited for room, of all threads.
    pub fn waits(&self) -> u64 {
        self.iter().map(Ring::waits).sum()
    }

    /// Bytes of memory held.
    pub fn bytes(&self) -> u64 {
        size_of::<Self>() as u64 + self.iter().map(Ring::bytes).sum::<u64>()
    }
}
