//! One thing that is alive at a moment, and its place among the others.

use arenascope_units::owner::{Heap, Owner};

/// Something alive: a range of the arena, a resource of the pool, a charge on
/// the neural-network device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AliveThing {
    /// Its number, as in events.
    pub id: u64,
    /// Where in the arena; 0 for others.
    pub offset_bytes: u64,
    /// Bytes that it holds.
    pub size_bytes: u64,
    /// Its present or last holder.
    pub owner: Owner,
    /// The thread that it was last heard of from.
    pub thread: u8,
    /// When it was last heard of, µs since the run's start: for a range that was
    /// never resized, its birth.
    pub time_us: u64,
    /// The event it was last heard of in.
    pub event: u64,
    /// Whether it is held: false for a resource or a tensor that was given back to its pool.
    pub is_held: bool,
}

/// Where a thing stands in its heap's order: address or number, number, event.
pub(super) const fn key_of(heap: Heap, thing: &AliveThing) -> (u64, u64, u64) {
    match heap {
        Heap::Arena => (thing.offset_bytes, thing.id, thing.event),
        Heap::Device | Heap::Npu => (thing.id, thing.id, thing.event),
    }
}
