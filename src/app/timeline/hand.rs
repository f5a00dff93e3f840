//! What pointers hold of the timeline between two events.

use crate::analysis::chart::window::TimeWindow;

/// What a drag does.
#[derive(Clone, Copy)]
pub(super) enum Hold {
    /// The window goes along; a click moves the moment.
    Window(TimeWindow),
    /// The moment goes along.
    Moment,
    /// A span of time from here.
    Choice(f64),
    /// Two fingers: how far apart, and the window then.
    Pinch(f64, TimeWindow),
}

/// Pointers that are down.
#[derive(Default)]
pub(super) struct Hand {
    /// With the place where it began, CSS pixels.
    pub(super) hold: Option<(Hold, f64)>,
    pub(super) has_moved: bool,
    /// Fingers on the chart: number and place.
    pub(super) fingers: Vec<(i32, f64)>,
}
