//! The charts of a card that can be had as drawings: each says how, as long as it is there.

use leptos::prelude::*;
use std::rc::Rc;

type Draw = Rc<dyn Fn(&str) -> Option<String>>;

/// Of one card, given as a context to what is in it.
#[derive(Clone, Copy)]
pub struct Drawings {
    draw: StoredValue<Option<Draw>, LocalStorage>,
    /// There is a chart that can.
    pub(super) is_any: RwSignal<bool>,
}

impl Drawings {
    /// None yet.
    pub(super) fn new() -> Self {
        Self { draw: StoredValue::new_local(None), is_any: RwSignal::new(false) }
    }

    /// The chart of the card, for as long as the current owner lives: an SVG document under a
    /// title; `None` while nothing is drawn.
    pub fn add(self, draw: impl Fn(&str) -> Option<String> + 'static) {
        self.draw.set_value(Some(Rc::new(draw)));
        self.is_any.set(true);
        on_cleanup(move || {
            // The card may be gone with it.
            let _ = self.draw.try_update_value(|draw| *draw = None);
            let _ = self.is_any.try_set(false);
        });
    }

    /// The chart as a document.
    pub(super) fn document(self, title: &str) -> Option<String> {
        let draw = self.draw.get_value()?;
        draw(title)
    }
}
