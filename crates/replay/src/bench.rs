//! An arena on which a recording's operations are done, one by one or against the clock.

use super::heap::{Hands, Heap, Job};
use super::recording::{Operation, Recording};
use super::settings::Settings;
use super::slots::Slot;
use arenascope_arena::{AllocError, AllocationId, Arena, MAX_ALIGN};
use arenascope_arena::{PolicyKind, Region, Request, ReserveError};
use arenascope_units::owner::{MemoryCategory, Owner, Tag};
use arenascope_units::{Bytes, Micros};
use core::ops::Range;
use core::time::Duration;

/// Operations between two looks at the clock: its cost vanishes in them, and a
/// progress bar moves many times a second.
pub(super) const CHUNK: usize = 1 << 16;

/// An arena, and a place for each slot of the recording.
pub(super) struct Bench<'a> {
    pub(super) recording: &'a Recording,
    pub(super) heap: Heap,
    held: Vec<Option<AllocationId>>,
    request: Request,
}

/// What became of an operation.
pub(super) enum Done {
    Allocated {
        slot: Slot,
        size: u32,
    },
    Refused(AllocError),
    Freed(Slot),
    /// The arena refused a free.
    FreeRefused,
    /// A free whose allocation had been refused.
    FreeSkipped,
}

impl<'a> Bench<'a> {
    pub(super) fn new(recording: &'a Recording, policy: PolicyKind, settings: &Settings) -> Result<Self, ReserveError> {
        let region = reserve(settings.arena)?;
        let owner = Owner::new(MemoryCategory::TEMPORARY, Tag(0));
        let request = Request { size: Bytes::ZERO, align: settings.align, owner, now: Micros::ZERO };
        let held = vec![None; recording.slot_count()];
        Ok(Self { recording, heap: Heap::new(Arena::new(region, policy), settings.thread_cache), held, request })
    }

    fn clear(&mut self) {
        self.heap.clear();
        self.held.fill(None);
    }

    pub(super) fn step(&mut self, operation: Operation) -> Done {
        let Self { heap, held, request, .. } = self;
        heap.work(Step { held, request, operation })
    }

    /// One pass against the clock; the time it took.
    pub(super) fn time(&mut self, clock: &mut impl FnMut() -> Duration, progress: &mut impl FnMut(u64)) -> Duration {
        self.clear();
        let mut took = Duration::ZERO;
        for first in (0..self.recording.len()).step_by(CHUNK) {
            let begun = clock();
            self.run(first..first + CHUNK);
            took += clock().saturating_sub(begun);
            progress((first + CHUNK).min(self.recording.len()) as u64);
        }
        took
    }

    fn run(&mut self, range: Range<usize>) {
        let Self { recording, heap, held, request } = self;
        heap.work(Stretch { operations: recording.operations(range), held, request });
    }
}

/// Does `operation`. Inlined into each loop, since it is what is timed.
#[inline(always)]
fn step(
    hands: &mut impl Hands,
    held: &mut [Option<AllocationId>],
    request: &mut Request,
    operation: Operation,
) -> Done {
    match operation {
        Operation::Allocate { slot, size } => {
            request.size = Bytes::from(size);
            match hands.allocate(request) {
                Ok(placed) => {
                    held[slot.index()] = Some(placed.id);
                    Done::Allocated { slot, size }
                }
                Err(error) => Done::Refused(error),
            }
        }
        Operation::Free { slot } => match held[slot.index()].take().map(|id| hands.free(id)) {
            Some(Ok(())) => Done::Freed(slot),
            Some(Err(_)) => Done::FreeRefused,
            None => Done::FreeSkipped,
        },
    }
}

/// One operation, to be looked at.
struct Step<'a> {
    held: &'a mut [Option<AllocationId>],
    request: &'a mut Request,
    operation: Operation,
}

impl Job for Step<'_> {
    type Output = Done;

    fn work(self, hands: &mut impl Hands) -> Done {
        step(hands, self.held, self.request, self.operation)
    }
}

/// Operations that nobody looks at.
struct Stretch<'a, I> {
    operations: I,
    held: &'a mut [Option<AllocationId>],
    request: &'a mut Request,
}

impl<I: Iterator<Item = Operation>> Job for Stretch<'_, I> {
    type Output = ();

    /// Refusals were counted by the pass that looked.
    fn work(self, hands: &mut impl Hands) {
        for operation in self.operations {
            let _ = step(hands, self.held, self.request, operation);
        }
    }
}

fn reserve(size: Bytes) -> Result<Region, ReserveError> {
    match u32::try_from(size.get() / MAX_ALIGN.get()) {
        Ok(pages) if size.get().is_multiple_of(MAX_ALIGN.get()) => Region::reserve_pages(pages),
        _ => Region::reserve(size),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Recorder;

    /// A pass that found the arena as the last one left it would add to it.
    #[test]
    fn every_timed_pass_starts_from_an_empty_arena() {
        let mut recorder = Recorder::default();
        (0..20).for_each(|_| recorder.allocate(40_000).unwrap());
        recorder.free(3);
        let recording = recorder.finish();
        let settings = Settings { arena: Bytes::mib(1), ..Settings::default() };
        let mut bench = Bench::new(&recording, PolicyKind::FirstFit, &settings).unwrap();
        for pass in 1..=3 {
            bench.time(&mut || Duration::ZERO, &mut |_| {});
            let statistics = bench.heap.statistics();
            assert_eq!((statistics.allocation_count, statistics.allocations_total), (19, 20 * pass));
        }
    }
}
