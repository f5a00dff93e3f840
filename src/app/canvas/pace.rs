//! How often what only flows is drawn, and how often the texts beside it change.

use crate::analysis::frames::scheduler::Turn;
use crate::app::frames::frame_loop::{self, Frame};

/// Readings change at most this often, so that they can be read: of what is pointed at, and
/// of what only flows by.
const POINTED_MS: f64 = 125.0;
const CALM_MS: f64 = 250.0;
/// What a screen reader hears, and a data table, change at most this often.
const SUMMARY_MS: f64 = 1000.0;

/// Every second frame. What only flows on is drawn in one of the two, so that no frame draws
/// all of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FrameTurn {
    Even,
    Odd,
}

impl FrameTurn {
    /// Whether this frame is one of them.
    pub(crate) const fn has(self, frame: &Frame) -> bool {
        frame.number.is_multiple_of(2) == matches!(self, Self::Even)
    }
}

/// When the texts of a canvas are due.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct TextPace {
    readings: Turn,
    summary: Turn,
}

impl TextPace {
    /// Whether readings are set in this frame: of what `is_pointed` at, more often.
    pub(crate) fn takes_readings(&mut self, frame: &Frame, is_pointed: bool) -> bool {
        let pace_ms = if is_pointed { POINTED_MS } else { CALM_MS };
        frame_loop::takes_turn(&mut self.readings, frame.now_ms, pace_ms)
    }

    /// Whether the summary is set in this frame, and all else that changes as rarely.
    pub(crate) fn takes_summary(&mut self, frame: &Frame) -> bool {
        frame_loop::takes_turn(&mut self.summary, frame.now_ms, SUMMARY_MS)
    }

    /// What readings are of has changed: they are due from now on, in turn with others.
    pub(crate) const fn call_readings(&mut self, frame: &Frame) {
        self.readings.call(frame.now_ms);
    }

    /// Somebody chose what readings are of: they are due in this frame.
    pub(crate) const fn hurry_readings(&mut self) {
        self.readings.hurry();
    }
}
