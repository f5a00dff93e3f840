//! The shared arena: one region of memory, divided into ranges that are handed
//! out by a placement policy, joined again when freed, and never lost.
//!
//! A module names only modules of lower floors, which `tests/floors.rs` holds it to:
//!
//! | floor | module | what it is |
//! |---|---|---|
//! | 1 | `error`, `layout` | every refusal with its numbers; what offsets and nodes are counted in |
//! | 2 | `region`, `sync` | memory to build in; what threads wait on and tell each other by |
//! | 3 | `request` | what callers say and hear: requests, handles, ranges |
//! | 4 | `nodes` | the ranges as nodes in the region itself: node, table, sums |
//! | 5 | `policy` | which free range serves a request |
//! | 5 | `guards` | what canaries and quarantine look like |
//! | 5 | `figures` | statistics, measures, refusals by kind |
//! | 6 | `split_coalesce` | cuts an allocation out of a free range, joins what is freed |
//! | 7 | `thread_cache` | a thread's pages, divided into slots without the lock |
//! | 7 | `span` | [`Span`]: the same placement over addresses that nothing backs |
//! | 8 | `allocator` | [`Arena`]: handles, figures, guards, resize, walk, audit |
//! | 9 | `shared` | [`SharedArena`]: the arena under one lock, and its pauses |
//! | 10 | `thread` | [`ThreadArena`]: attach, pin, and the way down to the out-of-memory fallback |
//!
//! What never happens: two live allocations overlap; a byte is neither used, free,
//! cached nor metadata; a handle outlives its allocation; a call allocates; a
//! refusal changes anything but a counter.

#![cfg_attr(all(target_arch = "wasm32", target_feature = "atomics"), feature(stdarch_wasm_atomic_wait))]

mod allocator;
mod error;
mod figures;
mod guards;
mod layout;
mod nodes;
mod policy;
#[expect(unsafe_code, reason = "owns memory of the global allocator; see the SAFETY comments")]
mod region;
mod request;
mod shared;
mod span;
mod split_coalesce;
mod sync;
#[cfg(test)]
mod tests;
mod thread;
mod thread_cache;

pub use allocator::Arena;
pub use allocator::walk::Walk;
pub use error::{AllocError, Contended, FreeError, LayoutFault, ReserveError, ResizeError, Violation};
pub use figures::measures::FreeSizes;
pub use figures::refusals::{FailureCause, RefusalKind, Refusals};
pub use figures::statistics::{FreeProfile, Statistics};
pub use figures::waste::InternalWaste;
pub use guards::{CANARY, FREED, GuardFault, GuardHit, Guards, LEAD_MAX};
pub use layout::{GRANULE, MAX_ALIGN};
pub use policy::kind::PolicyKind;
pub use region::Region;
pub use request::{Allocation, AllocationId, Epoch, Extent, Range, RangeState, Request, Sections};
pub use shared::{Paused, SharedArena};
pub use span::{Span, SpanBlock, SpanPlace, SpanRange, SpanSize};
pub use sync::lock::{LockGuard, WordLock};
pub use sync::registry::ThreadNumber;
pub use sync::wait::{Patience, Waited};
pub use thread::{AttachError, Pinned, ThreadArena, Words};
pub use thread_cache::counts::ThreadFigures;
