//! The heat map of unusable free space: one row ten times a second, one value for
//! each power of two of request sizes. Written by the engine, read by the page
//! without a lock; the oldest rows are dropped, and counted, when the log is full.

use core::ops::Range;
use core::sync::atomic::{AtomicU64, Ordering, fence};
use std::sync::OnceLock;

/// Sizes of a row at most: 16 B to 1 GiB.
pub const SIZES: usize = 27;
/// Values of 16 bits in a word.
const VALUES_PER_WORD: usize = 4;
/// A row: its time and number of values, then the values.
const WORDS: usize = 1 + SIZES.div_ceil(VALUES_PER_WORD);
/// Rows kept: 54 minutes of ten a second, 2 MiB. Reserved with the first row.
const ROWS: u64 = 1 << 15;
/// The value of a ratio of 1.
const ONE: f64 = 65_535.0;

/// The part of the free bytes that requests of each size cannot use, at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HeatRow {
    /// Engine time since the run's start, µs (56 bits).
    pub time_us: u64,
    values: [u16; SIZES],
    count: u8,
}

impl HeatRow {
    /// A row of ratios for 16 B, 32 B and so on, up to the arena's capacity. Kept in
    /// 16 bits each: to 1/65 535, nearest. Ratios beyond [`SIZES`] are left out.
    pub fn new(time_us: u64, unusable: impl Iterator<Item = f64>) -> Self {
        let mut row = Self { time_us, ..Self::default() };
        for (value, ratio) in row.values.iter_mut().zip(unusable) {
            // In range for every ratio from 0 to 1; what is beyond saturates.
            *value = (ratio * ONE).round() as u16;
            row.count += 1;
        }
        row
    }

    /// Each size in bytes, and the part of the free bytes that is unusable for it.
    pub fn values(&self) -> impl Iterator<Item = (u64, f64)> {
        let sizes = (0..self.count).map(|exponent| 16 << exponent);
        sizes.zip(self.values.map(|value| f64::from(value) / ONE))
    }

    fn to_words(self) -> [u64; WORDS] {
        let mut words = [0; WORDS];
        words[0] = self.time_us << 8 | u64::from(self.count);
        for (at, &value) in self.values.iter().enumerate() {
            words[1 + at / VALUES_PER_WORD] |= u64::from(value) << (16 * (at % VALUES_PER_WORD));
        }
        words
    }

    fn from_words(words: [u64; WORDS]) -> Self {
        let value = |at: usize| (words[1 + at / VALUES_PER_WORD] >> (16 * (at % VALUES_PER_WORD))) as u16;
        let count = (words[0] as u8).min(SIZES as u8);
        Self { time_us: words[0] >> 8, values: core::array::from_fn(value), count }
    }
}

/// The log. Row numbers count from the first row ever and never repeat.
pub struct HeatLog {
    words: OnceLock<Box<[AtomicU64]>>,
    /// Rows appended since the log was made, dropped ones included.
    length: AtomicU64,
    /// First row of the current run.
    run_start: AtomicU64,
}

impl HeatLog {
    /// An empty log; holds no memory for rows yet.
    pub fn new() -> Self {
        Self { words: OnceLock::new(), length: AtomicU64::new(0), run_start: AtomicU64::new(0) }
    }

    /// Appends a row. From one thread only (the engine). O(1); the first one reserves
    /// the log.
    pub fn append(&self, row: &HeatRow) {
        let number = self.length.load(Ordering::Relaxed);
        // Who sees a word of this row sees that the one it replaces is gone.
        fence(Ordering::Release);
        for (slot, word) in self.slots(number).iter().zip(row.to_words()) {
            slot.store(word, Ordering::Relaxed);
        }
        self.length.store(number + 1, Ordering::Release);
    }

    /// Starts a new run: rows appended so far are no longer shown.
    pub fn begin_run(&self) {
        self.run_start.store(self.length.load(Ordering::Relaxed), Ordering::Release);
    }

    /// The rows of the current run that can still be read.
    pub fn rows(&self) -> Range<u64> {
        let run_start = self.run_start.load(Ordering::Acquire);
        let length = self.length.load(Ordering::Acquire);
        // The oldest row is the one that the writer replaces next.
        let kept = (length + 1).saturating_sub(ROWS);
        run_start.max(kept).min(length)..length
    }

    /// Rows of the current run that were dropped for room.
    pub fn dropped(&self) -> u64 {
        let start = self.rows().start;
        start - self.run_start.load(Ordering::Acquire).min(start)
    }

    /// One row; `None` where it is not there yet, or has been replaced by the end of
    /// the call. O(1).
    pub fn get(&self, row: u64) -> Option<HeatRow> {
        if row >= self.length.load(Ordering::Acquire) {
            return None;
        }
        let mut words = [0; WORDS];
        for (word, slot) in words.iter_mut().zip(self.slots(row)) {
            *word = slot.load(Ordering::Relaxed);
        }
        fence(Ordering::Acquire);
        // The writer may be at work on the row of number `length`.
        (row + ROWS > self.length.load(Ordering::Relaxed)).then(|| HeatRow::from_words(words))
    }

    /// The first row at or after `time_us`, by binary search over the run.
    pub fn row_at(&self, time_us: u64) -> u64 {
        let Range { start: mut low, end: mut high } = self.rows();
        while low < high {
            let middle = low + (high - low) / 2;
            match self.get(middle) {
                Some(row) if row.time_us >= time_us => high = middle,
                // Replaced meanwhile: older than all that is left.
                _ => low = middle + 1,
            }
        }
        low
    }

    /// Bytes of memory held now.
    pub fn bytes(&self) -> u64 {
        let rows = self.words.get().map_or(0, |words| size_of_val(&**words));
        (size_of::<Self>() + rows) as u64
    }

    fn slots(&self, row: u64) -> &[AtomicU64] {
        let words = self.words.get_or_init(|| (0..ROWS as usize * WORDS).map(|_| AtomicU64::new(0)).collect());
        &words[(row % ROWS) as usize * WORDS..][..WORDS]
    }
}

impl Default for HeatLog {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(time_us: u64) -> HeatRow {
        HeatRow::new(time_us, (0..20).map(|at| f64::from(at) / 19.0))
    }

    #[test]
    fn a_row_keeps_its_values() {
        let whole = HeatRow::new((1 << 56) - 1, (0..SIZES).map(|at| at as f64 / 26.0));
        assert_eq!(HeatRow::from_words(whole.to_words()), whole);
        let values: Vec<_> = row(7).values().collect();
        assert_eq!((values.len(), values[0], values[19]), (20, (16, 0.0), (16 << 19, 1.0)));
        assert!(values.iter().zip(0..).all(|(value, at)| (value.1 - f64::from(at) / 19.0).abs() <= 0.5 / ONE));
        assert_eq!(HeatRow::new(0, [0.5; 40].into_iter()).values().count(), SIZES);
    }

    #[test]
    fn rows_come_back_and_a_moment_is_found() {
        let log = HeatLog::new();
        assert_eq!((log.rows(), log.get(0), log.row_at(0)), (0..0, None, 0));
        (0..100).for_each(|at| log.append(&row(at * 10)));
        assert_eq!((log.get(99), log.get(100)), (Some(row(990)), None));
        assert_eq!([0, 50, 51, 9999].map(|time| log.row_at(time)), [0, 5, 6, 100]);
        log.begin_run();
        log.append(&row(3));
        assert_eq!((log.rows(), log.row_at(0), log.dropped()), (100..101, 100, 0));
    }

    #[test]
    fn a_full_log_drops_the_oldest_and_says_so() {
        let log = HeatLog::new();
        (0..ROWS + 10).for_each(|at| log.append(&row(at)));
        assert_eq!((log.rows(), log.dropped()), (11..ROWS + 10, 11));
        assert_eq!((log.get(10), log.get(11)), (None, Some(row(11))));
        assert_eq!(log.bytes(), size_of::<HeatLog>() as u64 + (2 << 20));
    }

    /// A row read while the writer goes round is whole or none.
    #[test]
    fn a_reader_never_sees_a_mixture() {
        let log = HeatLog::new();
        let striped = |at: u64| HeatRow::new(at, core::iter::repeat_n((at % 65_536) as f64 / ONE, SIZES));
        std::thread::scope(|scope| {
            scope.spawn(|| (0..4 * ROWS).for_each(|at| log.append(&striped(at))));
            let mut seen = 0;
            while seen < 4 * ROWS {
                let rows = log.rows();
                if let Some(row) = log.get(rows.start) {
                    assert_eq!(row, striped(rows.start));
                }
                seen = rows.end;
            }
        });
    }
}
