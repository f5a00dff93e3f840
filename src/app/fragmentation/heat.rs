//! The heat map of unusable free space: time across, request sizes in powers of two
//! upwards, the part of the free bytes that a request of that size cannot use as the
//! colour. It shares its window and cross-hair with the other charts over time.

use super::heat_live::{HeatTexts, LiveHeat};
use crate::analysis::fragmentation::heat_text;
use crate::app::canvas::live::{CanvasNodes, Live};
use crate::app::chart::plot_view::plot_view;
use crate::app::chart::view::View;
use crate::app::selection::chart_source::chart_source;
use leptos::prelude::*;

const KEYS_HELP: &str = "Left and right arrow move the cross-hair, with Shift ten times as far; up and down choose the \
     request size; plus and minus zoom; Home and End go to the window's ends; Escape follows the run again. A drag \
     with Shift selects a span of time for all panels.";

/// The heat map: unusable share of the free space by request size, over time.
#[component]
pub fn HeatMap() -> impl IntoView {
    let (nodes, texts) = (CanvasNodes::new(), HeatTexts::default());
    let (view, source) = (expect_context::<View>(), chart_source());
    let map = Live::mount(nodes, move |layers| LiveHeat::new(layers, view, source, texts));
    view! {
        <div class="chart heat">
            <Scale/>
            {plot_view(&map, nodes, texts.plot, KEYS_HELP)}
            <p class="map-readout heat-readout">{move || texts.reading.get()}</p>
            <p class="unseen" aria-live="polite">{move || texts.plot.spoken.get()}</p>
            {texts.plot.table("Unusable free space", heat_text::keys())}
        </div>
    }
}

/// What the colours mean.
#[component]
fn Scale() -> impl IntoView {
    view! {
        <div class="legend heat-legend">
            <span class="legend-entry">"Part of the free bytes that a request of that size cannot use"</span>
            <span class="legend-entry heat-scale">
                <span class="number">"0 %"</span>
                <i class="heat-bar" aria-hidden="true"></i>
                <span class="number">"100 %"</span>
            </span>
        </div>
    }
}
