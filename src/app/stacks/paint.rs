//! The graph's pixels. Of each row an image one pixel high, enlarged by the canvas: its
//! cost is that of the pixels, however many frames there are. Then the gaps between rows,
//! and the names of frames that are wide enough.

use crate::analysis::chart::colour::Colour;
use crate::analysis::stacks::colours::{Mix, Tint, hue_of};
use crate::analysis::stacks::graph::Graph;
use crate::analysis::stacks::layout::{Block, Span, What};
use crate::analysis::stacks::text;
use crate::app::canvas::layer::Layer;
use crate::app::canvas::pixels::Pixels;
use crate::app::theme::palette::Palette;
use core::ops::Range;
use wasm_bindgen::JsValue;

/// Blocks narrower than this have no gap beside them, device pixels.
const GAP_FROM_PX: u32 = 3;
/// Blocks narrower than this have no name, CSS pixels.
const NAME_FROM_PX: f64 = 24.0;
/// Room left and right of a name, CSS pixels.
const PADDING_PX: f64 = 4.0;
/// Size of names, CSS pixels.
const FONT_PX: f64 = 11.0;

/// Which rows lie where, device pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Place {
    /// Width and height of the canvas.
    pub(super) px: (u32, u32),
    /// Height of a row.
    pub(super) row_px: u32,
    /// How far it is scrolled down.
    pub(super) scrolled_px: u32,
    /// Device pixels per CSS pixel.
    pub(super) ratio: f64,
}

impl Place {
    /// The rows that are to be seen, of so many.
    pub(super) fn rows(&self, all: usize) -> Range<usize> {
        let first = (self.scrolled_px / self.row_px) as usize;
        let end = (self.scrolled_px + self.px.1).div_ceil(self.row_px) as usize;
        first.min(all)..end.min(all)
    }

    /// The top of a row.
    pub(super) fn top_px(&self, row: usize) -> f64 {
        (row as f64) * f64::from(self.row_px) - f64::from(self.scrolled_px)
    }

    /// The row at a place from the top, CSS pixels.
    pub(super) fn row_at(&self, y: f64) -> usize {
        ((y * self.ratio + f64::from(self.scrolled_px)) / f64::from(self.row_px)).max(0.0) as usize
    }
}

/// Draws all that is to be seen. O(pixels of a column for each row, and names).
///
/// # Errors
/// Where the browser took a canvas away.
pub(super) fn draw(
    layer: &Layer,
    pixels: &mut Pixels,
    graph: &Graph,
    place: &Place,
    palette: &Palette,
) -> Result<(), JsValue> {
    layer.clear(place.px);
    let Some(layout) = graph.layout() else { return Ok(()) };
    let rows = place.rows(layout.rows());
    if rows.is_empty() {
        return Ok(());
    }
    let mix = mix_of(palette);
    let (width, count) = (layout.width_px(), rows.len() as u32);
    let area = [0.0, place.top_px(rows.start), f64::from(width), f64::from(count * place.row_px)];
    pixels.draw(layer, (width, count), area, |bytes| {
        rows.clone().for_each(|row| fill_row(bytes, graph, layout.row(row), width, &mix));
    })?;
    layer.set_fill(palette.panel, 1.0);
    for row in rows.clone() {
        let bottom = place.top_px(row) + f64::from(place.row_px);
        layer.context.fill_rect(0.0, bottom - 1.0, f64::from(width), 1.0);
    }
    rows.for_each(|row| draw_names(layer, graph, row, place, palette));
    Ok(())
}

fn mix_of(palette: &Palette) -> Mix<'_> {
    // The first is grey: it stands for nothing in particular.
    Mix { background: palette.panel, text: palette.text, accent: palette.accent, hues: &palette.threads[1..] }
}

fn fill_row(bytes: &mut Vec<u8>, graph: &Graph, blocks: &[Block], width: u32, mix: &Mix<'_>) {
    let mut at = 0;
    let mut fill = |colour: Colour, until: u32| {
        for _ in at..until {
            bytes.extend([colour.red, colour.green, colour.blue, 0xff]);
        }
        at = at.max(until);
    };
    for Block { what, x_px, .. } in blocks {
        fill(mix.background, x_px.start);
        let gap = u32::from(x_px.width() >= GAP_FROM_PX);
        fill(mix.colour(tint(graph, *what, mix.hues.len())), x_px.end - gap);
        fill(mix.background, x_px.end);
    }
    fill(mix.background, width);
}

fn tint(graph: &Graph, what: What, hues: usize) -> Tint {
    let (Some(tables), Some(tree), Some(layout)) = (graph.tables(), graph.tree(), graph.layout()) else {
        return Tint::Neutral;
    };
    let What::Frame(frame) = what else { return Tint::Neutral };
    let shown = tree.frame(frame);
    let is_above = shown.depth < tree.frame(layout.zoom()).depth;
    match graph.found() {
        search if !search.is_empty() && shown.depth > 0 && search.matches(shown.function) => Tint::Matched,
        search if !search.is_empty() => Tint::Unmatched,
        // What is above the frame that fills the width is only the way back.
        _ if is_above => Tint::Neutral,
        _ => hue_of(graph.names().file(&tables.stacks, shown.function), hues),
    }
}

fn draw_names(layer: &Layer, graph: &Graph, row: usize, place: &Place, palette: &Palette) {
    let Some(layout) = graph.layout() else { return };
    let font_px = (FONT_PX * place.ratio).round();
    layer.set_font(font_px, &palette.mono_family);
    layer.set_anchor("left", "middle");
    // All letters of the font are as wide.
    let letter_px = layer.context.measure_text("0").map_or(font_px * 0.6, |size| size.width());
    let middle = place.top_px(row) + f64::from(place.row_px - 1) / 2.0;
    for block in layout.row(row).iter().filter(|block| f64::from(block.x_px.width()) >= NAME_FROM_PX * place.ratio) {
        let padding = PADDING_PX * place.ratio;
        let room = f64::from(block.x_px.width()) - 2.0 * padding;
        let name = match block.what {
            What::Frame(frame) => text::name(graph, frame),
            What::More { frames, .. } => text::more_text(frames),
        };
        let Some(name) = fitted(name, (room / letter_px) as usize) else { continue };
        layer.set_fill(if matches!(block.what, What::Frame(_)) { palette.text } else { palette.dim }, 1.0);
        // Letters that are wider than others are made narrower. Fails only where the
        // browser took the canvas away.
        let _ = layer.context.fill_text_with_max_width(&name, f64::from(block.x_px.start) + padding, middle, room);
    }
}

/// A name in so many letters; `None` where not even one of them would be there.
fn fitted(name: String, letters: usize) -> Option<String> {
    // A letter is a byte or more: most need no count.
    if name.len() <= letters || name.chars().count() <= letters {
        return Some(name);
    }
    let kept = letters.checked_sub(1).filter(|kept| *kept > 0)?;
    Some(name.chars().take(kept).chain(['…']).collect())
}

/// Outlines a block of a row.
pub(super) fn outline(layer: &Layer, x_px: Span, row: usize, place: &Place, (colour, width): (Colour, f64)) {
    let width = (width * place.ratio).round().max(1.0);
    layer.set_stroke(colour, 1.0, width);
    let inset = width / 2.0;
    let (x, wide) = (f64::from(x_px.start), f64::from(x_px.width().max(1)));
    let high = f64::from(place.row_px - 1);
    let sides = ((wide - width).max(0.0), (high - width).max(0.0));
    layer.context.stroke_rect(x + inset, place.top_px(row) + inset, sides.0, sides.1);
}
