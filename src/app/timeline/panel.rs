//! The Timeline: every event over time, at any zoom; the memory at any moment;
//! markers; what the recording itself costs.

use super::limits::LimitChangesCard;
use super::markers::MarkersCard;
use super::moment::MomentCard;
use super::navigation::Timeline;
use super::recording::RecordingCard;
use super::tracks::TimelineTracks;
use crate::analysis::timeline::columns::EventAxis;
use crate::analysis::timeline::landmarks::{Landmark, Way};
use crate::app::selection::totals::RangeTotalsCard;
use crate::app::widgets::card::Card;
use leptos::prelude::*;

/// The Timeline panel: tracks, the moment, the selected time, marks.
#[component]
pub fn TimelinePanel() -> impl IntoView {
    view! {
        <div class="timeline">
            <Card title="Timeline" scrolls=true class="timeline-main" figures=|| view! { <Tools/> }><TimelineTracks/></Card>
            <div class="timeline-side">
                <MomentCard/>
                <RangeTotalsCard/>
                <MarkersCard/>
                <LimitChangesCard/>
                <RecordingCard/>
            </div>
        </div>
    }
}

/// Zoom, and what the chart is drawn against; below them, the jumps.
#[component]
fn Tools() -> impl IntoView {
    let timeline = Timeline::expect();
    // What another tool recorded has no budget and no rings.
    let is_engine = Memo::new(move |_| timeline.recording.names().is_engine());
    let peak = move || {
        let metric = timeline.store.timeline.metric.get();
        let name = timeline.recording.names().metric(metric).to_owned();
        format!("Go to where {name} is highest on screen (P); press a row's name to choose another")
    };
    view! {
        <span class="timeline-tools timeline-view">
            <span class="switch" role="group" aria-label="Zoom">
                <button type="button" class="button square" aria-label="Zoom out" title="Zoom out (S, or the wheel)" on:click=move |_| timeline.zoom(1.5, None)>"−"</button>
                <button type="button" class="button square" aria-label="Zoom in" title="Zoom in (W, or the wheel)" on:click=move |_| timeline.zoom(1.0 / 1.5, None)>"+"</button>
                <button type="button" class="button" title="Show the whole run (0, or a double click)" on:click=move |_| timeline.show_all()>"All"</button>
                <Fit/>
            </span>
            <span class="switch" role="group" aria-label="Axis">
                <Axis axis=EventAxis::Time label="Time" hint="Draw against the time of the run"/>
                <Axis axis=EventAxis::Number label="Events" hint="Draw against the events' numbers: events of the same microsecond stand apart"/>
            </span>
        </span>
        <span class="timeline-tools timeline-jumps">
            <Jump label="failure" key="F" landmark=Landmark::FailedAllocation/>
            <Show when=move || is_engine.get()>
                <Jump label="refusal" key="G" landmark=Landmark::BudgetRefusal/>
                <Jump label="pressure" key="B" landmark=Landmark::Pressure/>
                <Jump label="loss" key="X" landmark=Landmark::Loss/>
                <Jump label="limits" key="C" landmark=Landmark::LimitChange/>
            </Show>
            <button type="button" class="button" title=peak on:click=move |_| timeline.jump_to_peak()>
                "Peak"
            </button>
        </span>
    }
}

/// Whether the rows' scales fit what is on screen.
#[component]
fn Fit() -> impl IntoView {
    let fits = Timeline::expect().store.timeline.fits;
    view! {
        <button
            type="button"
            class="button"
            title="Each row's scale fits what is on screen; without this, the whole run, so that heights can be compared over all of it (V)"
            aria-pressed=move || fits.get().to_string()
            on:click=move |_| fits.update(|fits| *fits = !*fits)
        >
            "Fit"
        </button>
    }
}

/// To the first, to the one before, to the next.
#[component]
fn Jump(label: &'static str, key: &'static str, landmark: Landmark) -> impl IntoView {
    let timeline = Timeline::expect();
    let go = move |way| timeline.jump(landmark, way);
    let what = landmark.label();
    let first = matches!(landmark, Landmark::FailedAllocation | Landmark::BudgetRefusal).then(|| {
        view! {
            <button type="button" class="button square" aria-label=format!("First {label}") title=format!("First {what} of the run") on:click=move |_| timeline.jump_to_first(landmark)>"⇤"</button>
        }
    });
    view! {
        <span class="switch timeline-jump" role="group" aria-label=format!("Jump to a {what}")>
            {first}
            <button type="button" class="button square" aria-label=format!("Previous {label}") title=format!("Previous {what} (Shift+{key})") on:click=move |_| go(Way::Back)>"‹"</button>
            <span class="timeline-jump-label" aria-hidden="true">{label}</span>
            <button type="button" class="button square" aria-label=format!("Next {label}") title=format!("Next {what} ({key})") on:click=move |_| go(Way::On)>"›"</button>
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
