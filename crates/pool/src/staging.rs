//! A ring of host memory through which uploads pass on their way to the device:
//! taken in order while a frame is recorded, given back when the GPU has
//! finished the frame's submission. Pure arithmetic over offsets; the bytes
//! belong to the caller.
//!
//! Positions only grow; the offset in the ring is the position modulo its
//! capacity. A piece never crosses the ring's end: what is left there is
//! skipped, and in flight until the pieces behind it are done.

use super::handle::Serial;
use arenascope_units::Bytes;
use std::collections::VecDeque;
use thiserror::Error;

/// A contiguous piece of the ring.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Piece {
    /// Where it begins, from the ring's base.
    pub offset: Bytes,
    /// As much as was asked for.
    pub size: Bytes,
}

/// Why the ring gave nothing: the caller stages elsewhere, or waits for the GPU.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum StagingError {
    /// No bytes were asked for.
    #[error("a stage of 0 B was asked for")]
    ZeroSize,
    /// An alignment that is no power of two, or larger than the ring.
    #[error("a stage aligned to {requested} was asked for")]
    BadAlignment {
        /// What was asked for.
        requested: Bytes,
    },
    /// More than the ring ever has.
    #[error("a stage of {requested} was asked for, the ring has {capacity}")]
    TooLarge {
        /// What was asked for.
        requested: Bytes,
        /// Bytes of the whole ring.
        capacity: Bytes,
    },
    /// More than is free now.
    #[error("a stage of {requested} was asked for, {free} are free")]
    Full {
        /// What was asked for.
        requested: Bytes,
        /// What is not in flight, at both ends of it together.
        free: Bytes,
    },
}

/// What the ring holds, and what passed through it since it was made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StagingStatistics {
    /// Bytes of the whole ring.
    pub capacity: Bytes,
    /// Taken and not given back, gaps for alignment and at the end included.
    pub in_flight: Bytes,
    /// The most there ever was in flight.
    pub in_flight_peak: Bytes,
    /// Pieces given out since it was made.
    pub pieces: u64,
    /// Bytes of these pieces.
    pub piece_bytes: Bytes,
    /// Bytes that were skipped for alignment and at the end.
    pub skipped_bytes: Bytes,
    /// Times that a piece began again at the base because the end was too near.
    pub wraps: u64,
    /// Requests that the ring had no room for, and that passed it by.
    pub overflows: u64,
    /// Bytes of these requests.
    pub overflow_bytes: Bytes,
}

/// The ring. Every call is O(1), [`Self::complete`] O(submissions).
#[derive(Clone, Debug)]
pub struct StagingRing {
    capacity: u64,
    /// The position behind the newest piece.
    head: u64,
    /// The position of the oldest byte in flight.
    tail: u64,
    /// Submissions in flight, and the position behind each one's last piece.
    submitted: VecDeque<(Serial, u64)>,
    stats: StagingStatistics,
}

impl StagingRing {
    /// An empty ring of `capacity` bytes. Alignments hold for offsets; the base
    /// must be aligned as much as any piece is to be.
    pub fn new(capacity: Bytes) -> Self {
        let stats = StagingStatistics { capacity, ..StagingStatistics::default() };
        Self { capacity: capacity.get(), head: 0, tail: 0, submitted: VecDeque::new(), stats }
    }

    /// Bytes of the whole ring.
    pub const fn capacity(&self) -> Bytes {
        Bytes::new(self.capacity)
    }

    /// The figures of now.
    pub fn statistics(&self) -> StagingStatistics {
        StagingStatistics { in_flight: self.in_flight(), ..self.stats }
    }

    /// True where nothing is in flight: the memory can be given back.
    pub fn is_idle(&self) -> bool {
        self.head == self.tail
    }

    /// Takes a piece for the frame being recorded.
    ///
    /// # Errors
    /// Where there is no room now, or never will be. The latter two count as
    /// overflows; nothing else changes.
    pub fn take(&mut self, size: Bytes, align: Bytes) -> Result<Piece, StagingError> {
        let found = self.place(size, align);
        if let Err(StagingError::TooLarge { .. } | StagingError::Full { .. }) = found {
            self.pass_by(size);
        }
        let start = found?;
        self.note(start, size);
        self.head = start + size.get();
        self.stats.in_flight_peak = self.stats.in_flight_peak.max(self.in_flight());
        Ok(Piece { offset: Bytes::new(start % self.capacity), size })
    }

    /// Counts a request that went beside the ring: where the ring had no room for it,
    /// or is without its memory.
    pub fn pass_by(&mut self, size: Bytes) {
        self.stats.overflows += 1;
        self.stats.overflow_bytes = sum(self.stats.overflow_bytes, size);
    }

    /// All pieces taken since the last submission are read by this one.
    pub fn submit(&mut self, serial: Serial) {
        let behind = self.submitted.back().map_or(self.tail, |(_, end)| *end);
        if self.head > behind {
            self.submitted.push_back((serial, self.head));
        }
    }

    /// The GPU has finished every submission up to `serial`.
    pub fn complete(&mut self, serial: Serial) {
        while let Some((_, end)) = self.submitted.pop_front_if(|(oldest, _)| *oldest <= serial) {
            self.tail = end;
        }
    }

    /// The position where a piece would begin.
    fn place(&self, size: Bytes, align: Bytes) -> Result<u64, StagingError> {
        let (bytes, capacity) = (size.get(), self.capacity);
        if bytes == 0 {
            return Err(StagingError::ZeroSize);
        }
        if !align.get().is_power_of_two() || align.get() > capacity {
            return Err(StagingError::BadAlignment { requested: align });
        }
        if bytes > capacity {
            return Err(StagingError::TooLarge { requested: size, capacity: Bytes::new(capacity) });
        }
        let lap = self.head - self.head % capacity;
        let offset = (self.head % capacity).next_multiple_of(align.get());
        // An empty ring begins anew: nothing is behind that a gap could hold up.
        let start = if offset + bytes <= capacity && !self.is_idle() { lap + offset } else { self.next_lap() };
        let tail = if self.is_idle() { start } else { self.tail };
        if start + bytes - tail > capacity {
            let free = Bytes::new(capacity).saturating_sub(self.in_flight());
            return Err(StagingError::Full { requested: size, free });
        }
        Ok(start)
    }

    fn next_lap(&self) -> u64 {
        self.head.next_multiple_of(self.capacity)
    }

    /// Counts a piece that begins at `start`, and moves an idle ring there.
    fn note(&mut self, start: u64, size: Bytes) {
        if self.is_idle() {
            (self.head, self.tail) = (start, start);
        }
        self.stats.wraps += u64::from(start / self.capacity > self.head / self.capacity);
        self.stats.skipped_bytes = sum(self.stats.skipped_bytes, Bytes::new(start - self.head));
        self.stats.pieces += 1;
        self.stats.piece_bytes = sum(self.stats.piece_bytes, size);
    }

    fn in_flight(&self) -> Bytes {
        Bytes::new(self.head - self.tail)
    }
}

fn sum(total: Bytes, more: Bytes) -> Bytes {
    [total, more].into_iter().sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const fn bytes(count: u64) -> Bytes {
        Bytes::new(count)
    }

    fn offset(ring: &mut StagingRing, size: u64) -> Result<u64, StagingError> {
        ring.take(bytes(size), bytes(16)).map(|piece| piece.offset.get())
    }

    #[test]
    fn pieces_follow_each_other_and_come_back_by_submission() {
        let mut ring = StagingRing::new(bytes(256));
        assert_eq!((offset(&mut ring, 100), offset(&mut ring, 60)), (Ok(0), Ok(112)));
        ring.submit(Serial(1));
        assert_eq!(offset(&mut ring, 64), Ok(176));
        ring.submit(Serial(2));
        let full = StagingError::Full { requested: bytes(64), free: bytes(16) };
        assert_eq!(offset(&mut ring, 64), Err(full));
        ring.complete(Serial(1));
        assert_eq!(offset(&mut ring, 64), Ok(0), "the 16 at the end are skipped");
        ring.submit(Serial(3));
        ring.complete(Serial(3));
        let stats = ring.statistics();
        assert!(ring.is_idle());
        assert_eq!((stats.in_flight, stats.in_flight_peak), (bytes(0), bytes(240)));
        assert_eq!((stats.wraps, stats.overflows, stats.overflow_bytes), (1, 1, bytes(64)));
        assert_eq!((stats.pieces, stats.piece_bytes, stats.skipped_bytes), (4, bytes(288), bytes(12 + 4 + 16)));
    }

    #[test]
    fn an_idle_ring_gives_all_it_has() {
        let mut ring = StagingRing::new(bytes(256));
        for serial in 1..5 {
            assert_eq!(offset(&mut ring, 256 - 16 * serial), Ok(0));
            ring.submit(Serial(serial));
            ring.submit(Serial(serial));
            ring.complete(Serial(serial));
        }
        let too_large = StagingError::TooLarge { requested: bytes(257), capacity: bytes(256) };
        assert_eq!(offset(&mut ring, 257), Err(too_large));
        assert_eq!((offset(&mut ring, 0), ring.statistics().overflows), (Err(StagingError::ZeroSize), 1));
        for align in [0, 3, 512] {
            let refused = StagingError::BadAlignment { requested: bytes(align) };
            assert_eq!(ring.take(bytes(1), bytes(align)), Err(refused));
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        /// Pieces in flight never overlap, are aligned, and lie within the ring;
        /// what is in flight is at least their sum.
        #[test]
        fn pieces_in_flight_never_overlap(
            program in prop::collection::vec((0_u64..400, 0_u32..6, 0_u8..4), 1..200),
        ) {
            let mut ring = StagingRing::new(bytes(1_024));
            let mut live: Vec<(u64, Piece)> = Vec::new();
            let mut serial = 1;
            for (size, align, then) in program {
                let align = 1 << align;
                match ring.take(bytes(size), bytes(align)) {
                    Ok(piece) => {
                        let (start, end) = (piece.offset.get(), piece.offset.get() + size);
                        prop_assert!(start % align == 0 && end <= 1_024);
                        let apart = |(_, other): &(u64, Piece)| {
                            end <= other.offset.get() || other.offset.get() + other.size.get() <= start
                        };
                        prop_assert!(live.iter().all(apart));
                        live.push((serial, piece));
                    }
                    Err(StagingError::ZeroSize) => prop_assert_eq!(size, 0),
                    Err(_) => prop_assert!(!live.is_empty(), "an idle ring refused {}", size),
                }
                if then == 0 {
                    ring.submit(Serial(serial));
                    ring.complete(Serial(serial.saturating_sub(2)));
                    live.retain(|(used_by, _)| *used_by + 2 > serial);
                    serial += 1;
                }
                let sum: u64 = live.iter().map(|(_, piece)| piece.size.get()).sum();
                let in_flight = ring.statistics().in_flight.get();
                prop_assert!(sum <= in_flight && in_flight <= 1_024);
                prop_assert_eq!(live.is_empty(), ring.is_idle());
            }
        }
    }
}
