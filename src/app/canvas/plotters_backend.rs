//! Plotters on a 2D canvas, in device pixels.
//!
//! Plotters' own text measuring appends an element to the page for every label;
//! this one asks the canvas and remembers. Lines and areas become one path each,
//! and upright and level lines become filled rectangles, which stay sharp.

use super::layer::Layer;
use crate::analysis::chart::colour::Colour;
use crate::analysis::chart::straighten::straightened;
use plotters_backend::text_anchor::{HPos, VPos};
use plotters_backend::{BackendColor, BackendCoord, BackendStyle, BackendTextStyle, DrawingBackend, DrawingErrorKind};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt;
use wasm_bindgen::JsValue;

/// Text widths kept; labels repeat, so few are needed.
const WIDTHS_KEPT: usize = 512;

/// The canvas refused a call.
#[derive(Debug)]
pub(crate) struct CanvasError {
    /// The call of the canvas that failed.
    call: &'static str,
}

impl fmt::Display for CanvasError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the canvas refused `{}`", self.call)
    }
}

impl std::error::Error for CanvasError {}

type Drawn = Result<(), DrawingErrorKind<CanvasError>>;

fn refused(call: &'static str) -> impl FnOnce(JsValue) -> DrawingErrorKind<CanvasError> {
    move |_| DrawingErrorKind::DrawingError(CanvasError { call })
}

/// Widths of texts by size and text, device pixels; all of one family.
#[derive(Default)]
pub(crate) struct TextWidths(RefCell<Widths>);

#[derive(Default)]
struct Widths {
    family: String,
    /// By the bits of the size.
    sizes: BTreeMap<u64, BTreeMap<String, u32>>,
}

impl TextWidths {
    /// How wide a text is, device pixels; `None` where the canvas does not say.
    pub(crate) fn of(&self, layer: &Layer, (size, family): (f64, &str), text: &str) -> Option<u32> {
        let mut known = self.0.borrow_mut();
        if known.family != family {
            *known = Widths { family: family.to_owned(), sizes: BTreeMap::new() };
        }
        if let Some(width) = known.sizes.get(&size.to_bits()).and_then(|widths| widths.get(text)) {
            return Some(*width);
        }
        layer.set_font(size, family);
        let width = layer.context.measure_text(text).ok()?.width().ceil() as u32;
        if known.sizes.values().map(BTreeMap::len).sum::<usize>() >= WIDTHS_KEPT {
            known.sizes.clear();
        }
        known.sizes.entry(size.to_bits()).or_default().insert(text.to_owned(), width);
        Some(width)
    }
}

/// One canvas for plotters.
pub(crate) struct CanvasBackend<'a> {
    layer: &'a Layer,
    widths: &'a TextWidths,
    family: &'a str,
    size_px: (u32, u32),
}

impl<'a> CanvasBackend<'a> {
    /// Draws on `layer`, which is `size_px` device pixels large, with the fonts of
    /// `family`.
    pub(crate) fn new(layer: &'a Layer, widths: &'a TextWidths, family: &'a str, size_px: (u32, u32)) -> Self {
        Self { layer, widths, family, size_px }
    }

    fn trace(&self, path: impl IntoIterator<Item = BackendCoord>, shift: f64) {
        let context = &self.layer.context;
        context.begin_path();
        let place = |(x, y): BackendCoord| (f64::from(x) + shift, f64::from(y) + shift);
        let mut corners = straightened(path.into_iter()).map(place);
        if let Some((x, y)) = corners.next() {
            context.move_to(x, y);
        }
        corners.for_each(|(x, y)| context.line_to(x, y));
    }

    fn fill_with(&self, color: BackendColor) {
        let (red, green, blue) = color.rgb;
        self.layer.set_fill(Colour::new(red, green, blue), color.alpha);
    }

    fn stroke_with(&self, color: BackendColor, width: u32) {
        let (red, green, blue) = color.rgb;
        self.layer.set_stroke(Colour::new(red, green, blue), color.alpha, f64::from(width));
    }
}

impl DrawingBackend for CanvasBackend<'_> {
    type ErrorType = CanvasError;

    fn get_size(&self) -> (u32, u32) {
        self.size_px
    }

    fn ensure_prepared(&mut self) -> Drawn {
        Ok(())
    }

    fn present(&mut self) -> Drawn {
        Ok(())
    }

    fn draw_pixel(&mut self, (x, y): BackendCoord, color: BackendColor) -> Drawn {
        self.fill_with(color);
        self.layer.context.fill_rect(f64::from(x), f64::from(y), 1.0, 1.0);
        Ok(())
    }

    fn draw_line<S: BackendStyle>(&mut self, from: BackendCoord, to: BackendCoord, style: &S) -> Drawn {
        self.draw_path([from, to], style)
    }

    fn draw_rect<S: BackendStyle>(&mut self, from: BackendCoord, to: BackendCoord, style: &S, fill: bool) -> Drawn {
        let (x, y) = (f64::from(from.0), f64::from(from.1));
        let (width, height) = (f64::from(to.0 - from.0), f64::from(to.1 - from.1));
        if fill {
            self.fill_with(style.color());
            self.layer.context.fill_rect(x, y, width, height);
        } else {
            self.stroke_with(style.color(), style.stroke_width());
            self.layer.context.stroke_rect(x + 0.5, y + 0.5, width, height);
        }
        Ok(())
    }

    fn draw_path<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(&mut self, path: I, style: &S) -> Drawn {
        if style.color().alpha == 0.0 {
            return Ok(());
        }
        let points: Vec<BackendCoord> = path.into_iter().collect();
        let width = style.stroke_width();
        if let [(x0, y0), (x1, y1)] = points[..]
            && (x0 == x1 || y0 == y1)
        {
            let (long, thick) = (x0.abs_diff(x1).max(y0.abs_diff(y1)), f64::from(width));
            let (wide, high) = if y0 == y1 { (f64::from(long), thick) } else { (thick, f64::from(long)) };
            self.fill_with(style.color());
            self.layer.context.fill_rect(f64::from(x0.min(x1)), f64::from(y0.min(y1)), wide, high);
            return Ok(());
        }
        self.stroke_with(style.color(), width);
        self.trace(points, 0.5);
        self.layer.context.stroke();
        Ok(())
    }

    fn draw_circle<S: BackendStyle>(&mut self, center: BackendCoord, radius: u32, style: &S, fill: bool) -> Drawn {
        let (x, y) = (f64::from(center.0) + 0.5, f64::from(center.1) + 0.5);
        self.layer.context.begin_path();
        self.layer.context.arc(x, y, f64::from(radius), 0.0, core::f64::consts::TAU).map_err(refused("arc"))?;
        if fill {
            self.fill_with(style.color());
            self.layer.context.fill();
        } else {
            self.stroke_with(style.color(), style.stroke_width());
            self.layer.context.stroke();
        }
        Ok(())
    }

    fn fill_polygon<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(&mut self, path: I, style: &S) -> Drawn {
        if style.color().alpha == 0.0 {
            return Ok(());
        }
        self.trace(path, 0.0);
        self.layer.context.close_path();
        self.fill_with(style.color());
        self.layer.context.fill();
        Ok(())
    }

    fn draw_text<S: BackendTextStyle>(&mut self, text: &str, style: &S, (x, y): BackendCoord) -> Drawn {
        self.layer.set_font(style.size(), self.family);
        self.fill_with(style.color());
        let across = match style.anchor().h_pos {
            HPos::Left => "left",
            HPos::Center => "center",
            HPos::Right => "right",
        };
        let down = match style.anchor().v_pos {
            VPos::Top => "top",
            VPos::Center => "middle",
            VPos::Bottom => "bottom",
        };
        self.layer.set_anchor(across, down);
        self.layer.context.fill_text(text, f64::from(x), f64::from(y)).map_err(refused("fillText"))
    }

    fn estimate_text_size<S: BackendTextStyle>(
        &self,
        text: &str,
        style: &S,
    ) -> Result<(u32, u32), DrawingErrorKind<CanvasError>> {
        let width = self.widths.of(self.layer, (style.size(), self.family), text);
        let width = width.ok_or(DrawingErrorKind::DrawingError(CanvasError { call: "measureText" }))?;
        Ok((width, style.size().ceil() as u32))
    }
}
