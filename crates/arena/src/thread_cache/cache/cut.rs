//! New slots, cut from the open page: slots upwards, their records downwards, until they
//! meet.

use super::open_page::OpenPage;
use super::{Cache, Known, PAGE_GRANULES, SLOT, SLOT_ALIGN};
use crate::layout::GRANULE_BYTES;
use crate::request::Request;
use crate::thread_cache::memory::{HEADER, PageMemory};
use crate::thread_cache::name::Name;
use crate::thread_cache::pages::{Pages, RECORDS};
use core::sync::atomic::Ordering::Relaxed;

/// Granules that as many records take.
const RECORD_GRANULES: u32 = PAGE_GRANULES / RECORDS;

impl Cache {
    /// Cuts a slot from the open page.
    #[inline(always)]
    pub(super) fn cut(
        &mut self,
        memory: &PageMemory,
        pages: &Pages,
        granules: u32,
        request: &Request,
    ) -> Option<Known> {
        let begun = self.begin(memory, pages, granules)?;
        self.cuts += 1;
        Some(self.fill(begun, memory.record(begun.name), request))
    }

    /// Begins a record with a slot of so many granules, none for a range to come.
    #[inline(always)]
    pub(crate) fn begin(&mut self, memory: &PageMemory, pages: &Pages, granules: u32) -> Option<Known> {
        let OpenPage { page, bump, lowest } = self.open;
        let end = bump + granules;
        // Written so that no open page, all zero, has no room.
        if end + RECORD_GRANULES > lowest * RECORD_GRANULES {
            return None;
        }
        let name = lowest - 1;
        (self.open.bump, self.open.lowest) = (end, name);
        let place = memory.record(name).begin(self.floor, bump, granules);
        pages.set(page, self.owner, name % RECORDS);
        Some(Known { name, ticket: self.floor, place })
    }

    /// Cuts a slot of an alignment above the granule; the pad becomes a slot too.
    #[inline(never)]
    pub(super) fn cut_aligned(
        &mut self,
        memory: &PageMemory,
        pages: &Pages,
        granules: u32,
        request: &Request,
    ) -> Option<Name> {
        if granules > SLOT || request.align > SLOT_ALIGN {
            return None;
        }
        let align = (request.align.get() as u32).div_ceil(GRANULE_BYTES);
        let pad = self.open.bump.wrapping_neg() & (align - 1);
        // The pad is cut only if the slot behind it can be.
        let OpenPage { bump, lowest, .. } = self.open;
        if bump + pad + granules + 2 * RECORD_GRANULES > lowest * RECORD_GRANULES {
            return None;
        }
        if pad > 0 {
            let front = self.begin(memory, pages, pad)?.name;
            self.list(front, memory.record(front));
        }
        self.cut(memory, pages, granules, request).map(|known| known.name)
    }

    /// Takes the page behind `node`, lent to this thread, as its open page. What was left of
    /// the one before stays in its page, cached.
    pub(crate) fn open_page(&mut self, memory: &PageMemory, pages: &Pages, page: u32, node: u32) {
        self.close_page(memory);
        let header = memory.header(page);
        header.remote.clear();
        header.set_next(self.first_page);
        header.node.store(node, Relaxed);
        header.set_bump(HEADER);
        self.first_page = page + 1;
        self.lent += PAGE_GRANULES;
        self.open = OpenPage { page, bump: page * PAGE_GRANULES + HEADER, lowest: (page + 1) * RECORDS };
        pages.set(page, self.owner, RECORDS);
    }

    /// Writes into the open page how far it was cut, and has none open.
    pub(crate) fn close_page(&mut self, memory: &PageMemory) {
        if self.open.lowest != 0 {
            memory.header(self.open.page).set_bump(self.open.bump - self.open.page * PAGE_GRANULES);
        }
        self.open = OpenPage::NONE;
    }

    /// Goes on with a page of its own where it was left.
    pub(crate) fn reopen(&mut self, memory: &PageMemory, pages: &Pages, page: u32) {
        self.close_page(memory);
        let bump = page * PAGE_GRANULES + memory.header(page).bump();
        self.open = OpenPage { page, bump, lowest: page * RECORDS + pages.lowest(page) };
    }

    /// The page that slots are cut from.
    pub(crate) const fn opened_page(&self) -> Option<u32> {
        if self.open.lowest == 0 { None } else { Some(self.open.page) }
    }
}
