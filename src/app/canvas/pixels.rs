//! A small image, enlarged onto a layer by the browser: a few calls, however many pixels it
//! has.

use super::layer::Layer;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement, ImageData};

/// The image, reused.
pub(crate) struct Pixels {
    canvas: HtmlCanvasElement,
    context: CanvasRenderingContext2d,
    bytes: Vec<u8>,
}

impl Pixels {
    /// With a canvas of its own, not in the page; `None` where the browser has none left.
    pub(crate) fn new() -> Option<Self> {
        let document = web_sys::window()?.document()?;
        let canvas: HtmlCanvasElement = document.create_element("canvas").ok()?.dyn_into().ok()?;
        let context = canvas.get_context("2d").ok()??.dyn_into().ok()?;
        Some(Self { canvas, context, bytes: Vec::new() })
    }

    /// Draws `columns` × `rows` pixels at a place of the layer: left, top, width and height.
    /// `fill` appends red, green, blue and opacity of each, row by row.
    ///
    /// # Errors
    /// Where the browser took a canvas away.
    pub(crate) fn draw(
        &mut self,
        layer: &Layer,
        (columns, rows): (u32, u32),
        [x, y, width, height]: [f64; 4],
        fill: impl FnOnce(&mut Vec<u8>),
    ) -> Result<(), JsValue> {
        self.bytes.clear();
        fill(&mut self.bytes);
        if (self.canvas.width(), self.canvas.height()) != (columns, rows) {
            self.canvas.set_width(columns);
            self.canvas.set_height(rows);
        }
        self.context.put_image_data(&image_of(&self.bytes, columns)?, 0.0, 0.0)?;
        layer.context.set_image_smoothing_enabled(false);
        layer.context.draw_image_with_html_canvas_element_and_dw_and_dh(&self.canvas, x, y, width, height)
    }
}

/// A copy: browsers take no image from shared memory.
fn image_of(bytes: &[u8], columns: u32) -> Result<ImageData, JsValue> {
    let copy = js_sys::Uint8ClampedArray::new_with_length(u32::try_from(bytes.len()).unwrap_or(0));
    copy.copy_from(bytes);
    ImageData::new_with_js_u8_clamped_array(&copy, columns)
}
