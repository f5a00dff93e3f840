//! The result for people.

use crate::table::Table;
use arenascope::replay::{Outcome, Recording, Settings};
use arenascope::units::Bytes;
use std::fmt;
use std::path::Path;

/// The arena's size, and who chose it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum ArenaChoice {
    /// The caller.
    Asked(Bytes),
    /// The recording's peak.
    FromPeak(Bytes),
}

impl ArenaChoice {
    /// The arena's size.
    pub(crate) const fn size(self) -> Bytes {
        match self {
            Self::Asked(size) | Self::FromPeak(size) => size,
        }
    }
}

/// Everything there is to say.
#[derive(Debug)]
pub(crate) struct Report<'a> {
    pub(crate) file: &'a Path,
    pub(crate) recording: &'a Recording,
    pub(crate) arena: ArenaChoice,
    pub(crate) settings: Settings,
    pub(crate) outcomes: Vec<Outcome>,
}

const HEAD: [&str; 10] = [
    "policy",
    "operations",
    "failures",
    "median/op",
    "minimum/op",
    "peak live",
    "footprint",
    "ratio",
    "ext. frag. mean",
    "at peak",
];

fn row(outcome: &Outcome) -> Vec<String> {
    vec![
        outcome.policy.key().to_string(),
        outcome.operations.to_string(),
        outcome.failures.total().to_string(),
        outcome.pace.median.to_string(),
        outcome.pace.minimum.to_string(),
        outcome.live_peak.to_string(),
        outcome.footprint.to_string(),
        format!("{:.3}", outcome.footprint_ratio().get()),
        outcome.fragmentation_mean.to_string(),
        outcome.fragmentation_at_peak.to_string(),
    ]
}

impl Report<'_> {
    fn write_head(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let recording = self.recording;
        writeln!(
            f,
            "{}: {} allocations, {} frees, peak {} in up to {} allocations",
            self.file.display(),
            recording.allocations(),
            recording.frees(),
            recording.live_peak(),
            recording.live_count_peak(),
        )?;
        let (unknown, repeated) = (recording.frees_unknown(), recording.frees_repeated());
        if unknown + repeated > 0 {
            let total = unknown + repeated;
            writeln!(f, "free errors: {total}, left out ({unknown} never allocated, {repeated} freed before)")?;
        }
        let chosen = match self.arena {
            ArenaChoice::Asked(_) => "",
            ArenaChoice::FromPeak(_) => " (chosen from the peak; --arena-mib sets it)",
        };
        let Settings { arena, align, repeats } = self.settings;
        writeln!(f, "arena {arena}{chosen}, alignment {align}, timed passes: {repeats}\n")
    }

    fn write_failures(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for outcome in &self.outcomes {
            let failures = outcome.failures;
            if failures.total() > 0 {
                writeln!(
                    f,
                    "{}: {} without room, {} without nodes (a larger arena has more), {} beyond the policy's limits; \
                     {} frees left out with them",
                    outcome.policy.key(),
                    failures.no_room,
                    failures.no_nodes,
                    failures.other,
                    outcome.frees_skipped,
                )?;
            }
            if outcome.frees_refused > 0 {
                writeln!(f, "{}: {} frees refused by the arena", outcome.policy.key(), outcome.frees_refused)?;
            }
        }
        Ok(())
    }
}

impl fmt::Display for Report<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write_head(f)?;
        let mut table = Table::new(&HEAD);
        self.outcomes.iter().for_each(|outcome| table.push(row(outcome)));
        table.fmt(f)?;
        self.write_failures(f)
    }
}
