//! One recording against the placement policies of the arena.
//!
//! A [`Recording`] is decoded once, apart from any clock: its allocations are
//! given slots, so that replaying looks nothing up. It comes from text ([`Recorder`]) or
//! from what any tool recorded ([`Intake`]). [`replay`] then runs it on an
//! arena of its own: one pass that looks at everything and is not timed, and
//! passes that are timed and look at nothing.
//!
//! ```
//! use arenascope_arena::PolicyKind;
//! use arenascope_replay::{Recording, Settings, TraceReader, replay};
//! use arenascope_units::Bytes;
//! use std::time::Instant;
//!
//! let recording = Recording::decode(TraceReader::new("Alloc(100),\nAlloc(50),\nFree(0),\n".as_bytes()))?;
//! let settings = Settings { arena: recording.arena_proposed(), ..Settings::default() };
//! let start = Instant::now();
//! let outcome = replay(&recording, PolicyKind::FirstFit, &settings, &mut || start.elapsed(), &mut |_| {})?;
//! assert_eq!((outcome.operations, outcome.failures.total()), (3, 0));
//! assert_eq!(outcome.live_peak, Bytes::new(150));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod bench;
mod error;
mod heap;
mod look;
mod outcome;
mod recording;
mod run;
mod settings;
mod slots;

pub use arenascope_formats::alloc_trace::{Encoding, Expected, OPERATION_MAX, TraceError, TraceOp, TraceReader};
pub use error::ReplayError;
pub use outcome::{Failures, Nanos, Outcome, Pace};
pub use recording::{DecodeError, Decoded, Intake, Lacking, Operation, Recorder, Recording, Taken, UnmatchedFrees};
pub use run::replay;
pub use settings::Settings;
pub use slots::Slot;
