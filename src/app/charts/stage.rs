//! The place a chart is drawn on: its size, told by the browser, and its canvas
//! layers, in device pixels.

use std::cell::Cell;
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

/// One canvas, as large as its stage.
pub(super) struct Layer {
    canvas: HtmlCanvasElement,
    /// Draws on it, in device pixels.
    pub(super) context: CanvasRenderingContext2d,
}

impl Layer {
    /// The 2D context of a canvas; `None` where the browser has none left.
    pub(super) fn of(canvas: HtmlCanvasElement) -> Option<Self> {
        let context = canvas.get_context("2d").ok()??.dyn_into().ok()?;
        Some(Self { canvas, context })
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
        }
    }
}
