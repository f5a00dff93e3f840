//! Usage over time.

use crate::analysis::overview::recorded_usage::RecordedUsagePlot;
use crate::analysis::overview::usage_plot::UsagePlot;
use crate::app::canvas::pace::FrameTurn;
use crate::app::chart::time_chart::time_chart;
use crate::app::recordings::reader::Recording;
use crate::app::selection::chart_source::chart_source;
use crate::app::state::store::Store;
use leptos::prelude::*;

/// Usage by category, stacked, with the total limit.
#[component]
pub fn UsageChart() -> impl IntoView {
    let names = Store::expect().names;
    // Another run may have other categories: then it is another chart.
    let chart =
        move || time_chart("Usage by category", FrameTurn::Even, Box::new(UsagePlot::new(names.get())), chart_source());
    view! { {chart} }
}

/// The same of what another tool recorded, whose categories are its own: read of every event.
#[component]
pub fn RecordedUsageChart() -> impl IntoView {
    let recording = Recording::expect();
    let chart = move || {
        let sweep = move |times_us: &[u64]| {
            recording.read(|reader, series| {
                series.sweep(reader, &times_us.iter().map(|time_us| reader.position_at(*time_us)).collect::<Vec<_>>())
            })
        };
        let plot = RecordedUsagePlot::new(recording.names(), Box::new(sweep));
        time_chart("Usage by category", FrameTurn::Even, Box::new(plot), chart_source())
    };
    view! { {chart} }
}
