//! Snapshot documents as the page needs them: a summary of one, and what
//! changed from one to another. Reads any text without trust: what is not a
//! snapshot gives an error that says why.

use super::difference::Difference;
use super::owners::{self, OwnerRow};
use super::run::SnapshotRun;
use crate::numbers;
use arenascope_formats::snapshot::{self, SnapshotError};
use arenascope_telemetry::metrics::Metrics;
use arenascope_units::Bytes;
use core::fmt;
use serde::{Deserialize, Serialize};

/// What the page shows of a snapshot.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SnapshotSummary {
    /// The version of Arenascope that made it.
    pub app_version: String,
    /// Which run it is of, and when it was made.
    pub run: SnapshotRun,
    /// Every figure at the moment of the snapshot.
    pub metrics: Metrics,
    /// What is alive in the arena and the pool by owner, largest first.
    pub owners: Vec<OwnerRow>,
    /// Where the document contradicts itself, in words.
    pub contradictions: Vec<String>,
}

/// Reads a snapshot document. O(length).
///
/// # Errors
/// [`SnapshotError`], for whatever the bytes are.
pub fn read(bytes: &[u8]) -> Result<SnapshotSummary, SnapshotError> {
    let document = snapshot::read(bytes)?;
    let contradictions = snapshot::contradictions(&document).iter().map(ToString::to_string).collect();
    Ok(SnapshotSummary {
        run: SnapshotRun::of(&document),
        app_version: document.app_version,
        owners: owners::group(&document.arena.allocations, &document.pool.buffers),
        metrics: document.metrics,
        contradictions,
    })
}

/// The main figures of two snapshots, in the order of the panels.
pub fn differences(before: &Metrics, after: &Metrics) -> Vec<Difference> {
    FIGURES.iter().map(|figure| figure.compare(before, after)).collect()
}

enum Figure {
    Size(&'static str, fn(&Metrics) -> u64),
    Count(&'static str, fn(&Metrics) -> u64),
    Part(&'static str, fn(&Metrics) -> f64),
}

const FIGURES: [Figure; 19] = [
    Figure::Size("Arena used", |m| m.arena.used_bytes),
    Figure::Size("Arena free", |m| m.arena.free_bytes),
    Figure::Size("Largest free range", |m| m.arena.largest_free_bytes),
    Figure::Count("Free ranges", |m| m.arena.free_range_count),
    Figure::Count("Live allocations", |m| m.arena.allocation_count),
    Figure::Part("External fragmentation", |m| m.arena.external_fragmentation),
    Figure::Count("Allocations", |m| m.arena.allocations_total),
    Figure::Count("Arena failures", |m| m.arena.failures_total),
    Figure::Size("Pool in use", |m| m.pool.in_use_bytes),
    Figure::Size("Pool idle", |m| m.pool.idle_bytes),
    Figure::Size("Pool pending", |m| m.pool.pending_bytes),
    Figure::Part("Pool hit ratio", |m| m.pool.hit_ratio),
    Figure::Count("Pool creations", |m| m.pool.created_total),
    Figure::Size("Budget used", |m| m.budget.current_bytes),
    Figure::Size("Tensors", |m| m.nn.tensor_bytes),
    Figure::Size("Graphs", |m| m.nn.graph_bytes),
    Figure::Size("Uploaded", |m| m.gpu.uploaded_bytes_total),
    Figure::Count("NN dispatches", |m| m.nn.dispatches_total),
    Figure::Count("Events lost", |m| m.own.events_lost_total),
];

impl Figure {
    fn compare(&self, before: &Metrics, after: &Metrics) -> Difference {
        match *self {
            Self::Size(label, of) => {
                let change = i128::from(of(after)) - i128::from(of(before));
                difference(label, Bytes::new(of(before)), Bytes::new(of(after)), signed_size(change))
            }
            Self::Count(label, of) => {
                let change = i128::from(of(after)) - i128::from(of(before));
                let change = if change == 0 { String::new() } else { numbers::text::signed_count(change) };
                difference(label, numbers::text::count(of(before)), numbers::text::count(of(after)), change)
            }
            Self::Part(label, of) => {
                let change = of(after) - of(before);
                let sign = if change < 0.0 { "−" } else { "+" };
                let visible = change.abs() >= 0.0005;
                let change = if visible { format!("{sign}{:.3}", change.abs()) } else { String::new() };
                difference(label, numbers::text::ratio(of(before)), numbers::text::ratio(of(after)), change)
            }
        }
    }
}

fn difference(label: &'static str, before: impl fmt::Display, after: impl fmt::Display, change: String) -> Difference {
    Difference { label, before: before.to_string(), after: after.to_string(), change }
}

/// A change in bytes with its sign: `+1.5 MiB`; empty for none.
pub fn signed_size(change: i128) -> String {
    let size = Bytes::new(u64::try_from(change.unsigned_abs()).unwrap_or(u64::MAX));
    if change == 0 { String::new() } else { format!("{}{size}", numbers::text::sign(change)) }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use arenascope_budget::Budget;
    use arenascope_formats::snapshot::{
        AllocationEntry, ArenaEntry, BudgetEntry, BufferEntry, ConfigEntry, PoolEntry, RangeEntry, TallyEntry,
    };
    use arenascope_formats::snapshot::{Document, SchemaEntry};
    use arenascope_units::owner::MemoryCategory;

    fn allocation(id: u64, size: u64) -> AllocationEntry {
        let (category, tag) = (MemoryCategory::ECS, "ecs/world".into());
        AllocationEntry { id, offset: 1_024 * id, size, requested: size, align: 16, category, tag, age_us: 7 }
    }

    /// An arena of 4 KiB with two allocations, and a buffer.
    pub(crate) fn example() -> Document {
        let mut metrics = Metrics { time_us: 1_000, ..Metrics::default() };
        metrics.arena.capacity_bytes = 4_096;
        let buffer = BufferEntry {
            id: 1,
            kind: "buffer".into(),
            description: "buffer".into(),
            usage: "vertex".into(),
            size: 4_096,
            requested: 4_000,
            state: "idle".into(),
            category: MemoryCategory::GPU_BUFFERS,
            tag: "scene/mesh".into(),
            last_used_us: 100,
        };
        Document {
            schema: SchemaEntry::default(),
            app_version: "0.1.0".into(),
            created_at: "2026-01-02T03:04:05Z".into(),
            capabilities: Default::default(),
            config: ConfigEntry {
                scenario: "leak".into(),
                seed: 42,
                policy: "first_fit".into(),
                pool_mode: "exact".into(),
                budget_mode: "shares".into(),
                arena_bytes: 1 << 24,
                speed: 1.0,
                guards: false,
                mutators: 0,
            },
            metrics,
            arena: ArenaEntry {
                allocations: vec![allocation(1, 64), allocation(2, 32)],
                free_ranges: vec![RangeEntry { offset: 1_088, size: 960 }],
                cached_ranges: vec![],
            },
            pool: PoolEntry { buffers: vec![buffer] },
            budget: BudgetEntry::from(&Budget::new(Bytes::mib(16)).snapshot()),
            report: String::new(),
            tally: TallyEntry {
                events_total: 0,
                events_malformed_total: 0,
                events_lost_total: 0,
                allocations_total: 0,
                frees_total: 0,
                arena_bytes: [0; 6],
                pool_bytes: [0; 6],
            },
        }
    }

    /// The document that `formats` is tested on: twenty allocations of two owners.
    const RIGHT: &str =
        include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../formats/tests/data/right.arenascope.json"));

    #[test]
    fn a_snapshot_is_summed_up() {
        let summary = read(RIGHT.as_bytes()).unwrap();
        assert_eq!((summary.run.scenario.as_str(), summary.run.seed), ("leak", 1));
        let owners: Vec<_> = summary.owners.iter().map(|row| (row.tag.as_str(), row.count, row.bytes)).collect();
        assert_eq!(owners, [("temporary/scratch", 10, 19_552), ("ecs/world", 10, 18_544)]);
        assert_eq!(summary.contradictions, [""; 0]);
    }

    #[test]
    fn what_contradicts_itself_is_read_and_says_where() {
        let edited = RIGHT.replace("\"used_bytes\":38096,", "\"used_bytes\":38112,");
        let said = read(edited.as_bytes()).unwrap().contradictions;
        assert_eq!(said[0], "`metrics.arena.used_bytes` says 38112; sum of the allocations: 38096");
    }

    #[test]
    fn what_is_no_snapshot_says_why() {
        assert_eq!(read(b"{}").unwrap_err(), SnapshotError::OtherFormat { name: None });
    }

    #[test]
    fn a_summary_crosses_from_thread_to_thread_unchanged() {
        let summary = read(RIGHT.as_bytes()).unwrap();
        let text = serde_json::to_string(&summary).unwrap();
        assert_eq!(serde_json::from_str::<SnapshotSummary>(&text).unwrap(), summary);
    }

    #[test]
    fn changes_have_their_sign() {
        let mut before = Metrics::default();
        before.arena.used_bytes = 1 << 20;
        before.arena.allocation_count = 2000;
        before.arena.external_fragmentation = 0.5;
        let mut after = before.clone();
        after.arena.used_bytes = 3 << 20;
        after.arena.allocation_count = 0;
        after.arena.external_fragmentation = 0.25;
        let rows = differences(&before, &after);
        let change = |label| rows.iter().find(|row| row.label == label).map(|row| row.change.as_str());
        assert_eq!(change("Arena used"), Some("+2.0 MiB"));
        assert_eq!(change("Live allocations"), Some("−2\u{a0}000"));
        assert_eq!(change("External fragmentation"), Some("−0.250"));
        assert_eq!(change("Pool in use"), Some(""));
        assert_eq!(rows.len(), FIGURES.len());
    }
}
