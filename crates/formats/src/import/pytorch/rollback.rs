//! The state before a trace's first entry: what there is at the end, with every entry taken
//! back.

use super::entry::{Action, Entries, Entry, Pool};
use super::ranges::Ranges;
use super::segment::{Segment, State};
use super::skipped::Skipped;
use arenascope_trace::Site;
use std::collections::HashMap;
use std::collections::hash_map;

/// An allocation that lived before the first entry.
#[derive(Clone, Copy, Debug)]
pub(super) struct Life {
    pub(super) id: u32,
    pub(super) bytes: u64,
    pub(super) site: Site,
    pub(super) stream: u16,
    pub(super) pool: Pool,
    /// It was freed already, and a stream still uses it.
    pub(super) is_pending: bool,
    /// What is known of it comes from `segments`, and what was requested.
    requested: Option<u64>,
}

/// What there was before the first entry.
#[derive(Debug, Default)]
pub(super) struct Start {
    /// Memory that the allocator had.
    pub(super) held: Ranges,
    /// What lived, by address.
    pub(super) lives: Vec<(u64, Life)>,
    /// Every address that the trace uses.
    pub(super) used: Ranges,
}

/// Numbers of lives, unique in the file.
#[derive(Debug, Default)]
pub(super) struct Ids(u32);

impl Ids {
    fn next(&mut self) -> u32 {
        self.0 = self.0.saturating_add(1);
        self.0
    }
}

/// What a trace is taken back with.
pub(super) struct Rollback<'a> {
    pub(super) name: &'a str,
    /// What sizes are rounded up to.
    pub(super) granule: u64,
    /// `segments` is what there was after the last entry.
    pub(super) knows_end: bool,
    pub(super) ids: &'a mut Ids,
    pub(super) doubts: &'a mut Skipped,
}

impl Rollback<'_> {
    /// Takes every entry back. Each is told its life; what is allocated gets the size of
    /// its block.
    pub(super) fn start(mut self, entries: &mut Entries, segments: &[Segment]) -> Start {
        let has_requests =
            entries.forwards().any(|entry| matches!(entry.action, Action::FreeRequested | Action::Elided));
        let mut start = Start::default();
        let mut lives = HashMap::new();
        for segment in segments {
            self.end(segment, &mut start, &mut lives);
        }
        for entry in entries.backwards() {
            match entry.action {
                Action::Alloc => {
                    self.alloc(entry, &mut lives);
                    start.used.cover(entry.addr, entry.addr.saturating_add(entry.size));
                }
                Action::FreeCompleted => self.free_completed(entry, has_requests, &mut lives),
                Action::FreeRequested | Action::Elided => self.free_requested(entry, &mut lives),
                Action::Reserve | Action::Release => self.segment(entry, &mut start),
                Action::OutOfMemory | Action::Mark => {}
            }
        }
        start.lives = lives.into_iter().collect();
        start.lives.sort_unstable_by_key(|&(address, _)| address);
        for (address, life) in &start.lives {
            start.used.cover(*address, address.saturating_add(life.bytes));
        }
        start
    }

    fn doubt(&mut self, what: &'static str, address: u64) {
        let name = self.name;
        self.doubts.count(what, || format!("at {address:#x} of {name}"));
    }

    fn rounded(&self, bytes: u64) -> u64 {
        bytes.max(1).checked_next_multiple_of(self.granule).unwrap_or(bytes)
    }

    /// What a segment holds after the last entry.
    fn end(&mut self, segment: &Segment, start: &mut Start, lives: &mut HashMap<u64, Life>) {
        let end = segment.address.saturating_add(segment.size);
        start.used.cover(segment.address, end);
        if !start.held.add(segment.address, end) {
            self.doubt("segments overlap others", segment.address);
        }
        let mut next = segment.address;
        for block in &segment.blocks {
            let address = block.address.unwrap_or(next);
            next = address.saturating_add(block.size);
            if address < segment.address || next > end {
                self.doubt("blocks lie outside of their segments", address);
            }
            if block.state == State::Inactive || !self.knows_end {
                continue;
            }
            let life = Life {
                id: self.ids.next(),
                bytes: block.size,
                site: block.site,
                stream: segment.stream,
                pool: segment.pool,
                is_pending: block.state == State::PendingFree,
                requested: Some(block.requested),
            };
            if lives.insert(address, life).is_some() {
                self.doubt("blocks have the address of another", address);
            }
        }
    }

    fn alloc(&mut self, entry: &mut Entry, lives: &mut HashMap<u64, Life>) {
        let rounded = self.rounded(entry.size);
        let Some(life) = lives.remove(&entry.addr) else {
            if self.knows_end {
                self.doubt("allocations are neither freed nor in a segment at the end", entry.addr);
            }
            (entry.life, entry.size) = (self.ids.next(), rounded);
            return;
        };
        entry.life = life.id;
        match life.requested {
            Some(requested) => {
                if entry.size != requested && entry.size != life.bytes {
                    self.doubt("blocks have another size than was allocated", entry.addr);
                }
                entry.size = life.bytes;
                if entry.pool == Pool::BySize {
                    entry.pool = life.pool;
                }
                if entry.site == Site::NONE {
                    entry.site = life.site;
                }
            }
            None => {
                if rounded != life.bytes {
                    self.doubt("frees have another size than was allocated", entry.addr);
                }
                entry.size = rounded;
            }
        }
    }

    fn life(&mut self, entry: &Entry, is_pending: bool) -> Life {
        let (id, bytes) = (self.ids.next(), self.rounded(entry.size));
        let (stream, pool) = (entry.stream, entry.pool);
        Life { id, bytes, site: Site::NONE, stream, pool, is_pending, requested: None }
    }

    fn free_completed(&mut self, entry: &mut Entry, is_pending: bool, lives: &mut HashMap<u64, Life>) {
        let life = self.life(entry, is_pending);
        entry.life = life.id;
        match lives.entry(entry.addr) {
            hash_map::Entry::Vacant(vacant) => _ = vacant.insert(life),
            hash_map::Entry::Occupied(_) => {
                self.doubt("frees are of what was freed before, or of what lives on", entry.addr);
            }
        }
    }

    fn free_requested(&mut self, entry: &mut Entry, lives: &mut HashMap<u64, Life>) {
        if let Some(life) = lives.get_mut(&entry.addr) {
            life.is_pending = false;
            entry.life = life.id;
            return;
        }
        if self.knows_end {
            self.doubt("frees were requested and never completed", entry.addr);
        }
        let life = self.life(entry, false);
        entry.life = life.id;
        lives.insert(entry.addr, life);
    }

    fn segment(&mut self, entry: &Entry, start: &mut Start) {
        let end = entry.addr.saturating_add(entry.size);
        start.used.cover(entry.addr, end);
        if entry.action == Action::Reserve {
            if !start.held.remove(entry.addr, end) && self.knows_end {
                self.doubt("segments were allocated and never freed, and are not there at the end", entry.addr);
            }
        } else if !start.held.add(entry.addr, end) && self.knows_end {
            self.doubt("segments were freed and are there at the end", entry.addr);
        }
    }
}
