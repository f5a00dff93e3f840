//! The card "About this recording".

use crate::analysis::overview::about::{Peak, RunSize, lines, peak_text, space_text};
use crate::app::frames::frame_loop;
use crate::app::recordings::reader::Recording;
use crate::app::state::signals::put;
use crate::app::timeline::navigation::Timeline;
use crate::app::widgets::card::Card;
use crate::recording::Tables;
use crate::trace::Space;
use leptos::prelude::*;
use std::sync::Arc;

/// How much there is of a run is looked at so often: it grows while its file is read.
const SIZE_MS: f64 = 500.0;

/// Who recorded it, its address spaces, how much there is of it, and what it cannot tell.
#[component]
pub fn AboutCard() -> impl IntoView {
    let recording = Recording::expect();
    let (tables, size) = (recording.tables(), RwSignal::new(RunSize::default()));
    follow(recording, size);
    view! {
        <Card title="About this recording" class="about-card" scrolls=true>
            {move || tables.get().map(|tables| view! { <About tables size/> })}
        </Card>
    }
}

/// Looks again where the run has grown, or is another.
fn follow(recording: Recording, size: RwSignal<RunSize>) {
    let mut seen = None;
    frame_loop::every(SIZE_MS, move |_| {
        let names = recording.names_now();
        let run = recording.read(|reader, _| reader.run());
        let key = Some((run, Arc::clone(&names)));
        if key != seen {
            seen = key;
            put(size, recording.read(|reader, series| RunSize::of(reader, series, &names)));
        }
    });
}

#[component]
fn About(tables: Arc<Tables>, size: RwSignal<RunSize>) -> impl IntoView {
    let spaces = tables.manifest.spaces.iter().map(space_line).collect_view();
    let notes = tables.manifest.notes.iter().map(|note| note.text.clone());
    let lacking = tables.manifest.cannot_tell.values().cloned();
    let told = notes.chain(lacking).map(|text| view! { <li class="note dim">{text}</li> }).collect_view();
    let lines = move || size.with(|size| lines(&tables.manifest, size));
    let peaks = move || size.with(|size| size.peaks.clone());
    view! {
        <dl class="figures">
            <For each=lines key=Clone::clone let((name, value))>
                <div class="figure"><dt>{name}</dt><dd>{value}</dd></div>
            </For>
            {spaces}
            <For each=peaks key=Clone::clone let(peak)>{peak_line(peak)}</For>
        </dl>
        <ul class="about-notes">{told}</ul>
    }
}

fn space_line(space: &Space) -> impl IntoView + use<> {
    let (label, text) = (space.label.clone(), space_text(space));
    view! { <div class="figure" title="An address space"><dt>{label}</dt><dd>{text}</dd></div> }
}

fn peak_line(peak: Peak) -> impl IntoView {
    let timeline = Timeline::expect();
    let (position, text) = (peak.position, peak_text(&peak));
    view! {
        <div class="figure" title="The most that was live at once">
            <dt>"Peak, "{peak.heap}</dt>
            <dd>
                <button type="button" class="button plain" title="Show this moment" on:click=move |_| timeline.go_to(position)>
                    {text}
                </button>
            </dd>
        </div>
    }
}
