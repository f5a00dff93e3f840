//! The arena map's cells: how many bytes each stands for, where it lies on
//! screen, and which byte is under the pointer.

use arenascope_units::Bytes;

/// The smallest cell: an allocation is at least one granule of 16 bytes.
pub const CELL_MIN: u64 = 16;
const COLUMNS_MAX: u32 = 512;

/// Cells in rows, addresses from left to right and from top to bottom. Bytes per
/// cell and cells per row are powers of two, so that a row is a round address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MapLayout {
    /// All bytes of the arena.
    pub capacity: Bytes,
    /// The address of the first cell.
    pub start: Bytes,
    /// Bytes one cell stands for.
    pub cell: Bytes,
    /// Cells in a row.
    pub columns: u32,
    /// Rows; the last may be partly outside the arena.
    pub rows: u32,
    /// Screen width, device pixels.
    pub width_px: u32,
    /// Screen height, device pixels.
    pub height_px: u32,
}

impl MapLayout {
    /// As many cells as fit, each at least `pitch_px` wide and high; of several
    /// such layouts the one with the squarest cells. `None` where there is no
    /// arena or no room.
    pub fn fit(capacity: Bytes, width_px: u32, height_px: u32, pitch_px: u32) -> Option<Self> {
        let pitch = pitch_px.max(1);
        if capacity.is_zero() {
            return None;
        }
        let shifts = 0..=COLUMNS_MAX.ilog2();
        let wide_enough = |columns: &u32| width_px / columns >= pitch;
        let candidates = shifts.map(|shift| 1 << shift).filter(wide_enough).filter_map(|columns| {
            let rows = u64::from(height_px / pitch);
            let cell = capacity.get().div_ceil((rows * u64::from(columns)).max(1)).next_power_of_two().max(CELL_MIN);
            let rows_used = u32::try_from(capacity.get().div_ceil(cell * u64::from(columns))).ok()?;
            let (start, cell) = (Bytes::ZERO, Bytes::new(cell));
            let layout = Self { capacity, start, cell, columns, rows: rows_used, width_px, height_px };
            (rows > 0).then_some(layout)
        });
        candidates.min_by(|a, b| a.cell.cmp(&b.cell).then(a.stretch().total_cmp(&b.stretch())))
    }

    /// The whole arena in one row, a cell for every pixel; `None` where there is no
    /// arena or no room.
    pub fn strip(capacity: Bytes, width_px: u32, height_px: u32) -> Option<Self> {
        if capacity.is_zero() || width_px == 0 || height_px == 0 {
            return None;
        }
        let cell = capacity.get().div_ceil(u64::from(width_px)).next_multiple_of(CELL_MIN);
        let columns = u32::try_from(capacity.get().div_ceil(cell)).ok()?;
        let (start, cell) = (Bytes::ZERO, Bytes::new(cell));
        Some(Self { capacity, start, cell, columns, rows: 1, width_px, height_px })
    }

    /// How far from square a cell is; 1 is square.
    fn stretch(&self) -> f64 {
        let width = f64::from(self.width_px) / f64::from(self.columns);
        let height = f64::from(self.height_px) / f64::from(self.rows);
        (width / height).max(height / width)
    }

    /// Number of cells, those outside the arena at the end of the last row
    /// included.
    pub fn cells(&self) -> usize {
        self.columns as usize * self.rows as usize
    }

    /// Bytes that all cells together stand for.
    pub fn window_bytes(&self) -> u64 {
        self.cell.get().saturating_mul(self.cells() as u64)
    }

    /// The addresses on screen.
    pub fn window(&self) -> core::ops::Range<u64> {
        let end = self.start.get().saturating_add(self.window_bytes()).min(self.capacity.get());
        self.start.get().min(end)..end
    }

    /// The addresses of the cell of an address; before the first cell, that one.
    pub fn cell_at(&self, at: Bytes) -> core::ops::Range<u64> {
        let (cell, start) = (self.cell.get(), self.start.get());
        let first = start + at.get().saturating_sub(start) / cell * cell;
        first..(first + cell).min(self.capacity.get())
    }

    /// The address at which a row begins.
    pub fn row_start(&self, row: u32) -> Bytes {
        Bytes::new(self.start.get().saturating_add(self.row_bytes().get().saturating_mul(u64::from(row))))
    }

    /// Bytes one row stands for.
    pub fn row_bytes(&self) -> Bytes {
        Bytes::new(self.cell.get().saturating_mul(u64::from(self.columns)))
    }

    /// The left edge of a column, or the right one of the column before. Whole
    /// pixels, so that edges are sharp.
    pub fn x_of(&self, column: u32) -> u32 {
        edge(column, self.columns, self.width_px)
    }

    /// The upper edge of a row, or the lower one of the row before.
    pub fn y_of(&self, row: u32) -> u32 {
        edge(row, self.rows, self.height_px)
    }

    /// The address under a pixel; finer than a cell, by the place inside it.
    /// `None` outside the arena.
    pub fn offset_at(&self, x_px: f64, y_px: f64) -> Option<Bytes> {
        let inside = x_px >= 0.0 && y_px >= 0.0 && x_px < f64::from(self.width_px) && y_px < f64::from(self.height_px);
        if !inside {
            return None;
        }
        let row = (0..self.rows).rev().find(|row| f64::from(self.y_of(*row)) <= y_px)?;
        let row_bytes = self.row_bytes().get();
        let in_row = (x_px / f64::from(self.width_px) * row_bytes as f64) as u64;
        let offset = Bytes::new(self.row_start(row).get() + in_row.min(row_bytes - 1));
        (offset < self.capacity).then_some(offset)
    }

    /// The cells on screen that a range touches, as rectangles of whole pixels (left,
    /// top, width, height): at most three, the middle rows as one.
    pub fn rectangles(&self, offset: Bytes, size: Bytes) -> Vec<[u32; 4]> {
        let window = self.window();
        let first = offset.get().max(window.start);
        let end = offset.get().saturating_add(size.get()).min(window.end);
        if first >= end {
            return Vec::new();
        }
        let columns = u64::from(self.columns);
        let cell = |offset: u64| (offset - window.start) / self.cell.get();
        let (first, last) = (cell(first), cell(end - 1));
        let (top, bottom) = (first / columns, last / columns);
        if top == bottom {
            return vec![self.rectangle(top..top + 1, first % columns..last % columns + 1)];
        }
        let mut parts = vec![self.rectangle(top..top + 1, first % columns..columns)];
        if bottom > top + 1 {
            parts.push(self.rectangle(top + 1..bottom, 0..columns));
        }
        parts.push(self.rectangle(bottom..bottom + 1, 0..last % columns + 1));
        parts
    }

    fn rectangle(&self, rows: core::ops::Range<u64>, columns: core::ops::Range<u64>) -> [u32; 4] {
        // Both are at most the number of rows or columns, which are u32.
        let (left, right) = (self.x_of(columns.start as u32), self.x_of(columns.end as u32));
        let (top, bottom) = (self.y_of(rows.start as u32), self.y_of(rows.end as u32));
        [left, top, right - left, bottom - top]
    }
}

fn edge(index: u32, count: u32, pixels: u32) -> u32 {
    // The nearest pixel edge, as a canvas finds it when it scales an image of
    // one pixel per cell. At most `pixels`, since index ≤ count.
    let count = u64::from(count.max(1));
    ((u64::from(index).min(count) * u64::from(pixels) * 2 + count) / (2 * count)) as u32
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The pixel where an address on screen lies: left edge and upper edge, exact
    /// inside the row.
    fn place_of(layout: &MapLayout, offset: Bytes) -> (f64, f64) {
        let (row_bytes, offset) = (layout.row_bytes().get(), offset.saturating_sub(layout.start).get());
        let (row, in_row) = (offset / row_bytes, offset % row_bytes);
        let x = in_row as f64 / row_bytes as f64 * f64::from(layout.width_px);
        (x, f64::from(layout.y_of(u32::try_from(row).unwrap_or(layout.rows))))
    }

    fn overview() -> MapLayout {
        MapLayout::fit(Bytes::mib(256), 380, 212, 3).unwrap()
    }

    #[test]
    fn cells_are_round_and_fit() {
        let layout = overview();
        assert_eq!((layout.columns, layout.rows, layout.cell), (64, 64, Bytes::kib(64)));
        assert_eq!(layout.row_bytes(), Bytes::mib(4));
        assert_eq!(MapLayout::fit(Bytes::ZERO, 380, 212, 3), None);
        assert_eq!(MapLayout::fit(Bytes::mib(1), 2, 2, 3), None);
    }

    #[test]
    fn pixels_and_addresses_agree() {
        let layout = overview();
        assert_eq!(layout.offset_at(0.0, 0.0), Some(Bytes::ZERO));
        assert_eq!(layout.offset_at(190.0, 0.0), Some(Bytes::mib(2)));
        assert_eq!(layout.offset_at(379.9, 211.9).map(|offset| offset.get() >> 20), Some(255));
        assert_eq!(layout.offset_at(380.0, 0.0), None);
        assert_eq!(layout.offset_at(-0.1, 0.0), None);
        assert_eq!(place_of(&layout, Bytes::mib(6)), (190.0, f64::from(layout.y_of(1))));
    }

    #[test]
    fn a_range_over_rows_is_three_rectangles() {
        let layout = overview();
        let parts = layout.rectangles(Bytes::mib(2), Bytes::mib(12));
        let y = |row| layout.y_of(row);
        assert_eq!(parts, [[190, 0, 190, y(1)], [0, y(1), 380, y(3) - y(1)], [0, y(3), 190, y(4) - y(3)]]);
        assert_eq!(layout.rectangles(Bytes::ZERO, Bytes::new(1)).len(), 1);
        assert_eq!(layout.rectangles(Bytes::mib(256), Bytes::new(1)).len(), 0);
    }

    #[test]
    fn a_part_of_the_arena_clips_what_is_outside() {
        let part = MapLayout { start: Bytes::mib(16), cell: Bytes::kib(1), ..overview() };
        assert_eq!(part.window(), 16 << 20..20 << 20);
        assert_eq!(part.offset_at(0.0, 0.0), Some(Bytes::mib(16)));
        assert_eq!(part.rectangles(Bytes::ZERO, Bytes::mib(256)), [[0, 0, 380, 3], [0, 3, 380, 206], [0, 209, 380, 3]]);
        assert_eq!(part.rectangles(Bytes::ZERO, Bytes::mib(16)).len(), 0);
        assert_eq!(part.rectangles(Bytes::mib(20), Bytes::mib(1)).len(), 0);
        assert_eq!(part.rectangles(Bytes::mib(15), Bytes::new((1 << 20) + 1)), [[0, 0, 6, 3]]);
    }

    #[test]
    fn a_cell_ends_with_the_arena() {
        let layout = MapLayout { start: Bytes::new(64), cell: Bytes::new(32), capacity: Bytes::new(112), ..overview() };
        assert_eq!(layout.cell_at(Bytes::new(64)), 64..96);
        assert_eq!(layout.cell_at(Bytes::new(95)), 64..96);
        assert_eq!(layout.cell_at(Bytes::new(111)), 96..112);
        assert_eq!(layout.cell_at(Bytes::ZERO), 64..96);
    }

    #[test]
    fn a_strip_is_one_row_of_everything() {
        let strip = MapLayout::strip(Bytes::mib(192), 500, 14).unwrap();
        assert_eq!((strip.rows, strip.columns, strip.window().end), (1, 500, 192 << 20));
        assert_eq!(MapLayout::strip(Bytes::new(64), 500, 14).map(|strip| strip.columns), Some(4));
        assert_eq!(MapLayout::strip(Bytes::mib(1), 0, 14), None);
    }

    proptest! {
        #[test]
        fn every_address_is_found_again_where_it_lies(
            capacity in 1..(1_u64 << 30), width in 1..2000_u32, height in 1..1200_u32, pitch in 1..8_u32, part in 0.0..1.0,
        ) {
            let capacity = Bytes::new(capacity);
            let Some(layout) = MapLayout::fit(capacity, width, height, pitch) else { return Ok(()) };
            prop_assert!(layout.row_bytes().get() * u64::from(layout.rows) >= capacity.get());
            prop_assert!(layout.rows <= height / pitch && layout.columns <= width / pitch);
            let offset = Bytes::new((part * capacity.get() as f64) as u64);
            let (x, y) = place_of(&layout, offset);
            let found = layout.offset_at(x, y).unwrap();
            let off_by = found.get().abs_diff(offset.get());
            prop_assert!(off_by <= 1, "{offset:?} at {x},{y} is {found:?}");
        }
    }
}
