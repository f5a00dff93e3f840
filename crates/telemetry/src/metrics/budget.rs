//! The figures of the budget, its heaps and its categories.

use arenascope_units::owner::{Heap, MemoryCategory};
use arenascope_units::pressure::Pressure;
use serde::{Deserialize, Serialize};

/// The budget over all categories, then by heap and by category.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct BudgetMetrics {
    /// The most that all categories may charge and reserve together.
    pub total_bytes: u64,
    /// Sum over the categories.
    pub current_bytes: u64,
    /// `shares`, `lending` or `single_total`.
    #[serde(default)]
    pub mode: String,
    /// How close the total is to its limit; `None` before the first run.
    #[serde(default)]
    pub pressure: Option<Pressure>,
    /// Refusals, reclaims and changes of pressure in this run.
    #[serde(default)]
    pub events_total: u64,
    /// Of them lost because nobody took them in time.
    #[serde(default)]
    pub events_lost_total: u64,
    /// What the browser says the page holds; `None` where it reports nothing.
    #[serde(default)]
    pub browser_bytes: Option<u64>,
    /// Of it not known to us, neither arena nor profiler; below zero where the
    /// browser counts less than we know of.
    #[serde(default)]
    pub untracked_bytes: Option<i64>,
    /// One row per heap, in the order of [`Heap::ALL`].
    #[serde(default)]
    pub heaps: Vec<HeapMetrics>,
    /// One row per category, in the order of [`MemoryCategory::ALL`].
    pub categories: Vec<CategoryMetrics>,
}

/// What is charged on one heap, over all categories.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HeapMetrics {
    /// Where the memory is.
    pub heap: Heap,
    /// Charged now, over all categories.
    pub current_bytes: u64,
    /// Reserved, not yet charged; 0 where heaps are only counted.
    pub reserved_bytes: u64,
    /// Most ever spoken for at the moment of a charge; 0 likewise.
    pub peak_bytes: u64,
    /// The most that may be charged; `None` for no limit.
    pub limit_bytes: Option<u64>,
    /// Requests refused on it.
    pub failures_total: u64,
    /// How close it is to its limit; `None` at an earlier moment, of which nobody told.
    #[serde(default)]
    pub pressure: Option<Pressure>,
}

/// One category's figures. `current = arena + device + npu`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CategoryMetrics {
    /// What the memory is for.
    pub category: MemoryCategory,
    /// Charged now, on all heaps.
    pub current_bytes: u64,
    /// Of it in the arena.
    pub arena_bytes: u64,
    /// Of it on the GPU device, by our own accounting.
    pub device_bytes: u64,
    /// Of it in the neural-network context, by our own accounting.
    pub npu_bytes: u64,
    /// Reserved, not yet charged.
    pub reserved_bytes: u64,
    /// Most ever spoken for at the moment of a charge in this run.
    pub peak_bytes: u64,
    /// The most that may be charged.
    pub limit_bytes: u64,
    /// Refused requests in this run.
    pub failures_total: u64,
    /// Guaranteed: what others borrow leaves this much.
    #[serde(default)]
    pub min_bytes: u64,
    /// Its own share: what it holds above is borrowed.
    #[serde(default)]
    pub high_bytes: u64,
    /// Held above its own share.
    #[serde(default)]
    pub borrowed_bytes: u64,
    /// Of borrowers the lowest gives way first.
    #[serde(default)]
    pub priority: u8,
    /// How close it is to its limit; `None` at an earlier moment, of which nobody told.
    #[serde(default)]
    pub pressure: Option<Pressure>,
    /// Times it rose above its own share in this run.
    #[serde(default)]
    pub high_events_total: u64,
    /// Given back in this run because another asked.
    #[serde(default)]
    pub reclaimed_bytes_total: u64,
    /// Requests whose tag found no node of its own.
    #[serde(default)]
    pub tags_overflow_total: u64,
}

impl Default for CategoryMetrics {
    fn default() -> Self {
        Self {
            category: MemoryCategory::ECS,
            current_bytes: 0,
            arena_bytes: 0,
            device_bytes: 0,
            npu_bytes: 0,
            reserved_bytes: 0,
            peak_bytes: 0,
            limit_bytes: 0,
            failures_total: 0,
            min_bytes: 0,
            high_bytes: 0,
            borrowed_bytes: 0,
            priority: 0,
            pressure: None,
            high_events_total: 0,
            reclaimed_bytes_total: 0,
            tags_overflow_total: 0,
        }
    }
}
