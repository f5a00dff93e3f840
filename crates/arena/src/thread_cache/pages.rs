//! Which pages of the region belong to which thread, and which of their records
//! have been begun: the first look of every free.

use super::name::{Name, RECORD};
use crate::sync::atomics::AtomicU32;
use crate::sync::atomics::Ordering::{Acquire, Relaxed, Release};

/// Bytes of a page, which lies at a multiple of them.
pub(crate) const PAGE: u32 = 64 << 10;

/// Records that fit a page.
pub(crate) const RECORDS: u32 = PAGE / RECORD;

/// Stands for no thread.
pub(crate) const NOBODY: u32 = 0;

/// One page: the owner's number and the lowest record that has been begun, in one
/// word, so that both are read at once; and a link of the owner's inbox.
#[derive(Debug)]
struct Page {
    word: AtomicU32,
    link: AtomicU32,
}

/// The pages of a region. Reserved once.
#[derive(Debug)]
pub(crate) struct Pages {
    pages: Box<[Page]>,
}

impl Pages {
    /// Of a region of `capacity` bytes: nobody's.
    pub(crate) fn new(capacity: u64) -> Self {
        let page = |_| Page { word: AtomicU32::new(NOBODY), link: AtomicU32::new(0) };
        Self { pages: (0..capacity / u64::from(PAGE)).map(page).collect() }
    }

    /// The owner of the page that record `name` lies in, if the record has been
    /// begun; [`NOBODY`] for any other name.
    #[inline(always)]
    pub(crate) fn owner_of(&self, name: Name) -> u32 {
        let Some(page) = self.pages.get((name / RECORDS) as usize) else { return NOBODY };
        // Acquire: who sees the record as begun sees what it was begun with.
        let word = page.word.load(Acquire);
        if name % RECORDS >= word & 0xFFFF { word >> 16 } else { NOBODY }
    }

    /// True where record `name` has been begun in a page of `owner`: one comparison.
    #[inline(always)]
    pub(crate) fn is_of(&self, name: Name, owner: u32) -> bool {
        let Some(page) = self.pages.get((name / RECORDS) as usize) else { return false };
        // Acquire: as in `owner_of`. Another owner's word lies above the one looked for by
        // more than any place, or below it, and wraps.
        page.word.load(Acquire).wrapping_sub(owner << 16) <= name % RECORDS
    }

    /// The owner of a page.
    pub(crate) fn owner(&self, page: u32) -> u32 {
        self.pages.get(page as usize).map_or(NOBODY, |page| page.word.load(Acquire) >> 16)
    }

    /// The lowest record of a page that has been begun, counted in the page.
    pub(crate) fn lowest(&self, page: u32) -> u32 {
        self.pages.get(page as usize).map_or(RECORDS, |page| page.word.load(Acquire) & 0xFFFF)
    }

    /// Gives a page to `owner`, with the records from `lowest` on begun.
    #[inline(always)]
    pub(crate) fn set(&self, page: u32, owner: u32, lowest: u32) {
        if let Some(page) = self.pages.get(page as usize) {
            page.word.store(owner << 16 | lowest, Release);
        }
    }

    /// How many there are.
    pub(crate) fn count(&self) -> u32 {
        self.pages.len() as u32
    }

    /// The link of a page in its owner's inbox.
    pub(crate) fn link(&self, page: u32) -> Option<&AtomicU32> {
        self.pages.get(page as usize).map(|page| &page.link)
    }

    /// Takes every page from everybody.
    pub(crate) fn clear(&self) {
        for page in &self.pages {
            page.word.store(NOBODY, Relaxed);
            page.link.store(0, Relaxed);
        }
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_of_who_owns_its_page_once_it_has_been_begun() {
        let pages = Pages::new(3 * u64::from(PAGE));
        pages.set(1, 2, RECORDS - 5);
        pages.set(2, 16, RECORDS);
        for name in 0..=3 * RECORDS {
            let owner = if (2 * RECORDS - 5..2 * RECORDS).contains(&name) { 2 } else { NOBODY };
            assert_eq!(pages.owner_of(name), owner, "{name}");
            for thread in 1..=16 {
                assert_eq!(pages.is_of(name, thread), thread == owner, "{name} of {thread}");
            }
        }
        pages.set(1, 2, 0);
        assert!(pages.is_of(RECORDS, 2) && !pages.is_of(RECORDS, 1) && !pages.is_of(RECORDS, 3));
    }
}
