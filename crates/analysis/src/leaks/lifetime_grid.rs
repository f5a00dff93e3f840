//! The heat map of lifetimes against sizes as it is drawn: the cells that hold
//! something, where they lie, how strong they are, and both axes.

use super::lifetimes::{Cell, LIFETIMES, LifetimeMap, SIZES};
use crate::numbers::text::count;
use arenascope_units::{Bytes, Micros, Ratio};
use core::ops::{Range, RangeInclusive};

/// Strengths that are told apart.
pub const LEVELS: u32 = 8;
/// Doublings shown at least, so that a map of a few cells is no map of giants.
const SPAN_MIN: usize = 10;
/// Labels of an axis at most.
const LABELS: usize = 8;

/// One cell with something in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GridCell {
    /// Doublings of lifetime, µs.
    pub lifetime: usize,
    /// Doublings of size, bytes.
    pub size: usize,
    /// How many things it stands for, and their bytes.
    pub cell: Cell,
    /// From 1 for one thing to [`LEVELS`] for the most, by doublings.
    pub level: u32,
}

/// What ended, by lifetime and size, cut to the part that holds something.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LifetimeGrid {
    /// Doublings of lifetime that are shown.
    pub lifetimes: Range<usize>,
    /// Doublings of size that are shown.
    pub sizes: Range<usize>,
    /// Cells that hold something, by lifetime and size.
    pub cells: Vec<GridCell>,
    /// All cells together.
    pub total: Cell,
    /// Ends whose beginning is not kept: in no cell.
    pub unknown: u64,
}

impl LifetimeGrid {
    /// Of a map. O(cells).
    pub fn of(map: &LifetimeMap) -> Self {
        let all = (0..LIFETIMES).flat_map(|lifetime| (0..SIZES).map(move |size| (lifetime, size)));
        let filled: Vec<(usize, usize, Cell)> = all
            .map(|(lifetime, size)| (lifetime, size, map.cell(lifetime, size)))
            .filter(|(.., cell)| cell.count > 0)
            .collect();
        let most = filled.iter().map(|(.., cell)| cell.count).max().unwrap_or(0);
        let cell = |(lifetime, size, cell): (usize, usize, Cell)| GridCell {
            lifetime,
            size,
            cell,
            level: level(cell.count, most),
        };
        Self {
            lifetimes: span(filled.iter().map(|(lifetime, ..)| *lifetime), LIFETIMES),
            sizes: span(filled.iter().map(|(_, size, _)| *size), SIZES),
            cells: filled.into_iter().map(cell).collect(),
            total: map.total(),
            unknown: map.unknown,
        }
    }

    /// What a cell holds, by its place; nothing where it is empty.
    pub fn cell(&self, lifetime: usize, size: usize) -> Cell {
        let found = self.cells.binary_search_by_key(&(lifetime, size), |cell| (cell.lifetime, cell.size));
        found.map_or_else(|_| Cell::default(), |at| self.cells[at].cell)
    }

    /// Labels below: place in the shown doublings, and text.
    pub fn lifetime_labels(&self) -> Vec<(usize, String)> {
        labels(&self.lifetimes, |power| Micros::new(1 << power).to_string())
    }

    /// Labels at the left: place in the shown doublings, and text.
    pub fn size_labels(&self) -> Vec<(usize, String)> {
        labels(&self.sizes, |power| Bytes::new(1 << power).to_string().replace(".0 ", " "))
    }

    /// The place after a key; `None` for other keys.
    pub fn moved(&self, key: &str, (lifetime, size): (usize, usize)) -> Option<(usize, usize)> {
        let within = |at: usize, of: &Range<usize>| at.clamp(of.start, of.end.saturating_sub(1).max(of.start));
        let (lifetime, size) = match key {
            "ArrowRight" => (lifetime + 1, size),
            "ArrowLeft" => (lifetime.saturating_sub(1), size),
            "ArrowUp" => (lifetime, size + 1),
            "ArrowDown" => (lifetime, size.saturating_sub(1)),
            "Home" => (self.lifetimes.start, size),
            "End" => (self.lifetimes.end, size),
            _ => return None,
        };
        Some((within(lifetime, &self.lifetimes), within(size, &self.sizes)))
    }

    /// A cell in words: its bounds, and what it holds of all.
    pub fn reading(&self, lifetime: usize, size: usize) -> String {
        let cell = self.cell(lifetime, size);
        let share = Ratio::new(cell.count as f64 / self.total.count.max(1) as f64);
        let [shortest, longest] = bounds(lifetime_range(lifetime)).map(Micros::new);
        let [least, most] = bounds(size_range(size)).map(|bytes| Bytes::new(bytes).to_string().replace(".0 ", " "));
        let number = count(cell.count);
        format!(
            "{shortest} – {longest} × {least} – {most}: {number} ended ({share}), {} in all",
            Bytes::new(cell.bytes)
        )
    }

    /// Everything in a sentence, for those who hear the page.
    pub fn summary(&self) -> String {
        let Some(most) = self.cells.iter().max_by_key(|cell| cell.cell.count) else {
            return "Lifetime by size: nothing has ended yet".into();
        };
        format!(
            "Lifetime by size of {} that ended. Most: {}",
            count(self.total.count),
            self.reading(most.lifetime, most.size)
        )
    }
}

/// Lifetimes of a doubling, µs: what a filter takes to find them.
pub const fn lifetime_range(power: usize) -> RangeInclusive<u64> {
    doubling_range(power, LIFETIMES)
}

/// Sizes of a doubling, bytes.
pub const fn size_range(power: usize) -> RangeInclusive<u64> {
    doubling_range(power, SIZES)
}

const fn doubling_range(power: usize, powers: usize) -> RangeInclusive<u64> {
    let least = if power == 0 { 0 } else { 1 << power };
    let most = if power + 1 >= powers { u64::MAX } else { (1 << (power + 1)) - 1 };
    least..=most
}

/// The first value of a range, and the one behind its last.
fn bounds(range: RangeInclusive<u64>) -> [u64; 2] {
    [*range.start(), range.end().saturating_add(1)]
}

fn level(count: u64, most: u64) -> u32 {
    let (count, most) = (count.max(1) as f64, most.max(1) as f64);
    if count >= most {
        return LEVELS;
    }
    1 + (count.log2() / most.log2() * f64::from(LEVELS - 1)) as u32
}

/// The doublings that hold something, widened evenly to a least span.
fn span(filled: impl Iterator<Item = usize>, powers: usize) -> Range<usize> {
    let Some((low, high)) = filled.fold(None, |span: Option<(usize, usize)>, at| {
        Some(span.map_or((at, at), |(low, high)| (low.min(at), high.max(at))))
    }) else {
        return 0..0;
    };
    let missing = SPAN_MIN.saturating_sub(high + 1 - low);
    let start = low.saturating_sub(missing / 2);
    let end = (start + (high + 1 - low).max(SPAN_MIN)).max(high + 1).min(powers);
    start.min(end.saturating_sub(SPAN_MIN.min(powers)))..end
}

fn labels(shown: &Range<usize>, text: impl Fn(usize) -> String) -> Vec<(usize, String)> {
    let step = shown.len().div_ceil(LABELS).max(1);
    shown.clone().filter(|power| power % step == 0).map(|power| (power - shown.start, text(power))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(entries: &[(u64, u64, u64)]) -> LifetimeMap {
        let mut map = LifetimeMap::default();
        for (lifetime_us, size_bytes, times) in entries {
            (0..*times).for_each(|_| map.add(*lifetime_us, *size_bytes));
        }
        map
    }

    #[test]
    fn cells_are_where_their_things_are() {
        let grid = LifetimeGrid::of(&map(&[(1_000, 64, 100), (1_023, 127, 28), (70_000, 4_096, 1)]));
        let cells: Vec<_> =
            grid.cells.iter().map(|cell| (cell.lifetime, cell.size, cell.cell.count, cell.level)).collect();
        assert_eq!(cells, [(9, 6, 128, LEVELS), (16, 12, 1, 1)]);
        assert_eq!((grid.total.count, grid.cell(9, 6).count, grid.cell(9, 7).count), (129, 128, 0));
        assert!(grid.lifetimes.contains(&9) && grid.lifetimes.contains(&16) && grid.lifetimes.len() == SPAN_MIN);
        assert!(lifetime_range(9).contains(&1_000) && !lifetime_range(9).contains(&1_024));
        assert_eq!((size_range(6), size_range(0)), (64..=127, 0..=1));
        assert_eq!(*lifetime_range(LIFETIMES - 1).end(), u64::MAX);
        assert_eq!(grid.reading(9, 6), "512 µs – 1.0 ms × 64 B – 128 B: 128 ended (99.2 %), 9.7 KiB in all");
        assert!(grid.summary().ends_with(&grid.reading(9, 6)));
    }

    #[test]
    fn strength_grows_with_doublings() {
        let levels: Vec<u32> = [1, 2, 16, 128, 1_000].into_iter().map(|count| level(count, 1_000)).collect();
        assert_eq!(levels, [1, 1, 3, 5, LEVELS]);
        assert_eq!(level(1, 1), LEVELS);
    }

    #[test]
    fn keys_stay_on_the_map() {
        let grid = LifetimeGrid::of(&map(&[(1_000, 64, 1), (70_000, 4_096, 1)]));
        let (first, last) = (grid.lifetimes.start, grid.lifetimes.end - 1);
        assert_eq!(grid.moved("ArrowRight", (9, 6)), Some((10, 6)));
        assert_eq!(grid.moved("Home", (9, 6)), Some((first, 6)));
        assert_eq!(grid.moved("End", (9, 6)), Some((last, 6)));
        assert_eq!(grid.moved("ArrowRight", (last, 6)), Some((last, 6)));
        assert_eq!(grid.moved("x", (9, 6)), None);
    }

    #[test]
    fn an_empty_map_has_no_axes() {
        let grid = LifetimeGrid::of(&LifetimeMap::default());
        assert_eq!((grid.lifetimes.len(), grid.lifetime_labels().len(), grid.cells.len()), (0, 0, 0));
        assert!(grid.summary().contains("nothing has ended"));
    }

    #[test]
    fn labels_are_few_and_whole() {
        let grid = LifetimeGrid::of(&map(&[(1, 1, 1), (1 << 38, 1 << 30, 1)]));
        let (below, left) = (grid.lifetime_labels(), grid.size_labels());
        assert!(below.len() <= LABELS && left.len() <= LABELS, "{below:?} {left:?}");
        assert_eq!((below[0].clone(), left[0].clone()), ((0, "1 µs".into()), (0, "1 B".into())));
    }
}
