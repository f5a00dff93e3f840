//! Numbers and texts of the file, and what is wrong with one.

use crate::import::error::{ImportError, Place};
use crate::import::format::Format;

/// A number of the file, little endian; `None` behind its end.
fn number<const N: usize>(bytes: &[u8], at: u64) -> Option<[u8; N]> {
    let at = usize::try_from(at).ok()?;
    bytes.get(at..)?.first_chunk().copied()
}

pub(super) fn u32_at(bytes: &[u8], at: u64) -> Option<u32> {
    number(bytes, at).map(u32::from_le_bytes)
}

pub(super) fn u64_at(bytes: &[u8], at: u64) -> Option<u64> {
    number(bytes, at).map(u64::from_le_bytes)
}

/// A text that ends with a zero or with its field.
pub(super) fn text_of(bytes: &[u8]) -> Option<String> {
    let end = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
    let text = String::from_utf8_lossy(&bytes[..end]);
    let text: String = text.chars().filter(|letter| !letter.is_control()).collect();
    (!text.is_empty()).then_some(text)
}

pub(super) fn malformed(at: u64, expected: &str, found: impl Into<String>) -> ImportError {
    ImportError::Malformed {
        format: Format::Rmv,
        place: Place::Byte(at),
        expected: expected.into(),
        found: found.into(),
    }
}
