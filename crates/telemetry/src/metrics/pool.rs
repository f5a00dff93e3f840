//! The figures of a pool: of buffers and textures, or of tensors.

use serde::{Deserialize, Serialize};

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
    /// Bytes that are reusable now.
    pub idle_bytes: u64,
    /// What callers asked for of `in_use_bytes`; the rest is class rounding.
    pub requested_bytes: u64,
    /// Idle bytes above this are evicted, least recently used first.
    pub limit_bytes: u64,
    /// Buffers and textures held by the engine.
    pub in_use_count: u64,
    /// Released ones the GPU may still read.
    pub pending_count: u64,
    /// Buffers and textures that are reusable now.
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
    /// Creations that were refused at first, by the step of the out-of-memory fallback that
    /// made room for them. `ladder` is its name in files and scripts since the first version.
    #[serde(rename = "ladder")]
    pub fallback: PoolFallback,
    /// Acquires between a release and the next use of the same resource: 0, 1,
    /// 2–3, 4–7, … ; the last entry counts all above.
    pub reuse_distance_log2: Vec<u64>,
    /// Time from a creation's request to the device's answer, µs: 0, 1, 2–3,
    /// 4–7, … ; the last entry counts all above.
    pub creation_us_log2: Vec<u64>,
}

/// Acquires that were served from the pool, by how well the resource fits.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PoolHits {
    /// Of the very size that was asked for; every texture.
    pub exact_total: u64,
    /// Of the class that the size was rounded up to.
    pub class_total: u64,
    /// Larger than what would have been created.
    pub best_fit_total: u64,
}

/// Acquires that had to create, by why nothing in the pool served.
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

/// Destroyed buffers and textures, by why they were destroyed.
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
    /// The device said afterwards that it could not create them.
    pub creation_failed_total: u64,
}

/// Creations that were refused at first, by the step of the out-of-memory fallback that helped.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PoolFallback {
    /// Idle resources of the same use were destroyed.
    pub trim_class_total: u64,
    /// Idle resources of any use were destroyed.
    pub trim_idle_total: u64,
    /// Other owners of memory that can be spared gave it back.
    pub borrowers_total: u64,
    /// No step helped: the creation was refused for good.
    pub refused_total: u64,
}
