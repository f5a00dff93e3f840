//! Both pools one by one, for who looks closely: how they behave, everything
//! alive with its owner, and the newest misses. Asked for, not published: the
//! answer to [`arenascope_session::command::Command::PoolDetail`] may be long.

use arenascope_units::owner::MemoryCategory;
use serde::{Deserialize, Serialize};

/// The pool of the GPU device and that of the neural-network device.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PoolDetail {
    /// Buffers and textures of the WebGPU device.
    pub gpu: PoolSide,
    /// Tensors of the neural-network device.
    pub tensors: PoolSide,
}

/// One pool: its parameters, what is alive in it, and its newest misses.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PoolSide {
    /// What it was configured with.
    pub parameters: PoolParameters,
    /// Everything alive, by slot.
    pub resources: Vec<ResourceRow>,
    /// The newest misses, oldest first.
    pub misses: Vec<MissRow>,
}

/// How a pool behaves. What a baseline ignores is there, too.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PoolParameters {
    /// The mode's key, with its parameter where that is not the default.
    pub mode: String,
    /// False for the baselines, which heed neither bytes nor age nor pressure.
    pub trims: bool,
    /// The most that may be held at all; `None` for no such limit.
    pub byte_limit_bytes: Option<u64>,
    /// The most that may lie idle after a trim.
    pub idle_limit_bytes: u64,
    /// Idle bytes at which the trimming of surplus begins.
    pub high_water_bytes: u64,
    /// Idle bytes at which it rests again.
    pub low_water_bytes: u64,
    /// Idle for so long is old, once `max_idle_frames` have passed too.
    pub max_age_us: u64,
    /// Frames that must have passed as well before what is idle counts as old.
    pub max_idle_frames: u64,
    /// What lay idle through so many frames is surplus.
    pub surplus_frames: u64,
    /// The most that one frame destroys for age or surplus.
    pub max_destroys_per_frame: u32,
    /// The most resources at once.
    pub max_resources: u32,
}

/// A buffer, texture or tensor that is alive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResourceRow {
    /// Unique in its pool, as in events and snapshots.
    pub id: u64,
    /// Extents and format of textures; `None` for buffers.
    pub texture: Option<String>,
    /// The WebGPU usages: `storage|copy_dst`.
    pub usage: String,
    /// `creating`, `in_use`, `pending` or `idle`.
    pub state: String,
    /// Whose it is, or was last.
    pub category: MemoryCategory,
    /// Its present or last holder.
    pub tag: String,
    /// Bytes on the device, by our own accounting.
    pub size_bytes: u64,
    /// Of them asked for by its present or last holder; `None` where only the
    /// recording tells of it.
    pub requested_bytes: Option<u64>,
    /// Engine time of its last acquire or release, µs.
    pub last_used_us: u64,
}

/// An acquire that had to create.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MissRow {
    /// Engine time of the acquire, µs since the run's start.
    pub time_us: u64,
    /// Extents and format of textures; `None` for buffers.
    pub texture: Option<String>,
    /// The WebGPU usages: `storage|copy_dst`.
    pub usage: String,
    /// What the memory is for.
    pub category: MemoryCategory,
    /// The name of the tag that asked.
    pub tag: String,
    /// Bytes that were asked for.
    pub requested_bytes: u64,
    /// Bytes of what was created: as asked for, or more where the mode rounds up.
    pub size_bytes: u64,
    /// `cold`, `busy`, `pending`, `too_wasteful` or `evicted`.
    pub cause: String,
    /// Why it had been destroyed, where it had: a key of `destroyed_by`.
    pub destroyed_for: Option<String>,
    /// Of the class, held at that moment.
    pub held_count: u64,
    /// Of the class, released but not yet reusable.
    pub pending_count: u64,
    /// The idle buffer that would have wasted too much.
    pub smallest_idle_bytes: Option<u64>,
}
