//! What the executor must destroy, and why.

use super::handle::ResourceId;
use super::spec::ResourceSpec;
use arenascope_units::Bytes;
use strum::{EnumCount, IntoStaticStr, VariantArray};

/// Why something was destroyed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, IntoStaticStr, EnumCount, VariantArray)]
#[strum(serialize_all = "snake_case")]
pub enum DestroyReason {
    /// More idle bytes than may be.
    Limit,
    /// It lay idle through the last W frames, above the waters.
    Surplus,
    /// Idle for too long.
    Age,
    /// The budget asked for its bytes.
    Pressure,
    /// A larger one of its doubling took its place.
    Outgrown,
    /// A creation failed for want of memory, or the budget refused one.
    OutOfMemory,
    /// Its class held as many idle ones as its count cap allows: a baseline's
    /// overflow.
    Overflow,
    /// The device is gone, and everything with it.
    DeviceLoss,
    /// The device reported, after the confirmation, that it could not create it.
    CreationFailed,
}

impl DestroyReason {
    /// Every reason, in the order of tables.
    pub const ALL: [Self; Self::COUNT] = *Self::VARIANTS.first_chunk().unwrap();

    /// Position in [`Self::ALL`]; events carry it, plus one.
    pub const fn index(self) -> usize {
        self as usize
    }

    /// The name in files: `device_loss`.
    pub fn key(self) -> &'static str {
        self.into()
    }

    /// True where the pool chose to destroy; false where the device did.
    pub const fn is_eviction(self) -> bool {
        !matches!(self, Self::DeviceLoss | Self::CreationFailed)
    }
}

/// Something that the executor must destroy now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "the executor must destroy it: the pool has forgotten it already"]
pub struct Eviction {
    /// The buffer or texture to destroy.
    pub resource: ResourceId,
    /// What it was created as.
    pub spec: ResourceSpec,
    /// Its bytes on the device: what to give back to the budget.
    pub size: Bytes,
    /// Why it is destroyed.
    pub reason: DestroyReason,
}
