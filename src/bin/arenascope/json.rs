//! The result for programs. Field names are an interface: keep them.

use crate::report::{ArenaChoice, Report};
use arenascope::replay::Outcome;
use serde::Serialize;

/// Raised when a field changes its meaning or goes.
const VERSION: u32 = 1;

#[derive(Serialize)]
struct Document {
    format: &'static str,
    version: u32,
    file: String,
    recording: RecordingRow,
    arena_bytes: u64,
    arena_chosen_from_peak: bool,
    align_bytes: u64,
    repeats: u32,
    policies: Vec<PolicyRow>,
}

#[derive(Serialize)]
struct RecordingRow {
    allocations: u64,
    frees: u64,
    frees_unknown: u64,
    frees_repeated: u64,
    peak_live_bytes: u64,
    peak_live_allocations: u64,
}

#[derive(Serialize)]
struct PolicyRow {
    policy: &'static str,
    operations: u64,
    failures: u64,
    failures_no_room: u64,
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
    nodes_visited: u64,
}

impl PolicyRow {
    fn of(outcome: &Outcome) -> Self {
        Self {
            policy: outcome.policy.key(),
            operations: outcome.operations,
            failures: outcome.failures.total(),
            failures_no_room: outcome.failures.no_room,
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
            nodes_visited: outcome.steps,
        }
    }
}

/// The report as a JSON document, with a line end.
pub(crate) fn text(report: &Report<'_>) -> String {
    let recording = report.recording;
    let document = Document {
        format: "arenascope-replay",
        version: VERSION,
        file: report.file.display().to_string(),
        recording: RecordingRow {
            allocations: recording.allocations(),
            frees: recording.frees(),
            frees_unknown: recording.frees_unknown(),
            frees_repeated: recording.frees_repeated(),
            peak_live_bytes: recording.live_peak().get(),
            peak_live_allocations: recording.live_count_peak(),
        },
        arena_bytes: report.settings.arena.get(),
        arena_chosen_from_peak: matches!(report.arena, ArenaChoice::FromPeak(_)),
        align_bytes: report.settings.align.get(),
        repeats: report.settings.repeats,
        policies: report.outcomes.iter().map(PolicyRow::of).collect(),
    };
    // Numbers and strings alone: nothing in it can fail to be written.
    serde_json::to_string_pretty(&document).unwrap_or_default() + "\n"
}
