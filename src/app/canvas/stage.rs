//! The place that layers lie in, and its size, told by the browser.

use std::cell::Cell;
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use web_sys::{Element, ResizeObserver, ResizeObserverEntry};

/// How large a place is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Size {
    /// Width and height, CSS pixels.
    pub(crate) css: (f64, f64),
    /// Device pixels per CSS pixel.
    pub(crate) ratio: f64,
}

impl Size {
    /// Width and height, device pixels, rounded.
    pub(crate) fn px(self) -> (u32, u32) {
        (self.scaled(self.css.0), self.scaled(self.css.1))
    }

    /// A length in CSS pixels, in device pixels.
    pub(crate) fn scaled(self, css: f64) -> u32 {
        (css * self.ratio).round().max(0.0) as u32
    }
}

/// Watches an element's size. Stops when dropped.
pub(crate) struct Stage {
    css: Rc<Cell<(f64, f64)>>,
    observer: ResizeObserver,
    // Called by the observer for as long as that lives.
    _resized: Closure<dyn FnMut(js_sys::Array)>,
}

impl Stage {
    /// Watches `element`; `None` where the browser cannot.
    pub(crate) fn watch(element: &Element) -> Option<Self> {
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
    pub(crate) fn size(&self) -> Option<Size> {
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
