//! The snapshot document, `.arenascope.json`, version 1. Its JSON Schema is
//! `public/schema/arenascope-snapshot-1.schema.json`; `docs/snapshot.md` says
//! what each field means.

mod contradiction;
mod read;

pub use contradiction::{Contradiction, contradictions};
pub use read::{FIRST_KEYS_BYTES, SnapshotError, looks_like, read};

use arenascope_budget::BudgetState;
use arenascope_telemetry::budget_table::BudgetTable;
use arenascope_telemetry::capabilities::Capabilities;
use arenascope_telemetry::metrics::Metrics;
use arenascope_units::owner::MemoryCategory;
use serde::{Deserialize, Serialize};

/// How `schema.name` tells a snapshot from other JSON.
pub const NAME: &str = "arenascope-snapshot";
/// The version that is written, and the only one that is read.
pub const VERSION: u32 = 1;

/// Which format this is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SchemaEntry {
    /// [`NAME`] in every snapshot.
    pub name: String,
    /// [`VERSION`] of the program that wrote it.
    pub version: u32,
}

impl Default for SchemaEntry {
    fn default() -> Self {
        Self { name: NAME.into(), version: VERSION }
    }
}

/// A snapshot: the run, every figure, and every range and resource at one moment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Document {
    /// Which format this is.
    pub schema: SchemaEntry,
    /// Version of the program that wrote it.
    pub app_version: String,
    /// When it was taken, by the wall clock: RFC 3339, UTC.
    pub created_at: String,
    /// What browser and machine offered.
    pub capabilities: Capabilities,
    /// What defined the run.
    pub config: ConfigEntry,
    /// Every figure at that moment.
    pub metrics: Metrics,
    /// The arena, range by range.
    pub arena: ArenaEntry,
    /// The pool, resource by resource.
    pub pool: PoolEntry,
    /// The budget, category by category.
    pub budget: BudgetEntry,
    /// The budget report as text.
    pub report: String,
    /// The recorder's own count of the events, independent of `metrics`.
    pub tally: TallyEntry,
}

/// What defined the run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ConfigEntry {
    /// The key of the scenario: `game-loop`.
    pub scenario: String,
    /// The seed of the scenario's sequence.
    pub seed: u64,
    /// The placement policy's key.
    pub policy: String,
    /// The pool mode's key.
    pub pool_mode: String,
    /// The budget mode's key.
    #[serde(default)]
    pub budget_mode: String,
    /// The arena's size and the budget's total.
    pub arena_bytes: u64,
    /// Scenario frames per 1/60 s.
    pub speed: f64,
    /// Whether canaries and a quarantine guarded the arena.
    pub guards: bool,
    /// Threads that work on the arena beside the engine; none in documents that do
    /// not say.
    #[serde(default)]
    pub mutators: u32,
}

/// The arena. Allocations, free ranges, cached bytes and metadata tile it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ArenaEntry {
    /// Live allocations in address order.
    pub allocations: Vec<AllocationEntry>,
    /// Free ranges in address order.
    pub free_ranges: Vec<RangeEntry>,
    /// Ranges that caches or guards hold, in address order: `cached_bytes`.
    #[serde(default)]
    pub cached_ranges: Vec<RangeEntry>,
}

/// A live allocation of the arena.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AllocationEntry {
    /// Unique within the run.
    pub id: u64,
    /// Bytes from the arena's base.
    pub offset: u64,
    /// Bytes set aside, canaries included.
    pub size: u64,
    /// Bytes that were asked for.
    pub requested: u64,
    /// The alignment that was asked for, a power of two.
    pub align: u64,
    /// What it is for.
    pub category: MemoryCategory,
    /// The name of the tag that asked: `frame/scratch`.
    pub tag: String,
    /// Time since it was allocated, µs.
    pub age_us: u64,
}

/// A range without a holder.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RangeEntry {
    /// Bytes from the arena's base.
    pub offset: u64,
    /// Bytes of the range.
    pub size: u64,
}

/// The pool of GPU buffers and textures.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PoolEntry {
    /// Every buffer and texture that exists.
    pub buffers: Vec<BufferEntry>,
}

/// A buffer or texture.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BufferEntry {
    /// Unique within the run.
    pub id: u64,
    /// Which of the two: `buffer` or `texture`.
    pub kind: String,
    /// What it is, for people.
    pub description: String,
    /// Its WebGPU usages: `storage|copy_dst`.
    pub usage: String,
    /// Bytes on the device, by our own accounting.
    pub size: u64,
    /// Bytes asked for by the last acquire.
    pub requested: u64,
    /// `creating`, `in_use`, `pending` or `idle`.
    pub state: String,
    /// What it is for.
    pub category: MemoryCategory,
    /// The name of the tag that holds it, or held it last.
    pub tag: String,
    /// Engine time of its last use, µs.
    pub last_used_us: u64,
}

/// The budget over all categories; what single categories hold is in `metrics`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BudgetEntry {
    /// The most that all categories may charge and reserve together.
    pub total_bytes: u64,
    /// Bytes charged now, over all categories.
    pub current_bytes: u64,
    /// Most ever charged at once.
    pub peak_bytes: u64,
    /// Refused requests, all categories.
    pub failures_total: u64,
    /// Errors of the accounting itself: always 0.
    pub accounting_errors_total: u64,
    /// Every tag, the newest events, and the pressure so far.
    #[serde(flatten)]
    pub table: BudgetTable,
}

impl From<&BudgetState> for BudgetEntry {
    fn from(state: &BudgetState) -> Self {
        let total = &state.total;
        Self {
            total_bytes: total.limit.get(),
            current_bytes: total.current.get(),
            peak_bytes: total.peak.get(),
            failures_total: total.failures,
            accounting_errors_total: state.accounting_errors,
            table: BudgetTable::default(),
        }
    }
}

/// What the recorder counted from the events alone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TallyEntry {
    /// Events seen since the page was opened.
    pub events_total: u64,
    /// Records that made no sense: always 0.
    pub events_malformed_total: u64,
    /// Events of the run that a full ring lost: what the rest of the count lacks.
    #[serde(default)]
    pub events_lost_total: u64,
    /// Allocations seen in the run.
    pub allocations_total: u64,
    /// Frees seen in the run.
    pub frees_total: u64,
    /// Bytes live in the arena by category, in the budget's order.
    pub arena_bytes: [u64; 6],
    /// Bytes of buffers and textures that exist, by category.
    pub pool_bytes: [u64; 6],
}
