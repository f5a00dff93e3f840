//! The lists of vacant records: one for each size, and one of records without a range.

use super::sizes::{LISTS, RANGES, SMALL, list_of};
use super::{Cache, idle_part};
use crate::thread_cache::memory::{PageMemory, Record};
use crate::thread_cache::name::Name;

impl Cache {
    /// Puts a vacant record with a range or a slot into its list, or among the spare.
    pub(crate) fn list(&mut self, name: Name, record: &Record) {
        let head = match record.size() {
            0 => &mut self.spare,
            size => &mut self.heads[list_of(size).min(LISTS - 1)],
        };
        record.set_next(*head);
        *head = name;
    }

    /// Every list with its number and its first record; the spare records are list zero.
    pub(crate) fn lists(&self) -> impl Iterator<Item = (usize, Name)> {
        let sized = self.heads[..LISTS].iter().copied().enumerate().skip(1);
        sized.chain([(0, self.spare)])
    }

    /// The list that a vacant record belongs into.
    pub(crate) fn list_of(record: &Record) -> usize {
        if record.size() == 0 { 0 } else { list_of(record.size()).min(LISTS - 1) }
    }

    /// Takes out a record without a range; `None` where there is none.
    pub(crate) fn take_spare(&mut self, memory: &PageMemory) -> Option<Name> {
        let name = Some(self.spare).filter(|&name| name != 0)?;
        self.spare = memory.record(name).next();
        Some(name)
    }

    /// A slot of at most an eighth more than needed, where neither the own list nor
    /// the open page has one.
    pub(crate) fn take_larger(&mut self, memory: &PageMemory, granules: u32) -> Option<Name> {
        let larger = granules + 1..=(granules + granules / 8 + 1).min(SMALL);
        let list = larger.map(|size| size as usize).find(|&size| self.heads[size] != 0)?;
        let name = self.heads[list];
        self.heads[list] = memory.record(name).next();
        Some(name)
    }

    /// Empties every list, the spare ones included, into `each`.
    pub(crate) fn empty_lists(&mut self, memory: &PageMemory, mut each: impl FnMut(Name)) {
        for list in 0..=LISTS {
            let head = if list < LISTS { &mut self.heads[list] } else { &mut self.spare };
            let mut name = core::mem::take(head);
            while name != 0 {
                let next = memory.record(name).next();
                each(name);
                name = next;
            }
        }
    }

    /// Takes idle ranges out of their lists, the largest first, until no more than `keep`
    /// granules are left, into `each`, which puts their records among the spare.
    pub(crate) fn drain_ranges(&mut self, memory: &PageMemory, keep: u32, mut each: impl FnMut(Name)) {
        for list in (RANGES..LISTS).rev() {
            if self.idle <= keep {
                return;
            }
            let mut name = core::mem::take(&mut self.heads[list]);
            while name != 0 {
                let record = memory.record(name);
                let next = record.next();
                if self.idle > keep {
                    self.idle -= record.size();
                    each(name);
                    // What could not go back, where links are damaged, stays.
                    self.idle += idle_part(record.size());
                }
                self.list(name, record);
                name = next;
            }
        }
    }
}
