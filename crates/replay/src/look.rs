//! The pass that looks at everything, and is not timed.

use super::bench::{Bench, CHUNK, Done};
use super::error::ReplayError;
use super::heap::Heap;
use super::outcome::{Failures, Outcome, Pace};
use super::slots::Slot;
use arenascope_arena::{Arena, RangeState};
use arenascope_units::{Bytes, Ratio};

/// Fragmentation is looked at so many times at most: some policies search for
/// their largest range, which is too slow after every operation.
const SAMPLES: usize = 4096;

/// Fragmentation within the footprint takes a walk over all ranges each time.
const WALKS: usize = 256;

/// One pass from an empty arena, audited at its end; the pace is left open.
pub(super) fn look(bench: &mut Bench<'_>, progress: &mut impl FnMut(u64)) -> Result<Outcome, ReplayError> {
    let recording = bench.recording;
    let stride = |most: usize| recording.len().div_ceil(most).max(1);
    let (stride, walk_stride) = (stride(SAMPLES), stride(WALKS));
    let mut look = Look { sizes: vec![0; recording.slot_count()], ..Look::default() };
    for (index, operation) in recording.operations(0..recording.len()).enumerate() {
        look.note(bench.step(operation));
        if (index + 1).is_multiple_of(stride) {
            look.arena.note(bench.heap.statistics().external_fragmentation());
        }
        if (index + 1).is_multiple_of(walk_stride) {
            look.footprint.note(bench.heap.with(within_footprint));
        }
        if index == recording.live_peak_at() {
            look.at_peak = AtPeak::of(&bench.heap);
        }
        if (index + 1).is_multiple_of(CHUNK) {
            progress(index as u64 + 1);
        }
    }
    progress(recording.len() as u64);
    bench.heap.with(Arena::audit).map_err(ReplayError::Damaged)?;
    Ok(look.outcome(bench))
}

/// 1 − largest ÷ free, of the free bytes below the highest byte set aside so far.
/// O(ranges).
fn within_footprint(arena: &Arena) -> Ratio {
    let end: Bytes = [arena.sections().payload.offset, arena.statistics().footprint].into_iter().sum();
    let free = arena.walk().filter(|range| range.state == RangeState::Free && range.offset < end);
    let sizes = free.map(|range| range.size.min(end.saturating_sub(range.offset)).get());
    let (sum, largest) = sizes.fold((0, 0), |(sum, largest), size| (sum + size, size.max(largest)));
    Bytes::new(largest).ratio_of(Bytes::new(sum)).map_or(Ratio::ZERO, |part| Ratio::new(1.0 - part.get()))
}

/// A mean that grows.
#[derive(Clone, Copy, Debug, Default)]
struct Mean {
    sum: f64,
    count: u64,
}

impl Mean {
    fn note(&mut self, ratio: Ratio) {
        self.sum += ratio.get();
        self.count += 1;
    }

    /// Nothing noted gives 0.
    fn get(self) -> Ratio {
        Ratio::new(self.sum / self.count.max(1) as f64)
    }
}

/// The arena when the recording's live bytes peak.
#[derive(Clone, Copy, Debug, Default)]
struct AtPeak {
    fragmentation: Ratio,
    within_footprint: Ratio,
    waste: Ratio,
}

impl AtPeak {
    fn of(heap: &Heap) -> Self {
        let statistics = heap.statistics();
        Self {
            fragmentation: statistics.external_fragmentation(),
            within_footprint: heap.with(within_footprint),
            waste: statistics.internal_waste(),
        }
    }
}

/// The figures of the pass, as they grow.
#[derive(Debug, Default)]
struct Look {
    /// Bytes asked for, by slot; nothing where the allocation was refused.
    sizes: Vec<u32>,
    live: u64,
    live_peak: u64,
    failures: Failures,
    frees_done: u64,
    frees_skipped: u64,
    frees_refused: u64,
    arena: Mean,
    footprint: Mean,
    at_peak: AtPeak,
}

impl Look {
    fn note(&mut self, done: Done) {
        match done {
            Done::Allocated { slot, size } => self.note_placed(slot, size),
            Done::Refused(error) => self.failures.note(&error),
            Done::Freed(slot) => self.note_freed(slot),
            Done::FreeRefused => self.frees_refused += 1,
            Done::FreeSkipped => self.frees_skipped += 1,
        }
    }

    fn note_placed(&mut self, slot: Slot, size: u32) {
        self.sizes[slot.index()] = size;
        self.live += u64::from(size);
        self.live_peak = self.live_peak.max(self.live);
    }

    fn note_freed(&mut self, slot: Slot) {
        self.live -= u64::from(self.sizes[slot.index()]);
        self.frees_done += 1;
    }

    fn outcome(self, bench: &Bench<'_>) -> Outcome {
        let statistics = bench.heap.statistics();
        Outcome {
            policy: bench.heap.policy(),
            thread_cache: matches!(bench.heap, Heap::Threaded(_)),
            operations: bench.recording.allocations() + self.frees_done,
            failures: self.failures,
            frees_skipped: self.frees_skipped,
            frees_refused: self.frees_refused,
            live_peak: Bytes::new(self.live_peak),
            footprint: statistics.footprint,
            fragmentation_mean: self.arena.get(),
            fragmentation_at_peak: self.at_peak.fragmentation,
            samples: self.arena.count,
            footprint_fragmentation_mean: self.footprint.get(),
            footprint_fragmentation_at_peak: self.at_peak.within_footprint,
            footprint_samples: self.footprint.count,
            waste_at_peak: self.at_peak.waste,
            largest_free_at_end: statistics.largest_free,
            steps: statistics.steps_total,
            pace: Pace::default(),
        }
    }
}
