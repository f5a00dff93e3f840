//! A mark in the payload of an allocation, written once and checked when it is
//! freed: whoever is given the same bytes meanwhile destroys it.

use super::crew::Kept;
use crate::arena::{FreeError, Pinned};
use core::sync::atomic::{AtomicU32, Ordering::Relaxed};

/// A word in each of so many is marked, beside the first and the last: one in each
/// 256 bytes, no more than what a small allocation is rounded by.
const EVERY: usize = 64;

/// Marks the payload of `kept` with `cookie`, unless the arena is held too long.
pub(super) fn write(here: &mut Pinned<'_>, kept: &mut Kept, cookie: u32) {
    if let Ok(words) = here.words(kept.id) {
        marked(words).for_each(|word| word.store(cookie, Relaxed));
        kept.cookie = Some(cookie);
    }
}

/// True unless a mark is gone. Of memory that was never marked, or cannot be looked at
/// now, nothing is said.
pub(super) fn holds(here: &mut Pinned<'_>, kept: &Kept) -> bool {
    let Some(cookie) = kept.cookie else { return true };
    match here.words(kept.id) {
        Ok(words) => marked(words).all(|word| word.load(Relaxed) == cookie),
        Err(error) => matches!(error, FreeError::Contended(_)),
    }
}

fn marked(words: &[AtomicU32]) -> impl Iterator<Item = &AtomicU32> {
    words.iter().step_by(EVERY).chain(words.last())
}
