//! The shared arena: one region of memory, divided into ranges that are handed
//! out by a placement policy, joined again when freed, and never lost.
//!
//! From the bottom up: `memory` turns bytes into values (with the lock and
//! `span/memory` the only `unsafe`), `node` and `table` hold the ranges in the region itself, `policy`
//! says which free range serves a request, `mechanism` cuts and joins, [`Arena`] adds
//! handles and figures, [`SharedArena`] a lock. In front of the lock each thread has
//! a cache of its own ([`ThreadArena`]): `span` divides pages into slots, `thread` pins
//! and pauses. [`Arena::audit`] checks all of it.
//!
//! What never happens: two live allocations overlap; a byte is neither used, free,
//! cached nor metadata; a handle outlives its allocation; a call allocates; a
//! refusal changes anything but a counter.

mod allocator;
mod audit;
mod error;
mod front;
mod guarding;
mod guards;
mod inbox;
mod layout;
#[expect(unsafe_code, reason = "hands out a lock's value; see the SAFETY comments")]
mod lock;
mod measures;
mod mechanism;
#[expect(unsafe_code, reason = "turns the region's bytes into values; see the SAFETY comments")]
mod memory;
mod node;
mod policy;
mod refusals;
mod registry;
mod remote;
mod request;
mod resize;
mod safepoint;
mod space;
mod span;
mod statistics;
mod sync;
mod table;
mod thread;
mod ticket;
mod wait;
mod walk;

#[cfg(test)]
mod damage;
#[cfg(test)]
mod scripts;

pub use allocator::Arena;
pub use audit::Violation;
pub use error::{AllocError, Contended, FreeError, LayoutFault, ReserveError};
pub use front::{Paused, SharedArena};
pub use guards::{CANARY, FREED, GuardFault, GuardHit, Guards, LEAD_MAX};
pub use layout::{GRANULE, MAX_ALIGN};
pub use lock::{Guard, WordLock};
pub use measures::{FreeSizes, InternalWaste};
pub use memory::Region;
pub use policy::PolicyKind;
pub use refusals::{FRAGMENTED_FROM, FailureCause, RefusalKind, Refusals};
pub use registry::ThreadNumber;
pub use request::{Allocation, AllocationId, Epoch, Extent, Range, RangeState, Request, Sections};
pub use resize::ResizeError;
pub use span::counts::ThreadFigures;
pub use statistics::{FreeProfile, Statistics};
pub use thread::{AttachError, Pinned, ThreadArena};
pub use wait::{Patience, Waited};
pub use walk::Walk;
