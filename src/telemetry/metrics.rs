//! Every figure the engine publishes, once a tick. The names are the names of
//! the scripting interface (`arenascope.metrics()`), of the snapshot and of its
//! schema: this file is their one definition.

use crate::owner::{Heap, MemoryCategory};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::collections::BTreeMap;

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
    /// Refused calls in this run, by kind: one entry for each key of
    /// [`crate::arena::RefusalKind`]. All but `contended_other` are in
    /// `failures_total`.
    pub refusals_total: BTreeMap<Cow<'static, str>, u64>,
    /// Most bytes ever asked for at once in this run.
    pub requested_bytes_peak: u64,
    /// From the payload's start to the highest byte ever used in this run.
    pub footprint_bytes: u64,
    /// `footprint_bytes ÷ requested_bytes_peak`; 0 before the first allocation.
    pub footprint_ratio: f64,
    /// Bytes asked for that were live ÷ capacity, when an allocation was refused for
    /// lack of memory or nodes for the first time; `null` while none was.
    pub utilisation_at_first_failure: Option<f64>,
    /// Part of `used − requested`: rounding up to the granule of 16 B.
    pub waste_granule_bytes: u64,
    /// Part of `used − requested`: what the policy sets aside beyond that.
    pub waste_policy_bytes: u64,
    /// Part of `used − requested`: canaries of guards.
    pub waste_guards_bytes: u64,
    /// Of it, what threads' caches give out beyond what is asked of them: the granule,
    /// and larger slots where no other is left.
    #[serde(default)]
    pub waste_threads_bytes: u64,
    /// The largest request at alignment 16 B that the policy would serve, as of the
    /// newest map: at most 0.1 s old, exact in a snapshot.
    pub largest_fit_bytes: u64,
    /// The same at alignment 256 B, which WebGPU asks of bound buffers' offsets.
    #[serde(default)]
    pub largest_fit_256_bytes: u64,
    /// The same at alignment 64 KiB.
    pub largest_fit_64k_bytes: u64,
    /// Stray writes that guards found in this run.
    pub guard_hits_total: u64,
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
    /// The mode's key, with its parameter where that is not the default:
    /// `classes`, `best_fit:10`.
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
    /// Destructions that the pool chose: all but those by the device.
    pub evictions_total: u64,
    /// Bytes in use that nobody asked for: class rounding.
    pub waste_bytes: u64,
    /// Of the idle bytes, those that lay idle through the last 120 frames.
    pub surplus_bytes: u64,
    /// Most bytes in use, pending and idle together in this run.
    pub allocated_bytes_peak: u64,
    /// Acquires that were refused.
    pub refusals_total: u64,
    /// Releases and uses by handles that gave no right.
    pub misuses_total: u64,
    /// Hits by cause; their sum is `hits_total`.
    pub hits_by: PoolHits,
    /// Misses by cause; their sum is `misses_total`.
    pub misses_by: PoolMisses,
    /// Destructions by reason; their sum is `destroyed_total`.
    pub destroyed_by: PoolDestroyed,
    /// Refused creations by what helped.
    pub ladder: PoolLadder,
    /// Acquires between a release and the next use of the same resource: 0, 1,
    /// 2–3, 4–7, … ; the last entry counts all above.
    pub reuse_distance_log2: Vec<u64>,
    /// Time from a creation's request to the device's answer, µs: 0, 1, 2–3,
    /// 4–7, … ; the last entry counts all above.
    pub creation_us_log2: Vec<u64>,
}

/// Hits by cause.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PoolHits {
    /// Of the very size that was asked for; every texture.
    pub exact_total: u64,
    /// Of the class that the size was rounded up to.
    pub class_total: u64,
    /// Larger than what would have been created.
    pub best_fit_total: u64,
}

/// Misses by cause.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PoolMisses {
    /// Nothing of the class there was yet.
    pub cold_total: u64,
    /// Every one of the class was held.
    pub busy_total: u64,
    /// One was released, but not yet safe to use.
    pub pending_total: u64,
    /// Only buffers that would waste too much lay idle.
    pub too_wasteful_total: u64,
    /// One had been destroyed before.
    pub evicted_total: u64,
}

/// Destructions by reason.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PoolDestroyed {
    /// Above a byte limit.
    pub limit_total: u64,
    /// Idle through the last frames, above the waters.
    pub surplus_total: u64,
    /// Idle for too long.
    pub age_total: u64,
    /// Wanted back by the budget.
    pub pressure_total: u64,
    /// Replaced by a larger one.
    pub outgrown_total: u64,
    /// For a creation that was refused.
    pub out_of_memory_total: u64,
    /// Above a baseline's count cap.
    pub overflow_total: u64,
    /// Gone with the device.
    pub device_loss_total: u64,
    /// Never really created.
    pub creation_failed_total: u64,
}

/// Refused creations by what helped.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PoolLadder {
    /// Idle resources of the same use were destroyed.
    pub trim_class_total: u64,
    /// Idle resources of any use were destroyed.
    pub trim_idle_total: u64,
    /// Others gave memory back.
    pub borrowers_total: u64,
    /// Nothing helped.
    pub refused_total: u64,
}

/// The budget's figures.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct BudgetMetrics {
    /// The root's limit.
    pub total_bytes: u64,
    /// Sum over the categories.
    pub current_bytes: u64,
    /// `shares`, `lending` or `single_total`.
    #[serde(default)]
    pub mode: String,
    /// How close the total is to its limit: `normal`, `elevated`, `high` or
    /// `critical`.
    #[serde(default)]
    pub pressure: String,
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

/// One heap's figures.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HeapMetrics {
    /// Which.
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
    /// How close it is to its limit.
    pub pressure: String,
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
    /// Most ever spoken for at the moment of a charge in this run.
    pub peak_bytes: u64,
    /// The most that may be charged.
    pub limit_bytes: u64,
    /// Refused requests in this run.
    pub failures_total: u64,
    /// Guaranteed: what others borrow leaves this much.
    #[serde(default)]
    pub min_bytes: u64,
    /// Its own share.
    #[serde(default)]
    pub high_bytes: u64,
    /// Held above its own share.
    #[serde(default)]
    pub borrowed_bytes: u64,
    /// Of borrowers the lowest gives way first.
    #[serde(default)]
    pub priority: u8,
    /// How close it is to its limit.
    #[serde(default)]
    pub pressure: String,
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
            category: MemoryCategory::Ecs,
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
            pressure: String::new(),
            high_events_total: 0,
            reclaimed_bytes_total: 0,
            tags_overflow_total: 0,
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
    /// The ring in the arena that uploads pass through.
    pub staging: StagingMetrics,
}

/// The staging ring. All zero before the first upload, and where the budget has
/// no room for it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct StagingMetrics {
    /// The whole ring.
    pub capacity_bytes: u64,
    /// Taken, the GPU may still read them; gaps included.
    pub in_flight_bytes: u64,
    /// Most bytes ever in flight at once.
    pub in_flight_bytes_peak: u64,
    /// Uploads that passed through it.
    pub uploads_total: u64,
    /// Uploads that began again at its base because its end was too near.
    pub wraps_total: u64,
    /// Uploads that it had no room for: each took a range of the arena.
    pub overflows_total: u64,
}

/// Work on the neural-network device.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct NnMetrics {
    /// Who runs the graphs: `webnn`, `webgpu-emulated`, `cpu-emulated` or `off`.
    pub mode: String,
    /// Graph runs.
    pub dispatches_total: u64,
    /// Tensors that exist: in use, pending or idle in their pool.
    pub tensors_live: u64,
    /// Their bytes.
    pub tensor_bytes: u64,
    /// Results that differ from the CPU reference.
    pub mismatches_total: u64,
    /// Graphs that exist, each with its own constants.
    #[serde(default)]
    pub graphs_live: u64,
    /// Bytes of their constants.
    #[serde(default)]
    pub graph_bytes: u64,
    /// Graphs that were built in this run: one per network and sizes of its
    /// tensors.
    #[serde(default)]
    pub graphs_built_total: u64,
    /// Graphs, runs, tensors and writes that did not come about in this run.
    #[serde(default)]
    pub failures_total: u64,
    /// Times the context was lost.
    #[serde(default)]
    pub context_losses_total: u64,
    /// The pool of tensors.
    #[serde(default)]
    pub pool: PoolMetrics,
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
