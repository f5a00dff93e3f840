//! The head of a batch, as `docs/probe-protocol.md` describes it; what is in a batch is
//! written as it came.

use thiserror::Error;

/// First bytes of a file of batches.
pub(crate) const FILE_MAGIC: &[u8; 8] = b"ASPROBE\0";
pub(super) const MAGIC: [u8; 4] = *b"ASPB";
pub(super) const VERSION: u8 = 1;
pub(super) const HEAD_BYTES: usize = 56;
/// Most bytes of one batch, its head included.
pub(crate) const BATCH_BYTES_MAX: usize = 64 << 10;
/// Flags: the first batch of tables that begin anew, and the last batch of a realm.
pub(super) const TABLES_ANEW: u8 = 1;
pub(super) const LAST: u8 = 2;

/// Names a realm: a page, a frame, a worker.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct RealmId(pub(crate) u64);

/// What a batch says of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) realm: RealmId,
    /// Records in it.
    pub(crate) records: u32,
    /// Records of the realm before it, lost ones included.
    pub(crate) records_before: u64,
    /// Nothing comes of the realm after it.
    pub(crate) is_last: bool,
}

/// Why bytes are no batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub(crate) enum BatchError {
    #[error("{0} bytes, less than a head")]
    Short(usize),
    #[error("{0} bytes, more than a batch may have")]
    Long(usize),
    #[error("no batch")]
    Magic,
    #[error("version {0} of the protocol")]
    Version(u8),
    #[error("a head of {head} and a body of {body} bytes, in a batch of {bytes}")]
    Length { head: usize, body: u64, bytes: usize },
    #[error("a realm without a number")]
    Realm,
}

impl Head {
    /// The head of a whole batch, and of nothing else.
    pub(crate) fn of(batch: &[u8]) -> Result<Self, BatchError> {
        let Some(head) = batch.first_chunk::<HEAD_BYTES>() else { return Err(BatchError::Short(batch.len())) };
        if batch.len() > BATCH_BYTES_MAX {
            return Err(BatchError::Long(batch.len()));
        }
        if head[..4] != MAGIC {
            return Err(BatchError::Magic);
        }
        if head[4] != VERSION {
            return Err(BatchError::Version(head[4]));
        }
        let long = |at: usize| (0..8).fold(0, |value, byte| value | u64::from(head[at + byte]) << (8 * byte));
        let (head_bytes, body) = (usize::from(u16::from_le_bytes([head[6], head[7]])), long(8) & u64::from(u32::MAX));
        if head_bytes < HEAD_BYTES || head_bytes as u64 + body != batch.len() as u64 {
            return Err(BatchError::Length { head: head_bytes, body, bytes: batch.len() });
        }
        if long(16) == 0 {
            return Err(BatchError::Realm);
        }
        Ok(Self {
            realm: RealmId(long(16)),
            records: u32::from_le_bytes([head[12], head[13], head[14], head[15]]),
            records_before: long(32),
            is_last: head[5] & LAST != 0,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn batch() -> Vec<u8> {
        let mut bytes = vec![0; HEAD_BYTES + 3];
        bytes[..8].copy_from_slice(&[b'A', b'S', b'P', b'B', 1, LAST, 56, 0]);
        bytes[8] = 3;
        bytes[12] = 2;
        bytes[16..24].copy_from_slice(&0x0102_0304_0506_0708_u64.to_le_bytes());
        bytes[32..40].copy_from_slice(&300_u64.to_le_bytes());
        bytes
    }

    #[test]
    fn a_head_is_read() {
        let realm = RealmId(0x0102_0304_0506_0708);
        assert_eq!(Head::of(&batch()), Ok(Head { realm, records: 2, records_before: 300, is_last: true }));
    }

    #[test]
    fn what_is_no_batch_says_why() {
        let changed = |at: usize, to: u8| {
            let mut bytes = batch();
            bytes[at] = to;
            Head::of(&bytes)
        };
        assert_eq!(Head::of(b"ASPB"), Err(BatchError::Short(4)));
        assert_eq!(Head::of(&[0; BATCH_BYTES_MAX + 1]), Err(BatchError::Long(BATCH_BYTES_MAX + 1)));
        assert_eq!(changed(0, b'B'), Err(BatchError::Magic));
        assert_eq!(changed(4, 2), Err(BatchError::Version(2)));
        assert_eq!(changed(8, 4), Err(BatchError::Length { head: 56, body: 4, bytes: 59 }));
        assert_eq!(changed(6, 55), Err(BatchError::Length { head: 55, body: 3, bytes: 59 }));
        let mut unnamed = batch();
        unnamed[16..24].fill(0);
        assert_eq!(Head::of(&unnamed), Err(BatchError::Realm));
    }
}
