//! Every figure the engine publishes, once a tick. The names are the names of
//! the scripting interface (`arenascope.metrics()`), of the snapshot and of its
//! schema: this file is their one definition.

use crate::owner::MemoryCategory;
use serde::{Deserialize, Serialize};

/// All figures at one moment: the end of an engine tick.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Metrics {
    /// Engine time since the run's start, µs.
    pub time_us: u64,
    /// The scenario's frame that was stepped last.
    pub frame: u64,
    /// True between start and stop.
    pub running: bool,
    /// The shared arena.
    pub arena: ArenaMetrics,
    /// The GPU buffer and texture pool.
    pub pool: PoolMetrics,
    /// The budget by category.
    pub budget: BudgetMetrics,
    /// Work on the WebGPU device.
    pub gpu: GpuMetrics,
    /// Work on the neural-network device.
    pub nn: NnMetrics,
    /// The profiler's own cost.
    #[serde(rename = "self")]
    pub own: OwnMetrics,
}

/// The arena's figures. `capacity = used + free + cached + metadata` always.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ArenaMetrics {
    /// The placement policy's key, for example `first_fit`.
    pub policy: String,
    /// The whole range, metadata included.
    pub capacity_bytes: u64,
    /// In live allocations, rounded up to the granule.
    pub used_bytes: u64,
    /// In live allocations, as asked for.
    pub requested_bytes: u64,
    /// In free ranges.
    pub free_bytes: u64,
    /// In caches: neither used nor in a free range.
    pub cached_bytes: u64,
    /// Header and node table.
    pub metadata_bytes: u64,
    /// The largest free range.
    pub largest_free_bytes: u64,
    /// Number of free ranges.
    pub free_range_count: u64,
    /// Live allocations.
    pub allocation_count: u64,
    /// 1 − largest free ÷ free; 0 where nothing is free.
    pub external_fragmentation: f64,
    /// 1 − √Σf² ÷ Σf over free ranges f; 0 where nothing is free.
    pub free_space_concentration: f64,
    /// Most bytes ever used at once in this run.
    pub used_bytes_peak: u64,
    /// Successful allocations in this run.
    pub allocations_total: u64,
    /// Successful frees in this run.
    pub frees_total: u64,
    /// Refused allocations and frees in this run.
    pub failures_total: u64,
    /// Payloads that did not hold what their thread had written: memory that was
    /// given out twice. Always 0, or the arena is wrong.
    #[serde(default)]
    pub overlaps_total: u64,
    /// The threads at work on the arena: the engine, then the mutators.
    #[serde(default)]
    pub threads: Vec<ThreadMetrics>,
}

/// One thread's figures in this run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ThreadMetrics {
    /// `engine`, or `mutator 1` to `mutator 8`.
    pub name: String,
    /// Successful allocations and frees.
    pub operations_total: u64,
    /// The same per second, over the last quarter of a second at least.
    pub operations_per_second: f64,
    /// Successful allocations.
    pub allocations_total: u64,
    /// Of these, served by the thread's own cache, without the lock.
    pub cache_hits_total: u64,
    /// Cache hits ÷ allocations; 0 before the first.
    pub cache_hit_ratio: f64,
    /// In its cache now: neither used nor in a free range.
    pub cached_bytes: u64,
    /// Frees of what other threads allocated.
    pub remote_frees_total: u64,
    /// Times that it took the arena's lock.
    pub locks_total: u64,
    /// Of these, the times that it had to wait.
    pub lock_waits_total: u64,
    /// Times that it met a pause of the arena and waited at its safepoint.
    pub pauses_total: u64,
    /// Allocations left to another thread to free.
    pub passed_total: u64,
    /// Allocations that budget or arena refused to this mutator.
    pub refused_total: u64,
}

/// The pool's figures. `created − destroyed = in use + pending + idle` always,
/// in buffers and in bytes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PoolMetrics {
    /// `exact` or `classes`.
    pub mode: String,
    /// Acquires served by a pooled buffer or texture.
    pub hits_total: u64,
    /// Acquires that had to create one.
    pub misses_total: u64,
    /// hits ÷ (hits + misses); 0 before the first acquire.
    pub hit_ratio: f64,
    /// Held by the engine.
    pub in_use_bytes: u64,
    /// Released, the GPU may still read them.
    pub pending_bytes: u64,
    /// Reusable.
    pub idle_bytes: u64,
    /// What callers asked for of `in_use_bytes`; the rest is class rounding.
    pub requested_bytes: u64,
    /// Idle bytes above this are evicted, least recently used first.
    pub limit_bytes: u64,
    /// Buffers and textures held by the engine.
    pub in_use_count: u64,
    /// Released ones the GPU may still read.
    pub pending_count: u64,
    /// Reusable ones.
    pub idle_count: u64,
    /// Creations in this run.
    pub created_total: u64,
    /// Destructions in this run.
    pub destroyed_total: u64,
    /// Destructions by the byte limit, by age or under pressure.
    pub evictions_total: u64,
}

/// The budget's figures.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct BudgetMetrics {
    /// The root's limit.
    pub total_bytes: u64,
    /// Sum over the categories.
    pub current_bytes: u64,
    /// One row per category, in the order of [`MemoryCategory::ALL`].
    pub categories: Vec<CategoryMetrics>,
}

/// One category's figures. `current = arena + device + npu`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CategoryMetrics {
    /// Which.
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
    /// Most ever charged at once in this run.
    pub peak_bytes: u64,
    /// The most that may be charged.
    pub limit_bytes: u64,
    /// Refused requests in this run.
    pub failures_total: u64,
}

impl Default for CategoryMetrics {
    fn default() -> Self {
        Self {
            category: MemoryCategory::Ecs,
            current_bytes: 0,
            arena_bytes: 0,
            device_bytes: 0,
            npu_bytes: 0,
            reserved_bytes: 0,
            peak_bytes: 0,
            limit_bytes: 0,
            failures_total: 0,
        }
    }
}

/// Work on the WebGPU device.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct GpuMetrics {
    /// Who runs the work: `webgpu`, `cpu-emulated` or `off`.
    pub mode: String,
    /// Queue submissions.
    pub submits_total: u64,
    /// Compute dispatches.
    pub dispatches_total: u64,
    /// Bytes handed to `writeBuffer` and `writeTexture`: one copy each.
    pub uploaded_bytes_total: u64,
    /// Errors that the device reported.
    pub errors_total: u64,
    /// Times the device was lost.
    pub device_losses_total: u64,
}

/// Work on the neural-network device.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct NnMetrics {
    /// Who runs the graphs: `webnn`, `webgpu-emulated`, `cpu-emulated` or `off`.
    pub mode: String,
    /// Graph runs.
    pub dispatches_total: u64,
    /// Tensors alive.
    pub tensors_live: u64,
    /// Their bytes.
    pub tensor_bytes: u64,
    /// Results that differ from the CPU reference.
    pub mismatches_total: u64,
}

/// The profiler's own cost.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct OwnMetrics {
    /// Time between the page's frames, 95th percentile of the last 240, ms.
    pub frame_ms_p95: f64,
    /// Page-thread script time per frame, 95th percentile of the last 240, ms.
    pub script_ms_p95: f64,
    /// Events emitted in this run.
    pub events_total: u64,
    /// Of them lost because a ring was full.
    pub events_lost_total: u64,
    /// Rings, boards, samples and tallies: memory held by the profiler itself.
    pub profiler_bytes: u64,
}
