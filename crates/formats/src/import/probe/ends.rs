//! Whether a batch is the last one of its page.

use super::batch::Header;

/// The realm whose last batch this is; `None` where more will come, or it is no batch. O(1).
///
/// ```
/// use arenascope_formats::import::probe::last_of;
/// let mut batch = vec![0; 56];
/// batch[..7].copy_from_slice(&[b'A', b'S', b'P', b'B', 1, 2, 56]);
/// batch[16] = 9;
/// assert_eq!(last_of(&batch), Some(9));
/// batch[5] = 0;
/// assert_eq!(last_of(&batch), None);
/// ```
pub fn last_of(batch: &[u8]) -> Option<u64> {
    const LAST: u8 = 2;
    let header = Header::of(batch, 0).ok()??;
    (batch[5] & LAST != 0).then_some(header.realm)
}

/// The realm that a batch is of; `None` of what is none. O(1).
pub fn realm_of(batch: &[u8]) -> Option<u64> {
    Some(Header::of(batch, 0).ok()??.realm)
}
