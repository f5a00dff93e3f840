//! What the pool knows of one buffer or texture.

use super::cause::MissCause;
use super::handle::{ResourceId, Serial};
use super::spec::ResourceSpec;
use arenascope_units::owner::Owner;
use arenascope_units::{Bytes, Micros};
use strum::IntoStaticStr;

/// Where a buffer or texture stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum State {
    /// Given out, the device has yet to create it. In no figure but `creating`.
    Creating,
    /// Held by the engine.
    InUse,
    /// Released; the GPU may still work on it.
    Pending {
        /// The submission that used it last.
        last_use: Serial,
    },
    /// Released, and the GPU has finished with it: the next acquire may take it.
    Idle,
}

impl State {
    /// The name in files.
    pub fn key(self) -> &'static str {
        self.into()
    }

    /// True where a handle gives the right to it.
    pub(super) const fn is_held(self) -> bool {
        matches!(self, Self::Creating | Self::InUse)
    }
}

/// What the caller needs to find in what it acquires.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Contents {
    /// Nothing: the caller writes before it reads.
    Undefined,
    /// Zeros in all that was asked for. New resources are zeroed by WebGPU;
    /// reused ones hold what the last holder left, and the caller clears them.
    Zeroed,
}

/// One buffer or texture, as the snapshot and the table of live ones show it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ResourceInfo {
    /// Its name, never given twice by this pool.
    pub resource: ResourceId,
    /// What it was created as.
    pub spec: ResourceSpec,
    /// Bytes on the device, by our own accounting.
    pub size: Bytes,
    /// Bytes that its present or last holder asked for.
    pub requested: Bytes,
    /// Whether it is held, pending or idle.
    pub state: State,
    /// Its present or last holder.
    pub owner: Owner,
    /// When it was acquired or released last.
    pub last_used: Micros,
}

/// The pool's record of one live resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    /// Its class in the index.
    pub(super) class: u32,
    /// Bytes on the device.
    pub(super) size: Bytes,
    pub(super) requested: Bytes,
    pub(super) state: State,
    pub(super) owner: Owner,
    pub(super) last_used: Micros,
    /// Counts the holdings; a handle is good for exactly one.
    pub(super) lease: u64,
    /// Counts the releases of the pool: orders those of one microsecond.
    pub(super) released: u64,
    /// The pool's frame when it was released last.
    pub(super) released_frame: u64,
    /// Acquires that the pool had answered with a buffer when it was released last.
    pub(super) released_answered: u64,
    /// True where its class may hold so many idle ones only.
    pub(super) is_capped: bool,
    /// Why it had to be created.
    pub(super) cause: MissCause,
}

impl Entry {
    pub(super) fn info(&self, resource: ResourceId, spec: ResourceSpec) -> ResourceInfo {
        ResourceInfo {
            resource,
            spec,
            size: self.size,
            requested: self.requested,
            state: self.state,
            owner: self.owner,
            last_used: self.last_used,
        }
    }
}
