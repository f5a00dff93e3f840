//! The timeline's chart: names and values of the rows in HTML, the rows on
//! canvases beside them.

use super::mark_title;
use super::navigation::Timeline;
use super::track_texts::{RowTexts, TrackTexts};
use super::tracks_live::LiveTracks;
use crate::analysis::timeline::columns::EventAxis;
use crate::analysis::timeline::landmarks::{Landmark, Way};
use crate::analysis::timeline::tracks::Track;
use crate::app::canvas::live::{CanvasNodes, Live};
use crate::app::chart::legend::paint_class;
use crate::app::shell::keyboard;
use crate::app::state::store::Store;
use leptos::ev;
use leptos::prelude::*;
use web_sys::KeyboardEvent;

const KEYS_HELP: &str = "W and S zoom, A and D or the arrows pan; comma and full stop step from event to event, with Shift \
     by a hundred; F, G, B, X and C go to the next failed allocation, refusal by the budget, change of pressure, loss and \
     change of limits, with Shift to the one before; P to the peak; V fits the scales to what is on screen, or to the run; Home and End go to the ends of the run; 0 shows the whole run; L goes back to \
     live. A drag with Shift selects a span of time.";
const ZOOM_PER_KEY: f64 = 1.5;
/// Events of a long step.
const MANY: u64 = 100;

/// The tracks: every metric and thread over the run.
#[component]
pub fn TimelineTracks() -> impl IntoView {
    let (nodes, texts, timeline) = (CanvasNodes::new(), TrackTexts::new(), Timeline::expect());
    let chart = Live::mount(nodes, move |layers| Some(LiveTracks::new(layers, timeline, texts)));
    listen(timeline);
    view! {
        <div class="tracks">
            <Names texts/>
            <div class="tracks-plot" node_ref=nodes.holder>
                {nodes.below()}
                <canvas
                    class="chart-layer chart-live"
                    id="timeline-canvas"
                    node_ref=nodes.top()
                    role="img"
                    tabindex="0"
                    aria-label=move || texts.summary.get()
                    aria-description=KEYS_HELP
                    on:wheel=chart.on(|chart, event| chart.wheel(event))
                    on:pointerdown=chart.on(LiveTracks::down)
                    on:pointermove=chart.on(|chart, event| {
                        chart.moved(event);
                        mark_title::put(chart, event);
                    })
                    on:pointerup=chart.on(LiveTracks::up)
                    on:pointercancel=chart.on(|chart, _| chart.cancel())
                    on:pointerleave=chart.on(|chart, _| chart.left())
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
    view! {
        <ul class="track-names" aria-label="Rows">
            <li class="track-name track-ruler dim">{move || axis_label(Store::expect())}</li>
            <Marks/>
            <For each=move || texts.tracks.get() key=|track| format!("{track:?}") let(track)>
                <Name track texts/>
            </For>
        </ul>
    }
}

/// What the marks above the rows are: of a file's run, only what it can tell.
#[component]
fn Marks() -> impl IntoView {
    let names = Store::expect().names;
    let is_engine = Memo::new(move |_| names.with(|names| names.is_engine()));
    let hint = move || match is_engine.get() {
        true => {
            "Red: a failed allocation; lower, a refusal by the budget. Yellow, half as high: a change of pressure. Blue, low: a change of limits. White, three quarters: lost events. Blue: a lost device."
        }
        false => "Red: a failed allocation. White, three quarters: missing events, or ends that nobody saw.",
    };
    view! {
        <li class="track-name track-marks dim" title=hint>
            <span class="bad">"Failures"</span>
            <Show when=move || is_engine.get()><span class="warn">"pressure"</span></Show>
            <span>"losses"</span>
            <Show when=move || is_engine.get()><span class="accent">"limits"</span></Show>
        </li>
    }
}

fn axis_label(store: Store) -> &'static str {
    match store.timeline.axis.get() {
        EventAxis::Time if !store.names.with(|names| names.has_times()) => "Operations of the run",
        EventAxis::Time => "Time of the run",
        EventAxis::Number => "Events of the run",
    }
}

#[component]
fn Name(track: Track, texts: TrackTexts) -> impl IntoView {
    let store = Store::expect();
    let text = move |of: RwSignal<RowTexts>| {
        let of_row = move |texts: &RowTexts| texts.iter().find(|(row, _)| *row == track).map(|(_, text)| text.clone());
        Memo::new(move |_| of.with(of_row).unwrap_or_else(|| "–".into()))
    };
    let (value, range) = (text(texts.values), text(texts.ranges));
    let class = match track {
        Track::Metric(_) => "track-name track-metric",
        Track::Thread(_) => "track-name track-thread",
    };
    let swatch = format!("legend-swatch {}", paint_class(track.paint()));
    let names = store.names;
    let label = move || names.with(|names| track.label(names));
    let hint = move || names.with(|names| track.hint(names));
    let name = match track {
        Track::Metric(metric) => {
            let pressed = move || (store.timeline.metric.get() == metric).to_string();
            view! {
                <button
                    type="button"
                    class="track-label"
                    title=move || format!("{}. Press to choose it for Peak.", hint())
                    aria-pressed=pressed
                    on:click=move |_| store.timeline.metric.set(metric)
                >
                    {label}
                </button>
            }
            .into_any()
        }
        Track::Thread(_) => view! { <span class="track-label" title=hint>{label}</span> }.into_any(),
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
        "Home" if keyboard::leaves_arrows(event) => timeline.show_start(),
        "End" if keyboard::leaves_arrows(event) => timeline.show_end(),
        "," => timeline.step(Way::Back, 1),
        "." => timeline.step(Way::On, 1),
        "<" | ";" => timeline.step(Way::Back, MANY),
        ">" | ":" => timeline.step(Way::On, MANY),
        "f" | "F" => timeline.jump(Landmark::FailedAllocation, way),
        "g" | "G" => timeline.jump(Landmark::BudgetRefusal, way),
        "b" | "B" => timeline.jump(Landmark::Pressure, way),
        "x" | "X" => timeline.jump(Landmark::Loss, way),
        "c" | "C" => timeline.jump(Landmark::LimitChange, way),
        "p" | "P" => timeline.jump_to_peak(),
        "v" | "V" => timeline.store.timeline.fits.update(|fits| *fits = !*fits),
        "0" => timeline.show_all(),
        _ => return false,
    }
    true
}
