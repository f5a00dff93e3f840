//! Fragmentation and waste over time.

use crate::analysis::fragmentation::plot::FragmentationPlot;
use crate::analysis::fragmentation::waste_plot::WastePlot;
use crate::app::canvas::pace::FrameTurn;
use crate::app::chart::time_chart::time_chart;
use crate::app::selection::chart_source::chart_source;
use leptos::prelude::*;

/// External fragmentation and free-space concentration, with failures.
#[component]
pub fn FragmentationChart() -> impl IntoView {
    time_chart("Fragmentation", FrameTurn::Odd, Box::new(FragmentationPlot::new()), chart_source())
}

/// Internal waste by cause, and what caches hold.
#[component]
pub fn WasteChart() -> impl IntoView {
    time_chart("Internal waste", FrameTurn::Odd, Box::new(WastePlot::new()), chart_source())
}
