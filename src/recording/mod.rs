//! The recording: every event of every thread, kept, and read at any moment.
//!
//! ```text
//! rings ─▶ merge ─▶ Recorder ─▶ writer ─▶ EventLog ─▶ Reader ─▶ Cursor, EventSeries
//!          one order  links,      chunks,   shared      any       state at a position,
//!                     what is     key       memory      thread    extremes of a range
//!                     missing     frames
//! ```
//!
//! - [`Recorder`] takes events in, on one thread; [`EventLog`] is what is shared;
//!   [`Reader`] reads it on any thread and never waits.
//! - [`Cursor`] is time travel: [`State`] at any position, exact where no event
//!   is missing, and marked where one is.
//! - [`EventSeries`] is every [`Metric`] at any zoom; [`Reader::scan`] finds events
//!   by kind.
//! - [`spill`] turns chunks into bytes and back.
//!
//! An event takes about 20 bytes, everything included. What never happens: an
//! event changes after it was published; a chunk moves; a reader waits.

#[expect(unsafe_code, reason = "a list that one thread writes and others read; see the SAFETY comments")]
mod append;
mod books;
mod chunk;
mod column;
mod forest;
mod jump;
mod kind;
mod log;
mod merge;
mod reader;
mod recorder;
mod rows;
mod scan;
mod series;
pub mod spill;
mod standing;
mod summary;
mod sweep;
mod things;
mod travel;
mod walk;
mod writer;

pub use chunk::CHUNK;
pub use forest::Forest;
pub use kind::{CORRECTED, INFERRED, Kind};
pub use log::{EventLog, Limits, LogFigures, WhenFull};
pub use reader::{Reader, Recorded};
pub use recorder::Recorder;
pub use scan::Scan;
pub use series::EventSeries;
pub use standing::{Gaps, Metric, Standing};
pub use summary::{BLOCK, Extremes};
pub use sweep::AllExtremes;
pub use travel::{AliveThing, Cursor, State};
