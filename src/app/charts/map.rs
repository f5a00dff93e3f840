//! The arena map: every byte of the arena in rows of addresses. Pointer and keys read
//! it, zoom into it, pin and select.

use super::live_map::{LiveMap, MapElements, MapStyle};
use super::map_controls::map_controls;
use super::map_gestures::{KEYS_HELP, SMALL_KEYS_HELP};
use super::map_legend::{map_legend, map_legend_small};
use super::map_texts::MapTexts;
use super::pointer::capture;
use crate::app::frame::on_frame;
use leptos::html;
use leptos::prelude::*;
use std::cell::RefCell;
use std::rc::Rc;
use wasm_bindgen::JsCast;
use web_sys::{Element, PointerEvent};

/// The map beside the charts of the Overview: the whole arena by category.
#[component]
pub fn ArenaMap() -> impl IntoView {
    let (map, texts, elements) = live(MapStyle { pitch_px: 3, is_large: false });
    view! {
        <div class="chart map">
            {map_legend_small()}
            <Plot map texts elements help=SMALL_KEYS_HELP/>
            <Readout texts/>
        </div>
    }
}

/// The map of the Arena panel: all of it or any part, by any colour.
#[component]
pub fn ArenaMapLarge() -> impl IntoView {
    let (map, texts, elements) = live(MapStyle { pitch_px: 5, is_large: true });
    view! {
        <div class="chart map map-large">
            {map_controls(texts)}
            {map_legend(texts)}
            <Strip map=Rc::clone(&map) canvas=elements.strip/>
            <div class="map-rows">
                <Marks texts/>
                <Plot map texts elements help=KEYS_HELP/>
            </div>
            <Readout texts/>
        </div>
    }
}

type SharedMap = Rc<RefCell<LiveMap>>;

fn live(style: MapStyle) -> (SharedMap, MapTexts, MapElements) {
    let elements = MapElements {
        holder: NodeRef::<html::Div>::new(),
        base: NodeRef::new(),
        live: NodeRef::new(),
        strip: NodeRef::new(),
    };
    let texts = MapTexts::new();
    let map = Rc::new(RefCell::new(LiveMap::from_context(texts, style)));
    let drawn = Rc::clone(&map);
    on_frame(move |frame| {
        let mut map = drawn.borrow_mut();
        if map.is_set_up() || map.set_up(elements).is_some() {
            map.draw(frame);
        }
    });
    (map, texts, elements)
}

/// The canvases.
#[component]
fn Plot(map: SharedMap, texts: MapTexts, elements: MapElements, help: &'static str) -> impl IntoView {
    let on = |act: fn(&mut LiveMap, &PointerEvent)| {
        let map = Rc::clone(&map);
        move |event: PointerEvent| act(&mut map.borrow_mut(), &event)
    };
    let (wheeled, keyed) = (Rc::clone(&map), Rc::clone(&map));
    view! {
        <div class="chart-plot" node_ref=elements.holder>
            <canvas class="chart-layer" node_ref=elements.base aria-hidden="true"></canvas>
            <canvas
                class="chart-layer chart-live"
                node_ref=elements.live
                role="img"
                tabindex="0"
                aria-label=move || texts.summary.get()
                aria-description=help
                on:wheel=move |event| wheeled.borrow_mut().wheel(&event)
                on:pointerdown=on(LiveMap::down)
                on:pointermove=on(LiveMap::moved)
                on:pointerup=on(|map, _| map.up())
                on:pointercancel=on(|map, _| map.up())
                on:pointerleave=on(|map, _| map.leave())
                on:keydown=move |event| keyed.borrow_mut().key(&event)
            ></canvas>
            <Show when=move || texts.empty.get()>
                <p class="chart-empty">"No data yet: press Start"</p>
            </Show>
        </div>
    }
}

/// The whole arena in one row, with what is on screen framed. The map's own keys pan
/// too, so that it needs no focus of its own.
#[component]
fn Strip(map: SharedMap, canvas: NodeRef<html::Canvas>) -> impl IntoView {
    let is_down = StoredValue::new(false);
    let go = move |event: &PointerEvent| {
        let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
        let width = target.map_or(1.0, |target| f64::from(target.client_width()).max(1.0));
        map.borrow_mut().strip_to(f64::from(event.offset_x()) / width);
    };
    let pressed = go.clone();
    let press = move |event: PointerEvent| {
        capture(&event);
        is_down.set_value(true);
        pressed(&event);
    };
    view! {
        <canvas
            class="map-strip"
            node_ref=canvas
            aria-hidden="true"
            title="The whole arena; the frame is what the map shows. Press or drag to go elsewhere."
            on:pointerdown=press
            on:pointermove=move |event: PointerEvent| if is_down.get_value() { go(&event) }
            on:pointerup=move |_| is_down.set_value(false)
            on:pointercancel=move |_| is_down.set_value(false)
        ></canvas>
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
