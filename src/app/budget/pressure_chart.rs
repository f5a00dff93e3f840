//! Pressure over time.

use crate::analysis::budget::pressure_plot::PressurePlot;
use crate::app::canvas::pace::FrameTurn;
use crate::app::chart::time_chart::time_chart;
use crate::app::selection::chart_source::chart_source;
use leptos::prelude::*;

/// What is charged of the total, under the watermarks.
#[component]
pub fn PressureChart() -> impl IntoView {
    time_chart("Pressure", FrameTurn::Even, Box::new(PressurePlot::new()), chart_source())
}
