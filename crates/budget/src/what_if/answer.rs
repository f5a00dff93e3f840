//! What would have happened, as plain data.

use super::super::error::Level;
use arenascope_units::owner::{Heap, MemoryCategory, Owner};
use arenascope_units::pressure::Pressure;
use arenascope_units::{Bytes, Micros};

/// Refusals that an answer lists one by one; the rest is only counted.
pub const REFUSALS_LISTED: usize = 256;

/// A request that would have been refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RefusalRow {
    /// When it was asked.
    pub time: Micros,
    /// Category and tag that asked.
    pub owner: Owner,
    /// Where the bytes would have been.
    pub heap: Heap,
    /// How much was asked for.
    pub wanted: Bytes,
    /// Which level would have refused.
    pub level: Level,
    /// Whether it was refused in truth, too.
    pub refused_then: bool,
    /// Whether it is exact: until the parting, or the refusal that parts.
    pub is_certain: bool,
}

/// The answer that first is another one than the budget gave in truth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parting {
    /// When it was given.
    pub time: Micros,
    /// How it differs from the answer that was given.
    pub cause: PartingCause,
}

/// What first is otherwise under other limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum PartingCause {
    /// A request is refused for certain that was granted.
    Refused,
    /// A request is granted that was refused.
    Granted,
    /// Other idle memory goes to make room, or a cache is not made, or is.
    Room,
    /// Idle memory goes, or stays, because the pressure is another.
    Pressure,
}

impl PartingCause {
    /// The name in files: `refused`.
    pub fn key(self) -> &'static str {
        self.into()
    }
}

/// What would have happened. Exact where [`Self::is_exact`]; otherwise exact until
/// [`Self::parting`], and from there on an estimate, but for
/// [`Self::refused_at_least`] and [`Self::refused_by`].
///
/// The estimate assumes of what no history tells: whoever has idle memory gives
/// it, least recently used first, and nothing else; what is given and was used
/// again in truth is asked for again; a request that was refused in truth and is
/// now granted holds nothing afterwards.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WhatIf {
    /// Time of the first request that was run again.
    pub begins_at: Option<Micros>,
    /// Requests that were run again.
    pub requests: u64,
    /// Where the run itself would have begun to go differently; `None` where it
    /// would not have.
    pub parting: Option<Parting>,
    /// Of the requests refused.
    pub refused: u64,
    /// Of these granted in truth: what the limits would have cost.
    pub newly_refused: u64,
    /// Refused in truth and granted now: what the limits would have won.
    pub newly_granted: u64,
    /// Refusals that are certain, whatever else would have gone differently: all
    /// until the parting, and afterwards one for each time that what the program
    /// needs at once, and not counted before, is more than a limit. What needs is
    /// refused, or the arena has no place for it.
    pub refused_at_least: u64,
    /// Of these granted in truth.
    pub newly_refused_at_least: u64,
    /// When the first refusal that is new has happened at the latest; `None`
    /// where none is certain.
    pub refused_by: Option<Micros>,
    /// The first [`REFUSALS_LISTED`] refusals, in order.
    pub refusals: Vec<RefusalRow>,
    /// Bytes each category would have given back because another asked, in the
    /// order of [`MemoryCategory::ALL`].
    pub reclaimed: [Bytes; MemoryCategory::ALL.len()],
    /// The peak of each category.
    pub peaks: [Bytes; MemoryCategory::ALL.len()],
    /// The peak of the total.
    pub peak: Bytes,
    /// The worst pressure that the total would have reached.
    pub pressure: Pressure,
    /// Requests that the history lacks. Anything but 0 makes the answer a guess,
    /// of which nothing is certain.
    pub lost: u64,
}

impl WhatIf {
    /// True where every figure is what would have happened.
    pub const fn is_exact(&self) -> bool {
        self.parting.is_none() && self.lost == 0
    }
}
