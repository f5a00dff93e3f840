//! Snapshot documents as the page needs them: a summary of one, and what
//! changed from one to another. Reads any text without trust: what is not a
//! snapshot gives an error that says why.

use super::diff_owners::{self, OwnerRow};
use super::table_numbers;
use crate::telemetry::metrics::Metrics;
use crate::units::Bytes;
use core::fmt;
use serde_json::Value;

/// The name of the format, and the newest version this page reads.
const SCHEMA_NAME: &str = "arenascope-snapshot";
const SCHEMA_VERSION: u64 = 1;

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
        version: u64,
    },
    /// A snapshot that lacks something, or has it in another form.
    Broken {
        /// Which part.
        part: &'static str,
        /// What is wrong with it.
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
                write!(f, "the document calls itself \"{name}\"; expected \"{SCHEMA_NAME}\"")
            }
            Self::OtherFormat { name: None } => {
                write!(f, "JSON, but not a snapshot: `schema.name` is missing; expected \"{SCHEMA_NAME}\"")
            }
            Self::OtherVersion { version } => {
                write!(f, "snapshot version {version}; this page reads version {SCHEMA_VERSION}")
            }
            Self::Broken { part, reason } => write!(f, "a snapshot, but its `{part}` cannot be read: {reason}"),
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
    /// The run's seed as text.
    pub seed: String,
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
    let document: Value = serde_json::from_str(text).map_err(|error| SnapshotError::NotJson {
        line: error.line(),
        column: error.column(),
        length: text.len(),
    })?;
    check_schema(&document["schema"])?;
    let text_of = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    Ok(SnapshotSummary {
        app_version: text_of(&document["app_version"]),
        created_at: text_of(&document["created_at"]),
        scenario: text_of(&document["config"]["scenario"]),
        seed: text_of(&document["config"]["seed"]),
        metrics: metrics_of(&document["metrics"])?,
        owners: diff_owners::group(allocations_of(&document)?),
    })
}

fn check_schema(schema: &Value) -> Result<(), SnapshotError> {
    match schema["name"].as_str() {
        Some(SCHEMA_NAME) => {}
        name => return Err(SnapshotError::OtherFormat { name: name.map(str::to_owned) }),
    }
    match schema["version"].as_u64() {
        Some(SCHEMA_VERSION) => Ok(()),
        Some(version) => Err(SnapshotError::OtherVersion { version }),
        None => Err(SnapshotError::Broken { part: "schema.version", reason: "no version number".into() }),
    }
}

fn metrics_of(value: &Value) -> Result<Metrics, SnapshotError> {
    // By reference: a clone of the document would double the peak.
    serde::Deserialize::deserialize(value)
        .map_err(|error: serde_json::Error| SnapshotError::Broken { part: "metrics", reason: error.to_string() })
}

fn allocations_of(document: &Value) -> Result<&[Value], SnapshotError> {
    let list = document["arena"]["allocations"].as_array();
    list.map(Vec::as_slice)
        .ok_or(SnapshotError::Broken { part: "arena.allocations", reason: "there is no such list".into() })
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
    use serde_json::json;

    fn document() -> Value {
        let allocation =
            |id: u64, size: u64| json!({"id": id, "offset": 0, "size": size, "category": "ecs", "tag": "world"});
        json!({
            "schema": {"name": "arenascope-snapshot", "version": 1},
            "app_version": "0.1.0",
            "created_at": "2026-01-02T03:04:05Z",
            "config": {"scenario": "leak", "seed": 42},
            "metrics": Metrics::default(),
            "arena": {"allocations": [allocation(1, 64), allocation(2, 32)], "free_ranges": []},
        })
    }

    #[test]
    fn a_snapshot_is_read() {
        let summary = read(&document().to_string()).unwrap();
        assert_eq!((summary.scenario.as_str(), summary.seed.as_str()), ("leak", "42"));
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
        let cut = &document().to_string()[..50];
        assert_eq!(read(cut).unwrap_err(), SnapshotError::NotJson { line: 1, column: 50, length: 50 });
        assert_eq!(read("[]").unwrap_err(), SnapshotError::OtherFormat { name: None });
        let other = broken(|d| d["schema"]["name"] = "trace".into());
        assert_eq!(other, SnapshotError::OtherFormat { name: Some("trace".into()) });
        assert_eq!(broken(|d| d["schema"]["version"] = 2.into()), SnapshotError::OtherVersion { version: 2 });
        let missing = broken(|d| drop(d["metrics"]["arena"].as_object_mut().map(|arena| arena.remove("used_bytes"))));
        assert_eq!(missing.to_string(), "a snapshot, but its `metrics` cannot be read: missing field `used_bytes`");
        let part = |error| matches!(error, SnapshotError::Broken { part: "arena.allocations", .. });
        assert!(part(broken(|d| d["arena"] = Value::Null)));
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
