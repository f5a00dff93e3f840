//! The page that a thread cuts new slots from: slots upwards, their records downwards,
//! until they meet.

use super::{Cache, Known, PAGE_GRANULES, SLOT, SLOT_ALIGN};
use crate::arena::layout::GRANULE_BYTES;
use crate::arena::request::Request;
use crate::arena::span::memory::{Ground, HEADER};
use crate::arena::span::pages::{Pages, RECORDS};
use crate::arena::span::record::Name;
use core::sync::atomic::Ordering::Relaxed;

/// Granules that as many records take.
const RECORD_GRANULES: u32 = PAGE_GRANULES / RECORDS;

/// A page that a thread cuts slots from; all zero for none.
#[derive(Clone, Copy, Debug)]
pub(super) struct Front {
    page: u32,
    /// The first granule that no slot takes.
    bump: u32,
    /// The lowest record that has been begun.
    lowest: Name,
}

impl Front {
    /// No page: no room.
    pub(super) const NONE: Self = Self { page: 0, bump: 0, lowest: 0 };
}

impl Cache {
    /// Cuts a slot from the front page.
    #[inline(always)]
    pub(super) fn cut(&mut self, ground: &Ground, pages: &Pages, granules: u32, request: &Request) -> Option<Known> {
        let begun = self.begin(ground, pages, granules)?;
        self.cuts += 1;
        Some(self.fill(begun, ground.record(begun.name), request))
    }

    /// Begins a record with a slot of so many granules, none for a range to come.
    #[inline(always)]
    pub(in crate::arena) fn begin(&mut self, ground: &Ground, pages: &Pages, granules: u32) -> Option<Known> {
        let Front { page, bump, lowest } = self.front;
        let end = bump + granules;
        // Written so that an empty front, all zero, has no room.
        if end + RECORD_GRANULES > lowest * RECORD_GRANULES {
            return None;
        }
        let name = lowest - 1;
        (self.front.bump, self.front.lowest) = (end, name);
        let place = ground.record(name).begin(self.floor, bump, granules);
        pages.set(page, self.owner, name % RECORDS);
        Some(Known { name, ticket: self.floor, place })
    }

    /// Cuts a slot of an alignment above the granule; the pad becomes a slot too.
    #[inline(never)]
    pub(super) fn cut_aligned(
        &mut self,
        ground: &Ground,
        pages: &Pages,
        granules: u32,
        request: &Request,
    ) -> Option<Name> {
        if granules > SLOT || request.align > SLOT_ALIGN {
            return None;
        }
        let align = (request.align.get() as u32).div_ceil(GRANULE_BYTES);
        let pad = self.front.bump.wrapping_neg() & (align - 1);
        // The pad is cut only if the slot behind it can be.
        let Front { bump, lowest, .. } = self.front;
        if bump + pad + granules + 2 * RECORD_GRANULES > lowest * RECORD_GRANULES {
            return None;
        }
        if pad > 0 {
            let front = self.begin(ground, pages, pad)?.name;
            self.list(front, ground.record(front));
        }
        self.cut(ground, pages, granules, request).map(|known| known.name)
    }

    /// Takes the page behind `node`, lent to this thread, as its front. What was left of
    /// the front before stays in its page, cached.
    pub(in crate::arena) fn open_page(&mut self, ground: &Ground, pages: &Pages, page: u32, node: u32) {
        self.close_front(ground);
        let header = ground.header(page);
        header.remote.clear();
        header.set_next(self.first_page);
        header.node.store(node, Relaxed);
        header.set_bump(HEADER);
        self.first_page = page + 1;
        self.lent += PAGE_GRANULES;
        self.front = Front { page, bump: page * PAGE_GRANULES + HEADER, lowest: (page + 1) * RECORDS };
        pages.set(page, self.owner, RECORDS);
    }

    /// Writes the front's end into its page, and has no front.
    pub(in crate::arena) fn close_front(&mut self, ground: &Ground) {
        if self.front.lowest != 0 {
            ground.header(self.front.page).set_bump(self.front.bump - self.front.page * PAGE_GRANULES);
        }
        self.front = Front::NONE;
    }

    /// Goes on with a page of its own where it was left.
    pub(in crate::arena) fn reopen(&mut self, ground: &Ground, pages: &Pages, page: u32) {
        self.close_front(ground);
        let bump = page * PAGE_GRANULES + ground.header(page).bump();
        self.front = Front { page, bump, lowest: page * RECORDS + pages.lowest(page) };
    }

    /// The page that slots are cut from.
    pub(in crate::arena) const fn front_page(&self) -> Option<u32> {
        if self.front.lowest == 0 { None } else { Some(self.front.page) }
    }
}
