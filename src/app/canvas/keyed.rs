//! A layer that knows what it shows, so that it is drawn again only where that changes.

use super::layer::Layer;

/// A layer, with the key of what is on it: all that its pixels depend on.
pub(crate) struct KeyedLayer<K> {
    layer: Layer,
    shown: Option<K>,
}

impl<K: PartialEq> KeyedLayer<K> {
    /// With nothing on it.
    pub(crate) const fn new(layer: Layer) -> Self {
        Self { layer, shown: None }
    }

    /// The layer itself, to measure texts by.
    pub(crate) const fn layer(&self) -> &Layer {
        &self.layer
    }

    /// What is on it.
    pub(crate) const fn shown(&self) -> Option<&K> {
        self.shown.as_ref()
    }

    /// Draws where something else than `key` is on it. `draw` hears of the new key and of
    /// the one before, whose pixels are still there: what only grows is drawn on.
    pub(crate) fn draw_if<R>(&mut self, key: K, draw: impl FnOnce(&Layer, &K, Option<&K>) -> R) {
        if self.shown.as_ref() != Some(&key) {
            // Fails only where the browser took the canvas away; the next change draws again.
            drop(draw(&self.layer, &key, self.shown.as_ref()));
            self.shown = Some(key);
        }
    }

    /// Empties it, where something is on it.
    pub(crate) fn empty(&mut self, px: (u32, u32)) {
        if self.shown.take().is_some() {
            self.layer.clear(px);
        }
    }
}
