//! The pass that looks at everything, and is not timed.

use super::outcome::{Failures, Outcome, Pace};
use super::recording::Operation;
use super::run::{Bench, CHUNK, ReplayError};
use super::slots::Slot;
use crate::arena::Arena;
use crate::units::{Bytes, Ratio};

/// Fragmentation is looked at so many times at most: some policies search for
/// their largest range, which is too slow after every operation.
const SAMPLES: usize = 4096;

/// One pass from an empty arena, audited at its end; the pace is left open.
pub(super) fn look(bench: &mut Bench<'_>, progress: &mut impl FnMut(u64)) -> Result<Outcome, ReplayError> {
    let recording = bench.recording;
    let stride = recording.len().div_ceil(SAMPLES).max(1);
    let mut look = Look { sizes: vec![0; recording.slot_count()], ..Look::default() };
    for (index, operation) in recording.operations(0..recording.len()).enumerate() {
        look.note(bench, operation);
        if (index + 1).is_multiple_of(stride) {
            look.sample(&bench.arena);
        }
        if index == recording.live_peak_at() {
            look.at_peak = bench.arena.statistics().external_fragmentation();
        }
        if (index + 1).is_multiple_of(CHUNK) {
            progress(index as u64 + 1);
        }
    }
    progress(recording.len() as u64);
    bench.arena.audit().map_err(ReplayError::Damaged)?;
    Ok(look.outcome(bench))
}

/// The figures of the pass, as they grow.
#[derive(Debug, Default)]
struct Look {
    /// Bytes asked for, by slot; nothing where the allocation was refused.
    sizes: Vec<u32>,
    live: u64,
    live_peak: u64,
    /// One past the highest byte set aside, from the region's base.
    end: u64,
    failures: Failures,
    frees_done: u64,
    frees_skipped: u64,
    frees_refused: u64,
    fragmentation_sum: f64,
    samples: u64,
    at_peak: Ratio,
}

impl Look {
    fn note(&mut self, bench: &mut Bench<'_>, operation: Operation) {
        match operation {
            Operation::Allocate { slot, size } => match bench.allocate(slot, size) {
                Ok(placed) => self.note_placed(slot, size, placed.offset.get() + placed.usable.get()),
                Err(error) => self.failures.note(&error),
            },
            Operation::Free { slot } => match bench.free(slot) {
                Some(Ok(())) => self.note_freed(slot),
                Some(Err(_)) => self.frees_refused += 1,
                None => self.frees_skipped += 1,
            },
        }
    }

    fn note_placed(&mut self, slot: Slot, size: u32, end: u64) {
        self.sizes[slot.index()] = size;
        self.live += u64::from(size);
        self.live_peak = self.live_peak.max(self.live);
        self.end = self.end.max(end);
    }

    fn note_freed(&mut self, slot: Slot) {
        self.live -= u64::from(self.sizes[slot.index()]);
        self.frees_done += 1;
    }

    fn sample(&mut self, arena: &Arena) {
        self.fragmentation_sum += arena.statistics().external_fragmentation().get();
        self.samples += 1;
    }

    fn outcome(self, bench: &Bench<'_>) -> Outcome {
        let arena = &bench.arena;
        Outcome {
            policy: arena.policy(),
            operations: bench.recording.allocations() + self.frees_done,
            failures: self.failures,
            frees_skipped: self.frees_skipped,
            frees_refused: self.frees_refused,
            live_peak: Bytes::new(self.live_peak),
            footprint: Bytes::new(self.end).saturating_sub(arena.sections().payload.offset),
            fragmentation_mean: Ratio::new(self.fragmentation_sum / self.samples as f64),
            fragmentation_at_peak: self.at_peak,
            samples: self.samples,
            steps: arena.statistics().steps_total,
            pace: Pace::default(),
        }
    }
}
