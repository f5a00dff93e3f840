//! What a gesture on the arena map leaves for the next event.

use crate::analysis::map::window::MapWindow;
use crate::units::Bytes;

/// A button that is down.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Drag {
    pub(super) x: f64,
    pub(super) y: f64,
    pub(super) window: MapWindow,
    /// Where it began; `Some` selects addresses instead of panning.
    pub(super) selects_from: Option<Bytes>,
    pub(super) moved: bool,
}

/// What a gesture leaves for the next event.
#[derive(Clone, Debug, Default)]
pub(super) struct Hand {
    pub(super) drag: Option<Drag>,
    /// The strip is pressed.
    pub(super) is_on_strip: bool,
    /// The wheel's way since the last level.
    pub(super) turned: f64,
    /// Where Shift was first held while arrows moved.
    pub(super) anchor: Option<Bytes>,
}
