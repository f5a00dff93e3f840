//! Why a file could not be read, and where.

use crate::import::format::Format;
use arenascope_trace::Stopped;
use std::fmt;
use std::io;
use thiserror::Error;

/// A place in a file, after unpacking.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Bytes before it.
    Byte(u64),
    /// The line, from 1.
    Line(u64),
    /// Line and column, from 1.
    LineColumn(u64, u64),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Byte(byte) => write!(f, "byte {byte}"),
            Self::Line(line) => write!(f, "line {line}"),
            Self::LineColumn(line, column) => write!(f, "line {line}, column {column}"),
        }
    }
}

/// Why a file could not be read.
#[derive(Debug, Error)]
pub enum ImportError {
    /// It is nothing that is known.
    #[error("this is {looks_like}; what can be opened: {known}")]
    Unknown {
        /// What it looks like.
        looks_like: String,
        /// The formats that are known.
        known: String,
    },
    /// It says what cannot be.
    #[error("{}: {place}: expected {expected}, found {found}", .format.label())]
    Malformed {
        /// What it is.
        format: Format,
        /// Where.
        place: Place,
        /// What should be there.
        expected: String,
        /// What is.
        found: String,
    },
    /// It asks for what is never done, such as to run code.
    #[error("{}: {place}: {what} is refused", .format.label())]
    Refused {
        /// What it is.
        format: Format,
        /// Where.
        place: Place,
        /// What it asks for.
        what: String,
    },
    /// It holds more of something than can be shown.
    #[error("{}: {place}: more than {most} {what}", .format.label())]
    TooMuch {
        /// What it is.
        format: Format,
        /// Where.
        place: Place,
        /// Of what.
        what: &'static str,
        /// The most there may be.
        most: u64,
    },
    /// It is of a version that is not known.
    #[error("{}: version {version} is not known: {known} are", .format.label())]
    Version {
        /// What it is.
        format: Format,
        /// What it says.
        version: String,
        /// What is known.
        known: &'static str,
    },
    /// It holds no event, and nothing else to show.
    #[error("{}: it holds nothing: {why}", .format.label())]
    Empty {
        /// What it is.
        format: Format,
        /// In the words of the format.
        why: String,
    },
    /// Somebody ended the reading.
    #[error(transparent)]
    Stopped(#[from] Stopped),
    /// The source failed, or what packs it is damaged.
    #[error("it could not be read: {0}")]
    Read(#[from] io::Error),
}

impl ImportError {
    /// Of a file that begins with these unpacked bytes and is nothing known: what it looks like,
    /// and what is known.
    pub fn unknown(first: &[u8]) -> Self {
        let known = Format::ALL.map(Format::label).join(", ");
        Self::Unknown { looks_like: looks_like(first).into(), known }
    }
}

/// What a file that is none of the formats looks like.
fn looks_like(first: &[u8]) -> &'static str {
    let begins = |with: &[u8]| first.starts_with(with);
    let text = first.strip_prefix(b"\xef\xbb\xbf").unwrap_or(first).trim_ascii_start();
    match text.first() {
        None if first.is_empty() => "an empty file",
        None => "a file of blanks",
        _ if begins(b"\xfd7zXZ\0") => "compressed by xz: unpack it first",
        _ if begins(b"BZh") => "compressed by bzip2: unpack it first",
        _ if begins(b"PK\x03\x04") => "a zip archive: unpack it first",
        _ if begins(b"\x80") => "a Python pickle that is no PyTorch snapshot",
        _ if begins(b"ARROW1") || begins(b"PAR1") => "a table (Arrow or Parquet)",
        _ if begins(b"SQLite format 3") => "a SQLite database",
        _ if begins(b"memray") => "memray's own format: run `memray transform csv` on it",
        _ if begins(b"\x7fELF") || begins(b"MZ") || begins(b"\0asm") => "a program",
        _ if begins(b"\x89PNG") || begins(b"\xff\xd8\xff") => "a picture",
        Some(b'{' | b'[') => "JSON, of a kind that is not known",
        Some(b'<') => "HTML or XML",
        _ if std::str::from_utf8(&first[..first.len().min(1024)]).is_ok() => "text, of a kind that is not known",
        _ => "binary, of a kind that is not known",
    }
}
