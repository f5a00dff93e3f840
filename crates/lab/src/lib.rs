//! What the best could have done with a recording.
//!
//! A [`Workload`] is the recording without its addresses: per heap, what was taken and given
//! back, in order. Each row of the laboratory ([`RowSpec`]) is one way to serve it: a
//! placement policy of the arena over addresses that nothing backs, an allocator that other
//! people run, or the best packing that knows every lifetime beforehand. All of them are
//! measured by one scale, the [`HeapLoad::bound_bytes`]: the peak of live bytes, with less of
//! which nobody can do.
//!
//! # How a caller steps it
//!
//! Nothing here has threads or clocks. A caller makes a [`Job`] of a heap and a row, and calls
//! [`Job::step`] with a number of operations until its [`Progress`] is finished: one job for
//! each thread or worker. To cancel is to stop calling; [`Job::finish`] then still gives what
//! was found so far. Workloads, rows and what comes out are plain data that serde reads and
//! writes, so that they go to a worker and back as they are.
//!
//! ```
//! use arenascope_lab::{Job, RowSpec, Settings, Workload};
//! use arenascope_arena::PolicyKind;
//! use arenascope_replay::{Recorder};
//! use std::sync::Arc;
//! use core::time::Duration;
//!
//! let mut recorder = Recorder::default();
//! recorder.allocate(100)?;
//! recorder.allocate(50)?;
//! recorder.free(0);
//! let workload = Workload::of_recording(&recorder.finish());
//! let heap = Arc::new(workload.heaps.into_iter().next().expect("one heap"));
//! assert_eq!(heap.bound_bytes, 150);
//!
//! let spec = RowSpec::Policy { policy: PolicyKind::BestFit, thread_cache: false };
//! let mut job = Job::new(heap, spec, Settings::default());
//! let mut clock = || Duration::ZERO;
//! while !job.step(10_000, &mut clock).is_finished {}
//! let row = job.finish();
//! assert_eq!(row.figures.expect("it ran").peak_bytes, 112 + 64);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod job;
mod model;
mod packing;
mod policies;
mod pytorch;
mod rows;
mod workload;

pub use job::{Job, Phase, Progress};
pub use pytorch::settings::PyTorch;
pub use rows::figures::{Failures, Figures, Moment, Packing, Row, Unavailable, Waste};
pub use rows::settings::{Layout, Settings};
pub use rows::spec::{RowSpec, UnknownRow};
pub use workload::build::{Building, TooMuch};
pub use workload::{Block, HeapLoad, Op, Workload};
