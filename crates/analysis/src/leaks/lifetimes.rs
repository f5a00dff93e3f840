//! How long things live, against how large they are.

use crate::events::filter::lifetime_us;
use arenascope_recording::Reader;
use arenascope_telemetry::event::Role;
use arenascope_units::owner::{Heap, Owner};
use core::ops::Range;
use std::collections::BTreeMap;

/// Doublings of lifetime: 1 µs to 12 days.
pub const LIFETIMES: usize = 40;
/// Doublings of size: 1 B to 8 GiB.
pub const SIZES: usize = 34;

/// Things of one cell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cell {
    /// How many things ended.
    pub count: u64,
    /// Bytes of all of them.
    pub bytes: u64,
}

/// A heat map: cell (l, s) holds what lived 2^l to 2^(l+1) µs and had 2^s to
/// 2^(s+1) bytes; the first row and column hold 0 as well.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LifetimeMap {
    cells: Vec<[Cell; SIZES]>,
    /// Ends whose beginning is not kept.
    pub unknown: u64,
}

impl Default for LifetimeMap {
    fn default() -> Self {
        Self { cells: vec![[Cell::default(); SIZES]; LIFETIMES], unknown: 0 }
    }
}

impl LifetimeMap {
    /// Of what ended in a heap within a range of events. O(events): ends by reset
    /// and what still lives are not in it.
    pub fn of(reader: &Reader<'_>, heap: Heap, range: Range<u64>) -> Self {
        let mut lifetimes = Lifetimes::since(range.start);
        lifetimes.advance(reader, range.end, u64::MAX);
        lifetimes.maps.swap_remove(heap.index())
    }

    pub(super) fn add(&mut self, lifetime_us: u64, size_bytes: u64) {
        let cell = &mut self.cells[doubling(lifetime_us).min(LIFETIMES - 1)][doubling(size_bytes).min(SIZES - 1)];
        cell.count += 1;
        cell.bytes += size_bytes;
    }

    /// One cell, by doublings of lifetime and size.
    pub fn cell(&self, lifetime: usize, size: usize) -> Cell {
        self.cells.get(lifetime).and_then(|row| row.get(size)).copied().unwrap_or_default()
    }

    /// Temporary things: what lived less than 2^`lifetime` µs.
    pub fn shorter_than(&self, lifetime: usize) -> Cell {
        self.cells.iter().take(lifetime).flatten().fold(Cell::default(), |sum, cell| sum.with(*cell))
    }

    /// All cells together.
    pub fn total(&self) -> Cell {
        self.shorter_than(LIFETIMES)
    }
}

impl Cell {
    /// The sum of two cells.
    #[must_use]
    pub const fn with(self, other: Self) -> Self {
        Self { count: self.count + other.count, bytes: self.bytes + other.bytes }
    }
}

/// The lifetimes of a run, counted in slices.
#[derive(Clone, Debug)]
pub struct Lifetimes {
    /// By heap, in the order of [`Heap::ALL`].
    maps: Vec<LifetimeMap>,
    /// What ended of each owner, by doublings of lifetime.
    owners: BTreeMap<(Heap, Owner), [Cell; LIFETIMES]>,
    next: u64,
    missed: u64,
}

impl Lifetimes {
    /// Of no events yet, and never of those before `first`.
    pub fn since(first: u64) -> Self {
        Self { maps: vec![LifetimeMap::default(); Heap::ALL.len()], owners: BTreeMap::new(), next: first, missed: 0 }
    }

    /// Counts on, over at most `most` events, to none from `until` on; those that made
    /// room before they were counted are passed over at once. True when all are counted.
    pub fn advance(&mut self, reader: &Reader<'_>, until: u64, most: u64) -> bool {
        let gone = reader.events().start.min(until).saturating_sub(self.next);
        (self.next, self.missed) = (self.next + gone, self.missed + gone);
        let all = until.min(reader.events().end).max(self.next);
        let end = all.min(self.next.saturating_add(most));
        for index in reader.scan(self.next..end, |kind| matches!(kind.role(), Role::Ends(_))) {
            self.note(reader, index);
        }
        self.next = end;
        end == all
    }

    /// The event after the last that was counted.
    pub const fn counted_to(&self) -> u64 {
        self.next
    }

    /// Events that made room before they were counted.
    pub const fn missed(&self) -> u64 {
        self.missed
    }

    /// The heat map of a heap.
    pub fn map(&self, heap: Heap) -> &LifetimeMap {
        &self.maps[heap.index()]
    }

    /// Who had things in a heap that lived less than 2^`lifetime` µs: those, and all
    /// of theirs that ended. Most of them first.
    pub fn temporary(&self, heap: Heap, lifetime: usize) -> Vec<(Owner, Cell, Cell)> {
        let sum = |cells: &[Cell]| cells.iter().fold(Cell::default(), |sum, cell| sum.with(*cell));
        let of_heap = self.owners.iter().filter(|((of, _), _)| *of == heap);
        let mut owners: Vec<_> = of_heap
            .map(|((_, owner), cells)| (*owner, sum(&cells[..lifetime.min(LIFETIMES)]), sum(cells)))
            .filter(|(_, temporary, _)| temporary.count > 0)
            .collect();
        owners.sort_by_key(|(_, temporary, _)| core::cmp::Reverse(temporary.count));
        owners
    }

    fn note(&mut self, reader: &Reader<'_>, index: u64) {
        let Some(event) = reader.event(index) else { return };
        let Role::Ends(heap) = event.op.role() else { return };
        let map = &mut self.maps[heap.index()];
        match lifetime_us(reader, index) {
            Some(lifetime) => {
                map.add(lifetime, event.size_bytes);
                let owner = self.owners.entry((heap, event.owner)).or_insert([Cell::default(); LIFETIMES]);
                let cell = &mut owner[doubling(lifetime).min(LIFETIMES - 1)];
                *cell = cell.with(Cell { count: 1, bytes: event.size_bytes });
            }
            None => map.unknown += 1,
        }
    }
}

const fn doubling(value: u64) -> usize {
    match value.checked_ilog2() {
        Some(power) => power as usize,
        None => 0,
    }
}
