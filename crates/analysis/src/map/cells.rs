//! The map's cells: what fills most of each, and how full it is. Exact at every zoom:
//! every byte on screen is counted in exactly one cell.

use super::colours::{Colouring, KINDS, Kind};
use super::layout::MapLayout;
use super::scene::{Piece, Scene};

/// What is seen of a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cell {
    /// What takes the most of its bytes, of equals the first kind; [`Kind::Free`] only
    /// where nothing else is: a small allocation in a large cell must not disappear.
    pub kind: Kind,
    /// The part that is not free, of 255; at least 1 where anything is there.
    pub fill: u8,
}

impl Cell {
    /// A cell in which nothing lies.
    pub const FREE: Self = Self { kind: Kind::Free, fill: 0 };

    const fn full(kind: Kind) -> Self {
        Self { kind, fill: u8::MAX }
    }

    /// Of bytes by kind in a cell of `size` bytes.
    fn of(bytes: &[u64; KINDS], size: u64) -> Self {
        let largest = (0..KINDS).rev().max_by_key(|kind| bytes[*kind]).unwrap_or(0);
        let all: u64 = bytes.iter().sum();
        if all == 0 {
            return Self::FREE;
        }
        // At most 255, since no cell holds more than its size.
        let fill = (all.min(size) * 255 / size.max(1)).max(1) as u8;
        Self { kind: Kind::of_index(largest), fill }
    }
}

/// Fills `cells` with what `layout` shows of a scene. O(pieces on screen + cells).
pub fn fill_cells(scene: &Scene, layout: &MapLayout, colouring: &Colouring, cells: &mut Vec<Cell>) {
    cells.clear();
    cells.resize(layout.cells(), Cell::FREE);
    let mut mixed = Mixed { cells, size: layout.cell.get(), at: 0, bytes: [0; KINDS] };
    let window = layout.window();
    for piece in &scene.pieces()[scene.first_behind(layout.start)..] {
        if piece.offset_bytes >= window.end {
            break;
        }
        if let Some(kind) = colouring.kind(piece, scene.now).index() {
            mixed.add(kind, inside(piece, &window));
        }
    }
    mixed.flush();
}

/// The part of a piece on screen, from the window's start.
fn inside(piece: &Piece, window: &core::ops::Range<u64>) -> core::ops::Range<u64> {
    let (from, to) = (piece.offset_bytes.max(window.start), piece.end_bytes().min(window.end));
    from - window.start..to.max(from) - window.start
}

/// Cells in progress: pieces come in the order of addresses, so one at a time has
/// parts of several.
struct Mixed<'c> {
    cells: &'c mut [Cell],
    size: u64,
    at: u64,
    bytes: [u64; KINDS],
}

impl Mixed<'_> {
    fn add(&mut self, kind: usize, span: core::ops::Range<u64>) {
        let (first, last) = (span.start / self.size, span.end / self.size);
        if first == last {
            return self.count(first, kind, span.end - span.start);
        }
        let begun = span.start % self.size;
        let whole = first + u64::from(begun > 0);
        if begun > 0 {
            self.count(first, kind, self.size - begun);
        }
        let (from, to) = (self.place(whole), self.place(last));
        self.cells[from..to].fill(Cell::full(Kind::of_index(kind)));
        self.count(last, kind, span.end % self.size);
    }

    fn count(&mut self, cell: u64, kind: usize, bytes: u64) {
        if cell != self.at {
            self.flush();
            self.at = cell;
        }
        self.bytes[kind] += bytes;
    }

    fn flush(&mut self) {
        let bytes = core::mem::take(&mut self.bytes);
        if bytes != [0; KINDS]
            && let Some(cell) = self.cells.get_mut(usize::try_from(self.at).unwrap_or(usize::MAX))
        {
            *cell = Cell::of(&bytes, self.size);
        }
    }

    /// A cell's place; the end where there is none: the arena ends within the last row.
    fn place(&self, cell: u64) -> usize {
        usize::try_from(cell).unwrap_or(usize::MAX).min(self.cells.len())
    }
}

#[cfg(test)]
mod tests {
    use super::super::colours::ColourBy;
    use super::super::scene::tests::{holder, scene};
    use super::super::scene::{Holder, What};
    use super::*;
    use arenascope_units::Bytes;
    use arenascope_units::owner::MemoryCategory;
    use proptest::prelude::*;

    const SIZES: [(What, u64); 3] = [(What::Free, 0), (What::Cached, 0), (What::Metadata, 0)];

    fn what(kind: usize) -> What {
        SIZES.get(kind).map_or_else(
            || What::Used(Holder { ..holder(MemoryCategory::ALL[(kind - SIZES.len()) % 6], 7, 9) }),
            |(what, _)| *what,
        )
    }

    /// The cell at `index`, byte by byte.
    fn slow_cell(scene: &Scene, layout: &MapLayout, colouring: &Colouring, index: usize) -> Cell {
        let start = layout.start.get() + index as u64 * layout.cell.get();
        let mut bytes = [0; KINDS];
        for offset in (start..start + layout.cell.get()).step_by(16) {
            let piece = scene.at(Bytes::new(offset));
            if let Some(kind) = piece.and_then(|piece| colouring.kind(piece, scene.now).index()) {
                bytes[kind] += 16;
            }
        }
        Cell::of(&bytes, layout.cell.get())
    }

    proptest! {
        #[test]
        fn every_cell_is_what_its_bytes_are(
            sizes in prop::collection::vec((1..300_u64, 0..9_usize), 1..120),
            width in 4..90_u32, height in 4..60_u32, doublings in 0..12_i32, part in 0.0..1.0,
        ) {
            let pieces: Vec<_> = sizes.iter().map(|(granules, kind)| (granules * 16, what(*kind))).collect();
            let scene = scene(&pieces);
            let whole = MapLayout::fit(scene.capacity(), width, height, 3).unwrap();
            let at = Bytes::new((part * scene.capacity().get() as f64) as u64);
            let layout = super::super::window::MapWindow::ALL.zoomed(&whole, doublings, at).layout(&whole);
            let (colouring, mut cells) = (Colouring::new(ColourBy::Category), Vec::new());
            fill_cells(&scene, &layout, &colouring, &mut cells);
            prop_assert_eq!(cells.len(), layout.cells());
            for (index, cell) in cells.iter().enumerate() {
                prop_assert_eq!(*cell, slow_cell(&scene, &layout, &colouring, index), "cell {} of {:?}", index, layout);
            }
        }
    }

    #[test]
    fn a_small_allocation_does_not_disappear() {
        let mut bytes = [0; KINDS];
        assert_eq!(Cell::of(&bytes, 1 << 20), Cell::FREE);
        let models = Kind::Holder(MemoryCategory::NPU_MODELS.index() as u8);
        bytes[models.index().unwrap()] = 16;
        assert_eq!(Cell::of(&bytes, 1 << 20), Cell { kind: models, fill: 1 });
        bytes[Kind::Cached.index().unwrap()] = 32;
        assert_eq!(Cell::of(&bytes, 96), Cell { kind: Kind::Cached, fill: 127 });
    }
}
