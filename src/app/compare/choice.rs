//! The choice of both sides and of the axis, and the line of what goes on.

use super::documents;
use super::state::{Answer, Chosen, DocumentKey, Question};
use super::{asking, showing};
use crate::analysis::compare::align::Align;
use crate::analysis::exports::progress;
use crate::app::frames::frame_loop;
use crate::app::state::signals::put;
use crate::app::state::store::Store;
use crate::platform::runs::RunSlot;
use crate::platform::writings::{Progress, Writing};
use crate::recording::Reader;
use leptos::prelude::*;

/// How far it is is looked at so often.
const PROGRESS_MS: f64 = 150.0;

/// Names of the two sides.
const SIDES: [&str; 2] = ["Before", "After"];

/// Moments to choose from, beside what can be typed.
const MOMENTS: [&str; 5] = ["end", "1s", "event:1000", "frame:1", "marker:"];

/// The list that both inputs of moments offer.
const LIST_ID: &str = "compare-moments";

/// Both sides, the axis, and what to do with them.
#[component]
pub fn Choices(
    /// What is meant by the choices.
    question: Memo<Option<Question>>,
) -> impl IntoView {
    let store = Store::expect();
    let again = move |_| {
        if let Some(question) = question.get_untracked() {
            asking::ask_again(store, question);
        }
    };
    let turn = move |_| showing::turn(store);
    let align = store.compare.align;
    let way = move |way: Align| {
        view! { <option value=way.key() prop:selected=move || align.get() == way>{way.label()}</option> }
    };
    view! {
        <div class="compare-choices">
            <Side side=0/>
            <Side side=1/>
            <label class="setting" title="By what the usage of both is laid beside each other">
                <span class="setting-label" aria-hidden="true">"Align by"</span>
                <select
                    aria-label="Align by"
                    on:change:target=move |event| align.set(Align::from_key(&event.target().value()).unwrap_or_default())
                >
                    {Align::ALL.map(way).collect_view()}
                </select>
            </label>
            <button type="button" class="button" title="Choose them the other way round; the older one stays before" on:click=turn>
                "Swap"
            </button>
            <button
                type="button"
                class="button"
                title="Compare once more: a run may have grown"
                prop:disabled=move || question.with(Option::is_none)
                on:click=again
            >
                "Compare again"
            </button>
            <datalist id=LIST_ID>{MOMENTS.map(|moment| view! { <option value=moment></option> }).collect_view()}</datalist>
        </div>
        <Going/>
    }
}

/// One side: its document, and its moment.
#[component]
fn Side(side: usize) -> impl IntoView {
    let store = Store::expect();
    let chosen = store.compare.chosen[side];
    let all = Memo::new(move |_| documents::all(store));
    let current =
        Memo::new(move |_| documents::meant(&all.get(), store.compare.chosen.map(|chosen| chosen.get()))[side]);
    let choose = move |value: String| {
        let key = value.parse().ok().and_then(|at: usize| all.with_untracked(|all| all.get(at).map(|(key, _)| *key)));
        chosen.update(|chosen| chosen.key = key);
    };
    let option = move |(at, (key, name)): (usize, (DocumentKey, String))| {
        view! { <option value=at.to_string() prop:selected=move || current.get() == Some(key)>{name}</option> }
    };
    let is_run = Memo::new(move |_| !matches!(current.get(), Some(DocumentKey::Snapshot(_))));
    let name = SIDES[side];
    view! {
        <span class="compare-side">
            <label class="setting">
                <span class="setting-label" aria-hidden="true">{name}</span>
                <select aria-label=name on:change:target=move |event| choose(event.target().value())>
                    {move || all.get().into_iter().enumerate().map(option).collect_view()}
                </select>
            </label>
            <label
                class="setting compare-moment"
                class:hidden=move || !is_run.get()
                title="The moment that is compared: end, 1.5s, 20ms, event:1000, frame:12, marker:TEXT, marker:TEXT#2"
            >
                <span class="setting-label" aria-hidden="true">"at"</span>
                <input
                    type="text"
                    aria-label=format!("Moment of {}", name.to_lowercase())
                    list=LIST_ID
                    prop:value=move || chosen.with(|chosen| chosen.moment.clone())
                    on:change:target=move |event| set_moment(chosen, event.target().value())
                />
            </label>
            <button
                type="button"
                class="button small"
                class:hidden=move || !is_run.get()
                title="Take the run and the moment that the other panels show"
                aria-label=format!("Shown now: {name}")
                on:click=move |_| take_shown(store, chosen)
            >
                "Shown now"
            </button>
        </span>
    }
}

fn set_moment(chosen: RwSignal<Chosen>, text: String) {
    let text = text.trim();
    let moment = if text.is_empty() { "end" } else { text };
    chosen.update(|chosen| chosen.moment = moment.into());
}

/// The run and the moment that all other panels show.
fn take_shown(store: Store, chosen: RwSignal<Chosen>) {
    let slot: RunSlot = store.runs.shown.get_untracked();
    let mut reader = Reader::new(slot.log());
    reader.refresh();
    let run = reader.run();
    let position = store.selected.moment.get_untracked().unwrap_or(run.end).clamp(run.start, run.end);
    let moment = if position == run.end { "end".into() } else { format!("event:{}", position - run.start) };
    chosen.set(Chosen { key: Some(DocumentKey::Run(slot)), moment });
}

/// How far a comparison is, and a way to end it.
#[component]
fn Going() -> impl IntoView {
    let store = Store::expect();
    let going = Memo::new(move |_| {
        store.compare.answer.with(|answer| match answer {
            Answer::Going(going) => Some(*going),
            _ => None,
        })
    });
    move || going.get().map(|going| view! { <GoingLine going/> })
}

#[component]
fn GoingLine(going: Writing) -> impl IntoView {
    let store = Store::expect();
    let progress = RwSignal::new(Progress::default());
    frame_loop::every(PROGRESS_MS, move |_| put(progress, going.progress()));
    let value = move || progress.with(|Progress { events, all, .. }| progress::part(*events, *all));
    let said = move || progress.with(|Progress { events, all, reading }| progress::words(*events, *all, *reading));
    view! {
        <div class="export-going">
            <span class="export-what">"Comparing"</span>
            <progress class="progress" aria-label="Compared so far" max="1" value=value></progress>
            <span class="number dim" role="status">{said}</span>
            <button type="button" class="button small" aria-label="Cancel comparing" on:click=move |_| asking::cancel(store)>
                "Cancel"
            </button>
        </div>
    }
}
