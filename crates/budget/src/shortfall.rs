//! Why there is no room.

use arenascope_units::Bytes;

/// Why a node has no room: its figures at the moment of refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Shortfall {
    pub(super) wanted: Bytes,
    pub(super) claimed: Bytes,
    pub(super) limit: Bytes,
    /// Of the limit, set aside for others.
    pub(super) set_aside: Bytes,
}
