//! The line of all address spaces as a strip of cells, each in the colour of what most of its
//! bytes became.

use super::fate::Fate;
use serde::{Deserialize, Serialize};
use strum::EnumCount;

/// Cells of the longer strip.
pub const CELLS: u64 = 1_536;
/// Cells of a row, as they are drawn.
pub const COLUMNS: usize = 128;
/// The letter of a cell in which nothing lives.
pub const FREE: char = '.';

/// A line of addresses in cells of equal size.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Strip {
    /// Bytes of a cell.
    pub cell_bytes: u64,
    /// A letter for each, as [`Fate::letter`] has it; [`FREE`] where nothing lives.
    pub cells: String,
}

impl Strip {
    /// Bytes of a cell where the longer line has so many.
    pub fn cell_bytes(line_bytes: u64) -> u64 {
        line_bytes.div_ceil(CELLS).max(1)
    }

    /// Of ranges on a line, given by offset, bytes and fate. Of a cell that several share, the
    /// fate of most of its bytes; of equals the later in [`Fate::ALL`]: what changed is seen.
    /// O(ranges + cells that they cover).
    pub fn of(ranges: impl Iterator<Item = (u64, u64, Fate)>, line_bytes: u64, cell_bytes: u64) -> Self {
        let cells = usize::try_from(line_bytes.div_ceil(cell_bytes)).unwrap_or(usize::MAX).min(2 * CELLS as usize);
        let mut bytes = vec![[0_u64; Fate::COUNT]; cells];
        for (offset, length, fate) in ranges {
            let (mut at, end) = (offset, offset.saturating_add(length));
            while at < end {
                let cell = at / cell_bytes;
                let next = end.min((cell + 1).saturating_mul(cell_bytes));
                let Some(cell) = usize::try_from(cell).ok().and_then(|cell| bytes.get_mut(cell)) else { break };
                cell[fate as usize] += next - at;
                at = next;
            }
        }
        Self { cell_bytes, cells: bytes.iter().map(letter).collect() }
    }

    /// Runs of equal cells of a row: where each begins, how many cells it has, and its letter.
    pub fn runs(&self) -> Vec<(usize, usize, char)> {
        let mut runs: Vec<(usize, usize, char)> = Vec::new();
        for (at, letter) in self.cells.chars().enumerate() {
            match runs.last_mut() {
                Some((_, length, last)) if *last == letter && at % COLUMNS != 0 => *length += 1,
                _ => runs.push((at, 1, letter)),
            }
        }
        runs
    }
}

fn letter(bytes: &[u64; Fate::COUNT]) -> char {
    let most = Fate::ALL.into_iter().max_by_key(|fate| bytes[*fate as usize]).filter(|fate| bytes[*fate as usize] > 0);
    most.map_or(FREE, Fate::letter)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_what_most_of_its_bytes_are() {
        let ranges = [(0, 10, Fate::Same), (10, 10, Fate::New), (20, 4, Fate::Same), (24, 6, Fate::Moved)];
        let strip = Strip::of(ranges.into_iter(), 60, 10);
        assert_eq!(strip.cells, "snm...");
        assert_eq!(strip.runs(), [(0, 1, 's'), (1, 1, 'n'), (2, 1, 'm'), (3, 3, '.')]);
        // Half and half: what changed is seen.
        assert_eq!(Strip::of([(0, 5, Fate::Same), (5, 5, Fate::Gone)].into_iter(), 10, 10).cells, "g");
    }

    #[test]
    fn what_lies_behind_the_line_is_left_out() {
        assert_eq!(Strip::of([(u64::MAX - 5, 10, Fate::New)].into_iter(), 10, 10).cells, ".");
        assert_eq!(Strip::of([].into_iter(), 0, Strip::cell_bytes(0)).cells, "");
        assert!(u64::MAX.div_ceil(Strip::cell_bytes(u64::MAX)) <= CELLS);
    }
}
