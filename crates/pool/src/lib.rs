//! The pool of GPU buffers and textures, as pure policy: it knows handles, not
//! wgpu, so all of it is tested without a GPU.
//!
//! ```text
//!            ┌─ fail ── (rolled back)
//! acquire → Creating ─ confirm → InUse ─ release → Pending ─ complete → Idle → evicted
//!                                  ↑        └── last use complete ──────↑ │
//!                                  └──────────────── acquire ─────────────┘
//! ```
//!
//! The pool decides, an executor on the platform acts: it creates what
//! [`Acquired::Fresh`] says and destroys what an [`Eviction`] says. Time is an
//! argument, and so is the progress of the GPU: [`Pool::complete`] takes the
//! serial of the last finished submission.
//!
//! What holds after every call, and is checked by [`Pool::audit`]: created −
//! destroyed = in use + pending + idle, in counts and in bytes; nothing that
//! exists is unknown to the pool; of classes of which nothing is alive, only so
//! many are remembered, to tell why a miss missed.
//!
//! In reading order: `spec`, `usage` and `format` say what can be asked for;
//! `mode`, `classes` and `buckets` how sizes are rounded, `config` what else can
//! be chosen; `admission` what is refused; `handle`, `lease`, `entry`, `slots`, `chain`
//! and `index` what is remembered; `next_use` when something may be reused;
//! `lifecycle`, `pressure`, `evict` and `fallback` what happens; `cause`, `histogram`,
//! `statistics`, `recent`, `table` and `audit` what can be seen; `staging` is how bytes get
//! there.

mod admission;
mod audit;
mod buckets;
mod cause;
mod chain;
mod class_key;
mod classes;
mod config;
mod destroyed;
mod entry;
mod error;
mod evict;
mod fallback;
mod format;
mod handle;
mod histogram;
mod index;
mod lifecycle;
mod misses;
mod mode;
mod next_use;
mod recent;
#[cfg(test)]
mod script;
mod slots;
mod spec;
mod staging;
mod statistics;
mod table;
#[cfg(test)]
mod tests;
mod usage;

pub use arenascope_units::pressure::Pressure;
pub use audit::Violation;
pub use cause::{HitCause, HitCauses, MissCause, MissCauses};
pub use config::{DeviceLimits, PoolConfig};
pub use destroyed::{DestroyReason, Eviction};
pub use entry::{Contents, ResourceInfo, State};
pub use error::{Extent, HandleError, PoolError};
pub use fallback::{FallbackCounts, FallbackStep};
pub use format::{Block, TextureFormat};
pub use handle::{BufferHandle, ResourceId, Serial};
pub use histogram::Log2Histogram;
pub use lifecycle::{Acquired, Pool};
pub use misses::{MISSES_KEPT, Miss};
pub use mode::{PoolMode, UnknownMode};
pub use next_use::NextUse;
pub use spec::{BufferSpec, ResourceSpec, TextureDimension, TextureSpec};
pub use staging::{Piece, StagingError, StagingRing, StagingStatistics};
pub use statistics::{Amount, Destroyed, Peaks, Statistics, Totals};
pub use table::Row;
pub use usage::{BufferUsage, TextureUsage};
