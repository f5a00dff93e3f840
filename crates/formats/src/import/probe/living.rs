//! What lives, for tables and findings.

use super::class::Class;

/// A resource that lives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Living {
    /// Its number in the events.
    pub id: u64,
    /// Which realm's: the thread of its events.
    pub realm: usize,
    /// What it is.
    pub class: Class,
    /// Its label; empty where it has none.
    pub label: String,
    /// Bytes as they were told, those that are in no total included.
    pub bytes: u64,
    /// When it was made, µs since the run's start.
    pub born_us: u64,
    /// When it was used last; `None` where it never was.
    pub used_us: Option<u64>,
    /// Frames since it was used, or since it was made.
    pub frames_unused: u64,
}

/// Calls of one kind, and the bytes that they moved.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Work {
    /// How many.
    pub calls: u64,
    /// Of how many bytes.
    pub bytes: u64,
}

/// Kinds of calls, by the protocol's counters: 1 submits to 21 workers.
pub const WORK_KINDS: usize = 22;
