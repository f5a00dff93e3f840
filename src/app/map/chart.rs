//! The arena map: every byte of the arena in rows of addresses. Pointer and keys read
//! it, zoom into it, pin and select.

use super::controls::map_controls;
use super::feed::MapFeed;
use super::gestures::{KEYS_HELP, SMALL_KEYS_HELP};
use super::legend::{map_legend, map_legend_small};
use super::live::{LiveMap, MapContent, MapStyle};
use super::texts::MapTexts;
use crate::app::canvas::live::{CanvasNodes, Live};
use crate::app::state::store::Store;
use leptos::html;
use leptos::prelude::*;

/// The map beside the charts of the Overview: the whole arena by category.
#[component]
pub fn ArenaMap() -> impl IntoView {
    let map = MountedMap::new(MapStyle { pitch_px: 3, is_large: false });
    view! {
        <div class="chart map">
            {map_legend_small()}
            {map.plot(SMALL_KEYS_HELP)}
            <Readout texts=map.texts/>
        </div>
    }
}

/// The map of the Arena panel: all of it or any part, by any colour.
#[component]
pub fn ArenaMapLarge() -> impl IntoView {
    let map = MountedMap::new(MapStyle { pitch_px: 5, is_large: true });
    view! {
        <div class="chart map map-large">
            {map_controls(map.texts)}
            {map_legend(map.texts)}
            {map.strip()}
            <div class="map-rows">
                <Marks texts=map.texts/>
                {map.plot(KEYS_HELP)}
            </div>
            <Readout texts=map.texts/>
        </div>
    }
}

/// A map in the page.
struct MountedMap {
    live: Live<LiveMap>,
    nodes: CanvasNodes<2>,
    strip: NodeRef<html::Canvas>,
    texts: MapTexts,
}

impl MountedMap {
    fn new(style: MapStyle) -> Self {
        let (nodes, strip, texts) = (CanvasNodes::new(), NodeRef::new(), MapTexts::new());
        let (store, look, feed) = (Store::expect(), expect_context(), MapFeed::from_context());
        let content = MapContent { store, look, texts, feed, style };
        let live = Live::mount(nodes, move |layers| LiveMap::new(content, layers, strip));
        Self { live, nodes, strip, texts }
    }

    /// The canvases, with what they hear of pointer and keys.
    fn plot(&self, help: &'static str) -> impl IntoView + use<> {
        let Self { live, nodes, texts, .. } = self;
        let texts = *texts;
        view! {
            <div class="chart-plot" node_ref=nodes.holder>
                {nodes.below()}
                <canvas
                    class="chart-layer chart-live"
                    node_ref=nodes.top()
                    role="img"
                    tabindex="0"
                    aria-label=move || texts.summary.get()
                    aria-description=help
                    on:wheel=live.on(LiveMap::wheel)
                    on:pointerdown=live.on(LiveMap::down)
                    on:pointermove=live.on(LiveMap::moved)
                    on:pointerup=live.on(|map, _| map.up())
                    on:pointercancel=live.on(|map, _| map.up())
                    on:pointerleave=live.on(|map, _| map.leave())
                    on:keydown=live.on(LiveMap::key)
                ></canvas>
                <Show when=move || texts.empty.get()>
                    <p class="chart-empty">"No data yet: press Start"</p>
                </Show>
            </div>
        }
    }

    /// The whole arena in one row, with what is on screen framed. The map's own keys pan
    /// too, so that it needs no focus of its own.
    fn strip(&self) -> impl IntoView + use<> {
        view! {
            <canvas
                class="map-strip"
                node_ref=self.strip
                aria-hidden="true"
                title="The whole arena; the frame is what the map shows. Press or drag to go elsewhere."
                on:pointerdown=self.live.on(LiveMap::strip_down)
                on:pointermove=self.live.on(LiveMap::strip_moved)
                on:pointerup=self.live.on(|map, _| map.strip_up())
                on:pointercancel=self.live.on(|map, _| map.strip_up())
            ></canvas>
        }
    }
}

/// The addresses at which rows begin.
#[component]
fn Marks(texts: MapTexts) -> impl IntoView {
    let mark = |(top, address): (u32, String)| view! { <span style:top=format!("{top}px")>{address}</span> };
    view! {
        <div class="map-marks" aria-hidden="true">
            {move || texts.marks.get().into_iter().map(mark).collect_view()}
        </div>
    }
}

#[component]
fn Readout(texts: MapTexts) -> impl IntoView {
    view! {
        <p class="map-readout">{move || texts.reading.get()}</p>
        <p class="unseen" aria-live="polite">{move || texts.spoken.get()}</p>
    }
}
