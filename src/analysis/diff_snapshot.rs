//! Snapshot documents as the page needs them: a summary of one, and what
//! changed from one to another. Reads any text without trust: what is not a
//! snapshot gives an error that says why.

use super::diff_owners::{self, OwnerRow};
use super::table_numbers;
use crate::formats::snapshot::{Document, NAME, SchemaEntry, VERSION};
use crate::telemetry::metrics::Metrics;
use crate::units::Bytes;
use core::fmt;
use serde::Deserialize;
use serde_json::error::Category;

/// Why a file is not a snapshot that can be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SnapshotError {
    /// Not JSON, or cut off.
    NotJson {
        /// Where reading stopped, from 1.
        line: usize,
        /// Where in that line, from 1.
        column: usize,
        /// Bytes there were.
        length: usize,
    },
    /// JSON, but not of this kind.
    OtherFormat {
        /// The name it gives itself, if any.
        name: Option<String>,
    },
    /// A snapshot of a version that this page does not know.
    OtherVersion {
        /// Its version.
        version: u32,
    },
    /// A snapshot that lacks something, or has it in another form.
    Broken {
        /// What is wrong, and where.
        reason: String,
    },
}

impl fmt::Display for SnapshotError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotJson { line, column, length } => {
                write!(
                    f,
                    "not JSON: reading stopped at line {line}, column {column} of {length} bytes; is the file whole?"
                )
            }
            Self::OtherFormat { name: Some(name) } => {
                write!(f, "the document calls itself \"{name}\"; expected \"{NAME}\"")
            }
            Self::OtherFormat { name: None } => {
                write!(f, "JSON, but not a snapshot: it has no `schema` with the name \"{NAME}\"")
            }
            Self::OtherVersion { version } => {
                write!(f, "a snapshot of version {version}; this page reads version {VERSION}")
            }
            Self::Broken { reason } => write!(f, "a snapshot, but not as version {VERSION} is written: {reason}"),
        }
    }
}

impl std::error::Error for SnapshotError {}

/// What the page shows of a snapshot.
#[derive(Clone, Debug, PartialEq)]
pub struct SnapshotSummary {
    /// The version of Arenascope that made it.
    pub app_version: String,
    /// When, as the document says it.
    pub created_at: String,
    /// The scenario's key.
    pub scenario: String,
    /// The run's seed.
    pub seed: u64,
    /// All figures.
    pub metrics: Metrics,
    /// Live allocations by owner, largest first.
    pub owners: Vec<OwnerRow>,
}

/// Reads a snapshot document. O(length).
///
/// # Errors
/// [`SnapshotError`], for whatever the text is.
pub fn read(text: &str) -> Result<SnapshotSummary, SnapshotError> {
    check_schema(text)?;
    let document: Document =
        serde_json::from_str(text).map_err(|error| SnapshotError::Broken { reason: error.to_string() })?;
    Ok(SnapshotSummary {
        app_version: document.app_version,
        created_at: document.created_at,
        scenario: document.config.scenario,
        seed: document.config.seed,
        owners: diff_owners::group(&document.arena.allocations),
        metrics: document.metrics,
    })
}

/// The document's head alone: so a foreign document is told by its name, not
/// by the first field it lacks.
#[derive(Deserialize)]
struct Head {
    schema: SchemaEntry,
}

fn check_schema(text: &str) -> Result<(), SnapshotError> {
    let head: Head = serde_json::from_str(text).map_err(|error| match error.classify() {
        Category::Data => SnapshotError::OtherFormat { name: None },
        _ => SnapshotError::NotJson { line: error.line(), column: error.column(), length: text.len() },
    })?;
    match head.schema {
        SchemaEntry { name, .. } if name != NAME => Err(SnapshotError::OtherFormat { name: Some(name) }),
        SchemaEntry { version, .. } if version != VERSION => Err(SnapshotError::OtherVersion { version }),
        _ => Ok(()),
    }
}

/// One figure before and after, as text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// What the figure is.
    pub label: &'static str,
    /// In the first snapshot.
    pub before: String,
    /// In the second.
    pub after: String,
    /// The change with its sign; empty where there is none.
    pub change: String,
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

const FIGURES: [Figure; 16] = [
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
    Figure::Part("Pool hit ratio", |m| m.pool.hit_ratio),
    Figure::Count("Pool creations", |m| m.pool.created_total),
    Figure::Size("Budget used", |m| m.budget.current_bytes),
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
                let change = if change == 0 { String::new() } else { table_numbers::signed_count(change) };
                difference(label, table_numbers::count(of(before)), table_numbers::count(of(after)), change)
            }
            Self::Part(label, of) => {
                let change = of(after) - of(before);
                let sign = if change < 0.0 { "−" } else { "+" };
                let visible = change.abs() >= 0.0005;
                let change = if visible { format!("{sign}{:.3}", change.abs()) } else { String::new() };
                difference(label, table_numbers::ratio(of(before)), table_numbers::ratio(of(after)), change)
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
    if change == 0 { String::new() } else { format!("{}{size}", table_numbers::sign(change)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::budget::Budget;
    use crate::formats::snapshot::{AllocationEntry, ArenaEntry, BudgetEntry, ConfigEntry, PoolEntry, TallyEntry};
    use crate::owner::MemoryCategory;
    use serde_json::Value;

    fn allocation(id: u64, size: u64) -> AllocationEntry {
        let (category, tag) = (MemoryCategory::Ecs, "ecs/world".into());
        AllocationEntry { id, offset: 0, size, requested: size, align: 16, category, tag, age_us: 0 }
    }

    fn document() -> Value {
        let document = Document {
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
            metrics: Metrics::default(),
            arena: ArenaEntry {
                allocations: vec![allocation(1, 64), allocation(2, 32)],
                free_ranges: vec![],
                cached_ranges: vec![],
            },
            pool: PoolEntry { buffers: vec![] },
            budget: BudgetEntry::from(&Budget::new(Bytes::mib(16)).report()),
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
        };
        serde_json::to_value(document).unwrap()
    }

    #[test]
    fn a_snapshot_is_read() {
        let summary = read(&document().to_string()).unwrap();
        assert_eq!((summary.scenario.as_str(), summary.seed), ("leak", 42));
        assert_eq!(summary.metrics, Metrics::default());
        assert_eq!(summary.owners.len(), 1);
        assert_eq!((summary.owners[0].count, summary.owners[0].bytes), (2, 96));
    }

    fn broken(spoil: impl Fn(&mut Value)) -> SnapshotError {
        let mut document = document();
        spoil(&mut document);
        read(&document.to_string()).unwrap_err()
    }

    #[test]
    fn what_is_no_snapshot_says_why() {
        let whole = document().to_string();
        for length in [0, 1, 50, whole.len() - 1] {
            let cut = read(&whole[..length]).unwrap_err();
            assert!(matches!(cut, SnapshotError::NotJson { line: 0 | 1, length: of, .. } if of == length), "{cut:?}");
        }
        for other in ["[]", "7", "{}", r#"{"schema": "trace"}"#] {
            assert_eq!(read(other).unwrap_err(), SnapshotError::OtherFormat { name: None }, "{other}");
        }
        let trace = broken(|d| d["schema"]["name"] = "trace".into());
        assert_eq!(trace, SnapshotError::OtherFormat { name: Some("trace".into()) });
        assert_eq!(broken(|d| d["schema"]["version"] = 2.into()), SnapshotError::OtherVersion { version: 2 });
    }

    #[test]
    fn a_part_that_is_missing_is_named() {
        let reason = |error: SnapshotError| match error {
            SnapshotError::Broken { reason } => reason,
            other => panic!("{other:?}"),
        };
        let figure =
            broken(|d| drop(d["metrics"]["arena"].as_object_mut().and_then(|arena| arena.remove("used_bytes"))));
        assert!(reason(figure).starts_with("missing field `used_bytes`"));
        assert!(reason(broken(|d| d["arena"] = Value::Null)).contains("expected struct ArenaEntry"));
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
