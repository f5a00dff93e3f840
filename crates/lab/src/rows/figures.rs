//! What comes out of a row.

use super::spec::RowSpec;
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// One row of the laboratory, done.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// Which.
    pub spec: RowSpec,
    /// Whether it ran to its end; false where it was cancelled.
    pub is_complete: bool,
    /// What was measured; `None` where it could not run, or was cancelled before the end of
    /// its first pass.
    pub figures: Option<Figures>,
    /// Why it could not run.
    pub unavailable: Option<Unavailable>,
    /// Where each block lay, bytes; [`Self::NOWHERE`] for one that was refused. Empty unless
    /// the settings keep addresses.
    pub addresses: Vec<u64>,
    /// How much was held from the system, bytes: each `(operations done, bytes)` where it
    /// changes. For a policy over one arena it is the footprint so far.
    pub held: Vec<(u32, u64)>,
    /// Of the packing: how near it is to the optimum.
    pub packing: Option<Packing>,
}

impl Row {
    /// Stands among the addresses for a block that was refused.
    pub const NOWHERE: u64 = u64::MAX;

    pub(crate) fn of(spec: RowSpec) -> Self {
        let (addresses, held) = (Vec::new(), Vec::new());
        Self { spec, is_complete: false, figures: None, unavailable: None, addresses, held, packing: None }
    }

    /// The operation after which the held bytes are first at their peak.
    pub fn held_peak_at(&self) -> u32 {
        let peak = self.held.iter().map(|&(_, bytes)| bytes).max().unwrap_or(0);
        self.held.iter().find(|&&(_, bytes)| bytes == peak).map_or(0, |&(done, _)| done.saturating_sub(1))
    }
}

/// What was measured of one way to serve a workload.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Figures {
    /// Operations that were done.
    pub operations: u64,
    /// The most that it held from the system, bytes: of one arena the footprint, of an
    /// allocator in segments the sum of these.
    pub peak_bytes: u64,
    /// [`Self::peak_bytes`] ÷ bound − 1; 0 is perfect.
    pub overhead: f64,
    /// Allocations that were refused, by why.
    pub failures: Failures,
    /// What the held bytes were for, when they were at their peak for the first time.
    pub at_peak: Moment,
    /// The same after the operation at which the workload's live bytes peak.
    pub at_bound: Moment,
    /// Mean of [`Moment::fragmentation_within`] over at most 256 moments.
    pub fragmentation_within_mean: f64,
    /// The smallest arena in which nothing is refused, bytes, as bisection finds it; `None`
    /// where it was not searched, or none did.
    pub smallest_bytes: Option<u64>,
    /// How exact that is, bytes: it was refused something in one this much smaller.
    pub smallest_step_bytes: u64,
    /// Nanoseconds for each operation, by the caller's clock over one whole pass, placing
    /// and nothing else; 0 where the clock stands.
    pub nanoseconds: f64,
}

/// Refused allocations, by why.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failures {
    /// Fewer bytes were free than it takes.
    pub full: u64,
    /// Enough bytes were free, but not in one piece.
    pub fragmented: u64,
    /// What describes ranges ran out before the memory did.
    pub out_of_nodes: u64,
    /// Beyond what the allocator gives at all.
    pub too_large: u64,
}

impl Failures {
    /// All of them.
    pub const fn total(&self) -> u64 {
        self.full + self.fragmented + self.out_of_nodes + self.too_large
    }
}

/// What the held bytes are for at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Moment {
    /// The operation after which it is.
    pub at: u32,
    /// Bytes held from the system.
    pub held_bytes: u64,
    /// Bytes that live, as asked for.
    pub live_bytes: u64,
    /// The rest of the held bytes, by cause: with the live ones they are all of them.
    pub waste: Waste,
    /// 1 − largest free piece ÷ free bytes, of what is held; 0 where nothing is free.
    pub fragmentation_within: f64,
    /// The same of the whole budget, whose untouched end is one large free piece.
    pub fragmentation_whole: f64,
}

/// Held bytes that nobody asked for, by cause.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waste {
    /// Free pieces between blocks, bytes.
    pub external_bytes: u64,
    /// Set aside for blocks beyond what they asked for, bytes: rounding to sizes and classes.
    pub internal_bytes: u64,
    /// Kept for requests to come, bytes: whole segments without a block, and what a thread
    /// keeps.
    pub cached_bytes: u64,
    /// What describes the ranges, bytes. Not a part of [`Moment::held_bytes`] where the
    /// layout is bare.
    pub metadata_bytes: u64,
}

/// How near a packing is to the optimum.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Packing {
    /// Its height, bytes.
    pub height_bytes: u64,
    /// No packing is lower than this, bytes: the bound, with sizes as they are rounded.
    pub bound_bytes: u64,
    /// At most this part above the optimum; 0 is proven optimal.
    pub gap: f64,
    /// Whether the search ended, so that more time would not help.
    pub is_exhausted: bool,
    /// Search nodes visited so far.
    pub nodes: u64,
}

/// Why a row could not run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Error)]
#[non_exhaustive]
pub enum Unavailable {
    /// A thread's cache keeps its records in the memory that it caches.
    #[error(
        "a thread's cache needs memory behind it: {wanted_bytes} bytes of address space, at most {most_bytes} are had"
    )]
    NeedsMemory {
        /// What it would take.
        wanted_bytes: u64,
        /// What there is.
        most_bytes: u64,
    },
    /// The budget is beyond what the layout allows.
    #[error("{wanted_bytes} bytes are beyond the {most_bytes} that this layout addresses")]
    TooLarge {
        /// What it would take.
        wanted_bytes: u64,
        /// What there is.
        most_bytes: u64,
    },
}
