//! Limits on the memory of a run that has no budget of its own: where it was above them, and
//! a word when it is, while a page is recorded.

use crate::analysis::budget::exceeded::{Exceeded, exceeded};
use crate::analysis::map::blockers::parse_size;
use crate::analysis::numbers::text::count;
use crate::analysis::timeline::ticks::moment_at;
use crate::app::engine::console;
use crate::app::frames::frame_loop::every;
use crate::app::recordings::reader::Recording;
use crate::app::state::place::Tab;
use crate::app::state::signals::put;
use crate::app::state::store::Store;
use crate::app::timeline::navigation::Timeline;
use crate::app::widgets::card::Card;
use crate::recording::Metric;
use crate::telemetry::notice::Level;
use crate::units::{Bytes, Micros};
use leptos::prelude::*;

/// Between two looks at the run.
const LOOK_MS: f64 = 500.0;

/// A row: what is measured, and how it stands to its limit.
#[derive(Clone, Debug, PartialEq)]
struct Row {
    metric: Metric,
    label: String,
    now_bytes: u64,
    peak_bytes: u64,
    /// What was typed as limit is none.
    problem: Option<String>,
    exceeded: Option<Exceeded>,
    first_text: String,
}

/// The panel.
#[component]
pub fn LimitsOfFile() -> impl IntoView {
    let (store, recording) = (Store::expect(), Recording::expect());
    let rows = RwSignal::new(Vec::<Row>::new());
    let look = move || put(rows, read(store, recording));
    look();
    every(LOOK_MS, move |_| look());
    // What is typed is answered at once.
    Effect::new(move |_| {
        store.file_limits.track();
        look();
    });
    let keys = move || rows.with(|rows| rows.iter().map(|row| (row.metric, row.label.clone())).collect::<Vec<_>>());
    view! {
        <Card title="Limits on this run" class="tall" scrolls=true figures=|| "whole run">
            <p class="note dim">
                "Nobody enforces these: type a size, and see where the run was above it. While a page is recorded, the console says when it is."
            </p>
            <table class="table limits-of-file">
                <thead>
                    <tr>
                        <th scope="col">"Memory"</th>
                        <th scope="col" class="number">"At the end"</th>
                        <th scope="col" class="number">"Peak"</th>
                        <th scope="col">"Limit"</th>
                        <th scope="col" class="number">"Times above"</th>
                        <th scope="col" class="number">"Time above"</th>
                        <th scope="col" class="number">"Most above"</th>
                        <th scope="col">"First"</th>
                    </tr>
                </thead>
                <tbody>
                    <For each=keys key=|(metric, label)| format!("{metric:?} {label}") let((metric, label))>
                        <LimitRow rows metric label/>
                    </For>
                </tbody>
            </table>
        </Card>
    }
}

#[component]
fn LimitRow(rows: RwSignal<Vec<Row>>, metric: Metric, label: String) -> impl IntoView {
    let (store, timeline) = (Store::expect(), Timeline::expect());
    let row = Memo::new(move |_| rows.with(|rows| rows.iter().find(|row| row.metric == metric).cloned()));
    let of = move |text: fn(&Row) -> String| move || row.with(|row| row.as_ref().map(text).unwrap_or_default());
    let exceeded = move |text: fn(&Exceeded) -> String| {
        move || {
            row.with(|row| row.as_ref().and_then(|row| row.exceeded.as_ref().map(text)).unwrap_or_else(|| "–".into()))
        }
    };
    let typed = label.clone();
    let value = store.file_limits.with_untracked(|limits| limits.get(&label).cloned().unwrap_or_default());
    let type_limit = move |text: String| {
        store.file_limits.update(|limits| {
            if text.trim().is_empty() {
                limits.remove(&typed)
            } else {
                limits.insert(typed.clone(), text)
            };
        });
    };
    let problem = Memo::new(move |_| row.with(|row| row.as_ref().and_then(|row| row.problem.clone())));
    let first = Memo::new(move |_| {
        row.with(|row| row.as_ref().and_then(|row| Some((row.exceeded?.first?, row.first_text.clone()))))
    });
    view! {
        <tr>
            <th scope="row">{label.clone()}</th>
            <td class="number">{of(|row| Bytes::new(row.now_bytes).to_string())}</td>
            <td class="number">{of(|row| Bytes::new(row.peak_bytes).to_string())}</td>
            <td>
                <input
                    type="text"
                    class="limit-input"
                    aria-label=format!("Limit of {label}")
                    placeholder="none"
                    value=value
                    title=move || problem.get().unwrap_or_else(|| "A size: 64 MiB, 1.5 GiB, 4096".into())
                    aria-invalid=move || problem.with(Option::is_some).to_string()
                    on:input=move |event| type_limit(event_target_value(&event))
                />
            </td>
            <td class="number">{exceeded(|exceeded| count(exceeded.times))}</td>
            <td class="number">{exceeded(|exceeded| Micros::new(exceeded.above_us).to_string())}</td>
            <td class="number">{exceeded(|exceeded| Bytes::new(exceeded.most_bytes).to_string())}</td>
            <td>
                {move || first.get().map(|(event, text)| view! {
                    <button type="button" class="jump plain-jump" title="Show this moment" on:click=move |_| timeline.go_to(event + 1)>{text}</button>
                })}
            </td>
        </tr>
    }
}

/// Every memory of the run, and how it stands to its limit.
fn read(store: Store, recording: Recording) -> Vec<Row> {
    let (names, highest) = (recording.names_now(), recording.highest());
    let limits = store.file_limits.get_untracked();
    let used = |metric: &Metric| *metric != Metric::ArenaRanges && highest[metric.index()] > 0;
    let metrics: Vec<Metric> = names.metrics().filter(used).collect();
    recording.read(|reader, series| {
        let run = reader.run();
        let row = |metric: Metric| {
            let label = names.metric(metric).to_owned();
            let limit = limits.get(&label).map(|text| parse_size(text).map_err(|error| error.to_string()));
            let exceeded = limit
                .as_ref()
                .and_then(|limit| limit.as_ref().ok())
                .map(|limit| exceeded(reader, series, metric, limit.get(), run.clone()));
            let first = exceeded.and_then(|exceeded| exceeded.first).and_then(|event| reader.time_us(event));
            Row {
                metric,
                label,
                now_bytes: reader.metric(metric, run.end).unwrap_or(0),
                peak_bytes: highest[metric.index()],
                problem: limit.and_then(Result::err),
                exceeded,
                first_text: first.map(|time_us| moment_at(time_us, &names)).unwrap_or_default(),
            }
        };
        metrics.into_iter().map(row).collect()
    })
}

/// Says on the console when a run that grows first exceeds a limit, whatever panel is shown.
pub fn watch(store: Store, recording: Recording) {
    let mut said: Vec<(u64, String, String)> = Vec::new();
    every(LOOK_MS, move |_| {
        if !store.runs.is_growing() || store.file_limits.with_untracked(|limits| limits.is_empty()) {
            return;
        }
        let run =
            recording.read(|reader, _| reader.run().start) ^ (store.runs.shown.get_untracked().number() as u64) << 48;
        for row in read(store, recording) {
            let Some(exceeded) = row.exceeded.filter(|exceeded| exceeded.times > 0) else { continue };
            let limit = store.file_limits.with_untracked(|limits| limits.get(&row.label).cloned().unwrap_or_default());
            let key = (run, row.label.clone(), limit.clone());
            if !said.contains(&key) {
                let text = format!(
                    "{} is above its limit of {limit} since {}: by {}",
                    row.label,
                    row.first_text,
                    Bytes::new(exceeded.most_bytes)
                );
                console::note_to(store, Level::Warning, text, None, Some(Tab::Budget));
                said.push(key);
            }
        }
    });
}
