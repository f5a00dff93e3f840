//! Names of pooled things: one for the object on the device, one for each
//! holding of it.

use core::fmt;

/// One pool among the pools of the process, so that a handle shown to the wrong
/// pool is seen for what it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct PoolId(pub(super) u32);

/// Names a buffer or texture on the device from creation to destruction. The
/// executor keeps its GPU objects under this name. Never given twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ResourceId {
    pub(super) slot: u32,
    pub(super) generation: u32,
    pub(super) pool: PoolId,
}

impl ResourceId {
    /// A number for events and snapshots, unique within the pool: the slot in
    /// the low 32 bits, its generation above.
    pub const fn number(self) -> u64 {
        (self.generation as u64) << 32 | self.slot as u64
    }
}

impl fmt::Display for ResourceId {
    /// `#12` for the first thing in slot 12, `#12.3` for the fourth.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.generation {
            0 => write!(f, "#{}", self.slot),
            generation => write!(f, "#{}.{generation}", self.slot),
        }
    }
}

/// The right to use a buffer or texture, from one acquire to its release. Copies
/// may lie about, but none is good for anything after the release: the lease
/// has moved on, whoever holds the resource next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BufferHandle {
    pub(super) resource: ResourceId,
    pub(super) lease: u64,
}

impl BufferHandle {
    /// The object on the device that this handle gives the use of.
    pub const fn resource(self) -> ResourceId {
        self.resource
    }
}

impl fmt::Display for BufferHandle {
    /// `#12.3@7`: the eighth holding of resource `#12.3`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.resource, self.lease)
    }
}

/// The number of a queue submission, counted up by the caller from 1. Counts on
/// across a lost device.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Serial(pub u64);

impl fmt::Display for Serial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "submit {}", self.0)
    }
}
