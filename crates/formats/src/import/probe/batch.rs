//! The header of a batch.

use crate::import::error::{ImportError, Place};
use crate::import::format::Format;

/// The first bytes of a file.
pub(super) const FILE_MAGIC: &[u8; 8] = b"ASPROBE\0";
/// The first bytes of a batch.
pub(super) const MAGIC: &[u8; 4] = b"ASPB";
/// The only version there is.
const VERSION: u8 = 1;
/// Bytes of a header of version 1.
const HEADER: usize = 56;
/// Most bytes of a batch with its header.
pub(super) const BATCH_MAX: usize = 1 << 16;

/// What stands before the records of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Header {
    /// The realm's tables begin anew.
    pub(super) is_anew: bool,
    /// Bytes of header and body.
    pub(super) bytes: usize,
    /// Of these, the header's.
    pub(super) header_bytes: usize,
    pub(super) records: u32,
    pub(super) realm: u64,
    pub(super) sequence: u32,
    /// Records of the realm before this batch, those that were lost included.
    pub(super) records_before: u64,
    /// Of these, how many the realm knows to be lost.
    pub(super) known_lost: u64,
    /// µs since the realm's time origin.
    pub(super) time_us: u64,
}

impl Header {
    /// The header at the start of `bytes`, which lie at `at`; `None` where more of them are
    /// needed.
    pub(super) fn of(bytes: &[u8], at: u64) -> Result<Option<Self>, ImportError> {
        let known = bytes.len().min(MAGIC.len());
        if bytes[..known] != MAGIC[..known] {
            return Err(malformed(at, "a batch (`ASPB`)", format!("{:02x?}", &bytes[..known])));
        }
        let Some(fixed) = bytes.first_chunk::<HEADER>() else { return Ok(None) };
        let half = |from: usize| u16::from_le_bytes([fixed[from], fixed[from + 1]]);
        let word = |from: usize| u32::from(half(from)) | u32::from(half(from + 2)) << 16;
        let long = |from: usize| u64::from(word(from)) | u64::from(word(from + 4)) << 32;
        if fixed[4] != VERSION {
            let version = fixed[4].to_string();
            return Err(ImportError::Version { format: Format::Probe, version, known: "1" });
        }
        let (header_bytes, body) = (usize::from(half(6)), word(8) as usize);
        if header_bytes < HEADER {
            return Err(malformed(at + 6, "a header of at least 56 bytes", header_bytes.to_string()));
        }
        if header_bytes.saturating_add(body) > BATCH_MAX {
            return Err(malformed(at + 8, "a batch of at most 65536 bytes", (header_bytes + body).to_string()));
        }
        if long(16) == 0 {
            return Err(malformed(at + 16, "the number of a realm, which is not 0", "0".into()));
        }
        Ok(Some(Self {
            is_anew: fixed[5] & 1 != 0,
            bytes: header_bytes + body,
            header_bytes,
            records: word(12),
            realm: long(16),
            sequence: word(24),
            records_before: long(32),
            known_lost: long(40),
            time_us: long(48),
        }))
    }
}

fn malformed(at: u64, expected: &str, found: String) -> ImportError {
    ImportError::Malformed { format: Format::Probe, place: Place::Byte(at), expected: expected.into(), found }
}
