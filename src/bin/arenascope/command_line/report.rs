//! The result for people.

use super::name::Name;
use super::table::Table;
use arenascope::formats::import::Format;
use arenascope::replay::{Outcome, Recording, Settings, Taken, UnmatchedFrees};
use arenascope::units::Bytes;
use std::fmt;
use std::path::Path;

/// The arena's size, and who chose it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum ArenaChoice {
    /// The caller chose it: `--arena-mib`.
    Asked(Bytes),
    /// It was chosen from the most bytes that were live at once.
    FromPeak(Bytes),
}

impl ArenaChoice {
    /// Bytes of the arena.
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
    pub(crate) taken: &'a Taken,
    /// The number that the file is taken to give to its first allocation.
    pub(crate) first_index: u64,
    pub(crate) arena: ArenaChoice,
    pub(crate) settings: Settings,
    pub(crate) outcomes: Vec<Outcome>,
}

/// The policy's name, and what stands before it.
fn name(outcome: &Outcome) -> String {
    let cache = if outcome.thread_cache { " + thread cache" } else { "" };
    format!("{}{cache}", outcome.policy.key())
}

/// How fast, and what was refused.
const WORK: [&str; 9] = [
    "policy",
    "operations",
    "median/op",
    "minimum/op",
    "refused: full",
    "fragmented",
    "no nodes",
    "beyond limits",
    "frees left out",
];

fn work(outcome: &Outcome) -> Vec<String> {
    let failures = outcome.failures;
    vec![
        name(outcome),
        outcome.operations.to_string(),
        outcome.pace.median.to_string(),
        outcome.pace.minimum.to_string(),
        failures.full.to_string(),
        failures.fragmented.to_string(),
        failures.no_nodes.to_string(),
        failures.other.to_string(),
        outcome.frees_skipped.to_string(),
    ]
}

/// The columns of the table of space.
const SPACE: [&str; 10] = [
    "policy",
    "peak live",
    "footprint",
    "ratio",
    "waste",
    "ext. frag. in footprint",
    "at peak",
    "in arena",
    "at peak",
    "largest free at end",
];

fn space(outcome: &Outcome) -> Vec<String> {
    vec![
        name(outcome),
        outcome.live_peak.to_string(),
        outcome.footprint.to_string(),
        format!("{:.3}", outcome.footprint_ratio().get()),
        outcome.waste_at_peak.to_string(),
        outcome.footprint_fragmentation_mean.to_string(),
        outcome.footprint_fragmentation_at_peak.to_string(),
        outcome.fragmentation_mean.to_string(),
        outcome.fragmentation_at_peak.to_string(),
        outcome.largest_free_at_end.to_string(),
    ]
}

/// `2 never allocated (line 4, 6)`.
fn unmatched(frees: &UnmatchedFrees, what: &str) -> String {
    let lines: Vec<String> = frees.lines().iter().map(ToString::to_string).collect();
    let more = if frees.count() > lines.len() as u64 { ", …" } else { "" };
    let place = if lines.is_empty() { String::new() } else { format!(" (line {}{more})", lines.join(", ")) };
    format!("{} {what}{place}", frees.count())
}

impl Report<'_> {
    pub(crate) const fn recording(&self) -> &Recording {
        &self.taken.recording
    }

    /// Who recorded it, where that is not plain.
    fn write_source(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let source = &self.taken.manifest.source;
        if source.format == Format::AllocText.key() {
            return Ok(());
        }
        let version = source.version.as_ref().map(|version| format!("version {version}"));
        let said = [version, source.tool.clone(), source.subject.clone()].into_iter().flatten();
        let words: Vec<_> = [source.label.clone()].into_iter().chain(said).collect();
        writeln!(f, "read as {}", words.join(", "))
    }

    fn write_head(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let recording = self.recording();
        let beyond = if recording.is_peak_beyond_count() { "more than " } else { "" };
        writeln!(
            f,
            "{}: {} allocations, {} frees, peak {beyond}{} in up to {} allocations",
            Name::of(self.file),
            recording.allocations(),
            recording.frees(),
            recording.live_peak(),
            recording.live_count_peak(),
        )?;
        self.write_source(f)?;
        if recording.reallocations() > 0 {
            writeln!(f, "reallocations: {}, each a free and an allocation of those", recording.reallocations())?;
        }
        let total = recording.frees_unknown() + recording.frees_repeated();
        if total > 0 {
            let unknown = unmatched(recording.unknown(), "never allocated");
            let repeated = unmatched(recording.repeated(), "freed before");
            writeln!(f, "free errors: {total}, left out: {unknown}, {repeated}")?;
        }
        let chosen = match self.arena {
            ArenaChoice::Asked(_) => "",
            ArenaChoice::FromPeak(_) => " (chosen from the peak; --arena-mib sets it)",
        };
        let Settings { arena, align, repeats, .. } = self.settings;
        writeln!(f, "arena {arena}{chosen}, alignment {align}, timed passes: {repeats}")?;
        self.warnings().iter().try_for_each(|warning| writeln!(f, "warning: {warning}"))
    }

    fn write_table(&self, f: &mut fmt::Formatter<'_>, head: &[&str], row: fn(&Outcome) -> Vec<String>) -> fmt::Result {
        let mut table = Table::new(head);
        self.outcomes.iter().for_each(|outcome| table.push(row(outcome)));
        write!(f, "\n{table}")
    }

    fn write_end(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for outcome in self.outcomes.iter().filter(|outcome| outcome.frees_refused > 0) {
            writeln!(f, "\n{}: {} frees refused by the arena", name(outcome), outcome.frees_refused)?;
        }
        self.advice().map_or(Ok(()), |advice| writeln!(f, "\n{advice}"))
    }
}

impl fmt::Display for Report<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write_head(f)?;
        self.write_table(f, &WORK, work)?;
        self.write_table(f, &SPACE, space)?;
        self.write_end(f)
    }
}
