//! The whole run in one strip: usage over time, the window as a brush with two
//! handles, and the moment that is looked at.

use super::strip_live::{LiveStrip, StripTexts};
use crate::app::canvas::live::{CanvasNodes, Live};
use crate::app::chart::band::selection_band;
use crate::app::chart::view::View;
use crate::app::selection::chart_source::chart_source;
use leptos::prelude::*;

const KEYS_HELP: &str = "Left and right arrow move the window by a tenth, with Shift by its width; plus and minus zoom; \
     Home goes to the start of the run, End follows it.";

/// The overview strip. As high as its place: 56 px in the page.
#[component]
pub fn OverviewStrip() -> impl IntoView {
    let (nodes, texts) = (CanvasNodes::new(), StripTexts::default());
    let (view, source) = (expect_context::<View>(), chart_source());
    let strip = Live::mount(nodes, move |layers| Some(LiveStrip::new(layers, view, source, texts)));
    let banded = strip.clone();
    view! {
        <div class="overview-strip" node_ref=nodes.holder>
            {nodes.below()}
            <canvas
                class="chart-layer chart-live"
                class:strip-edge=move || texts.on_edge.get()
                node_ref=nodes.top()
                role="img"
                tabindex="0"
                aria-label=move || texts.summary.get()
                aria-description=KEYS_HELP
                on:pointerdown=strip.on(|strip, event| strip.gestures.down(event))
                on:pointermove=strip.on(|strip, event| strip.gestures.moved(event))
                on:pointerup=strip.on(|strip, _| strip.gestures.release())
                on:pointercancel=strip.on(|strip, _| strip.gestures.release())
                on:dblclick=strip.on(|strip, _| strip.gestures.reset())
                on:keydown=strip.on(|strip, event| strip.gestures.key(event))
            ></canvas>
            {selection_band(move || banded.with(|strip| strip.gestures.band()).flatten())}
        </div>
    }
}
