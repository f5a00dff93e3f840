//! A chart over time: one view for usage, fragmentation, pool and threads, which differ only
//! in their [`Plot`].

use super::gestures::KEYS_HELP;
use super::legend::legend;
use super::live::LiveChart;
use super::plot_view::plot_view;
use super::readings::Texts;
use super::source::Source;
use super::view::View;
use crate::analysis::chart::plot::Plot;
use crate::app::canvas::live::{CanvasNodes, Live};
use crate::app::canvas::pace::FrameTurn;
use crate::app::widgets::drawings::Drawings;
use leptos::prelude::*;

/// The chart of a plot. `turn`: charts of different turns scroll on different frames.
pub(crate) fn time_chart(title: &'static str, turn: FrameTurn, plot: Box<dyn Plot>, source: Source) -> impl IntoView {
    let (keys, nodes, texts) = (plot.keys(), CanvasNodes::new(), Texts::default());
    let view = expect_context::<View>();
    let chart = Live::mount(nodes, move |layers| Some(LiveChart::new(plot, layers, turn, view, source, texts)));
    if let Some(drawings) = use_context::<Drawings>() {
        let drawn = chart.clone();
        drawings.add(move |title| drawn.with(|chart| chart.svg(title)).flatten());
    }
    view! {
        <div class="chart">
            {legend(keys.clone(), texts)}
            {plot_view(&chart, nodes, texts.plot, KEYS_HELP)}
            <p class="unseen" aria-live="polite">{move || texts.plot.spoken.get()}</p>
            {texts.plot.table(title, keys)}
        </div>
    }
}
