//! The page that a thread cuts new slots from.

use crate::thread_cache::name::Name;

/// A page that a thread cuts slots from; all zero for none.
#[derive(Clone, Copy, Debug)]
pub(super) struct OpenPage {
    pub(super) page: u32,
    /// The first granule that no slot takes.
    pub(super) bump: u32,
    /// The lowest record that has been begun.
    pub(super) lowest: Name,
}

impl OpenPage {
    /// No page: no room.
    pub(super) const NONE: Self = Self { page: 0, bump: 0, lowest: 0 };
}
