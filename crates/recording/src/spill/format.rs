//! What a file begins with, and how long its frames may be.

use crate::chunk::CHUNK;

/// The first bytes of a file.
pub const MAGIC: [u8; 8] = *b"ASREC\0\0\0";
/// Raised with every change of the format.
pub const VERSION: u32 = 4;
/// The newest version whose files have no end mark.
pub(super) const VERSION_WITHOUT_END: u32 = 1;
/// Bytes of the file header.
pub const HEADER_BYTES: usize = 16;

/// What a file begins with.
pub fn header() -> [u8; HEADER_BYTES] {
    let mut bytes = [0; HEADER_BYTES];
    bytes[..8].copy_from_slice(&MAGIC);
    bytes[8..12].copy_from_slice(&VERSION.to_le_bytes());
    bytes
}

/// No frame is longer: 16 384 events of at most 8 bytes in each of six columns,
/// and as many kinds.
pub(super) const BODY_MAX: u64 = 16 + CHUNK * 56 + 60;
