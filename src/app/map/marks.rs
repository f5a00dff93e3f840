//! What lies over the map's cells: what is selected, asked for, pinned and pointed at.

use super::paint::{draw_outline, draw_veil};
use crate::analysis::map::blockers::Answer;
use crate::analysis::map::layout::MapLayout;
use crate::app::canvas::layer::Layer;
use crate::app::theme::palette::Palette;
use core::ops::Range;

/// The marked addresses.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Marks {
    /// Chosen for all panels.
    pub(super) selected: Option<Range<u64>>,
    /// Where the request would go.
    pub(super) asked: Option<Range<u64>>,
    /// The range that was clicked.
    pub(super) pinned: Option<Range<u64>>,
    /// The range under the pointer.
    pub(super) pointed: Option<Range<u64>>,
    /// The cell that keys have gone to.
    pub(super) cursor: Option<Range<u64>>,
}

impl Marks {
    /// Draws them, with what is in the way of the request; lines in CSS pixels, of which
    /// `ratio` device pixels are one.
    pub(super) fn draw(
        &self,
        layer: &Layer,
        layout: &MapLayout,
        palette: &Palette,
        ratio: f64,
        answer: Option<&Answer>,
    ) {
        layer.clear((layout.width_px, layout.height_px));
        let line = |width: f64| (width * ratio).round().max(1.0);
        let outline = |range: &Option<Range<u64>>, colour, width: f64| {
            if let Some(range) = range {
                draw_outline(layer, layout, range, colour, line(width));
            }
        };
        if let Some(range) = &self.selected {
            draw_veil(layer, layout, range, palette.accent, 0.25);
        }
        outline(&self.selected, palette.accent, 1.0);
        if let Some(answer) = answer.filter(|_| self.asked.is_some()) {
            answer.cells(layout).iter().for_each(|cells| draw_veil(layer, layout, cells, palette.bad, 0.45));
        }
        outline(&self.asked, palette.bad, 2.0);
        outline(&self.pinned, palette.text, 2.0);
        outline(&self.pointed, palette.text, 1.0);
        outline(&self.cursor, palette.accent, 2.0);
    }
}
