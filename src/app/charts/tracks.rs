//! The timeline's chart: names and values of the rows in HTML, the rows on
//! canvases beside them.

use super::legend::paint_class;
use super::live_tracks::{LiveTracks, TrackTexts};
use super::track_gestures::TrackGestures;
use crate::analysis::event_columns::EventAxis;
use crate::analysis::landmarks::Landmark;
use crate::analysis::timeline_tracks::Track;
use crate::app::frame::on_frame;
use crate::app::keyboard;
use crate::app::store::Store;
use crate::app::timeline::{Timeline, Way};
use leptos::ev;
use leptos::html;
use leptos::prelude::*;
use std::cell::RefCell;
use std::rc::Rc;
use web_sys::{KeyboardEvent, PointerEvent};

const KEYS_HELP: &str = "W and S zoom, A and D or the arrows pan; comma and full stop step from event to event, with Shift \
     by a hundred; F, B and X go to the next failure, change of pressure and loss, with Shift to the one before; P to the \
     peak; 0 shows the whole run; L goes back to live.";
const ZOOM_PER_KEY: f64 = 1.5;
/// Events of a long step.
const MANY: u64 = 100;

/// The chart.
#[component]
pub fn TimelineTracks() -> impl IntoView {
    let holder = NodeRef::<html::Div>::new();
    let [rows, tops, over] = [NodeRef::new(), NodeRef::new(), NodeRef::new()];
    let (texts, timeline) = (TrackTexts::new(), Timeline::expect());
    let chart = Rc::new(RefCell::new(LiveTracks::new(timeline, texts)));
    let gestures = Rc::new(RefCell::new(TrackGestures::default()));
    let drawn = Rc::clone(&chart);
    on_frame(move |frame| {
        let mut chart = drawn.borrow_mut();
        if chart.is_set_up() || chart.set_up(holder, [rows, tops, over]).is_some() {
            chart.draw(frame);
        }
    });
    listen(timeline);
    let on = |act: fn(&mut TrackGestures, &mut LiveTracks, &PointerEvent)| {
        let (gestures, chart) = (Rc::clone(&gestures), Rc::clone(&chart));
        move |event: PointerEvent| act(&mut gestures.borrow_mut(), &mut chart.borrow_mut(), &event)
    };
    let (wheeled, wheel_chart, left) = (Rc::clone(&gestures), Rc::clone(&chart), Rc::clone(&chart));
    view! {
        <div class="tracks">
            <Names texts/>
            <div class="tracks-plot" node_ref=holder>
                <canvas class="chart-layer" node_ref=rows aria-hidden="true"></canvas>
                <canvas class="chart-layer" node_ref=tops aria-hidden="true"></canvas>
                <canvas
                    class="chart-layer chart-live"
                    id="timeline-canvas"
                    node_ref=over
                    role="img"
                    tabindex="0"
                    aria-label=move || texts.summary.get()
                    aria-description=KEYS_HELP
                    on:wheel=move |event| wheeled.borrow().wheel(&wheel_chart.borrow(), &event)
                    on:pointerdown=on(TrackGestures::down)
                    on:pointermove=on(TrackGestures::moved)
                    on:pointerup=on(|gestures, chart, event| gestures.up(chart, event))
                    on:pointercancel=on(|gestures, chart, _| gestures.cancel(chart))
                    on:pointerleave=move |_| {
                        left.borrow_mut().hover_x = None;
                        if !timeline.view.pinned.get_untracked() {
                            timeline.view.set_cursor(None);
                        }
                    }
                    on:dblclick=move |_| timeline.show_all()
                ></canvas>
                <Show when=move || texts.empty.get()>
                    <p class="chart-empty tracks-empty">
                        <span>"Every event of the run will be here, exact at any zoom: press " <kbd>"Start"</kbd> "."</span>
                        <span>"Then click to see the memory of that moment."</span>
                    </p>
                </Show>
            </div>
        </div>
    }
}

/// Names and values. A click on a metric chooses whose peak is jumped to.
#[component]
fn Names(texts: TrackTexts) -> impl IntoView {
    let entries = move || texts.tracks.get().into_iter().enumerate().collect::<Vec<_>>();
    view! {
        <ul class="track-names" aria-label="Rows">
            <li class="track-name track-ruler dim">{move || axis_label(Store::expect())}</li>
            <li class="track-name track-marks dim" title="Red: a failure. Yellow, half as high: a change of pressure. White, three quarters: lost events. Blue: a lost device.">
                <span class="bad">"Failures"</span><span class="warn">"pressure"</span><span>"losses"</span>
            </li>
            <For each=entries key=|(_, track)| format!("{track:?}") let((index, track))>
                <Name index track texts/>
            </For>
        </ul>
    }
}

fn axis_label(store: Store) -> &'static str {
    match store.timeline.axis.get() {
        EventAxis::Time => "Time of the run",
        EventAxis::Number => "Events of the run",
    }
}

#[component]
fn Name(index: usize, track: Track, texts: TrackTexts) -> impl IntoView {
    let store = Store::expect();
    let text = move |of: RwSignal<Vec<String>>| {
        Memo::new(move |_| of.with(|texts| texts.get(index).cloned().unwrap_or_else(|| "–".into())))
    };
    let (value, range) = (text(texts.values), text(texts.ranges));
    let class = match track {
        Track::Metric(_) => "track-name track-metric",
        Track::Thread(_) => "track-name track-thread",
    };
    let swatch = format!("legend-swatch {}", paint_class(track.paint()));
    let name = match track {
        Track::Metric(metric) => {
            let pressed = move || (store.timeline.metric.get() == metric).to_string();
            view! {
                <button
                    type="button"
                    class="track-label"
                    title=format!("{}. Press to choose it for Peak.", track.hint())
                    aria-pressed=pressed
                    on:click=move |_| store.timeline.metric.set(metric)
                >
                    {track.label()}
                </button>
            }
            .into_any()
        }
        Track::Thread(_) => view! { <span class="track-label" title=track.hint()>{track.label()}</span> }.into_any(),
    };
    view! {
        <li class=class>
            <span class=swatch aria-hidden="true"></span>
            {name}
            <span class="track-value">{value}</span>
            <span class="track-range">{range}</span>
        </li>
    }
}

/// Keys of the timeline, wherever the focus is on the page.
fn listen(timeline: Timeline) {
    let handle = window_event_listener(ev::keydown, move |event| {
        if keyboard::is_free(&event) && key(timeline, &event) {
            event.prevent_default();
        }
    });
    on_cleanup(move || handle.remove());
}

fn key(timeline: Timeline, event: &KeyboardEvent) -> bool {
    let way = if event.shift_key() { Way::Back } else { Way::On };
    match event.key().as_str() {
        "w" | "W" | "+" | "=" => timeline.zoom(1.0 / ZOOM_PER_KEY, None),
        "s" | "-" => timeline.zoom(ZOOM_PER_KEY, None),
        "a" | "A" => timeline.pan(-0.2),
        "d" | "D" => timeline.pan(0.2),
        "ArrowLeft" if keyboard::leaves_arrows(event) => timeline.pan(-0.1),
        "ArrowRight" if keyboard::leaves_arrows(event) => timeline.pan(0.1),
        "," => timeline.step(Way::Back, 1),
        "." => timeline.step(Way::On, 1),
        "<" | ";" => timeline.step(Way::Back, MANY),
        ">" | ":" => timeline.step(Way::On, MANY),
        "f" | "F" => timeline.jump(Landmark::Failure, way),
        "b" | "B" => timeline.jump(Landmark::Pressure, way),
        "x" | "X" => timeline.jump(Landmark::Loss, way),
        "p" | "P" => timeline.jump_to_peak(),
        "0" => timeline.show_all(),
        _ => return false,
    }
    true
}
