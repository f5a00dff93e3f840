//! Plotters on a drawing, with the shapes that [`super::plotters_backend`] puts on a canvas.

use super::layer::Layer;
use super::plotters_backend::TextWidths;
use crate::analysis::chart::colour::Colour;
use crate::analysis::chart::straighten::straightened;
use crate::analysis::chart::svg::{Anchor, Ink, Pen, Svg};
use plotters_backend::text_anchor::{HPos, VPos};
use plotters_backend::{BackendColor, BackendCoord, BackendStyle, BackendTextStyle, DrawingBackend, DrawingErrorKind};
use std::cell::RefCell;
use std::convert::Infallible;

/// One drawing for plotters.
pub(crate) struct SvgBackend<'a> {
    svg: &'a RefCell<Svg>,
    /// Which canvas tells how wide a text is.
    measure: &'a Layer,
    widths: &'a TextWidths,
    family: &'a str,
    size_px: (u32, u32),
}

type Drawn = Result<(), DrawingErrorKind<Infallible>>;

impl<'a> SvgBackend<'a> {
    /// Draws on `svg`, of which `size_px` pixels are its own; texts are as wide as on a canvas.
    pub(crate) fn new(
        svg: &'a RefCell<Svg>,
        measure: &'a Layer,
        widths: &'a TextWidths,
        family: &'a str,
        size_px: (u32, u32),
    ) -> Self {
        Self { svg, measure, widths, family, size_px }
    }

    fn pen<S: BackendStyle>(style: &S, fills: bool) -> Pen {
        let ink = ink(style.color());
        if fills { Pen::Fill(ink) } else { Pen::Line(ink, f64::from(style.stroke_width())) }
    }
}

fn ink(color: BackendColor) -> Ink {
    let (red, green, blue) = color.rgb;
    Ink { colour: Colour::new(red, green, blue), alpha: color.alpha }
}

fn at((x, y): BackendCoord, shift: f64) -> (f64, f64) {
    (f64::from(x) + shift, f64::from(y) + shift)
}

impl DrawingBackend for SvgBackend<'_> {
    type ErrorType = Infallible;

    fn get_size(&self) -> (u32, u32) {
        self.size_px
    }

    fn ensure_prepared(&mut self) -> Drawn {
        Ok(())
    }

    fn present(&mut self) -> Drawn {
        Ok(())
    }

    fn draw_pixel(&mut self, place: BackendCoord, color: BackendColor) -> Drawn {
        let (x, y) = at(place, 0.0);
        self.svg.borrow_mut().rect([x, y, 1.0, 1.0], Pen::Fill(ink(color)));
        Ok(())
    }

    fn draw_line<S: BackendStyle>(&mut self, from: BackendCoord, to: BackendCoord, style: &S) -> Drawn {
        self.draw_path([from, to], style)
    }

    fn draw_rect<S: BackendStyle>(&mut self, from: BackendCoord, to: BackendCoord, style: &S, fill: bool) -> Drawn {
        let (x, y) = at(from, if fill { 0.0 } else { 0.5 });
        let (width, height) = (f64::from(to.0 - from.0), f64::from(to.1 - from.1));
        self.svg.borrow_mut().rect([x, y, width, height], Self::pen(style, fill));
        Ok(())
    }

    fn draw_path<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(&mut self, path: I, style: &S) -> Drawn {
        if style.color().alpha > 0.0 {
            let points = straightened(path.into_iter()).map(|place| at(place, 0.5));
            self.svg.borrow_mut().path(points, Self::pen(style, false));
        }
        Ok(())
    }

    fn draw_circle<S: BackendStyle>(&mut self, center: BackendCoord, radius: u32, style: &S, fill: bool) -> Drawn {
        self.svg.borrow_mut().circle(at(center, 0.5), f64::from(radius), Self::pen(style, fill));
        Ok(())
    }

    fn fill_polygon<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(&mut self, path: I, style: &S) -> Drawn {
        if style.color().alpha > 0.0 {
            let points = straightened(path.into_iter()).map(|place| at(place, 0.0));
            self.svg.borrow_mut().path(points, Self::pen(style, true));
        }
        Ok(())
    }

    fn draw_text<S: BackendTextStyle>(&mut self, text: &str, style: &S, place: BackendCoord) -> Drawn {
        let across = match style.anchor().h_pos {
            HPos::Left => "start",
            HPos::Center => "middle",
            HPos::Right => "end",
        };
        let down = match style.anchor().v_pos {
            VPos::Top => 80,
            VPos::Center => 35,
            VPos::Bottom => 0,
        };
        let (size, ink) = (style.size(), ink(style.color()));
        self.svg.borrow_mut().text(text, at(place, 0.0), size, Anchor { across, down }, ink);
        Ok(())
    }

    fn estimate_text_size<S: BackendTextStyle>(
        &self,
        text: &str,
        style: &S,
    ) -> Result<(u32, u32), DrawingErrorKind<Infallible>> {
        let width = self.widths.of(self.measure, (style.size(), self.family), text);
        // Of a browser that cannot measure, about: only the room for labels depends on it.
        let about = (style.size() * text.chars().count() as f64 * 0.6).ceil() as u32;
        Ok((width.unwrap_or(about), style.size().ceil() as u32))
    }
}
