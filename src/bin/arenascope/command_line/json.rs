//! The result for programs. Field names are an interface: keep them.

use super::report::{ArenaChoice, Report};
use arenascope::replay::Outcome;
use arenascope::trace::Source;
use serde::Serialize;

/// Raised when a field changes its meaning or goes.
const VERSION: u32 = 1;

#[derive(Serialize)]
struct Document<'r> {
    format: &'static str,
    version: u32,
    file: String,
    /// Who recorded it.
    source: &'r Source,
    recording: RecordingRow,
    arena_bytes: u64,
    arena_chosen_from_peak: bool,
    align_bytes: u64,
    repeats: u32,
    /// Why the recording is only a part of the file.
    stopped_at: Option<String>,
    warnings: Vec<String>,
    advice: Option<String>,
    policies: Vec<PolicyRow>,
}

#[derive(Serialize)]
struct RecordingRow {
    allocations: u64,
    frees: u64,
    frees_unknown: u64,
    frees_unknown_first_lines: Vec<u64>,
    frees_repeated: u64,
    frees_repeated_first_lines: Vec<u64>,
    frees_unmatched_share: f64,
    reallocations: u64,
    oversized_allocations: u64,
    numbered_from: u64,
    looks_numbered_from_one: bool,
    peak_live_bytes: u64,
    peak_exceeds_64_bits: bool,
    peak_live_allocations: u64,
    address_spaces: usize,
    events_lost: u64,
}

impl RecordingRow {
    fn of(report: &Report<'_>) -> Self {
        let recording = &report.taken.recording;
        Self {
            allocations: recording.allocations(),
            frees: recording.frees(),
            frees_unknown: recording.frees_unknown(),
            frees_unknown_first_lines: recording.unknown().lines().to_vec(),
            frees_repeated: recording.frees_repeated(),
            frees_repeated_first_lines: recording.repeated().lines().to_vec(),
            frees_unmatched_share: recording.unmatched_share().get(),
            reallocations: recording.reallocations(),
            oversized_allocations: recording.oversized(),
            numbered_from: report.first_index,
            looks_numbered_from_one: report.is_numbering_in_doubt(),
            peak_live_bytes: recording.live_peak().get(),
            peak_exceeds_64_bits: recording.is_peak_beyond_count(),
            peak_live_allocations: recording.live_count_peak(),
            address_spaces: report.taken.spaces_used,
            events_lost: report.taken.events_lost,
        }
    }
}

#[derive(Serialize)]
struct PolicyRow {
    policy: &'static str,
    thread_cache: bool,
    operations: u64,
    failures: u64,
    failures_no_room: u64,
    failures_full: u64,
    failures_fragmented: u64,
    failures_no_nodes: u64,
    failures_other: u64,
    frees_skipped: u64,
    frees_refused: u64,
    ns_per_operation_median: f64,
    ns_per_operation_minimum: f64,
    peak_live_bytes: u64,
    footprint_bytes: u64,
    footprint_ratio: f64,
    external_fragmentation_mean: f64,
    external_fragmentation_at_peak: f64,
    external_fragmentation_samples: u64,
    footprint_fragmentation_mean: f64,
    footprint_fragmentation_at_peak: f64,
    footprint_fragmentation_samples: u64,
    internal_waste_at_peak: f64,
    largest_free_bytes_at_end: u64,
    nodes_visited: u64,
}

impl PolicyRow {
    fn of(outcome: &Outcome) -> Self {
        Self {
            policy: outcome.policy.key(),
            thread_cache: outcome.thread_cache,
            operations: outcome.operations,
            failures: outcome.failures.total(),
            failures_no_room: outcome.failures.no_room(),
            failures_full: outcome.failures.full,
            failures_fragmented: outcome.failures.fragmented,
            failures_no_nodes: outcome.failures.no_nodes,
            failures_other: outcome.failures.other,
            frees_skipped: outcome.frees_skipped,
            frees_refused: outcome.frees_refused,
            ns_per_operation_median: outcome.pace.median.get(),
            ns_per_operation_minimum: outcome.pace.minimum.get(),
            peak_live_bytes: outcome.live_peak.get(),
            footprint_bytes: outcome.footprint.get(),
            footprint_ratio: outcome.footprint_ratio().get(),
            external_fragmentation_mean: outcome.fragmentation_mean.get(),
            external_fragmentation_at_peak: outcome.fragmentation_at_peak.get(),
            external_fragmentation_samples: outcome.samples,
            footprint_fragmentation_mean: outcome.footprint_fragmentation_mean.get(),
            footprint_fragmentation_at_peak: outcome.footprint_fragmentation_at_peak.get(),
            footprint_fragmentation_samples: outcome.footprint_samples,
            internal_waste_at_peak: outcome.waste_at_peak.get(),
            largest_free_bytes_at_end: outcome.largest_free_at_end.get(),
            nodes_visited: outcome.steps,
        }
    }
}

/// The report as a JSON document, with a line end.
pub(crate) fn text(report: &Report<'_>) -> String {
    let document = Document {
        format: "arenascope-replay",
        version: VERSION,
        file: report.file.display().to_string(),
        source: &report.taken.manifest.source,
        recording: RecordingRow::of(report),
        arena_bytes: report.settings.arena.get(),
        arena_chosen_from_peak: matches!(report.arena, ArenaChoice::FromPeak(_)),
        align_bytes: report.settings.align.get(),
        repeats: report.settings.repeats,
        stopped_at: report.taken.stopped.as_ref().map(ToString::to_string),
        warnings: report.warnings(),
        advice: report.advice(),
        policies: report.outcomes.iter().map(PolicyRow::of).collect(),
    };
    // Numbers and strings alone: nothing in it can fail to be written.
    serde_json::to_string_pretty(&document).unwrap_or_default() + "\n"
}
