//! The pool over time.

use crate::analysis::pool::plot::PoolPlot;
use crate::app::canvas::pace::FrameTurn;
use crate::app::chart::time_chart::time_chart;
use crate::app::selection::chart_source::chart_source;
use leptos::prelude::*;

/// The pool's hit ratio over the bytes it holds.
#[component]
pub fn PoolChart() -> impl IntoView {
    time_chart("GPU pool", FrameTurn::Odd, Box::new(PoolPlot::new()), chart_source())
}
