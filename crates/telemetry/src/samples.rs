//! One row of figures per engine tick: what the charts draw. Written by the
//! engine, read by the page without a lock; the oldest rows are dropped, and
//! counted, when the log is full.

use core::sync::atomic::{AtomicU64, Ordering};
use std::sync::OnceLock;

/// Rows per chunk: 68 s of 60 Hz ticks.
const CHUNK_ROWS: u64 = 4096;
/// Chunks kept: 73 minutes of 60 Hz ticks, 110 MiB when full. Chunks are made as
/// they are needed.
const CHUNKS: u64 = 64;

/// The figures of one row, each under the name it has in
/// [`super::metrics::Metrics`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(usize)]
pub enum Series {
    /// Engine time since the run's start, µs.
    TimeUs,
    /// `arena.used_bytes`
    ArenaUsed,
    /// `arena.free_bytes`
    ArenaFree,
    /// `arena.largest_free_bytes`
    ArenaLargestFree,
    /// `arena.external_fragmentation`
    ExternalFragmentation,
    /// `arena.free_space_concentration`
    FreeSpaceConcentration,
    /// `arena.failures_total`
    ArenaFailures,
    /// `arena.allocations_total`
    ArenaAllocations,
    /// `pool.hit_ratio` over this tick's acquires only; NaN where it had none.
    PoolHitRatioTick,
    /// `pool.hit_ratio`
    PoolHitRatio,
    /// `pool.in_use_bytes`
    PoolInUse,
    /// `pool.pending_bytes`
    PoolPending,
    /// `pool.idle_bytes`
    PoolIdle,
    /// `budget.categories[ecs].current_bytes`; the next five follow in the
    /// order of [`arenascope_units::owner::MemoryCategory::ALL`].
    BudgetEcs,
    /// `budget.categories[gpu_buffers].current_bytes`
    BudgetGpuBuffers,
    /// `budget.categories[gpu_textures].current_bytes`
    BudgetGpuTextures,
    /// `budget.categories[npu_models].current_bytes`
    BudgetNpuModels,
    /// `budget.categories[npu_tensors].current_bytes`
    BudgetNpuTensors,
    /// `budget.categories[temporary].current_bytes`
    BudgetTemporary,
    /// `budget.total_bytes`
    BudgetTotal,
    /// Refusals by the budget, all categories.
    BudgetFailures,
    /// `arena.threads[0].operations_per_second`: the engine. The next eight are the
    /// mutators; 0 where there is none.
    EngineRate,
    /// Operations per second of mutator 1.
    MutatorRate1,
    /// Operations per second of mutator 2.
    MutatorRate2,
    /// Operations per second of mutator 3.
    MutatorRate3,
    /// Operations per second of mutator 4.
    MutatorRate4,
    /// Operations per second of mutator 5.
    MutatorRate5,
    /// Operations per second of mutator 6.
    MutatorRate6,
    /// Operations per second of mutator 7.
    MutatorRate7,
    /// Operations per second of mutator 8.
    MutatorRate8,
    /// Waits for the arena's lock per second, all threads.
    LockWaitRate,
    /// `arena.cached_bytes`
    ArenaCached,
    /// `arena.waste_granule_bytes`; the next three are the other causes.
    WasteGranule,
    /// `arena.waste_policy_bytes`
    WastePolicy,
    /// `arena.waste_threads_bytes`
    WasteThreads,
    /// `arena.waste_guards_bytes`
    WasteGuards,
    /// `arena.footprint_bytes`
    ArenaFootprint,
    /// `arena.requested_bytes_peak`
    ArenaRequestedPeak,
    /// `arena.free_range_count`
    ArenaFreeRanges,
    /// `pool.requested_bytes`
    PoolRequested,
    /// `pool.pending_count`
    PoolPendingCount,
    /// `pool.idle_count`
    PoolIdleCount,
    /// `pool.allocated_bytes_peak`
    PoolPeak,
    /// `budget.categories[ecs].limit_bytes`; the next five follow in the order of
    /// [`arenascope_units::owner::MemoryCategory::ALL`].
    LimitEcs,
    /// `budget.categories[gpu_buffers].limit_bytes`
    LimitGpuBuffers,
    /// `budget.categories[gpu_textures].limit_bytes`
    LimitGpuTextures,
    /// `budget.categories[npu_models].limit_bytes`
    LimitNpuModels,
    /// `budget.categories[npu_tensors].limit_bytes`
    LimitNpuTensors,
    /// `budget.categories[temporary].limit_bytes`
    LimitTemporary,
    /// `budget.categories[ecs].peak_bytes`; the next five follow likewise.
    PeakEcs,
    /// `budget.categories[gpu_buffers].peak_bytes`
    PeakGpuBuffers,
    /// `budget.categories[gpu_textures].peak_bytes`
    PeakGpuTextures,
    /// `budget.categories[npu_models].peak_bytes`
    PeakNpuModels,
    /// `budget.categories[npu_tensors].peak_bytes`
    PeakNpuTensors,
    /// `budget.categories[temporary].peak_bytes`
    PeakTemporary,
}

impl Series {
    /// Figures of one row.
    pub const COUNT: usize = Self::PeakTemporary as usize + 1;

    /// The pace of each thread: the engine, then the mutators.
    pub const THREADS: [Self; 9] = [
        Self::EngineRate,
        Self::MutatorRate1,
        Self::MutatorRate2,
        Self::MutatorRate3,
        Self::MutatorRate4,
        Self::MutatorRate5,
        Self::MutatorRate6,
        Self::MutatorRate7,
        Self::MutatorRate8,
    ];

    /// Used bytes that nobody asked for, by cause.
    pub const WASTE: [Self; 4] = [Self::WasteGranule, Self::WastePolicy, Self::WasteThreads, Self::WasteGuards];

    /// The usage series of each category, in the budget's order.
    pub const BUDGET: [Self; 6] = [
        Self::BudgetEcs,
        Self::BudgetGpuBuffers,
        Self::BudgetGpuTextures,
        Self::BudgetNpuModels,
        Self::BudgetNpuTensors,
        Self::BudgetTemporary,
    ];

    /// The limit of each category, likewise.
    pub const LIMITS: [Self; 6] = [
        Self::LimitEcs,
        Self::LimitGpuBuffers,
        Self::LimitGpuTextures,
        Self::LimitNpuModels,
        Self::LimitNpuTensors,
        Self::LimitTemporary,
    ];

    /// The most that was spoken for by each category, likewise.
    pub const PEAKS: [Self; 6] = [
        Self::PeakEcs,
        Self::PeakGpuBuffers,
        Self::PeakGpuTextures,
        Self::PeakNpuModels,
        Self::PeakNpuTensors,
        Self::PeakTemporary,
    ];
}

/// One row. All figures are byte counts below 2⁵³ or ratios: exact in an `f64`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sample(pub [f64; Series::COUNT]);

impl Sample {
    /// A row of zeros.
    pub const ZERO: Self = Self([0.0; Series::COUNT]);

    /// The row with one figure replaced.
    #[must_use]
    pub fn with(mut self, series: Series, value: f64) -> Self {
        self.0[series as usize] = value;
        self
    }
}

/// The log. Row numbers count from the first row ever and never repeat.
pub struct SampleLog {
    chunks: Box<[OnceLock<Box<[AtomicU64]>>]>,
    /// Rows appended since the log was made, dropped ones included.
    length: AtomicU64,
    /// First row of the current run.
    run_start: AtomicU64,
}

impl SampleLog {
    /// An empty log; holds no chunk yet.
    pub fn new() -> Self {
        let chunks = (0..CHUNKS).map(|_| OnceLock::new()).collect();
        Self { chunks, length: AtomicU64::new(0), run_start: AtomicU64::new(0) }
    }

    /// An empty log whose first row has that number: rows of several logs can be told
    /// apart.
    pub fn beginning_at(first_row: u64) -> Self {
        Self { length: AtomicU64::new(first_row), run_start: AtomicU64::new(first_row), ..Self::new() }
    }

    /// Appends a row. From one thread only (the engine). O(1); allocates once
    /// in 4096 rows until all chunks exist.
    pub fn append(&self, sample: &Sample) {
        let row = self.length.load(Ordering::Relaxed);
        let chunk = self.chunk_of(row).get_or_init(empty_chunk);
        let cells = &chunk[cell(row, 0)..][..Series::COUNT];
        for (slot, value) in cells.iter().zip(sample.0) {
            slot.store(value.to_bits(), Ordering::Relaxed);
        }
        self.length.store(row + 1, Ordering::Release);
    }

    /// Starts a new run: rows appended so far are no longer shown.
    pub fn begin_run(&self) {
        self.run_start.store(self.length.load(Ordering::Relaxed), Ordering::Release);
    }

    /// The rows of the current run that can still be read.
    pub fn rows(&self) -> core::ops::Range<u64> {
        let run_start = self.run_start.load(Ordering::Acquire);
        let length = self.length.load(Ordering::Acquire);
        // The oldest chunk is the one the writer enters next: never read it.
        let kept = length.saturating_sub((CHUNKS - 1) * CHUNK_ROWS);
        run_start.max(kept).min(length)..length
    }

    /// Rows of the current run that were dropped for room.
    pub fn dropped(&self) -> u64 {
        self.rows().start - self.run_start.load(Ordering::Acquire).min(self.rows().start)
    }

    /// One figure of one row; `None` outside [`Self::rows`] as of some moment
    /// of the call. O(1).
    pub fn get(&self, row: u64, series: Series) -> Option<f64> {
        if row >= self.length.load(Ordering::Acquire) {
            return None;
        }
        let chunk = self.chunk_of(row).get()?;
        Some(f64::from_bits(chunk[cell(row, series as usize)].load(Ordering::Relaxed)))
    }

    /// The first row at or after `time_us`, by binary search over the run.
    pub fn row_at(&self, time_us: f64) -> u64 {
        let rows = self.rows();
        let (mut low, mut high) = (rows.start, rows.end);
        while low < high {
            let middle = low + (high - low) / 2;
            match self.get(middle, Series::TimeUs) {
                Some(time) if time < time_us => low = middle + 1,
                _ => high = middle,
            }
        }
        low
    }

    /// Bytes of memory held now.
    pub fn bytes(&self) -> u64 {
        let chunks = self.chunks.iter().filter(|chunk| chunk.get().is_some()).count() as u64;
        size_of::<Self>() as u64 + chunks * CHUNK_ROWS * (Series::COUNT as u64) * 8
    }

    fn chunk_of(&self, row: u64) -> &OnceLock<Box<[AtomicU64]>> {
        // In range: a remainder of CHUNKS, which is the slice's length.
        &self.chunks[(row / CHUNK_ROWS % CHUNKS) as usize]
    }
}

impl Default for SampleLog {
    fn default() -> Self {
        Self::new()
    }
}

fn cell(row: u64, column: usize) -> usize {
    (row % CHUNK_ROWS) as usize * Series::COUNT + column
}

fn empty_chunk() -> Box<[AtomicU64]> {
    (0..CHUNK_ROWS as usize * Series::COUNT).map(|_| AtomicU64::new(0)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(time_us: f64) -> Sample {
        Sample::ZERO.with(Series::TimeUs, time_us).with(Series::ArenaUsed, time_us * 2.0)
    }

    #[test]
    fn rows_come_back_as_they_went_in() {
        let log = SampleLog::new();
        (0..5000).for_each(|row| log.append(&at(f64::from(row))));
        assert_eq!(log.rows(), 0..5000);
        assert_eq!(log.get(4999, Series::ArenaUsed), Some(9998.0));
        assert_eq!(log.get(5000, Series::ArenaUsed), None);
    }

    #[test]
    fn rows_are_numbered_from_where_the_log_begins() {
        let log = SampleLog::beginning_at(1 << 48);
        assert_eq!(log.rows(), 1 << 48..1 << 48);
        (0..5000).for_each(|row| log.append(&at(f64::from(row))));
        assert_eq!((log.rows().count(), log.dropped()), (5000, 0));
        assert_eq!(log.get((1 << 48) + 4999, Series::ArenaUsed), Some(9998.0));
    }

    #[test]
    fn a_moment_is_found_by_search() {
        let log = SampleLog::new();
        (0..100).for_each(|row| log.append(&at(f64::from(row) * 10.0)));
        assert_eq!(log.row_at(-1.0), 0);
        assert_eq!(log.row_at(50.0), 5);
        assert_eq!(log.row_at(51.0), 6);
        assert_eq!(log.row_at(1e9), 100);
    }

    #[test]
    fn a_new_run_hides_the_old_one() {
        let log = SampleLog::new();
        (0..10).for_each(|row| log.append(&at(f64::from(row))));
        log.begin_run();
        assert_eq!(log.rows(), 10..10);
        log.append(&at(1.0));
        assert_eq!(log.rows(), 10..11);
        assert_eq!(log.row_at(0.0), 10);
        assert_eq!(log.dropped(), 0);
    }

    #[test]
    fn a_full_log_drops_the_oldest_and_says_so() {
        let log = SampleLog::new();
        let total = CHUNKS * CHUNK_ROWS + 10;
        (0..total).for_each(|row| log.append(&at(row as f64)));
        let rows = log.rows();
        assert_eq!(rows.end, total);
        assert_eq!(log.dropped(), rows.start);
        assert_eq!(rows.end - rows.start, (CHUNKS - 1) * CHUNK_ROWS);
        assert_eq!(log.get(rows.start, Series::TimeUs), Some(rows.start as f64));
    }
}
