//! Nanoseconds per operation: the placement policies and a public allocator over
//! the same operations, in one process, in turns.
//!
//! One definition for `make bench` and for the page. Time is an argument, work is
//! done in small steps, and heaps are made when their turn comes, so that a
//! browser worker can run a [`Contest`] as well as a benchmark can.
//!
//! | what | is |
//! |---|---|
//! | [`Heap`], [`Hands`], [`Seat`], [`Contestant`] | who takes part |
//! | [`Case`], [`pairs`], [`scenario`], [`filling`] | what is done |
//! | [`Contest`], [`Effort`], [`Score`] | turns, rounds, figures |
//! | [`policy_seat`], [`threaded_seat`], `reference_seat` | the arena, and talc (feature `reference`) |
//! | [`Bench`], [`BenchRow`] | the page's table: its arguments and its rows |
//! | [`recording_costs`] | what events cost who tells them, and the recorder |

mod bench;
mod contest;
mod engine;
mod heap;
mod ours;
mod recording;
#[cfg(feature = "reference")]
#[expect(unsafe_code, reason = "talc hands out raw pointers; see the SAFETY comments")]
mod reference;
mod workloads;

pub use bench::{Bench, BenchRow, RoundTimes};
pub use contest::{Contest, Effort, Score};
pub use engine::Through;
pub use heap::{Clock, Contestant, Hands, Heap, Lap, REFERENCE, Seat, Shape};
pub use ours::{THREADED, policy_seat, threaded_seat};
pub use recording::{Pause, RecordingCosts, RecordingEffort, TakingCost, TellingCost, at_once, recording_costs};
#[cfg(feature = "reference")]
pub use reference::{Pool, reference_seat};
pub use workloads::{Case, filling, pairs, scenario};
