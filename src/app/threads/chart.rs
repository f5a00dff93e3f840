//! What threads do over time.

use crate::analysis::threads::plot::ThreadsPlot;
use crate::app::canvas::pace::FrameTurn;
use crate::app::chart::time_chart::time_chart;
use crate::app::selection::chart_source::chart_source;
use leptos::prelude::*;

/// Operations per second by thread, above the waits for the lock.
#[component]
pub fn ThreadsChart(
    /// Of the run that is shown.
    mutators: u32,
) -> impl IntoView {
    time_chart("Threads", FrameTurn::Even, Box::new(ThreadsPlot::new(mutators)), chart_source())
}
