//! Every figure the engine publishes, once a tick. The names are the names of
//! the scripting interface (`arenascope.metrics()`), of the snapshot and of its
//! schema: this file and its two parts are their one definition.

mod budget;
mod pool;

pub use budget::{BudgetMetrics, CategoryMetrics, HeapMetrics};
pub use pool::{PoolDestroyed, PoolFallback, PoolHits, PoolMetrics, PoolMisses};

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
    /// The shared arena: its bytes, its ranges, and the threads at work on it.
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
    /// Bytes in free ranges.
    pub free_bytes: u64,
    /// In caches: neither used nor in a free range.
    pub cached_bytes: u64,
    /// Header and node table.
    pub metadata_bytes: u64,
    /// The largest free range.
    pub largest_free_bytes: u64,
    /// Number of free ranges.
    pub free_range_count: u64,
    /// Number of live allocations.
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
    /// [`arenascope_arena::RefusalKind`]. All but `contended_other` are in
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
    /// Successful allocations of this thread.
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

/// Work on the WebGPU device.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct GpuMetrics {
    /// Who runs the work: `webgpu`, `cpu-emulated` or `off`.
    pub mode: String,
    /// Submissions to the queue in this run.
    pub submits_total: u64,
    /// Compute dispatches in this run, over all submissions.
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

/// The staging ring. All zero before the first upload; without capacity while the
/// budget has no room for it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct StagingMetrics {
    /// Bytes of the ring; 0 while it has no memory.
    pub capacity_bytes: u64,
    /// Taken, the GPU may still read them; gaps included.
    pub in_flight_bytes: u64,
    /// Most bytes ever in flight at once.
    pub in_flight_bytes_peak: u64,
    /// Uploads that passed through it.
    pub uploads_total: u64,
    /// Uploads that began again at its base because its end was too near.
    pub wraps_total: u64,
    /// Uploads that it had no room for, or that came while it had no memory: each took
    /// a range of the arena.
    pub overflows_total: u64,
}

/// Work on the neural-network device.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct NnMetrics {
    /// Who runs the graphs: `webnn`, `webgpu-emulated`, `cpu-emulated` or `off`.
    pub mode: String,
    /// Times that a graph was run, in this run.
    pub dispatches_total: u64,
    /// Tensors that exist: in use, pending or idle in their pool.
    pub tensors_live: u64,
    /// Bytes of all tensors that exist.
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
