//! From a file's bytes to a document, without trust: what is no snapshot is refused
//! by its true reason.

use super::{Document, NAME, VERSION};
use serde::Deserialize;
use serde_json::Value;
use serde_json::error::Category;
use std::borrow::Cow;
use thiserror::Error;

/// Of a foreign text no more than this is repeated, in characters.
const ECHO_MAX: usize = 80;
/// Of a reader's reason, which names where it is, no more than this.
const REASON_MAX: usize = 300;
/// What other tools write where a figure is no number; JSON has no such words.
const NO_NUMBERS: [&str; 3] = ["NaN", "Infinity", "-Infinity"];

/// So much of a file tells whether it means to be a snapshot.
pub const FIRST_KEYS_BYTES: usize = 4096;

/// Whether a file that begins so means to be a snapshot: it names itself, in UTF-8 or
/// UTF-16.
pub fn looks_like(first: &[u8]) -> bool {
    let narrow: Vec<u8> = first.iter().copied().filter(|byte| *byte != 0).take(FIRST_KEYS_BYTES).collect();
    let text = String::from_utf8_lossy(&narrow);
    text.contains("\"schema\"") && text.contains(NAME)
}

/// Why a file is not a snapshot that can be shown.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SnapshotError {
    /// Packed by gzip, and not unpacked here.
    #[error("it is compressed (gzip): unpack it, then open what is inside")]
    Compressed,
    /// Neither UTF-8 nor UTF-16 with its mark.
    #[error("not text: what stands at byte {offset_bytes} is no UTF-8; is it a snapshot at all?")]
    NotText {
        /// Bytes before the first that is none.
        offset_bytes: usize,
    },
    /// Not JSON, or cut off.
    #[error("not JSON: reading stopped at line {line}, column {column} of {length} bytes; is the file whole?")]
    NotJson {
        /// Where reading stopped, from 1.
        line: usize,
        /// Where in that line, in bytes from 1.
        column: usize,
        /// Bytes of the whole text.
        length: usize,
    },
    /// `NaN` or an infinity, which JSON does not have.
    #[error(
        "not JSON: `{word}` at line {line}, column {column} is no number that JSON has; \
         the tool that wrote the file must leave it out or write null"
    )]
    NotANumber {
        /// The word, as it stands in the file: `NaN`.
        word: &'static str,
        /// Its line, from 1.
        line: usize,
        /// Where in that line reading stopped, in bytes from 1.
        column: usize,
    },
    /// JSON, but not of this kind.
    #[error("{}", other_format(.name.as_deref()))]
    OtherFormat {
        /// The name it gives itself, if any.
        name: Option<String>,
    },
    /// A snapshot of a version that is not read here.
    #[error("{}", other_version(.version.as_deref()))]
    OtherVersion {
        /// Its version, as JSON text: another number, or no whole number at all; `None`
        /// where it says none.
        version: Option<String>,
    },
    /// A snapshot that lacks something, or has it in another form.
    #[error("a snapshot, but not as version {VERSION} is written: {reason}")]
    Broken {
        /// What is wrong, and where.
        reason: String,
    },
}

/// What a document says of its kind, where that is not ours.
fn other_format(name: Option<&str>) -> String {
    match name {
        Some(name) => format!("the document calls itself \"{name}\"; expected \"{NAME}\""),
        None => format!("JSON, but not a snapshot: it has no `schema` with the name \"{NAME}\""),
    }
}

/// What a snapshot says of its version, where that is not ours.
fn other_version(version: Option<&str>) -> String {
    match version {
        Some(version) if version.bytes().all(|digit| digit.is_ascii_digit()) => {
            format!("a snapshot of version {version}; this page reads version {VERSION}")
        }
        Some(version) => {
            format!("a snapshot whose `schema.version` is {version}; expected the whole number {VERSION}")
        }
        None => format!("a snapshot without `schema.version`; expected the whole number {VERSION}"),
    }
}

/// Reads a snapshot document: UTF-8, or UTF-16 with its mark. O(length).
///
/// # Errors
/// [`SnapshotError`], for whatever the bytes are.
pub fn read(bytes: &[u8]) -> Result<Document, SnapshotError> {
    let text = decode(bytes)?;
    check_schema(&text)?;
    serde_json::from_str(&text).map_err(|error| {
        let reason = error.to_string();
        SnapshotError::Broken { reason: clipped(&reason, REASON_MAX).into_owned() }
    })
}

/// The file's text, without the mark of its encoding.
fn decode(bytes: &[u8]) -> Result<Cow<'_, str>, SnapshotError> {
    let utf16 = |bytes: &[u8], unit: fn([u8; 2]) -> u16| {
        let units: Vec<u16> = bytes.chunks_exact(2).map(|pair| unit([pair[0], pair[1]])).collect();
        Cow::Owned(String::from_utf16_lossy(&units))
    };
    match bytes {
        [0x1f, 0x8b, ..] => Err(SnapshotError::Compressed),
        [0xff, 0xfe, rest @ ..] => Ok(utf16(rest, u16::from_le_bytes)),
        [0xfe, 0xff, rest @ ..] => Ok(utf16(rest, u16::from_be_bytes)),
        [0xef, 0xbb, 0xbf, rest @ ..] => utf8(rest),
        _ => utf8(bytes),
    }
}

/// A letter that the end of the file cuts is left to the reader of JSON to name.
fn utf8(bytes: &[u8]) -> Result<Cow<'_, str>, SnapshotError> {
    match str::from_utf8(bytes) {
        Ok(text) => Ok(text.into()),
        Err(error) if error.error_len().is_none() => Ok(String::from_utf8_lossy(&bytes[..error.valid_up_to()])),
        Err(error) => Err(SnapshotError::NotText { offset_bytes: error.valid_up_to() }),
    }
}

/// The document's head alone: so a foreign document is told by its name, not
/// by the first field it lacks.
#[derive(Deserialize)]
struct Head {
    schema: HeadSchema,
}

#[derive(Deserialize)]
struct HeadSchema {
    name: Option<Value>,
    version: Option<Value>,
}

fn check_schema(text: &str) -> Result<(), SnapshotError> {
    let Head { schema: HeadSchema { name, version } } = serde_json::from_str(text).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        match (error.classify(), no_number_at(text, line, column)) {
            (Category::Data, _) => SnapshotError::OtherFormat { name: None },
            (_, Some(word)) => SnapshotError::NotANumber { word, line, column },
            _ => SnapshotError::NotJson { line, column, length: text.len() },
        }
    })?;
    match (name.as_ref().and_then(Value::as_str), version) {
        (Some(NAME), Some(version)) if version == VERSION => Ok(()),
        (Some(NAME), version) => {
            let version = version.map(|version| clipped(&version.to_string(), ECHO_MAX).into_owned());
            Err(SnapshotError::OtherVersion { version })
        }
        (name, _) => Err(SnapshotError::OtherFormat { name: name.map(|name| clipped(name, ECHO_MAX).into_owned()) }),
    }
}

/// The word at that place, if it is one of those that are no numbers.
fn no_number_at(text: &str, line: usize, column: usize) -> Option<&'static str> {
    let line = text.split('\n').nth(line.checked_sub(1)?)?.as_bytes();
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'-';
    let stopped = column.saturating_sub(1).min(line.len());
    let start = stopped - line[..stopped].iter().rev().take_while(|byte| is_part(byte)).count();
    let word: Vec<u8> = line[start..].iter().copied().take_while(is_part).collect();
    NO_NUMBERS.into_iter().find(|known| known.as_bytes() == word)
}

/// The text, cut after `max` characters with a sign that it was.
fn clipped(text: &str, max: usize) -> Cow<'_, str> {
    match text.char_indices().nth(max) {
        Some((end, _)) => format!("{}…", &text[..end]).into(),
        None => text.into(),
    }
}
