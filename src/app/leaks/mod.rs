//! The Leaks panel: lifetimes, temporary allocations, and growth without release.

pub mod findings;
pub mod found;
pub mod growth;
pub mod lifetimes;
pub mod live;
pub mod panel;
pub mod temporary;
pub mod told;

/// Events counted between two looks at the clock.
const SLICE: u64 = 256;
