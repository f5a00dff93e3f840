//! The recording: every event of every thread, kept, and read at any moment.
//!
//! ```text
//! rings ─▶ merge ─▶ intake ───▶ writer ─▶ EventLog ─▶ Reader ─▶ Cursor, EventSeries
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
//! - [`Import`] takes in what a reader of another tool's file tells, with its [`Tables`].
//! - [`Retold`] tells a run again, for exports.
//! - [`spill`] turns chunks into bytes and back, and keeps a run as a file.
//!
//! An event takes about 20 bytes in memory, everything included. What never happens: an
//! event changes after it was published; a chunk moves; a reader waits.

mod alive;
#[expect(unsafe_code, reason = "a list that one thread writes and others read; see the SAFETY comments")]
mod append;
mod brief;
mod chunk;
mod column;
mod import;
mod intake;
mod jump;
mod kind;
mod live;
mod log;
mod merge;
mod owner_frame;
mod reader;
mod recorder;
mod retold;
mod rows;
mod scan;
mod segment_tree;
mod series;
pub mod spill;
mod standing;
mod summary;
mod sweep;
mod tables;
mod things;
mod travel;
mod walk;
mod writer;

pub use alive::AliveThing;
pub use brief::Brief;
pub use chunk::CHUNK;
pub use import::Import;
pub use kind::{CORRECTED, INFERRED, Kind};
pub use log::{EventLog, FileState, Limits, LogFigures, WhenFull};
pub use owner_frame::is_allocator;
pub use reader::{Reader, Recorded};
pub use recorder::Recorder;
pub use retold::Retold;
pub use scan::Scan;
pub use segment_tree::SegmentTree;
pub use series::EventSeries;
pub use standing::{Gaps, Metric, Standing};
pub use summary::{BLOCK, Extremes};
pub use sweep::AllExtremes;
pub use tables::Tables;
pub use travel::{Cursor, State};
