//! The address spaces of a trace.

use arenascope_trace::SpaceId;

/// The address space that every trace has.
pub(super) const GPU: SpaceId = SpaceId(0);
/// The one of resources in memory of the system's.
pub(super) const SYSTEM: SpaceId = SpaceId(1);
/// What the driver's sizes are multiples of.
pub(super) const PAGE: u64 = 4096;
