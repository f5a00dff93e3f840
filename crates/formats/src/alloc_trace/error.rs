//! Why reading ends early.

use super::bounds::{BLANK_MAX, OPERATION_MAX};
use super::encoding::Encoding;
use core::fmt;
use std::io;
use thiserror::Error;

/// What should have stood where the text went wrong.
///
/// ```
/// # use arenascope_formats::alloc_trace::Expected;
/// assert_eq!(Expected::Number.to_string(), "a decimal number");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected {
    /// `Alloc(`, `Realloc(` or `Free(`.
    Operation,
    /// A decimal number of bytes, or of an allocation.
    Number,
    /// A decimal number of digits alone.
    PlainNumber,
    /// A number that fits 64 bits.
    SmallerNumber,
    /// The comma between the two numbers of `Realloc`.
    Comma,
    /// The bracket that ends an operation.
    Bracket,
    /// An operation of at most [`OPERATION_MAX`] bytes.
    ShorterOperation,
    /// An operation, or the end, after fewer blanks and comments.
    FewerBlanks,
    /// `]` at the end of a printed list.
    ListEnd,
    /// Nothing: the list has ended.
    End,
}

impl fmt::Display for Expected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Operation => f.pad("`Alloc(bytes),` or `Free(index),`"),
            Self::Number => f.pad("a decimal number"),
            Self::PlainNumber => f.pad("a decimal number of digits alone, as 1024"),
            Self::SmallerNumber => write!(f, "a number of at most {}", u64::MAX),
            Self::Comma => f.pad("a comma and the new size"),
            Self::Bracket => f.pad("`)`"),
            Self::ShorterOperation => write!(f, "an operation of at most {OPERATION_MAX} bytes"),
            Self::FewerBlanks => write!(f, "an operation within {BLANK_MAX} bytes of blanks and comments"),
            Self::ListEnd => f.pad("`]`"),
            Self::End => f.pad("nothing behind `]`"),
        }
    }
}

/// Why reading ended early. Lines and columns count from 1, columns in bytes; in
/// UTF-16 they count units.
///
/// ```
/// # use arenascope_formats::alloc_trace::*;
/// let error = TraceReader::new("Alloc(1),\nFree(x),\n".as_bytes()).nth(1).unwrap().unwrap_err();
/// assert!(matches!(error, TraceError::Malformed { line: 2, column: 6, expected: Expected::Number, .. }));
/// ```
#[derive(Debug, Error)]
pub enum TraceError {
    /// Something stands there that is no operation.
    #[error("line {line}, column {column}: expected {expected}, found `{found}`")]
    Malformed {
        /// The line on which it stands.
        line: u64,
        /// The byte of the line at which it stops being one.
        column: u64,
        /// What should stand there.
        expected: Expected,
        /// What does: at most 24 bytes, printable.
        found: String,
    },
    /// The recording ends in the middle of something, as where its writer was killed.
    #[error("line {line}, column {column}: the recording is cut here: expected {expected}, found the end")]
    Cut {
        /// The line that the recording ends in.
        line: u64,
        /// One past its last byte.
        column: u64,
        /// What should stand there.
        expected: Expected,
    },
    /// Zero bytes stand from here to the end, as file systems leave them after a crash.
    #[error("line {line}, column {column}: the recording is cut here: the rest is {bytes} zero bytes")]
    ZeroTail {
        /// The line that they begin on.
        line: u64,
        /// The byte of the line at which they begin.
        column: u64,
        /// Zero bytes up to the end.
        bytes: u64,
    },
    /// It is no text, but something that a tool unpacks or converts.
    #[error("this is {encoding}: {}", encoding.advice())]
    Encoded {
        /// The encoding, by its first bytes.
        encoding: Encoding,
    },
    /// The file or pipe that it is read from failed.
    #[error("line {line}: {error}")]
    Read {
        /// The line that was being read.
        line: u64,
        /// What the source said.
        #[source]
        error: io::Error,
    },
}

impl TraceError {
    /// True where the recording ends too early, and all that it has is good.
    ///
    /// ```
    /// # use arenascope_formats::alloc_trace::TraceReader;
    /// let is_cut = |text: &str| TraceReader::new(text.as_bytes()).last().unwrap().unwrap_err().is_cut();
    /// assert!(is_cut("Alloc(1),\nFre") && !is_cut("Alloc(1),\nFre,"));
    /// ```
    pub const fn is_cut(&self) -> bool {
        matches!(self, Self::Cut { .. } | Self::ZeroTail { .. })
    }
}
