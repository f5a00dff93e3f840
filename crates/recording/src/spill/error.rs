//! Why bytes are not a recording, or not all of one.

use super::format::{BODY_MAX, VERSION};
use thiserror::Error;

/// Why bytes are not a recording. `at` counts bytes from the file's start.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum SpillError {
    /// The file does not begin as a recording does.
    #[error("not a recording of Arenascope")]
    NotARecording,
    /// A version that this program does not know.
    #[error("version {found} of the format; this program reads up to {VERSION}")]
    Version {
        /// The version of the file.
        found: u32,
    },
    /// A header, and no events after it.
    #[error("it holds no events")]
    NoEvents,
    /// The bytes end within a frame: what comes before it is good.
    #[error("byte {at}: the frame ends early, at least {missing} bytes are missing")]
    Truncated {
        /// Where the frame begins.
        at: u64,
        /// Bytes that are missing, at least.
        missing: u64,
    },
    /// The file ends between two frames, without the mark that its run was written to
    /// its end: the page was closed or the storage was full.
    #[error("byte {at}: the recording was cut off here, after {events} events")]
    NoEnd {
        /// Where the file ends.
        at: u64,
        /// Events that are there.
        events: u64,
    },
    /// No frame begins here.
    #[error("byte {at}: no frame begins here")]
    NoFrame {
        /// The byte of the file at which it is.
        at: u64,
    },
    /// A frame is longer than any frame can be.
    #[error("byte {at}: a frame of {bytes} bytes, {BODY_MAX} are possible")]
    TooLong {
        /// Where the frame begins.
        at: u64,
        /// The length it claims.
        bytes: u64,
    },
    /// A frame was damaged.
    #[error("byte {at}: the frame is damaged")]
    Checksum {
        /// Where the frame begins.
        at: u64,
    },
    /// A frame is whole but makes no sense.
    #[error("byte {at}: the frame makes no sense")]
    Malformed {
        /// Where the frame begins.
        at: u64,
    },
    /// A frame is whole but tells a number that no event has room for.
    #[error("byte {at}: a {column} of {value}, {most} is the most that an event can have")]
    TooWide {
        /// Where the frame begins.
        at: u64,
        /// What the number is: time, offset, size or distance.
        column: &'static str,
        /// The largest there is.
        value: u64,
        /// The largest there can be.
        most: u64,
    },
    /// Frames are missing between two.
    #[error("byte {at}: event {expected} had to come, the frame begins with {found}")]
    Gap {
        /// Where the frame begins.
        at: u64,
        /// The event that had to come.
        expected: u64,
        /// The event that the frame begins with.
        found: u64,
    },
}
