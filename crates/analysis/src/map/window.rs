//! Which part of the arena is on the map, from all of it down to 16 bytes a cell: zoom
//! at an address, pan, and the way back.

use super::layout::{CELL_MIN, MapLayout};
use crate::run::names::Names;
use arenascope_units::Bytes;
use core::ops::Range;

/// Levels from one crumb to the next: a sixteenth.
const CRUMB_LEVELS: u32 = 4;

/// A part of the arena. What it shows depends on the size of the map too, so that it
/// stays where it is when the page is resized.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MapWindow {
    /// Bytes a cell stands for; `None` shows all.
    cell: Option<Bytes>,
    /// The address of the first cell.
    start: Bytes,
}

/// A step on the way from the whole arena to what is on screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Crumb {
    /// The part of the arena that the step shows.
    pub window: MapWindow,
    /// `All 256.0 MiB`, `16.0 MiB`.
    pub label: String,
    /// Its first and last address, for people.
    pub range: String,
}

impl MapWindow {
    /// The whole arena.
    pub const ALL: Self = Self { cell: None, start: Bytes::ZERO };

    /// The map's layout, of the layout of the whole arena: as many cells, but smaller.
    pub fn layout(self, whole: &MapLayout) -> MapLayout {
        match self.cell {
            Some(cell) if cell < whole.cell => MapLayout { cell, start: clamped(self.start, cell, whole), ..*whole },
            _ => *whole,
        }
    }

    /// True where all of the arena is on screen.
    pub fn is_all(self, whole: &MapLayout) -> bool {
        self.cell.is_none_or(|cell| cell >= whole.cell)
    }

    /// Twice as near for each level, or as far for negative ones. The address `at`
    /// stays at its place on screen, but for the arena's ends.
    #[must_use]
    pub fn zoomed(self, whole: &MapLayout, levels: i32, at: Bytes) -> Self {
        let now = self.layout(whole);
        let cell = if levels < 0 {
            now.cell.get().saturating_mul(1_u64.checked_shl(levels.unsigned_abs()).unwrap_or(u64::MAX))
        } else {
            now.cell.get().checked_shr(levels.unsigned_abs()).unwrap_or(0)
        };
        let cell = cell.clamp(CELL_MIN, whole.cell.get());
        if cell == whole.cell.get() {
            return Self::ALL;
        }
        let place = at.saturating_sub(now.start).get() / now.cell.get();
        let start = (at.get() / cell).saturating_sub(place) * cell;
        let cell = Bytes::new(cell);
        Self { cell: Some(cell), start: clamped(Bytes::new(start), cell, whole) }
    }

    /// So many cells further; the whole arena stays.
    #[must_use]
    pub fn panned(self, whole: &MapLayout, cells: i64) -> Self {
        if self.is_all(whole) {
            return self;
        }
        let now = self.layout(whole);
        let by = now.cell.get().saturating_mul(cells.unsigned_abs());
        let start = if cells < 0 { now.start.get().saturating_sub(by) } else { now.start.get().saturating_add(by) };
        Self { cell: Some(now.cell), start: clamped(Bytes::new(start), now.cell, whole) }
    }

    /// As near as it is, with an address in the middle.
    #[must_use]
    pub fn centred(self, whole: &MapLayout, at: Bytes) -> Self {
        let now = self.layout(whole);
        let half = now.window_bytes() / 2;
        if self.is_all(whole) {
            return self;
        }
        Self { start: clamped(at.saturating_sub(Bytes::new(half)), now.cell, whole), ..self }
    }

    /// As near as it is, but moved by rows so far that an address is on screen.
    #[must_use]
    pub fn revealing(self, whole: &MapLayout, at: Bytes) -> Self {
        let (now, columns) = (self.layout(whole), i64::from(whole.columns));
        let (row, window) = (now.row_bytes().get().max(1), now.window());
        let rows = |bytes: u64| i64::try_from(bytes.div_ceil(row)).unwrap_or(i64::MAX / columns);
        if at.get() < window.start {
            self.panned(whole, -rows(window.start - at.get()) * columns)
        } else if at.get() >= window.end {
            self.panned(whole, rows(at.get() + 1 - window.end) * columns)
        } else {
            self
        }
    }

    /// The nearest view in which a range takes no more than a quarter of the rows.
    #[must_use]
    pub fn showing(whole: &MapLayout, range: Range<u64>) -> Self {
        let size = range.end.saturating_sub(range.start).max(1);
        let cells = (whole.cells() as u64 / 4).max(1);
        let cell = size.div_ceil(cells).next_power_of_two().max(CELL_MIN);
        if cell >= whole.cell.get() {
            return Self::ALL;
        }
        let at = Self { cell: Some(Bytes::new(cell)), start: Bytes::ZERO };
        at.centred(whole, Bytes::new(range.start + size / 2))
    }

    /// The nearest view that holds all of a range.
    #[must_use]
    pub fn framing(whole: &MapLayout, range: Range<u64>) -> Self {
        let size = range.end.saturating_sub(range.start).max(1);
        // A row more, as the view begins at the edge of one.
        let cells = (whole.cells() as u64).saturating_sub(u64::from(whole.columns)).max(1);
        let cell = size.div_ceil(cells).next_power_of_two().max(CELL_MIN);
        if cell >= whole.cell.get() {
            return Self::ALL;
        }
        let cell = Bytes::new(cell);
        let row = cell.get().saturating_mul(u64::from(whole.columns)).max(1);
        Self { cell: Some(cell), start: clamped(Bytes::new(range.start / row * row), cell, whole) }
    }

    /// The way from the whole arena to what is on screen, which is the last one.
    pub fn crumbs(self, whole: &MapLayout, names: &Names) -> Vec<Crumb> {
        let now = self.layout(whole);
        let middle = Bytes::new(now.start.get() + now.window_bytes() / 2);
        let levels = now.cell.get().ilog2()..whole.cell.get().ilog2();
        let between = levels.rev().skip(CRUMB_LEVELS as usize - 1).step_by(CRUMB_LEVELS as usize);
        let between = between.map(|level| 1 << level).filter(|cell| *cell > now.cell.get()).map(|cell| {
            let near = Self { cell: Some(Bytes::new(cell)), start: Bytes::ZERO };
            near.centred(whole, middle)
        });
        let mut windows = vec![Self::ALL];
        windows.extend(between);
        if !self.is_all(whole) {
            windows.push(self);
        }
        windows.into_iter().map(|window| crumb(window, whole, names)).collect()
    }
}

fn crumb(window: MapWindow, whole: &MapLayout, names: &Names) -> Crumb {
    let shown = window.layout(whole).window();
    let size = Bytes::new(shown.end - shown.start);
    let label = if window.is_all(whole) { format!("All {size}") } else { size.to_string() };
    Crumb { window, label, range: names.address_range(shown) }
}

/// A start whose window lies within the arena, at the edge of a cell.
fn clamped(start: Bytes, cell: Bytes, whole: &MapLayout) -> Bytes {
    let (cell, cells) = (cell.get().max(1), whole.cells() as u64);
    let last = whole.capacity.get().saturating_sub(cell.saturating_mul(cells)).next_multiple_of(cell);
    Bytes::new((start.get() / cell * cell).min(last))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn whole() -> MapLayout {
        MapLayout::fit(Bytes::mib(256), 640, 480, 5).unwrap()
    }

    #[test]
    fn zoom_goes_from_everything_to_sixteen_bytes_and_back() {
        let (whole, mut window, mut levels) = (whole(), MapWindow::ALL, 0);
        let at = Bytes::new(0x0123_4560);
        while window.layout(&whole).cell.get() > 16 {
            window = window.zoomed(&whole, 1, at);
            levels += 1;
            assert!(window.layout(&whole).window().contains(&at.get()), "{window:?}");
        }
        assert_eq!(levels, whole.cell.get().ilog2() - 4);
        assert_eq!(window.zoomed(&whole, 1, at), window);
        assert_eq!(window.zoomed(&whole, -40, at), MapWindow::ALL);
        assert_eq!(MapWindow::ALL.zoomed(&whole, -1, at), MapWindow::ALL);
    }

    #[test]
    fn crumbs_lead_back() {
        let whole = whole();
        assert_eq!(MapWindow::ALL.crumbs(&whole, &Names::engine()).len(), 1);
        let near = MapWindow::ALL.zoomed(&whole, 10, Bytes::mib(100));
        let crumbs = near.crumbs(&whole, &Names::engine());
        let labels: Vec<&str> = crumbs.iter().map(|crumb| crumb.label.as_str()).collect();
        assert_eq!(labels, ["All 256.0 MiB", "16.0 MiB", "1.0 MiB", "256.0 KiB"]);
        assert_eq!(crumbs[3].window, near);
        for crumb in &crumbs {
            assert!(crumb.window.layout(&whole).window().contains(&Bytes::mib(100).get()), "{crumb:?}");
        }
    }

    #[test]
    fn a_range_is_shown_whole_and_an_address_is_brought_on_screen() {
        let whole = whole();
        let range = 0x0100_0010..0x0100_4010;
        let layout = MapWindow::showing(&whole, range.clone()).layout(&whole);
        let window = layout.window();
        assert!(window.contains(&range.start) && window.contains(&(range.end - 1)));
        assert!(layout.cell.get() <= 16, "{layout:?}");
        let elsewhere = MapWindow::showing(&whole, range).revealing(&whole, Bytes::mib(200));
        assert!(elsewhere.layout(&whole).window().contains(&Bytes::mib(200).get()));
        assert_eq!(MapWindow::showing(&whole, 0..u64::from(u32::MAX)), MapWindow::ALL);
    }

    proptest! {
        #[test]
        fn a_framed_range_is_on_screen_as_a_whole(
            capacity in 1..(1_u64 << 40), from in 0.0..1.0_f64, part in 0.0..1.0_f64,
        ) {
            let Some(whole) = MapLayout::fit(Bytes::new(capacity), 640, 480, 5) else { return Ok(()) };
            let start = (from * capacity as f64) as u64;
            let end = start + ((capacity - start) as f64 * part) as u64;
            let shown = MapWindow::framing(&whole, start..end).layout(&whole).window();
            prop_assert!(shown.start <= start && end.min(capacity) <= shown.end, "{shown:?} of {start}..{end}");
        }

        #[test]
        fn the_address_under_the_pointer_stays(
            capacity in 1..(1_u64 << 30), first in 0..20_i32, levels in 1..8_i32, x in 0.0..1.0, y in 0.0..1.0,
        ) {
            let Some(whole) = MapLayout::fit(Bytes::new(capacity), 640, 480, 5) else { return Ok(()) };
            let (x, y) = (x * 640.0, y * 480.0);
            let Some(at) = whole.offset_at(x, y) else { return Ok(()) };
            let before = MapWindow::ALL.zoomed(&whole, first, at);
            let Some(at) = before.layout(&whole).offset_at(x, y) else { return Ok(()) };
            let after = before.zoomed(&whole, levels, at).layout(&whole);
            prop_assert!(after.window().contains(&at.get()));
            let inner = after.start.get() > 0 && after.window().end < capacity;
            if inner {
                let there = after.offset_at(x, y).unwrap();
                prop_assert!(there.get().abs_diff(at.get()) <= after.cell.get(), "{at:?} {there:?} {after:?}");
            }
        }

        #[test]
        fn no_window_leaves_the_arena(
            capacity in 16..(1_u64 << 30), moves in prop::collection::vec((-3..4_i32, -5_000..5_000_i64, 0.0..1.0), 1..20),
        ) {
            let Some(whole) = MapLayout::fit(Bytes::new(capacity), 300, 200, 5) else { return Ok(()) };
            let mut window = MapWindow::ALL;
            for (levels, cells, part) in moves {
                let at = Bytes::new((part * capacity as f64) as u64);
                window = window.zoomed(&whole, levels, at).panned(&whole, cells).revealing(&whole, at);
                let layout = window.layout(&whole);
                prop_assert!(layout.window().contains(&at.get()));
                prop_assert!(layout.cell.get() >= 16 && layout.cell <= whole.cell);
                prop_assert!(layout.window().end <= capacity);
                prop_assert_eq!(layout.window_bytes(), layout.cell.get() * layout.cells() as u64);
            }
        }
    }
}
