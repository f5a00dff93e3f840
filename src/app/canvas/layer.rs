//! One canvas of several that lie one above the other, in device pixels.

use crate::analysis::chart::colour::Colour;
use std::cell::RefCell;
use wasm_bindgen::JsCast;
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement};

/// One canvas, as large as its stage.
pub(crate) struct Layer {
    canvas: HtmlCanvasElement,
    /// Draws on it, in device pixels. Colours, widths and fonts are chosen by the
    /// layer's own functions, which know what the context has already.
    pub(crate) context: CanvasRenderingContext2d,
    pen: RefCell<Pen>,
}

/// What a context was told last. To tell it again is dear: each text is copied into
/// the browser and parsed there, a font most of all.
#[derive(Clone, Default)]
struct Pen {
    fill: Option<(Colour, f64)>,
    stroke: Option<(Colour, f64)>,
    line_width: Option<f64>,
    font: Option<(f64, String)>,
    anchor: Option<(&'static str, &'static str)>,
}

/// `#rrggbb`, or `rgb(…)` with its opacity.
fn css(colour: Colour, alpha: f64) -> String {
    if alpha >= 1.0 {
        return colour.to_string();
    }
    format!("rgb({} {} {} / {alpha})", colour.red, colour.green, colour.blue)
}

impl Layer {
    /// The 2D context of a canvas; `None` where the browser has none left.
    pub(crate) fn of(canvas: HtmlCanvasElement) -> Option<Self> {
        let context = canvas.get_context("2d").ok()??.dyn_into().ok()?;
        Some(Self { canvas, context, pen: RefCell::default() })
    }

    /// Makes it wider on screen than its stage, CSS pixels, and moves it left.
    pub(crate) fn place(&self, width: f64, left: f64) {
        let style = self.canvas.style();
        // Refused only for properties that no browser has.
        let _ = style.set_property("width", &format!("{width}px"));
        let _ = style.set_property("transform", &format!("translateX({}px)", -left));
    }

    /// Width and height, device pixels.
    pub(crate) fn size(&self) -> (u32, u32) {
        (self.canvas.width(), self.canvas.height())
    }

    /// Empties the canvas and makes it `px` large.
    pub(crate) fn clear(&self, (width, height): (u32, u32)) {
        if self.size() == (width, height) {
            self.context.clear_rect(0.0, 0.0, f64::from(width), f64::from(height));
        } else {
            self.canvas.set_width(width);
            self.canvas.set_height(height);
            // A canvas of another size has forgotten everything.
            self.pen.take();
        }
    }

    /// Empties what lies right of a pixel and below another, and draws on that alone.
    pub(crate) fn renew<T>(&self, (left, top): (i32, i32), draw: impl FnOnce() -> T) -> T {
        let (width, height) = self.size();
        let (left, top) = (f64::from(left), f64::from(top));
        let place = (left, top, f64::from(width) - left, f64::from(height) - top);
        let pen = self.pen.borrow().clone();
        self.context.save();
        self.context.begin_path();
        self.context.rect(place.0, place.1, place.2, place.3);
        self.context.clip();
        self.context.clear_rect(place.0, place.1, place.2, place.3);
        let drawn = draw();
        self.context.restore();
        // The context has gone back to what it was told before.
        self.pen.replace(pen);
        drawn
    }

    /// Chooses what areas are filled with.
    pub(crate) fn set_fill(&self, colour: Colour, alpha: f64) {
        if self.pen.borrow_mut().fill.replace((colour, alpha)) != Some((colour, alpha)) {
            self.context.set_fill_style_str(&css(colour, alpha));
        }
    }

    /// Chooses how lines are drawn.
    pub(crate) fn set_stroke(&self, colour: Colour, alpha: f64, width: f64) {
        let mut pen = self.pen.borrow_mut();
        if pen.stroke.replace((colour, alpha)) != Some((colour, alpha)) {
            self.context.set_stroke_style_str(&css(colour, alpha));
            self.context.set_line_join("round");
        }
        if pen.line_width.replace(width) != Some(width) {
            self.context.set_line_width(width);
        }
    }

    /// Chooses the font, its size in device pixels.
    pub(crate) fn set_font(&self, size: f64, family: &str) {
        let mut pen = self.pen.borrow_mut();
        if pen.font.as_ref().is_some_and(|(known, of)| *known == size && of == family) {
            return;
        }
        self.context.set_font(&format!("{size}px {family}"));
        pen.font = Some((size, family.to_owned()));
    }

    /// Chooses which point of a text lies at its place: across, then down.
    pub(crate) fn set_anchor(&self, across: &'static str, down: &'static str) {
        if self.pen.borrow_mut().anchor.replace((across, down)) != Some((across, down)) {
            self.context.set_text_align(across);
            self.context.set_text_baseline(down);
        }
    }
}
