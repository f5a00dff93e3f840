//! Runs a recording on an arena: once to look, then against the clock.

use super::bench::Bench;
use super::error::ReplayError;
use super::look::look;
use super::outcome::{Outcome, Pace};
use super::recording::Recording;
use super::settings::Settings;
use arenascope_arena::PolicyKind;
use core::time::Duration;

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
/// # use arenascope_arena::PolicyKind;
/// # use arenascope_replay::*;
/// # use arenascope_units::Bytes;
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
