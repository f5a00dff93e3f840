//! The heat map's pixels: an image of one pixel per column and request size, enlarged
//! by the canvas into the plot of a chart over time.

use super::map_paint::image_of;
use super::paint::Geometry;
use super::stage::Layer;
use crate::analysis::colour::{Colour, on_scale};
use crate::analysis::heat_grid::HeatGrid;
use crate::app::palette::Palette;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement};

/// Steps of the colour scale: finer ones cannot be told apart.
const STEPS: usize = 256;

/// The image, reused.
pub(super) struct HeatPainter {
    canvas: HtmlCanvasElement,
    context: CanvasRenderingContext2d,
    pixels: Vec<u8>,
}

impl HeatPainter {
    /// With a canvas of its own, not in the page.
    pub(super) fn new() -> Option<Self> {
        let document = web_sys::window()?.document()?;
        let canvas: HtmlCanvasElement = document.create_element("canvas").ok()?.dyn_into().ok()?;
        let context = canvas.get_context("2d").ok()??.dyn_into().ok()?;
        Some(Self { canvas, context, pixels: Vec::new() })
    }

    /// Draws every column, the smallest size at the bottom. O(columns · sizes).
    ///
    /// # Errors
    /// Where the browser took a canvas away.
    pub(super) fn draw(
        &mut self,
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
        self.fill_pixels(map, columns, sizes, &scale(palette));
        // A canvas is far smaller than 2³² pixels.
        let (columns, sizes) = (columns as u32, sizes as u32);
        self.canvas.set_width(columns);
        self.canvas.set_height(sizes);
        self.context.put_image_data(&image_of(&self.pixels, columns)?, 0.0, 0.0)?;
        layer.context.set_image_smoothing_enabled(false);
        let [x, y, width, height] = geometry.plot();
        layer.context.draw_image_with_html_canvas_element_and_dw_and_dh(&self.canvas, x, y, width, height)
    }

    fn fill_pixels(&mut self, map: &HeatGrid, columns: usize, sizes: usize, scale: &[Colour; STEPS]) {
        // Transparent where nothing is known.
        self.pixels.clear();
        self.pixels.resize(columns * sizes * 4, 0);
        for (x, column) in map.columns().enumerate() {
            for (size, value) in column.values().iter().enumerate() {
                let colour = scale[(value * (STEPS - 1) as f64).round() as usize % STEPS];
                let at = ((sizes - 1 - size) * columns + x) * 4;
                self.pixels[at..at + 4].copy_from_slice(&[colour.red, colour.green, colour.blue, 0xff]);
            }
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
