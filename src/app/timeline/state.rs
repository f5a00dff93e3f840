//! What the page remembers of the timeline while another panel is shown.

use crate::analysis::chart::window::TimeWindow;
use crate::analysis::moment::clock::ClockKeeper;
use crate::analysis::timeline::columns::EventAxis;
use crate::recording::Metric;
use leptos::prelude::*;

/// The timeline as it was left. Cheap to copy.
#[derive(Clone, Copy)]
pub struct TimelineState {
    /// What it is drawn against.
    pub axis: RwSignal<EventAxis>,
    /// The window where it is drawn against the events' numbers.
    pub(super) numbers: RwSignal<TimeWindow>,
    /// Keeps that window and the clock together.
    pub(super) keeper: StoredValue<ClockKeeper>,
    /// The metric whose peak is jumped to.
    pub metric: RwSignal<Metric>,
    /// The rows' scales fit what is on screen; else the whole run.
    pub fits: RwSignal<bool>,
}

impl TimelineState {
    /// Time, live.
    pub fn new() -> Self {
        Self {
            axis: RwSignal::new(EventAxis::Time),
            numbers: RwSignal::new(TimeWindow { width_us: 1_000.0, end_us: None }),
            keeper: StoredValue::new(ClockKeeper::default()),
            metric: RwSignal::new(Metric::ArenaBytes),
            fits: RwSignal::new(true),
        }
    }
}

impl Default for TimelineState {
    fn default() -> Self {
        Self::new()
    }
}
