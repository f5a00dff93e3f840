//! How long things live, against how large they are.

use super::event_filter::lifetime_us;
use crate::owner::Heap;
use crate::recording::Reader;
use crate::telemetry::event::Role;
use core::ops::Range;

/// Doublings of lifetime: 1 µs to 12 days.
pub const LIFETIMES: usize = 40;
/// Doublings of size: 1 B to 8 GiB.
pub const SIZES: usize = 34;

/// Things of one cell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cell {
    /// How many ended.
    pub count: u64,
    /// Their bytes.
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

impl LifetimeMap {
    /// Of what ended in a heap within a range of events. O(events): ends by reset
    /// and what still lives are not in it.
    pub fn of(reader: &Reader<'_>, heap: Heap, range: Range<u64>) -> Self {
        let mut map = Self { cells: vec![[Cell::default(); SIZES]; LIFETIMES], unknown: 0 };
        for index in reader.scan(range, |kind| kind.role() == Role::Ends(heap)) {
            match (lifetime_us(reader, index), reader.event(index)) {
                (Some(lifetime), Some(event)) => map.add(lifetime, event.size_bytes),
                _ => map.unknown += 1,
            }
        }
        map
    }

    fn add(&mut self, lifetime_us: u64, size_bytes: u64) {
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
        self.cells
            .iter()
            .take(lifetime)
            .flatten()
            .fold(Cell::default(), |sum, cell| Cell { count: sum.count + cell.count, bytes: sum.bytes + cell.bytes })
    }
}

const fn doubling(value: u64) -> usize {
    match value.checked_ilog2() {
        Some(power) => power as usize,
        None => 0,
    }
}
