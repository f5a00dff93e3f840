//! The Timeline: every event over time, at any zoom; the memory at any moment;
//! markers; what the recording itself costs.

use super::timeline_markers::MarkersCard;
use super::timeline_moment::MomentCard;
use super::timeline_recording::RecordingCard;
use crate::analysis::event_columns::EventAxis;
use crate::analysis::landmarks::Landmark;
use crate::analysis::timeline_tracks::metric_label;
use crate::app::charts::TimelineTracks;
use crate::app::timeline::{Timeline, Way};
use crate::app::widgets::card::Card;
use leptos::prelude::*;

/// The panel.
#[component]
pub fn TimelinePanel() -> impl IntoView {
    view! {
        <div class="timeline">
            <Card title="Timeline" scrolls=true class="timeline-main" figures=|| view! { <Tools/> }><TimelineTracks/></Card>
            <div class="timeline-side">
                <MomentCard/>
                <MarkersCard/>
                <RecordingCard/>
            </div>
        </div>
    }
}

/// Jumps, zoom, and what the chart is drawn against.
#[component]
fn Tools() -> impl IntoView {
    let timeline = Timeline::expect();
    let peak = move || {
        let metric = timeline.store.timeline.metric.get();
        format!("Go to where {} is highest on screen (P); press a row's name to choose another", metric_label(metric))
    };
    view! {
        <span class="timeline-tools">
            <Jump label="failure" key="F" landmark=Landmark::Failure/>
            <Jump label="pressure" key="B" landmark=Landmark::Pressure/>
            <Jump label="loss" key="X" landmark=Landmark::Loss/>
            <button type="button" class="button" title=peak on:click=move |_| timeline.jump_to_peak()>
                "Peak"
            </button>
            <span class="switch" role="group" aria-label="Zoom">
                <button type="button" class="button square" aria-label="Zoom out" title="Zoom out (S, or the wheel)" on:click=move |_| timeline.zoom(1.5, None)>"−"</button>
                <button type="button" class="button square" aria-label="Zoom in" title="Zoom in (W, or the wheel)" on:click=move |_| timeline.zoom(1.0 / 1.5, None)>"+"</button>
                <button type="button" class="button" title="Show the whole run (0, or a double click)" on:click=move |_| timeline.show_all()>"All"</button>
            </span>
            <span class="switch" role="group" aria-label="Axis">
                <Axis axis=EventAxis::Time label="Time" hint="Draw against the time of the run"/>
                <Axis axis=EventAxis::Number label="Events" hint="Draw against the events' numbers: events of the same microsecond stand apart"/>
            </span>
        </span>
    }
}

/// To the one before, to the next.
#[component]
fn Jump(label: &'static str, key: &'static str, landmark: Landmark) -> impl IntoView {
    let timeline = Timeline::expect();
    let go = move |way| timeline.jump(landmark, way);
    view! {
        <span class="switch timeline-jump" role="group" aria-label=format!("Jump to a {label}")>
            <button type="button" class="button square" aria-label=format!("Previous {label}") title=format!("Previous {label} (Shift+{key})") on:click=move |_| go(Way::Back)>"‹"</button>
            <span class="timeline-jump-label" aria-hidden="true">{label}</span>
            <button type="button" class="button square" aria-label=format!("Next {label}") title=format!("Next {label} ({key})") on:click=move |_| go(Way::On)>"›"</button>
        </span>
    }
}

#[component]
fn Axis(axis: EventAxis, label: &'static str, hint: &'static str) -> impl IntoView {
    let timeline = Timeline::expect();
    let pressed = move || (timeline.store.timeline.axis.get() == axis).to_string();
    view! {
        <button type="button" class="button" title=hint aria-pressed=pressed on:click=move |_| timeline.set_axis(axis)>{label}</button>
    }
}
