//! How a record is named: by its place.

/// Where a record lies: its offset from the region's base, in records. Never zero,
/// where the arena's header lies.
pub(crate) type Name = u32;

/// Bytes of a record.
pub(crate) const RECORD: u32 = 32;
