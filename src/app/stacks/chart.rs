//! The card of the graph: its controls, the canvas, and what is known of what is pointed
//! at.

use super::controls::{controls, crumbs};
use super::feed::StacksFeed;
use super::gestures::KEYS_HELP;
use super::live::{LiveContent, LiveStacks};
use super::texts::StacksTexts;
use super::tooltip::tooltip;
use crate::app::canvas::live::{CanvasNodes, Live};
use crate::app::state::store::Store;
use crate::app::widgets::card::Card;
use leptos::html;
use leptos::prelude::*;

/// The card "Call stacks".
pub(super) fn graph_card(texts: StacksTexts) -> impl IntoView {
    let figures = move || {
        let total = move || texts.total.with(|(text, _)| text.clone());
        let exact = move || texts.total.with(|(_, exact)| exact.clone());
        view! { <span>{move || texts.work.get()}</span><span title=exact>{total}</span> }
    };
    view! {
        <Card title="Call stacks" class="tall stacks-card" figures=figures>
            <div class="stacks-graph">
                {controls(texts)}
                {crumbs(texts)}
                <Graph texts/>
            </div>
        </Card>
    }
}

#[component]
fn Graph(texts: StacksTexts) -> impl IntoView {
    let (nodes, scroller) = (CanvasNodes::<2>::new(), NodeRef::<html::Div>::new());
    let (store, feed) = (Store::expect(), StacksFeed::from_context());
    let content = LiveContent { store, feed, texts, scroller };
    let live = Live::mount(nodes, move |layers| Some(LiveStacks::new(content, layers)));
    let height = move || format!("{:.2}px", texts.height_px.get());
    view! {
        <div class="stacks-scroll" node_ref=scroller>
            <div class="stacks-rows" style:height=height>
                <div class="chart-plot stacks-plot" node_ref=nodes.holder>
                    {nodes.below()}
                    <canvas
                        class="chart-layer chart-live"
                        node_ref=nodes.top()
                        role="img"
                        tabindex="0"
                        aria-label=move || texts.summary.get()
                        aria-description=KEYS_HELP
                        on:pointermove=live.on(LiveStacks::moved)
                        on:pointerleave=live.on(|stacks, _| stacks.leave())
                        on:click=live.on(LiveStacks::click)
                        on:keydown=live.on(LiveStacks::key)
                        on:blur=live.on(|stacks, _| stacks.blur())
                    ></canvas>
                    {tooltip(texts)}
                    {move || texts.empty.get().map(|why| view! { <p class="chart-empty">{why}</p> })}
                </div>
            </div>
        </div>
        <p class="unseen" aria-live="polite">{move || texts.spoken.get()}</p>
    }
}
