//! The heat map of unusable free space: time across, request sizes in powers of two
//! upwards, the part of the free bytes that a request of that size cannot use as the
//! colour. It shares its window and cross-hair with the other charts over time.

use super::gestures::Gestures;
use super::live_heat::{HeatTexts, LiveHeat};
use super::source::Source;
use super::table::data_table;
use crate::analysis::heat_words;
use crate::app::frame::on_frame;
use crate::app::view::View;
use leptos::html;
use leptos::prelude::*;
use std::cell::RefCell;
use std::rc::Rc;

const KEYS_HELP: &str = "Left and right arrow move the cross-hair, with Shift ten times as far; up and down choose the \
     request size; plus and minus zoom; Home and End go to the window's ends; Escape follows the run again.";

/// The heat map.
#[component]
pub fn HeatMap() -> impl IntoView {
    let holder = NodeRef::<html::Div>::new();
    let [base, live, over] = [NodeRef::new(), NodeRef::new(), NodeRef::new()];
    let texts = HeatTexts::new();
    let (view, source) = (expect_context::<View>(), Source::from_context());
    let gestures = Rc::new(Gestures::new(view, source));
    let map = Rc::new(RefCell::new(LiveHeat::new(view, source, texts, Rc::clone(&gestures))));
    let drawn = Rc::clone(&map);
    on_frame(move |frame| {
        let mut map = drawn.borrow_mut();
        if map.is_set_up() || map.set_up(holder, [base, live, over]).is_some() {
            map.draw(frame);
        }
    });
    let on = |act: fn(&Gestures, &web_sys::PointerEvent)| {
        let gestures = Rc::clone(&gestures);
        move |event: web_sys::PointerEvent| act(&gestures, &event)
    };
    let (moved, pointed) = (Rc::clone(&gestures), Rc::clone(&map));
    let (wheeled, keyed) = (Rc::clone(&gestures), Rc::clone(&gestures));
    let key = move |event: web_sys::KeyboardEvent| {
        let plain = !(event.ctrl_key() || event.meta_key() || event.alt_key());
        if !keyed.key(&event) && plain && map.borrow_mut().step_size(&event.key()) {
            event.prevent_default();
        }
    };
    view! {
        <div class="chart heat">
            <Scale/>
            <div class="chart-plot" node_ref=holder>
                <canvas class="chart-layer" node_ref=base aria-hidden="true"></canvas>
                <canvas class="chart-layer" node_ref=live aria-hidden="true"></canvas>
                <canvas
                    class="chart-layer chart-live"
                    node_ref=over
                    role="img"
                    tabindex="0"
                    aria-label=move || texts.summary.get()
                    aria-description=KEYS_HELP
                    on:wheel=move |event| wheeled.wheel(&event)
                    on:pointerdown=on(Gestures::down)
                    on:pointermove=move |event: web_sys::PointerEvent| {
                        moved.moved(&event);
                        pointed.borrow_mut().point(f64::from(event.offset_y()));
                    }
                    on:pointerup=on(Gestures::up)
                    on:pointerleave=on(|gestures, _| gestures.left())
                    on:dblclick=move |_| view.reset()
                    on:keydown=key
                ></canvas>
                <Show when=move || texts.empty.get()>
                    <p class="chart-empty">"No data yet: press Start"</p>
                </Show>
            </div>
            <p class="map-readout heat-readout">{move || texts.reading.get()}</p>
            <p class="unseen" aria-live="polite">{move || texts.spoken.get()}</p>
            {data_table("Unusable free space", heat_words::keys(), texts.rows, texts.table_open)}
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
