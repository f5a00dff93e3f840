//! The heat map's pixels: an image of one pixel per column and request size, enlarged
//! by the canvas into the plot of a chart over time.

use crate::analysis::chart::colour::{Colour, on_scale};
use crate::analysis::fragmentation::heat_grid::HeatGrid;
use crate::app::canvas::layer::Layer;
use crate::app::canvas::pixels::Pixels;
use crate::app::chart::paint::Geometry;
use crate::app::theme::palette::Palette;
use wasm_bindgen::JsValue;

/// Steps of the colour scale: finer ones cannot be told apart.
const STEPS: usize = 256;

/// Draws every column, the smallest size at the bottom. O(columns · sizes).
///
/// # Errors
/// Where the browser took a canvas away.
pub(super) fn draw_heat(
    pixels: &mut Pixels,
    layer: &Layer,
    geometry: Geometry,
    map: &HeatGrid,
    palette: &Palette,
) -> Result<(), JsValue> {
    layer.clear(geometry.size.px());
    let (columns, sizes) = (map.columns().len(), map.sizes());
    if sizes == 0 {
        return Ok(());
    }
    // A canvas is far smaller than 2³² pixels.
    let size = (columns as u32, sizes as u32);
    pixels.draw(layer, size, geometry.plot(), |bytes| fill(bytes, map, &scale(palette)))
}

fn fill(bytes: &mut Vec<u8>, map: &HeatGrid, scale: &[Colour; STEPS]) {
    let (columns, sizes) = (map.columns().len(), map.sizes());
    // Transparent where nothing is known.
    bytes.resize(columns * sizes * 4, 0);
    for (x, column) in map.columns().enumerate() {
        for (size, value) in column.values().iter().enumerate() {
            let colour = scale[(value * (STEPS - 1) as f64).round() as usize % STEPS];
            let at = ((sizes - 1 - size) * columns + x) * 4;
            bytes[at..at + 4].copy_from_slice(&[colour.red, colour.green, colour.blue, 0xff]);
        }
    }
}

fn scale(palette: &Palette) -> [Colour; STEPS] {
    core::array::from_fn(|step| on_scale(&palette.heat, step as f64 / (STEPS - 1) as f64))
}

/// Outlines the row of a size at a moment, `x` device pixels from the left.
pub(super) fn draw_pointed(layer: &Layer, geometry: Geometry, x: f64, size: usize, sizes: usize, colour: Colour) {
    let [_, y, _, height] = geometry.plot();
    let row = height / sizes.max(1) as f64;
    let top = y + height - row * (size + 1) as f64;
    let half = row.clamp(4.0, 10.0) / 2.0;
    layer.set_stroke(colour, 1.0, geometry.size.ratio.max(1.0) * 1.5);
    layer.context.stroke_rect(x - half, top, half * 2.0, row);
}
