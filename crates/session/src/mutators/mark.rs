//! A mark in the payload of an allocation, written once and checked when it is
//! freed: whoever is given the same bytes meanwhile destroys it.

use super::pool::MarkedRange;
use arenascope_arena::{FreeError, Pinned};
use core::sync::atomic::{AtomicU32, Ordering::Relaxed};

/// A word in each of so many is marked, beside the first and the last: one in each
/// 256 bytes, no more than what a small allocation is rounded by.
const EVERY: usize = 64;

/// Marks the payload of `marked` with `mark`, unless the arena is held too long.
pub(super) fn write(here: &mut Pinned<'_>, marked: &mut MarkedRange, mark: u32) {
    if let Ok(words) = here.words(marked.range.id) {
        sampled(&words).for_each(|word| word.store(mark, Relaxed));
        marked.mark = Some(mark);
    }
}

/// True unless a mark is gone. Of memory that was never marked, or cannot be looked at
/// now, nothing is said.
pub(super) fn holds(here: &mut Pinned<'_>, marked: &MarkedRange) -> bool {
    let Some(mark) = marked.mark else { return true };
    match here.words(marked.range.id) {
        Ok(words) => sampled(&words).all(|word| word.load(Relaxed) == mark),
        Err(error) => matches!(error, FreeError::Contended(_)),
    }
}

fn sampled(words: &[AtomicU32]) -> impl Iterator<Item = &AtomicU32> {
    words.iter().step_by(EVERY).chain(words.last())
}
