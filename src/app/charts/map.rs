//! The arena map: every byte of the arena in rows of addresses, coloured by
//! whose it is. Pointer and keys read ranges; a click keeps one outlined.

use super::legend::map_legend;
use super::live_map::{LiveMap, MapTexts};
use super::source::Source;
use crate::app::frame::on_frame;
use crate::app::view::View;
use leptos::html;
use leptos::prelude::*;
use std::cell::RefCell;
use std::rc::Rc;

const KEYS_HELP: &str = "Left and right arrow go to the range before and after, up and down by a row; Enter keeps a \
     range outlined; Escape lets go.";

/// The map beside the charts of the Overview.
#[component]
pub fn ArenaMap() -> impl IntoView {
    arena_map("chart map", 3)
}

/// The map of the Arena panel, with more and larger cells.
#[component]
pub fn ArenaMapLarge() -> impl IntoView {
    arena_map("chart map map-large", 5)
}

/// `pitch_px`: the least size of a cell, CSS pixels.
fn arena_map(class: &'static str, pitch_px: u32) -> impl IntoView {
    let (holder, base, live) = (NodeRef::<html::Div>::new(), NodeRef::new(), NodeRef::new());
    let texts = MapTexts::new();
    let (view, source) = (expect_context::<View>(), Source::from_context());
    let map = Rc::new(RefCell::new(LiveMap::new(view, source, texts, pitch_px)));
    let drawn = Rc::clone(&map);
    on_frame(move |frame| {
        let mut map = drawn.borrow_mut();
        if map.is_set_up() || map.set_up(holder, base, live).is_some() {
            map.draw(frame);
        }
    });
    let (moved, left, clicked, keyed) = (Rc::clone(&map), Rc::clone(&map), Rc::clone(&map), map);
    view! {
        <div class=class>
            {map_legend()}
            <div class="chart-plot" node_ref=holder>
                <canvas class="chart-layer" node_ref=base aria-hidden="true"></canvas>
                <canvas
                    class="chart-layer chart-live"
                    node_ref=live
                    role="img"
                    tabindex="0"
                    aria-label=move || texts.summary.get()
                    aria-description=KEYS_HELP
                    on:pointermove=move |event: web_sys::PointerEvent| {
                        moved.borrow_mut().point(f64::from(event.offset_x()), f64::from(event.offset_y()));
                    }
                    on:pointerleave=move |_| left.borrow_mut().leave()
                    on:click=move |_| clicked.borrow_mut().pick()
                    on:keydown=move |event| keyed.borrow_mut().key(&event)
                ></canvas>
                <Show when=move || texts.empty.get()>
                    <p class="chart-empty">"No data yet: press Start"</p>
                </Show>
            </div>
            <p class="map-readout">{move || texts.reading.get()}</p>
            <p class="unseen" aria-live="polite">{move || texts.spoken.get()}</p>
        </div>
    }
}
