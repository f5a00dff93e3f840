//! What a ring carries: events, and what the ring itself has to say.

/// Words of one record.
pub const RECORD_WORDS: usize = 4;
/// One event in words.
pub type Record = [u64; RECORD_WORDS];
