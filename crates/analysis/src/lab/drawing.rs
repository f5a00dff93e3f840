//! Time × address: every block where a row put it, for as long as it lived.

use arenascope_lab::{Block, HeapLoad, Row};

/// Numbers for each block in a drawing that is handed from thread to thread.
pub const NUMBERS: usize = 5;
/// Most blocks that are drawn: 40 bytes each.
pub const BLOCKS_MAX: usize = 1 << 20;

/// A block in its place.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Placed {
    /// The operation that allocates it.
    pub born: f64,
    /// The operation that frees it; the number of all where none does.
    pub died: f64,
    /// Its first byte.
    pub address: f64,
    /// Bytes that were asked for.
    pub bytes: f64,
    /// What for: a position among the run's categories.
    pub category: u8,
}

/// Every block of a row in its place. Numbers are `f64`, as JavaScript has them: exact up to
/// 2⁵³.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Drawing {
    /// In order of birth. Refused ones are left out.
    pub blocks: Vec<Placed>,
    /// Operations of the run.
    pub operations: f64,
    /// Where the highest block ends.
    pub height_bytes: f64,
}

/// A part of a drawing: operations across, addresses upwards.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Part {
    /// First and last operation.
    pub across: (f64, f64),
    /// Lowest and highest address.
    pub up: (f64, f64),
}

/// What stands for a place where no block is.
pub const NOTHING: u8 = u8::MAX;

/// A row's blocks as plain numbers, [`NUMBERS`] each. O(blocks).
pub fn numbers_of(heap: &HeapLoad, row: &Row) -> Vec<f64> {
    let operations = heap.ops.len() as f64;
    let placed = heap.blocks.iter().zip(&row.addresses).filter(|(_, address)| **address != Row::NOWHERE);
    placed
        .flat_map(|(block, address)| {
            let died = if block.died == Block::NEVER { operations } else { f64::from(block.died) };
            [f64::from(block.born), died, *address as f64, block.bytes as f64, f64::from(block.category)]
        })
        .collect()
}

impl Drawing {
    /// Of numbers as [`numbers_of`] gives them. O(blocks).
    pub fn of_numbers(numbers: &[f64], operations: u64) -> Self {
        let block =
            |it: &[f64]| Placed { born: it[0], died: it[1], address: it[2], bytes: it[3], category: it[4] as u8 };
        let blocks: Vec<Placed> = numbers.chunks_exact(NUMBERS).map(block).collect();
        let height_bytes = blocks.iter().map(|block| block.address + block.bytes).fold(0.0, f64::max);
        Self { blocks, operations: operations as f64, height_bytes }
    }

    /// All of it.
    pub fn whole(&self) -> Part {
        Part { across: (0.0, self.operations.max(1.0)), up: (0.0, self.height_bytes.max(1.0)) }
    }

    /// The categories that pixels show, row by row from the top, [`NOTHING`] where no block
    /// is. A block has at least one pixel: what is too small to be seen is not left out.
    /// O(blocks + pixels that are covered).
    pub fn pixels(&self, part: Part, columns: usize, rows: usize) -> Vec<u8> {
        let mut pixels = vec![NOTHING; columns * rows];
        let (wide, high) = (part.across.1 - part.across.0, part.up.1 - part.up.0);
        for block in &self.blocks {
            let is_outside = block.died <= part.across.0
                || block.born >= part.across.1
                || block.address + block.bytes <= part.up.0
                || block.address >= part.up.1;
            if is_outside {
                continue;
            }
            let x = span(block.born, block.died, part.across.0, wide, columns);
            let y = span(block.address, block.address + block.bytes, part.up.0, high, rows);
            for from_below in y.0..y.1 {
                let row = rows - 1 - from_below;
                pixels[row * columns + x.0..row * columns + x.1].fill(block.category);
            }
        }
        pixels
    }

    /// The block at a place: the newest that lived there then. O(blocks).
    pub fn at(&self, operation: f64, address: f64) -> Option<&Placed> {
        let holds = |block: &&Placed| {
            (block.born..block.died).contains(&operation)
                && (block.address..block.address + block.bytes).contains(&address)
        };
        self.blocks.iter().rev().find(holds)
    }
}

/// Pixels of a stretch: at least one, within what there is.
fn span(from: f64, to: f64, start: f64, length: f64, pixels: usize) -> (usize, usize) {
    // Multiplied first: whole numbers stay whole where a pixel is an operation or a byte.
    let place = |at: f64| ((at - start) * pixels as f64 / length).clamp(0.0, pixels as f64);
    let first = (place(from).floor() as usize).min(pixels - 1);
    let last = (place(to).ceil() as usize).clamp(first + 1, pixels);
    (first, last)
}

impl Part {
    /// The same around a place, so much wider (more than 1) or narrower, within `whole`. The
    /// place keeps where it is. `axes` says which of both changes.
    #[must_use]
    pub fn zoomed(self, (x, y): (f64, f64), factor: f64, axes: (bool, bool), whole: Self) -> Self {
        let around = |(from, to): (f64, f64), at: f64, is_it: bool| match is_it {
            true => (at - (at - from) * factor, at + (to - at) * factor),
            false => (from, to),
        };
        Self { across: around(self.across, x, axes.0), up: around(self.up, y, axes.1) }.within(whole)
    }

    /// Moved by so much, within `whole`.
    #[must_use]
    pub fn moved(self, (across, up): (f64, f64), whole: Self) -> Self {
        let by = |(from, to): (f64, f64), by: f64| (from + by, to + by);
        Self { across: by(self.across, across), up: by(self.up, up) }.within(whole)
    }

    /// The nearest part of `whole` that is as large, but at least one operation and one byte.
    fn within(self, whole: Self) -> Self {
        let held = |(from, to): (f64, f64), (least, most): (f64, f64)| {
            let length = (to - from).clamp(1.0, most - least);
            let from = from.clamp(least, most - length);
            (from, from + length)
        };
        Self { across: held(self.across, whole.across), up: held(self.up, whole.up) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn drawing(blocks: &[(u8, u8, u8, u8)]) -> Drawing {
        let numbers: Vec<f64> = blocks
            .iter()
            .flat_map(|&(born, long, address, bytes)| {
                [born, born.saturating_add(long).saturating_add(1), address, bytes.max(1), bytes % 7].map(f64::from)
            })
            .collect();
        Drawing::of_numbers(&numbers, 300)
    }

    proptest! {
        /// At a pixel for each operation and byte the picture is exact: what each pixel shows
        /// is the newest block that is there.
        #[test]
        fn a_pixel_shows_what_is_there(blocks in prop::collection::vec((0_u8..40, 0_u8..40, 0_u8..40, 1_u8..20), 0..30)) {
            let drawing = drawing(&blocks);
            let part = Part { across: (0.0, 90.0), up: (0.0, 70.0) };
            let pixels = drawing.pixels(part, 90, 70);
            for row in 0..70 {
                for column in 0..90 {
                    let there = drawing.at(column as f64, (69 - row) as f64).map_or(NOTHING, |block| block.category);
                    prop_assert_eq!(pixels[row * 90 + column], there);
                }
            }
        }

        /// However small, a block is seen; and a part stays within the whole.
        #[test]
        fn nothing_vanishes(born in 0_u8..200, address in 0_u8..200, factor in 0.01_f64..40.0, x in 0.0_f64..300.0) {
            let drawing = drawing(&[(born, 0, address, 1), (0, 0, 255, 1)]);
            let pixels = drawing.pixels(drawing.whole(), 10, 10);
            prop_assert!(pixels.contains(&1));
            let whole = drawing.whole();
            let part = whole.zoomed((x, 3.0), factor, (true, true), whole).moved((x, -x), whole);
            prop_assert!(part.across.0 >= 0.0 && part.across.1 <= whole.across.1 && part.across.1 - part.across.0 >= 1.0);
            prop_assert!(part.up.0 >= 0.0 && part.up.1 <= whole.up.1);
        }
    }

    #[test]
    fn a_place_that_is_zoomed_at_stays() {
        let whole = Part { across: (0.0, 100.0), up: (0.0, 100.0) };
        let near = whole.zoomed((25.0, 50.0), 0.5, (true, false), whole);
        assert_eq!((near.across, near.up), ((12.5, 62.5), (0.0, 100.0)));
    }
}
