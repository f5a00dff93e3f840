//! What is wrong with a snapshot, at a byte of its file.

use crate::import::error::{ImportError, Place};
use crate::import::format::Format;

/// It says what cannot be.
pub(super) fn malformed(at: u64, expected: impl Into<String>, found: impl Into<String>) -> ImportError {
    let (expected, found) = (expected.into(), found.into());
    ImportError::Malformed { format: Format::PytorchSnapshot, place: Place::Byte(at), expected, found }
}

/// It holds more of something than can be shown.
pub(super) fn too_much(at: u64, what: &'static str, most: u64) -> ImportError {
    ImportError::TooMuch { format: Format::PytorchSnapshot, place: Place::Byte(at), what, most }
}
