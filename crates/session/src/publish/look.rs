//! What only a walk of the arena can tell.

use arenascope_arena::{Arena, FreeSizes, GRANULE, MAX_ALIGN};
use arenascope_units::Bytes;

/// What WebGPU asks of the offset of a bound buffer, by default: requests of the GPU's
/// data come at this alignment.
const GPU_ALIGN: Bytes = Bytes::new(256);

/// What a walk of the arena found.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct ArenaLook {
    pub(super) free_sizes: FreeSizes,
    pub(super) largest_fit: Bytes,
    pub(super) largest_fit_256: Bytes,
    pub(super) largest_fit_64k: Bytes,
}

impl ArenaLook {
    pub(super) fn of(arena: &Arena) -> Self {
        Self {
            free_sizes: arena.free_sizes(),
            largest_fit: arena.largest_fit(GRANULE),
            largest_fit_256: arena.largest_fit(GPU_ALIGN),
            largest_fit_64k: arena.largest_fit(MAX_ALIGN),
        }
    }
}
