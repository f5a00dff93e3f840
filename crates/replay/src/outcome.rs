//! What a replay found out.

use arenascope_arena::{AllocError, PolicyKind, RefusalKind};
use arenascope_units::{Bytes, Ratio};
use core::fmt;
use core::time::Duration;

/// A span in nanoseconds, with fractions: what one operation takes.
///
/// ```
/// # use arenascope_replay::Nanos;
/// # use std::time::Duration;
/// let nanos = Nanos::each(Duration::from_nanos(450), 10);
/// assert_eq!(nanos.to_string(), "45.0 ns");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd)]
pub struct Nanos(f64);

impl Nanos {
    /// `whole` divided by `parts`; nothing where there are no parts.
    ///
    /// ```
    /// # use arenascope_replay::Nanos;
    /// # use std::time::Duration;
    /// assert_eq!(Nanos::each(Duration::from_micros(1), 4).get(), 250.0);
    /// assert_eq!(Nanos::each(Duration::from_micros(1), 0), Nanos::default());
    /// ```
    pub fn each(whole: Duration, parts: u64) -> Self {
        Self(if parts == 0 { 0.0 } else { whole.as_nanos() as f64 / parts as f64 })
    }

    /// The plain number.
    ///
    /// ```
    /// # use arenascope_replay::Nanos;
    /// # use std::time::Duration;
    /// assert_eq!(Nanos::each(Duration::from_nanos(3), 2).get(), 1.5);
    /// ```
    pub const fn get(self) -> f64 {
        self.0
    }
}

impl fmt::Display for Nanos {
    /// One decimal: `45.2 ns`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{:.1} ns", self.0))
    }
}

/// Time per operation over several passes.
///
/// ```
/// # use arenascope_replay::Pace;
/// # use std::time::Duration;
/// let pace = Pace::of(&mut [90, 10, 20].map(Duration::from_nanos), 10);
/// assert_eq!((pace.median.get(), pace.minimum.get()), (2.0, 1.0));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Pace {
    /// The middle pass; of an even number, the slower of the middle two.
    pub median: Nanos,
    /// The fastest pass: the least disturbed by the rest of the machine.
    pub minimum: Nanos,
}

impl Pace {
    /// The pace of `passes` that did `operations` each. O(n log n).
    ///
    /// ```
    /// # use arenascope_replay::Pace;
    /// assert_eq!(Pace::of(&mut [], 10), Pace::default());
    /// ```
    pub fn of(passes: &mut [Duration], operations: u64) -> Self {
        passes.sort_unstable();
        let at = |index: usize| passes.get(index).copied().unwrap_or_default();
        Self { median: Nanos::each(at(passes.len() / 2), operations), minimum: Nanos::each(at(0), operations) }
    }
}

/// Refused allocations, by reason.
///
/// ```
/// # use arenascope_arena::PolicyKind;
/// # use arenascope_replay::*;
/// # use arenascope_units::Bytes;
/// # use std::time::Duration;
/// # let mut recorder = Recorder::default();
/// # (recorder.allocate(64)?, recorder.free(0));
/// # let settings = Settings { arena: Bytes::mib(1), ..Settings::default() };
/// # let mut clock = || Duration::ZERO;
/// let outcome = replay(&recorder.finish(), PolicyKind::BestFit, &settings, &mut clock, &mut |_| {})?;
/// assert_eq!(outcome.failures, Failures::default());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Failures {
    /// Fewer bytes were free than it takes: [`RefusalKind::Full`].
    pub full: u64,
    /// Enough bytes were free, but no range held it: [`RefusalKind::Fragmented`].
    pub fragmented: u64,
    /// The node table was full: a larger arena has more nodes.
    pub no_nodes: u64,
    /// The size or the alignment is beyond the arena or the policy.
    pub other: u64,
}

impl Failures {
    /// Those for want of room: full or fragmented.
    ///
    /// ```
    /// # use arenascope_replay::Failures;
    /// assert_eq!(Failures { full: 2, fragmented: 3, no_nodes: 1, other: 1 }.no_room(), 5);
    /// ```
    pub const fn no_room(&self) -> u64 {
        self.full + self.fragmented
    }

    /// All of them.
    ///
    /// ```
    /// # use arenascope_replay::Failures;
    /// assert_eq!(Failures { full: 2, fragmented: 0, no_nodes: 1, other: 0 }.total(), 3);
    /// ```
    pub const fn total(&self) -> u64 {
        self.no_room() + self.no_nodes + self.other
    }

    /// As the arena itself tells its refusals apart.
    pub(super) fn note(&mut self, error: &AllocError) {
        match RefusalKind::from(error) {
            RefusalKind::Full => self.full += 1,
            RefusalKind::Fragmented => self.fragmented += 1,
            RefusalKind::OutOfNodes => self.no_nodes += 1,
            _ => self.other += 1,
        }
    }
}

/// One recording under one policy.
///
/// ```
/// # use arenascope_arena::PolicyKind;
/// # use arenascope_replay::*;
/// # use arenascope_units::Bytes;
/// # use std::time::Duration;
/// # let mut recorder = Recorder::default();
/// # (recorder.allocate(64)?, recorder.free(0));
/// # let settings = Settings { arena: Bytes::mib(1), ..Settings::default() };
/// # let mut clock = || Duration::ZERO;
/// let outcome = replay(&recorder.finish(), PolicyKind::BestFit, &settings, &mut clock, &mut |_| {})?;
/// assert_eq!((outcome.policy, outcome.operations), (PolicyKind::BestFit, 2));
/// assert_eq!(outcome.live_peak, Bytes::new(64));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Outcome {
    /// The placement policy.
    pub policy: PolicyKind,
    /// Whether a thread's cache stood before it.
    pub thread_cache: bool,
    /// Allocations asked for and frees done, in one pass.
    pub operations: u64,
    /// Allocations that were refused, by why.
    pub failures: Failures,
    /// Frees left out, because their allocation had been refused.
    pub frees_skipped: u64,
    /// Frees that the arena refused: none, unless the arena is wrong.
    pub frees_refused: u64,
    /// Most bytes live at once, as asked for; below the recording's own peak
    /// where allocations were refused.
    pub live_peak: Bytes,
    /// From the payload's start to the highest byte ever set aside.
    pub footprint: Bytes,
    /// Mean external fragmentation of the whole arena, 1 − largest ÷ free, over `samples`.
    /// The end that nothing has touched counts as one large free range.
    pub fragmentation_mean: Ratio,
    /// External fragmentation of the whole arena after the operation at which the
    /// recording's live bytes peak.
    pub fragmentation_at_peak: Ratio,
    /// Moments that the mean is taken over, evenly spread over the operations.
    pub samples: u64,
    /// External fragmentation within the footprint: of the free ranges below the highest
    /// byte set aside so far. Mean over `footprint_samples`.
    pub footprint_fragmentation_mean: Ratio,
    /// The same at the peak of the recording's live bytes.
    pub footprint_fragmentation_at_peak: Ratio,
    /// Moments that the mean within the footprint is taken over: each takes a walk over
    /// all ranges, so they are fewer than `samples`.
    pub footprint_samples: u64,
    /// The part of the bytes set aside that nobody asked for, at the peak of the
    /// recording's live bytes: rounding to the granule and to the policy's sizes.
    pub waste_at_peak: Ratio,
    /// The largest free range when the recording ends.
    pub largest_free_at_end: Bytes,
    /// Nodes that the policy visited in one pass: its work, free of clocks.
    pub steps: u64,
    /// Time per operation over the timed passes.
    pub pace: Pace,
}

impl Outcome {
    /// Footprint ÷ peak of live bytes: 1 is perfect; nothing live gives 0.
    ///
    /// ```
    /// # use arenascope_arena::PolicyKind;
    /// # use arenascope_replay::*;
    /// # use arenascope_units::Bytes;
    /// # use std::time::Duration;
    /// # let mut recorder = Recorder::default();
    /// # (recorder.allocate(64)?, recorder.free(0));
    /// # let settings = Settings { arena: Bytes::mib(1), ..Settings::default() };
    /// # let mut clock = || Duration::ZERO;
    /// let outcome = replay(&recorder.finish(), PolicyKind::BestFit, &settings, &mut clock, &mut |_| {})?;
    /// assert_eq!(outcome.footprint_ratio().get(), 1.0);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn footprint_ratio(&self) -> Ratio {
        self.footprint.ratio_of(self.live_peak).unwrap_or(Ratio::ZERO)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_a_pass_that_was_made() {
        let mut passes = [900, 100, 200, 500].map(Duration::from_nanos);
        let pace = Pace::of(&mut passes, 10);
        assert_eq!((pace.median.get(), pace.minimum.get()), (50.0, 10.0));
        assert_eq!(Pace::of(&mut [], 10), Pace::default());
        assert_eq!(Pace::of(&mut passes, 0), Pace::default());
        assert_eq!(format!("{:>8}", pace.median), " 50.0 ns");
    }
}
