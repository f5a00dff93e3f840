//! The place a chart is drawn on: its size, told by the browser, and its canvas
//! layers, in device pixels.

use crate::analysis::colour::Colour;
use leptos::html;
use leptos::prelude::{GetUntracked, NodeRef};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use web_sys::{CanvasRenderingContext2d, Element, HtmlCanvasElement, ResizeObserver, ResizeObserverEntry};

/// How large a chart is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Size {
    /// In CSS pixels.
    pub(super) css: (f64, f64),
    /// Device pixels per CSS pixel.
    pub(super) ratio: f64,
}

impl Size {
    /// In device pixels.
    pub(super) fn px(self) -> (u32, u32) {
        (self.scaled(self.css.0), self.scaled(self.css.1))
    }

    /// A length in CSS pixels, in device pixels.
    pub(super) fn scaled(self, css: f64) -> u32 {
        (css * self.ratio).round().max(0.0) as u32
    }
}

/// Watches an element's size. Stops when dropped.
pub(super) struct Stage {
    css: Rc<Cell<(f64, f64)>>,
    observer: ResizeObserver,
    // Called by the observer for as long as that lives.
    _resized: Closure<dyn FnMut(js_sys::Array)>,
}

impl Stage {
    /// Watches `element`; `None` where the browser cannot.
    pub(super) fn watch(element: &Element) -> Option<Self> {
        let css = Rc::new(Cell::new((f64::from(element.client_width()), f64::from(element.client_height()))));
        let seen = Rc::clone(&css);
        let resized = Closure::<dyn FnMut(js_sys::Array)>::new(move |entries: js_sys::Array| {
            if let Ok(entry) = entries.get(0).dyn_into::<ResizeObserverEntry>() {
                let size = entry.content_rect();
                seen.set((size.width(), size.height()));
            }
        });
        let observer = ResizeObserver::new(resized.as_ref().unchecked_ref()).ok()?;
        observer.observe(element);
        Some(Self { css, observer, _resized: resized })
    }

    /// The size now; `None` where nothing is to be seen: a hidden panel.
    pub(super) fn size(&self) -> Option<Size> {
        let css = self.css.get();
        let ratio = web_sys::window().map_or(1.0, |window| window.device_pixel_ratio());
        (css.0 >= 1.0 && css.1 >= 1.0).then_some(Size { css, ratio })
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        self.observer.disconnect();
    }
}

/// A stage and its canvases; `None` until they are in the page.
pub(super) fn layered<const N: usize>(
    holder: NodeRef<html::Div>,
    canvases: [NodeRef<html::Canvas>; N],
) -> Option<(Stage, [Layer; N])> {
    let layers: Vec<Layer> =
        canvases.into_iter().map_while(|canvas| canvas.get_untracked().and_then(Layer::of)).collect();
    Some((Stage::watch(holder.get_untracked()?.as_ref())?, layers.try_into().ok()?))
}

/// One canvas, as large as its stage.
pub(super) struct Layer {
    canvas: HtmlCanvasElement,
    /// Draws on it, in device pixels. Colours, widths and fonts are chosen by the
    /// layer's own functions, which know what the context has already.
    pub(super) context: CanvasRenderingContext2d,
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
    pub(super) fn of(canvas: HtmlCanvasElement) -> Option<Self> {
        let context = canvas.get_context("2d").ok()??.dyn_into().ok()?;
        Some(Self { canvas, context, pen: RefCell::default() })
    }

    /// Makes it wider on screen than its stage, CSS pixels, and moves it left.
    pub(super) fn place(&self, width: f64, left: f64) {
        let style = self.canvas.style();
        // Refused only for properties that no browser has.
        let _ = style.set_property("width", &format!("{width}px"));
        let _ = style.set_property("transform", &format!("translateX({}px)", -left));
    }

    /// Its size.
    pub(super) fn size(&self) -> (u32, u32) {
        (self.canvas.width(), self.canvas.height())
    }

    /// Empties the canvas and makes it `px` large.
    pub(super) fn clear(&self, (width, height): (u32, u32)) {
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
    pub(super) fn renew<T>(&self, (left, top): (i32, i32), draw: impl FnOnce() -> T) -> T {
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
    pub(super) fn set_fill(&self, colour: Colour, alpha: f64) {
        if self.pen.borrow_mut().fill.replace((colour, alpha)) != Some((colour, alpha)) {
            self.context.set_fill_style_str(&css(colour, alpha));
        }
    }

    /// Chooses how lines are drawn.
    pub(super) fn set_stroke(&self, colour: Colour, alpha: f64, width: f64) {
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
    pub(super) fn set_font(&self, size: f64, family: &str) {
        let mut pen = self.pen.borrow_mut();
        if pen.font.as_ref().is_some_and(|(known, of)| *known == size && of == family) {
            return;
        }
        self.context.set_font(&format!("{size}px {family}"));
        pen.font = Some((size, family.to_owned()));
    }

    /// Chooses which point of a text lies at its place: across, then down.
    pub(super) fn set_anchor(&self, across: &'static str, down: &'static str) {
        if self.pen.borrow_mut().anchor.replace((across, down)) != Some((across, down)) {
            self.context.set_text_align(across);
            self.context.set_text_baseline(down);
        }
    }
}
