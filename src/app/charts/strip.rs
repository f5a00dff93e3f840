//! The whole run in one strip: usage over time, the window as a brush with two
//! handles, and the moment that is looked at.

use super::live_strip::{LiveStrip, StripTexts};
use super::source::Source;
use crate::app::frame::on_frame;
use crate::app::view::View;
use leptos::html;
use leptos::prelude::*;
use std::cell::RefCell;
use std::rc::Rc;
use web_sys::PointerEvent;

const KEYS_HELP: &str = "Left and right arrow move the window by a tenth, with Shift by its width; plus and minus zoom; \
     Home goes to the start of the run, End follows it.";

/// The overview strip. As high as its place: 56 px in the page.
#[component]
pub fn OverviewStrip() -> impl IntoView {
    let (holder, run, over) = (NodeRef::<html::Div>::new(), NodeRef::new(), NodeRef::new());
    let texts = StripTexts::new();
    let (view, source) = (expect_context::<View>(), Source::from_context());
    let strip = Rc::new(RefCell::new(LiveStrip::new(view, source, texts)));
    let drawn = Rc::clone(&strip);
    on_frame(move |frame| {
        let mut strip = drawn.borrow_mut();
        if strip.is_set_up() || strip.set_up(holder, [run, over]).is_some() {
            strip.draw(frame);
        }
    });
    let on = |act: fn(&mut LiveStrip, &PointerEvent)| {
        let strip = Rc::clone(&strip);
        move |event: PointerEvent| act(&mut strip.borrow_mut(), &event)
    };
    let keyed = Rc::clone(&strip);
    view! {
        <div class="overview-strip" node_ref=holder>
            <canvas class="chart-layer" node_ref=run aria-hidden="true"></canvas>
            <canvas
                class="chart-layer chart-live"
                class:strip-edge=move || texts.on_edge.get()
                node_ref=over
                role="img"
                tabindex="0"
                aria-label=move || texts.summary.get()
                aria-description=KEYS_HELP
                on:pointerdown=on(LiveStrip::down)
                on:pointermove=on(LiveStrip::moved)
                on:pointerup=on(|strip, _| strip.release())
                on:pointercancel=on(|strip, _| strip.release())
                on:dblclick=move |_| view.reset()
                on:keydown=move |event| keyed.borrow_mut().key(&event)
            ></canvas>
        </div>
    }
}
