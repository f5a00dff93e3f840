//! The arena map's pixels. An image of one pixel per cell, enlarged by the
//! canvas, then the gaps between cells: a few calls, whatever the number of
//! cells.

use crate::analysis::chart::colour::{Colour, on_scale};
use crate::analysis::map::cells::Cell;
use crate::analysis::map::colours::{Colouring, KINDS, Kind, Shade};
use crate::analysis::map::layout::MapLayout;
use crate::app::canvas::layer::Layer;
use crate::app::canvas::pixels::Pixels;
use crate::app::theme::palette::Palette;
use crate::units::Bytes;
use core::ops::Range;
use wasm_bindgen::JsValue;

/// The faintest colour of a cell with anything in it: it must not look free.
const FAINTEST: f64 = 0.4;
/// The same on a scale of light, where a faint colour would be another value.
const FAINTEST_ON_SCALE: f64 = 0.75;
/// The lowest value on the scale: its very end would look free.
const SCALE_LOW: f64 = 0.25;
/// Metadata is neutral: so much of the text colour.
const METADATA: f64 = 0.35;
/// The same for what caches and guards hold.
const CACHED: f64 = 0.2;
/// The same for what is not selected: there, but no more.
const UNSELECTED: f64 = 0.12;
/// Cells narrower than this have no gaps, device pixels.
const GAP_PITCH: u32 = 3;

/// The colour of a shade in a theme.
pub(super) fn shade_colour(shade: Shade, palette: &Palette) -> Colour {
    match shade {
        Shade::Category(category) => palette.categories[category.index()],
        Shade::Scale(part) => on_scale(&palette.heat, SCALE_LOW + (1.0 - SCALE_LOW) * part),
        Shade::Hue(hue) => palette.threads[usize::from(hue) % palette.threads.len()],
        Shade::Other => palette.other,
        Shade::Unselected => palette.background.mix(palette.text, UNSELECTED),
        Shade::Metadata => palette.background.mix(palette.text, METADATA),
        Shade::Cached => palette.background.mix(palette.text, CACHED),
        Shade::Free => palette.background,
    }
}

/// Draws all cells. O(cells).
///
/// # Errors
/// Where the browser took a canvas away.
pub(super) fn draw_cells(
    pixels: &mut Pixels,
    layer: &Layer,
    layout: &MapLayout,
    cells: &[Cell],
    colouring: &Colouring,
    palette: &Palette,
) -> Result<(), JsValue> {
    let (width, height) = (layout.width_px, layout.height_px);
    layer.clear((width, height));
    let place = [0.0, 0.0, f64::from(width), f64::from(height)];
    pixels.draw(layer, (layout.columns, layout.rows), place, |bytes| fill(bytes, cells, colouring, palette))?;
    draw_gaps(layer, layout, palette.background);
    Ok(())
}

fn fill(bytes: &mut Vec<u8>, cells: &[Cell], colouring: &Colouring, palette: &Palette) {
    let colours: [(Colour, f64); KINDS] = core::array::from_fn(|kind| {
        let shade = colouring.shade(Kind::of_index(kind));
        let faintest = if matches!(shade, Shade::Scale(_)) { FAINTEST_ON_SCALE } else { FAINTEST };
        (shade_colour(shade, palette), faintest)
    });
    for cell in cells {
        let colour = cell.kind.index().map_or(palette.background, |kind| {
            let (full, faintest) = colours[kind];
            palette.background.mix(full, faintest + (1.0 - faintest) * f64::from(cell.fill) / 255.0)
        });
        bytes.extend([colour.red, colour.green, colour.blue, 0xff]);
    }
}

/// One pixel at the right and lower edge of every cell.
fn draw_gaps(layer: &Layer, layout: &MapLayout, colour: Colour) {
    let (width, height) = (f64::from(layout.width_px), f64::from(layout.height_px));
    let context = &layer.context;
    context.begin_path();
    if layout.width_px / layout.columns >= GAP_PITCH {
        (1..=layout.columns).for_each(|column| context.rect(f64::from(layout.x_of(column)) - 1.0, 0.0, 1.0, height));
    }
    if layout.rows > 1 && layout.height_px / layout.rows >= GAP_PITCH {
        (1..=layout.rows).for_each(|row| context.rect(0.0, f64::from(layout.y_of(row)) - 1.0, width, 1.0));
    }
    layer.set_fill(colour, 1.0);
    context.fill();
}

/// Outlines addresses: each of their rectangles, without the lines between them.
pub(super) fn draw_outline(layer: &Layer, layout: &MapLayout, range: &Range<u64>, colour: Colour, width: f64) {
    let context = &layer.context;
    layer.set_stroke(colour, 1.0, width);
    for [x, y, wide, high] in rectangles(layout, range) {
        let inset = width / 2.0;
        let (x, y) = (f64::from(x) - inset, f64::from(y) - inset);
        context.stroke_rect(x, y, f64::from(wide) + inset, f64::from(high) + inset);
    }
}

/// Lays a colour over addresses.
pub(super) fn draw_veil(layer: &Layer, layout: &MapLayout, range: &Range<u64>, colour: Colour, share: f64) {
    let context = &layer.context;
    layer.set_fill(colour, 1.0);
    context.set_global_alpha(share);
    for [x, y, wide, high] in rectangles(layout, range) {
        context.fill_rect(f64::from(x), f64::from(y), f64::from(wide), f64::from(high));
    }
    context.set_global_alpha(1.0);
}

fn rectangles(layout: &MapLayout, range: &Range<u64>) -> Vec<[u32; 4]> {
    layout.rectangles(Bytes::new(range.start), Bytes::new(range.end.saturating_sub(range.start)))
}
