//! Runs a recording on an arena: once to look, then against the clock.

use super::look::look;
use super::outcome::{Outcome, Pace};
use super::recording::{Operation, Recording};
use super::slots::Slot;
use crate::arena::{AllocError, Allocation, AllocationId, Arena, FreeError, GRANULE, MAX_ALIGN};
use crate::arena::{PolicyKind, Region, Request, ReserveError, Violation};
use crate::owner::{MemoryCategory, Owner, Tag};
use crate::units::{Bytes, Micros};
use core::error::Error;
use core::fmt;
use core::ops::Range;
use core::time::Duration;

/// Operations between two looks at the clock: its cost vanishes in them, and a
/// progress bar moves many times a second.
pub(super) const CHUNK: usize = 1 << 16;

/// On what, and how often.
///
/// ```
/// # use arenascope::{replay::Settings, units::Bytes};
/// let settings = Settings { arena: Bytes::mib(16), ..Settings::default() };
/// assert_eq!((settings.align, settings.repeats), (Bytes::new(16), 5));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The arena's size: a multiple of 64 KiB, at most 1 GiB.
    pub arena: Bytes,
    /// Alignment of every allocation: a power of two, at most 64 KiB.
    pub align: Bytes,
    /// Timed passes.
    pub repeats: u32,
}

impl Default for Settings {
    /// 256 MiB, aligned to the granule, five timed passes.
    fn default() -> Self {
        Self { arena: Bytes::mib(256), align: GRANULE, repeats: 5 }
    }
}

/// Why a replay has no outcome.
///
/// ```
/// # use arenascope::{arena::*, replay::*, units::Bytes};
/// # use std::time::Duration;
/// # let mut recorder = Recorder::default();
/// # (recorder.allocate(100)?, recorder.allocate(50)?, recorder.free(0));
/// # let recording = recorder.finish();
/// let settings = Settings { arena: Bytes::new(1), ..Settings::default() };
/// let refused = replay(&recording, PolicyKind::Tlsf, &settings, &mut || Duration::ZERO, &mut |_| {}).unwrap_err();
/// assert!(matches!(refused, ReplayError::Reserve(ReserveError::OutOfRange { .. })));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReplayError {
    /// No memory for the arena, or an impossible size.
    Reserve(ReserveError),
    /// The arena's audit found it damaged: an error of the policy.
    Damaged(Violation),
}

impl fmt::Display for ReplayError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Reserve(error) => error.fmt(f),
            Self::Damaged(violation) => write!(f, "the arena is damaged: {violation}"),
        }
    }
}

impl Error for ReplayError {}

/// Replays `recording` under `policy` on an arena of its own.
///
/// The first pass takes all figures but the pace. The passes after it are timed
/// with `clock`, which says how much time has gone since some fixed moment;
/// every pass starts from an empty arena. `progress` hears how many operations
/// have been done, of `recording.len() × (1 + settings.repeats)`, outside the
/// timed stretches.
///
/// # Errors
/// [`ReplayError`]: no arena of that size, or the policy broke it.
///
/// ```
/// # use arenascope::{arena::PolicyKind, replay::*, units::Bytes};
/// # let mut recorder = Recorder::default();
/// # (recorder.allocate(100)?, recorder.allocate(50)?, recorder.free(0));
/// # let recording = recorder.finish();
/// # use std::time::Instant;
/// let settings = Settings { arena: Bytes::mib(1), repeats: 2, ..Settings::default() };
/// let (start, mut last) = (Instant::now(), 0);
/// let outcome = replay(&recording, PolicyKind::Tlsf, &settings, &mut || start.elapsed(), &mut |done| last = done)?;
/// assert_eq!((outcome.operations, last), (3, 9));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn replay(
    recording: &Recording,
    policy: PolicyKind,
    settings: &Settings,
    clock: &mut impl FnMut() -> Duration,
    progress: &mut impl FnMut(u64),
) -> Result<Outcome, ReplayError> {
    let mut bench = Bench::new(recording, policy, settings)?;
    let mut outcome = look(&mut bench, progress)?;
    let mut done = recording.len() as u64;
    let passes = (0..settings.repeats).map(|_| {
        let took = bench.time(clock, &mut |chunk| progress(done + chunk));
        done += recording.len() as u64;
        took
    });
    let mut passes: Vec<Duration> = passes.collect();
    outcome.pace = Pace::of(&mut passes, outcome.operations);
    Ok(outcome)
}

/// An arena, and a place for each slot of the recording.
pub(super) struct Bench<'a> {
    pub(super) recording: &'a Recording,
    pub(super) arena: Arena,
    held: Vec<Option<AllocationId>>,
    request: Request,
}

impl<'a> Bench<'a> {
    fn new(recording: &'a Recording, policy: PolicyKind, settings: &Settings) -> Result<Self, ReplayError> {
        let region = reserve(settings.arena).map_err(ReplayError::Reserve)?;
        let owner = Owner::new(MemoryCategory::Temporary, Tag(0));
        let request = Request { size: Bytes::ZERO, align: settings.align, owner, now: Micros::ZERO };
        let held = vec![None; recording.slot_count()];
        Ok(Self { recording, arena: Arena::new(region, policy), held, request })
    }

    fn clear(&mut self) {
        self.arena.reset();
        self.held.fill(None);
    }

    pub(super) fn allocate(&mut self, slot: Slot, size: u32) -> Result<Allocation, AllocError> {
        self.request.size = Bytes::from(size);
        let placed = self.arena.allocate(&self.request)?;
        self.held[slot.index()] = Some(placed.id);
        Ok(placed)
    }

    /// Frees what is in the slot; `None` where its allocation was refused.
    pub(super) fn free(&mut self, slot: Slot) -> Option<Result<(), FreeError>> {
        let id = self.held[slot.index()].take()?;
        Some(self.arena.deallocate(id).map(drop))
    }

    /// One pass against the clock; the time it took.
    fn time(&mut self, clock: &mut impl FnMut() -> Duration, progress: &mut impl FnMut(u64)) -> Duration {
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
        for operation in self.recording.operations(range) {
            // Refusals were counted by the pass that looked.
            match operation {
                Operation::Allocate { slot, size } => drop(self.allocate(slot, size)),
                Operation::Free { slot } => drop(self.free(slot)),
            }
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
    use crate::replay::Recorder;

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
            let statistics = bench.arena.statistics();
            assert_eq!((statistics.allocation_count, statistics.allocations_total), (19, 20 * pass));
        }
    }
}
