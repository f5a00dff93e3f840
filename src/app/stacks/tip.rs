//! Where a tooltip lies, and what it says.

use crate::analysis::stacks::text::Told;

/// A tooltip, and where.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Tip {
    pub(super) told: Told,
    /// CSS pixels from the left and the top of the graph; from the right and the bottom
    /// where there is more room.
    pub(super) left_px: Option<f64>,
    pub(super) right_px: Option<f64>,
    pub(super) top_px: Option<f64>,
    pub(super) bottom_px: Option<f64>,
}

/// Distance to what is pointed at, CSS pixels.
const GAP_PX: f64 = 14.0;

impl Tip {
    /// Beside a place of a graph that is so large.
    pub(super) fn beside(told: Told, (x, y): (f64, f64), (width, height): (f64, f64)) -> Self {
        let (is_left, is_upper) = (x < width / 2.0, y < height / 2.0);
        Self {
            told,
            left_px: is_left.then_some(x + GAP_PX),
            right_px: (!is_left).then_some(width - x + GAP_PX),
            top_px: is_upper.then_some(y + GAP_PX),
            bottom_px: (!is_upper).then_some(height - y + GAP_PX),
        }
    }
}
