//! The recording's own figures: what it holds, what is missing, and how much it
//! may hold.

use crate::analysis::numbers::text::count;
use crate::analysis::timeline::text::{cap_text, gap_figures};
use crate::app::frames::frame_loop;
use crate::app::recordings::reader::{CAPS_MIB, Recording};
use crate::app::state::signals::put;
use crate::app::state::store::Store;
use crate::app::widgets::card::Card;
use crate::recording::{Limits, LogFigures, WhenFull};
use crate::units::Bytes;
use leptos::prelude::*;

const FIGURES_MS: f64 = 250.0;

/// The card of the recording: how much is kept, and what is missing.
#[component]
pub fn RecordingCard() -> impl IntoView {
    let (store, recording) = (Store::expect(), Recording::expect());
    let figures = RwSignal::new(LogFigures::default());
    frame_loop::every(FIGURES_MS, move |_| {
        let new = recording.log().figures();
        put(figures, new);
    });
    // One setting of the run, here and in the toolbar; here it takes effect at once.
    let chosen = store.chosen;
    let limits = Memo::new(move |_| {
        chosen.with(|run| Limits { bytes: run.recording_bytes.get(), when_full: run.recording_full })
    });
    // A file is read as a whole: it has no cap to choose.
    let is_file = Memo::new(move |_| store.runs.shown_file().is_some());
    let kept = move || figures.with(|figures| count(figures.length - figures.first));
    let per_event = move || {
        figures.with(|figures| match figures.length - figures.first {
            0 => "–".into(),
            events => format!("{:.1} B", figures.bytes as f64 / events as f64),
        })
    };
    let page = RwSignal::new(0);
    frame_loop::every(FIGURES_MS, move |_| page.set(recording.page_bytes()));
    let gaps = move || figures.with(gap_figures);
    let change = move |change: &dyn Fn(&mut Limits)| {
        let mut new = limits.get_untracked();
        change(&mut new);
        chosen.update(|run| (run.recording_bytes, run.recording_full) = (Bytes::new(new.bytes), new.when_full));
        recording.log().set_limits(new);
    };
    view! {
        <Card title="Recording" class="recording-card" figures=move || view! { <span>{kept}" events"</span> }>
            {move || store.opened.get().filter(|_| !is_file.get()).map(|name| view! {
                <p class="note opened-note">"Opened: "<span class="mono">{name}</span>". Other panels show it at the selected moment; live, they show the engine."</p>
            })}
            <p class="note recording-cap" class:hidden=move || is_file.get() class:warn=move || figures.with(|figures| figures.dropped + figures.refused > 0)>
                {move || figures.with(|figures| cap_text(figures, limits.get().bytes, limits.get().when_full))}
            </p>
            <div class="recording-limits" class:hidden=move || is_file.get()>
                <label class="setting">
                    <span class="setting-label">"Cap"</span>
                    <select
                        aria-label="Memory cap of the recording"
                        title="How much memory the events may take; applies to the next chunk of events"
                        on:change:target=move |event| {
                            if let Ok(mib) = event.target().value().parse::<u64>() {
                                change(&|limits| limits.bytes = mib << 20);
                            }
                        }
                    >
                        {CAPS_MIB.map(|mib| view! {
                            <option value=mib.to_string() prop:selected=move || limits.get().bytes == mib << 20>{Bytes::mib(mib).to_string()}</option>
                        }).collect_view()}
                    </select>
                </label>
                <label class="setting">
                    <span class="setting-label">"When full"</span>
                    <select
                        aria-label="What happens when the recording is full"
                        title="Stop: nothing more is taken in. Drop oldest: the first events make room. Both are counted."
                        on:change:target=move |event| {
                            let stops = event.target().value() == "stop";
                            change(&|limits| limits.when_full = if stops { WhenFull::Stop } else { WhenFull::DropOldest });
                        }
                    >
                        <option value="drop" prop:selected=move || limits.get().when_full == WhenFull::DropOldest>"Drop oldest"</option>
                        <option value="stop" prop:selected=move || limits.get().when_full == WhenFull::Stop>"Stop"</option>
                    </select>
                </label>
            </div>
            <dl class="figures">
                <div class="figure" title="Memory of the recording per event, everything included"><dt>"Per event"</dt><dd>{per_event}</dd></div>
                <div class="figure" title="What the page adds: segment trees of extremes and an index of times">
                    <dt>"Index of the page"</dt><dd>{move || Bytes::new(page.get()).to_string()}</dd>
                </div>
                {gap_labels().map(|(place, label, hint)| view! {
                    <div class="figure" title=hint>
                        <dt>{label}</dt>
                        <dd class:warn=move || gaps()[place] != 0>{move || count(gaps()[place])}</dd>
                    </div>
                }).collect_view()}
            </dl>
        </Card>
    }
}

fn gap_labels() -> impl Iterator<Item = (usize, &'static str, &'static str)> {
    const LABELS: [(&str, &str); 5] = [
        ("Lost by rings", "Events that found a full ring"),
        ("Dropped", "The oldest events, which made room for others"),
        ("Not taken in", "Events that came when the recording was full and stopped"),
        ("Ends not seen", "Frees that nobody saw, put in where something else took the place"),
        ("Without a beginning", "Events about something whose allocation is missing, or that were put right"),
    ];
    LABELS.into_iter().enumerate().map(|(place, (label, hint))| (place, label, hint))
}
