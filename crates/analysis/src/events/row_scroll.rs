//! Scrolling over any number of rows. Browsers cut elements off at some 17 million
//! pixels; a track that would be longer is cut shorter, and the scroll bar moves
//! over the rows in proportion, while wheel and keys still move by rows.

use core::ops::Range;

/// The longest track, pixels: below what Firefox and Chromium can lay out.
pub const TRACK_MAX_PX: f64 = 15e6;

/// Where a table of rows is scrolled to. Pixels are CSS pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RowScroll {
    rows: u64,
    row_px: f64,
    view_px: f64,
    /// Of all rows, above the view.
    top_px: f64,
}

impl RowScroll {
    /// At the top of no rows.
    pub const fn new(row_px: f64) -> Self {
        Self { rows: 0, row_px, view_px: 0.0, top_px: 0.0 }
    }

    /// There are so many rows now; the first one in view stays, where it can.
    pub fn set_rows(&mut self, rows: u64) {
        self.rows = rows;
        self.move_to(self.top_px);
    }

    /// The view is so high now.
    pub fn set_view(&mut self, view_px: f64) {
        self.view_px = view_px.max(0.0);
        self.move_to(self.top_px);
    }

    /// Whether the view's height is known: without one there is no middle.
    pub fn has_view(&self) -> bool {
        self.view_px > 0.0
    }

    /// Height of the track.
    pub fn track_px(&self) -> f64 {
        self.content_px().min(TRACK_MAX_PX)
    }

    /// True where the scroll bar moves faster than the rows.
    pub fn is_compressed(&self) -> bool {
        self.content_px() > TRACK_MAX_PX
    }

    /// Where the scroll bar stands, within the track.
    pub fn bar_px(&self) -> f64 {
        if !self.is_compressed() {
            return self.top_px;
        }
        self.top_px / self.end_px() * (self.track_px() - self.view_px)
    }

    /// The scroll bar was moved there.
    pub fn move_bar(&mut self, bar_px: f64) {
        let scale = if self.is_compressed() { self.end_px() / (self.track_px() - self.view_px) } else { 1.0 };
        self.move_to(bar_px * scale);
    }

    /// Moves by so many pixels of rows.
    pub fn move_by(&mut self, px: f64) {
        self.move_to(self.top_px + px);
    }

    /// Moves just as far as a row needs to be in view as a whole.
    pub fn show(&mut self, row: u64) {
        let (top, bottom) = (row as f64 * self.row_px, (row + 1) as f64 * self.row_px);
        if top < self.top_px {
            self.move_to(top);
        } else if bottom > self.top_px + self.view_px {
            self.move_to(bottom - self.view_px);
        }
    }

    /// Moves so that a row is in the middle.
    pub fn centre(&mut self, row: u64) {
        self.move_to((row as f64 + 0.5) * self.row_px - self.view_px / 2.0);
    }

    /// Moves to the last row.
    pub fn to_end(&mut self) {
        self.move_to(f64::MAX);
    }

    /// True where the last row is in view.
    pub fn is_at_end(&self) -> bool {
        self.top_px >= self.end_px() - 0.5
    }

    /// The rows in view, in whole or in part.
    pub fn visible(&self) -> Range<u64> {
        let first = (self.top_px / self.row_px) as u64;
        let end = ((self.top_px + self.view_px) / self.row_px).ceil() as u64;
        first.min(self.rows)..end.min(self.rows)
    }

    /// How much of the first row in view lies above the view.
    pub fn cut_px(&self) -> f64 {
        self.top_px - self.visible().start as f64 * self.row_px
    }

    /// Whole rows in the view: a page, for Page Up and Page Down.
    pub fn page(&self) -> u64 {
        ((self.view_px / self.row_px) as u64).max(1)
    }

    fn content_px(&self) -> f64 {
        self.rows as f64 * self.row_px
    }

    fn end_px(&self) -> f64 {
        (self.content_px() - self.view_px).max(0.0)
    }

    fn move_to(&mut self, top_px: f64) {
        self.top_px = top_px.clamp(0.0, self.end_px());
    }
}

/// The row that a key moves to, from `at`, in a table of `rows` with pages of
/// `page` rows; `None` for other keys, and where there are no rows.
pub fn row_after(key: &str, at: Option<u64>, rows: u64, page: u64) -> Option<u64> {
    let last = rows.checked_sub(1)?;
    match (key, at) {
        ("Home", _) => Some(0),
        ("End", _) => Some(last),
        ("ArrowDown" | "PageDown" | "ArrowUp" | "PageUp", None) => Some(0),
        ("ArrowDown", Some(at)) => Some(last.min(at + 1)),
        ("ArrowUp", Some(at)) => Some(last.min(at.saturating_sub(1))),
        ("PageDown", Some(at)) => Some(last.min(at + page)),
        ("PageUp", Some(at)) => Some(last.min(at.saturating_sub(page))),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scroll(rows: u64) -> RowScroll {
        let mut scroll = RowScroll::new(20.0);
        scroll.set_rows(rows);
        scroll.set_view(210.0);
        scroll
    }

    #[test]
    fn a_short_table_scrolls_as_usual() {
        let mut scroll = scroll(100);
        assert_eq!((scroll.track_px(), scroll.visible(), scroll.cut_px()), (2000.0, 0..11, 0.0));
        scroll.move_bar(33.0);
        assert_eq!((scroll.visible(), scroll.cut_px(), scroll.bar_px()), (1..13, 13.0, 33.0));
        scroll.to_end();
        assert_eq!((scroll.visible(), scroll.bar_px(), scroll.is_at_end()), (89..100, 1790.0, true));
        scroll.set_rows(3);
        assert_eq!((scroll.visible(), scroll.is_at_end()), (0..3, true));
    }

    #[test]
    fn any_number_of_rows_is_reached_from_first_to_last() {
        for rows in [750_001, 5_000_000, 67_108_864] {
            let mut scroll = scroll(rows);
            assert!(scroll.is_compressed() && scroll.track_px() == TRACK_MAX_PX);
            scroll.move_bar(TRACK_MAX_PX - 210.0);
            assert_eq!(scroll.visible(), rows - 11..rows);
            scroll.move_bar(0.0);
            assert_eq!(scroll.visible().start, 0);
            // Every row can be shown exactly, whatever the scale of the bar.
            for row in [1, rows / 3, rows - 2] {
                scroll.centre(row);
                let visible = scroll.visible();
                assert!(visible.contains(&row) && visible.end - visible.start <= 12);
                let before = scroll.bar_px();
                scroll.move_by(20.0);
                assert!(scroll.bar_px() >= before);
                assert_eq!(scroll.visible().start, visible.start + u64::from(row != rows - 2));
            }
        }
    }

    #[test]
    fn showing_moves_no_further_than_needed() {
        let mut scroll = scroll(100);
        scroll.show(5);
        assert_eq!(scroll.visible(), 0..11);
        scroll.show(20);
        assert_eq!((scroll.visible().end, scroll.cut_px()), (21, 10.0));
        scroll.show(3);
        assert_eq!((scroll.visible().start, scroll.cut_px()), (3, 0.0));
    }

    #[test]
    fn keys_stay_within_the_table() {
        let after = |key, at| row_after(key, at, 100, 10);
        assert_eq!([after("Home", Some(7)), after("End", None)], [Some(0), Some(99)]);
        assert_eq!([after("ArrowDown", None), after("ArrowDown", Some(99))], [Some(0), Some(99)]);
        assert_eq!([after("PageDown", Some(95)), after("PageUp", Some(4))], [Some(99), Some(0)]);
        assert_eq!(
            [after("ArrowUp", Some(4)), after("ArrowUp", Some(4000)), after("x", None)],
            [Some(3), Some(99), None]
        );
        assert_eq!(row_after("End", None, 0, 10), None);
    }
}
