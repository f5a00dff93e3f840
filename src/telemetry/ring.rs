//! Every event of one thread on its way to the recorder: a bounded ring with
//! one producer and one consumer. Full means counted loss, never a wait.

use core::sync::atomic::{AtomicU64, Ordering};

/// Words of one record.
pub const RECORD_WORDS: usize = 4;
type Record = [u64; RECORD_WORDS];

/// A position on a cache line of its own, so that producer and consumer do not
/// take each other's line away.
#[repr(align(64))]
#[derive(Default)]
struct Position(AtomicU64);

/// The ring. One thread pushes, one thread drains; a second of either would
/// mix records up, though never touch foreign memory.
pub struct Ring {
    cells: Box<[[AtomicU64; RECORD_WORDS]]>,
    /// Records ever pushed; only the producer stores it.
    pushed: Position,
    /// Records ever drained; only the consumer stores it.
    drained: Position,
    /// Records refused because the ring was full; only the producer stores it.
    lost: Position,
}

impl Ring {
    /// A ring for at least `capacity` records in flight, rounded up to a power
    /// of two.
    pub fn with_capacity(capacity: usize) -> Self {
        let cells = (0..capacity.next_power_of_two()).map(|_| Default::default()).collect();
        Self { cells, pushed: Position::default(), drained: Position::default(), lost: Position::default() }
    }

    /// Adds a record; a full ring counts it as lost. O(1), never waits.
    pub fn push(&self, record: Record) {
        let at = self.pushed.0.load(Ordering::Relaxed);
        // Acquire: the consumer has finished reading the cell it gave back.
        if at - self.drained.0.load(Ordering::Acquire) == self.cells.len() as u64 {
            self.lost.0.store(self.lost.0.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
            return;
        }
        for (slot, word) in self.cell(at).iter().zip(record) {
            slot.store(word, Ordering::Relaxed);
        }
        self.pushed.0.store(at + 1, Ordering::Release);
    }

    /// Hands every waiting record to `take`, oldest first; returns how many.
    pub fn drain(&self, mut take: impl FnMut(Record)) -> u64 {
        let from = self.drained.0.load(Ordering::Relaxed);
        let to = self.pushed.0.load(Ordering::Acquire);
        for at in from..to {
            let cell = self.cell(at);
            take(core::array::from_fn(|word| cell[word].load(Ordering::Relaxed)));
        }
        // Release: the cells are read before the producer may write them again.
        self.drained.0.store(to, Ordering::Release);
        to - from
    }

    /// Records ever offered, lost ones included.
    pub fn offered(&self) -> u64 {
        self.pushed.0.load(Ordering::Relaxed) + self.lost()
    }

    /// Records lost because the ring was full.
    pub fn lost(&self) -> u64 {
        self.lost.0.load(Ordering::Relaxed)
    }

    /// Bytes of memory held.
    pub fn bytes(&self) -> u64 {
        (size_of::<Self>() + size_of_val(&*self.cells)) as u64
    }

    fn cell(&self, at: u64) -> &[AtomicU64; RECORD_WORDS] {
        // The length is a power of two, so the mask stays in range.
        &self.cells[(at & (self.cells.len() as u64 - 1)) as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn full_means_counted_loss() {
        let ring = Ring::with_capacity(4);
        (0..7).for_each(|n| ring.push([n; 4]));
        let mut seen = Vec::new();
        assert_eq!(ring.drain(|record| seen.push(record[0])), 4);
        assert_eq!(seen, [0, 1, 2, 3]);
        assert_eq!((ring.offered(), ring.lost()), (7, 3));
        ring.push([9; 4]);
        assert_eq!(ring.drain(|record| assert_eq!(record, [9; 4])), 1);
    }

    #[test]
    fn nothing_is_torn_lost_or_reordered_between_threads() {
        const RECORDS: u64 = 100_000;
        let ring = Ring::with_capacity(64);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                (0..RECORDS).for_each(|n| ring.push([n, n + 1, n + 2, n + 3]));
            });
            let mut last = None;
            let mut seen = 0;
            while seen + ring.lost() < RECORDS {
                seen += ring.drain(|record| {
                    assert_eq!(record, [record[0], record[0] + 1, record[0] + 2, record[0] + 3]);
                    assert!(last.is_none_or(|last| last < record[0]));
                    last = Some(record[0]);
                });
            }
            assert_eq!(seen + ring.lost(), RECORDS);
        });
    }
}
