//! The ring: its layout, its writers, its one reader. Version 1 of the probe's protocol.
//!
//! | at | what |
//! |---|---|
//! | 0 | magic `ARNG`, version, capacity in records: 4 each, written once somebody asks for the ring |
//! | 12 | write: records claimed, modulo 2³² |
//! | 16 | read: records taken, modulo 2³²; the reader alone writes it |
//! | 20 | lost: operations that found no room, modulo 2³² |
//! | 24 | reserved |
//! | 32 | records of 32 bytes |
//!
//! All zeros is an empty ring, so that a static one takes no room in a program's file.

use crate::atomics::{AtomicU32, AtomicU64, Ordering};
use crate::operation::{Kind, Operation};

const MAGIC: u32 = u32::from_le_bytes(*b"ARNG");
const VERSION: u32 = 1;

/// A record of 32 bytes. Its kind is 0 until all else is written, and again once it is taken.
#[repr(C)]
#[derive(Debug)]
struct Record {
    kind: AtomicU32,
    thread: AtomicU32,
    address: AtomicU64,
    old_address: AtomicU64,
    bytes: AtomicU64,
}

impl Record {
    #[cfg(not(loom))]
    const fn empty() -> Self {
        Self {
            kind: AtomicU32::new(0),
            thread: AtomicU32::new(0),
            address: AtomicU64::new(0),
            old_address: AtomicU64::new(0),
            bytes: AtomicU64::new(0),
        }
    }
}

/// A ring of `N` records, which is a power of two.
#[repr(C, align(16))]
#[derive(Debug)]
pub(crate) struct Ring<const N: usize> {
    magic: AtomicU32,
    version: AtomicU32,
    capacity: AtomicU32,
    write: AtomicU32,
    read: AtomicU32,
    lost: AtomicU32,
    _reserved: AtomicU64,
    records: [Record; N],
}

impl<const N: usize> Ring<N> {
    const CAPACITY: u32 = {
        assert!(N.is_power_of_two() && N <= 1 << 24, "a ring has a power of two of records, 2²⁴ at most");
        N as u32
    };

    /// An empty ring.
    #[cfg(not(loom))]
    pub(crate) const fn new() -> Self {
        let _ = Self::CAPACITY;
        Self {
            magic: AtomicU32::new(0),
            version: AtomicU32::new(0),
            capacity: AtomicU32::new(0),
            write: AtomicU32::new(0),
            read: AtomicU32::new(0),
            lost: AtomicU32::new(0),
            _reserved: AtomicU64::new(0),
            records: [const { Record::empty() }; N],
        }
    }

    /// Writes what a reader from outside knows the ring by.
    pub(crate) fn sign(&self) {
        self.version.store(VERSION, Ordering::Relaxed);
        self.capacity.store(Self::CAPACITY, Ordering::Relaxed);
        self.magic.store(MAGIC, Ordering::Release);
    }

    /// Takes the next number; `None` where the ring is full.
    #[inline]
    fn claim(&self) -> Option<u32> {
        // Whoever sees a claim also sees of `read` what the claimer saw: else a record that
        // looks claimed twice could look so for ever.
        let mut write = self.write.load(Ordering::Acquire);
        loop {
            // With acquire, the reader's emptying of the record comes before our filling it.
            let waiting = write.wrapping_sub(self.read.load(Ordering::Acquire));
            if waiting == Self::CAPACITY {
                return None;
            }
            // More than fit: others went on since `write` was looked at.
            if waiting > Self::CAPACITY {
                write = self.write.load(Ordering::Acquire);
                continue;
            }
            let next = write.wrapping_add(1);
            match self.write.compare_exchange_weak(write, next, Ordering::AcqRel, Ordering::Acquire) {
                Ok(_) => return Some(write),
                Err(found) => write = found,
            }
        }
    }

    #[inline]
    const fn record(&self, number: u32) -> &Record {
        &self.records[(number & (Self::CAPACITY - 1)) as usize]
    }

    /// Writes an operation; its number, or `None` where there was no room, which is counted.
    /// O(1), but for numbers that other threads take meanwhile.
    #[inline]
    pub(crate) fn push(&self, operation: Operation) -> Option<u32> {
        let Some(number) = self.claim() else {
            self.lost.fetch_add(1, Ordering::Relaxed);
            return None;
        };
        let record = self.record(number);
        record.thread.store(operation.thread, Ordering::Relaxed);
        record.address.store(operation.address, Ordering::Relaxed);
        record.old_address.store(operation.old_address, Ordering::Relaxed);
        record.bytes.store(operation.bytes, Ordering::Relaxed);
        // Last, and with release: whoever sees the kind sees the rest.
        record.kind.store(operation.kind.number(), Ordering::Release);
        Some(number)
    }

    /// Takes the oldest operation; `None` where there is none, or its thread still writes it.
    /// For one reader.
    pub(crate) fn take(&self) -> Option<Operation> {
        let read = self.read.load(Ordering::Relaxed);
        let record = self.record(read);
        let kind = Kind::of(record.kind.load(Ordering::Acquire))?;
        let operation = Operation {
            kind,
            thread: record.thread.load(Ordering::Relaxed),
            address: record.address.load(Ordering::Relaxed),
            old_address: record.old_address.load(Ordering::Relaxed),
            bytes: record.bytes.load(Ordering::Relaxed),
        };
        record.kind.store(0, Ordering::Relaxed);
        self.read.store(read.wrapping_add(1), Ordering::Release);
        Some(operation)
    }

    /// Operations that found no room, modulo 2³².
    pub(crate) fn lost(&self) -> u32 {
        self.lost.load(Ordering::Relaxed)
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use core::mem::offset_of;
    use proptest::prelude::*;
    use std::collections::VecDeque;
    use std::vec::Vec;

    fn operation(address: u64) -> Operation {
        Operation { kind: Kind::Allocate, thread: 3, address, old_address: 0, bytes: address * 2 }
    }

    #[test]
    fn the_layout_is_that_of_the_protocol() {
        assert_eq!((size_of::<Record>(), size_of::<Ring<8>>()), (32, 32 + 8 * 32));
        let header = [offset_of!(Ring<8>, magic), offset_of!(Ring<8>, version), offset_of!(Ring<8>, capacity)];
        assert_eq!(header, [0, 4, 8]);
        let counters = [offset_of!(Ring<8>, write), offset_of!(Ring<8>, read), offset_of!(Ring<8>, lost)];
        assert_eq!((counters, offset_of!(Ring<8>, records)), ([12, 16, 20], 32));
        let fields = [offset_of!(Record, kind), offset_of!(Record, thread), offset_of!(Record, address)];
        assert_eq!((fields, offset_of!(Record, old_address), offset_of!(Record, bytes)), ([0, 4, 8], 16, 24));
        let ring = Ring::<8>::new();
        ring.sign();
        let signed = [&ring.magic, &ring.version, &ring.capacity].map(|word| word.load(Ordering::Relaxed));
        assert_eq!(signed, [0x474e_5241, 1, 8]);
    }

    /// Fewer under Miri, which also has no files for failures.
    fn cases() -> ProptestConfig {
        let cases = if cfg!(miri) { 8 } else { 2_000 };
        ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
    }

    proptest! {
        #![proptest_config(cases())]

        /// Against a queue of the same capacity, over the wrap of the counters.
        #[test]
        fn a_ring_is_a_queue_that_counts_what_it_loses(
            start in prop::sample::select([0, u32::MAX - 5, 1 << 31].as_slice()),
            steps in prop::collection::vec(any::<bool>(), 0..100),
        ) {
            let (ring, mut queue, mut lost) = (Ring::<8>::new(), VecDeque::new(), 0);
            ring.write.store(start, Ordering::Relaxed);
            ring.read.store(start, Ordering::Relaxed);
            for (address, is_push) in (1..).zip(steps) {
                if is_push {
                    let told = operation(address);
                    prop_assert_eq!(ring.push(told).is_some(), queue.len() < 8);
                    if queue.len() < 8 { queue.push_back(told) } else { lost += 1 }
                } else {
                    prop_assert_eq!(ring.take(), queue.pop_front());
                }
                prop_assert_eq!(ring.lost(), lost);
            }
        }
    }

    #[test]
    fn of_many_threads_nothing_is_lost_uncounted_or_told_twice() {
        const THREADS: u64 = 3;
        let each = if cfg!(miri) { 60 } else { 20_000_u64 };
        let ring = Ring::<16>::new();
        let mut taken = Vec::new();
        std::thread::scope(|scope| {
            let writers: Vec<_> = (0..THREADS)
                .map(|thread| {
                    let ring = &ring;
                    scope.spawn(move || {
                        (1..=each).filter(|step| ring.push(operation(thread << 32 | step)).is_some()).count()
                    })
                })
                .collect();
            while !writers.iter().all(std::thread::ScopedJoinHandle::is_finished) {
                taken.extend(core::iter::from_fn(|| ring.take()));
            }
            let pushed: usize = writers.into_iter().map(|writer| writer.join().unwrap()).sum();
            taken.extend(core::iter::from_fn(|| ring.take()));
            assert_eq!(taken.len(), pushed);
        });
        assert_eq!(taken.len() as u64 + u64::from(ring.lost()), THREADS * each);
        for thread in 0..THREADS {
            let of: Vec<u64> = taken.iter().map(|it| it.address).filter(|address| address >> 32 == thread).collect();
            assert!(of.is_sorted_by(|one, other| one < other), "of one thread in its order");
        }
        assert!(taken.iter().all(|it| it.bytes == it.address * 2), "never half written");
    }
}

#[cfg(all(test, loom))]
mod models {
    use super::*;
    use loom::sync::Arc;
    use std::vec::Vec;

    impl<const N: usize> Ring<N> {
        fn model() -> Self {
            let word = || AtomicU32::new(0);
            let long = || AtomicU64::new(0);
            let record =
                |_| Record { kind: word(), thread: word(), address: long(), old_address: long(), bytes: long() };
            Self {
                magic: word(),
                version: word(),
                capacity: word(),
                write: word(),
                read: word(),
                lost: word(),
                _reserved: long(),
                records: core::array::from_fn(record),
            }
        }
    }

    fn operation(address: u64) -> Operation {
        Operation { kind: Kind::Free, thread: 0, address, old_address: 0, bytes: address }
    }

    /// Two writers, one of which finds the ring full or not, beside the reader.
    #[test]
    fn loom_ring_of_two_writers_and_a_reader() {
        let mut model = loom::model::Builder::new();
        model.preemption_bound = Some(3);
        model.check(|| {
            let ring = Arc::new(Ring::<2>::model());
            let writers: Vec<_> = [10, 20]
                .into_iter()
                .map(|first| {
                    let ring = Arc::clone(&ring);
                    loom::thread::spawn(move || {
                        (0..2).filter(|step| ring.push(operation(first + step)).is_some()).count()
                    })
                })
                .collect();
            let mut taken: Vec<u64> = Vec::new();
            let mut take = |ring: &Ring<2>| {
                while let Some(operation) = ring.take() {
                    assert_eq!(operation.bytes, operation.address, "half written");
                    taken.push(operation.address);
                }
            };
            take(&ring);
            let pushed: usize = writers.into_iter().map(|writer| writer.join().unwrap()).sum();
            take(&ring);
            assert_eq!(taken.len(), pushed);
            assert_eq!(pushed + ring.lost() as usize, 4);
            let position = |address| taken.iter().position(|it| *it == address);
            for first in [10, 20] {
                if let (Some(one), Some(other)) = (position(first), position(first + 1)) {
                    assert!(one < other, "of one thread in its order");
                }
            }
            taken.sort_unstable();
            taken.dedup();
            assert_eq!(taken.len(), pushed, "told twice");
        });
    }
}
