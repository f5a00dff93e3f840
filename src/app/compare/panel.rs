//! The panel: the choice above, what differs below.

use super::choice::Choices;
use super::documents;
use super::flame::flame_card;
use super::head::head_card;
use super::places::places_card;
use super::state::{Answer, Chosen, Question};
use super::tables::{Shown, TableCard, sections_of};
use super::usage::usage_card;
use super::{asking, state};
use crate::analysis::compare::Comparison;
use crate::app::shell::actions::Action;
use crate::app::state::store::Store;
use crate::app::widgets::action_button::ActionButton;
use leptos::prelude::*;
use std::sync::Arc;

/// The panel.
#[component]
pub fn Compare() -> impl IntoView {
    let store = Store::expect();
    let question = Memo::new(move |_| question(store));
    Effect::new(move || {
        if let Some(question) = question.get() {
            asking::ask(store, question);
        }
    });
    let count = Memo::new(move |_| documents::all(store).len());
    view! {
        <div class="compare-panel">
            <section class="card" aria-label="What is compared">
                <Choices question/>
            </section>
            {move || match (count.get(), question.with(Option::is_some)) {
                (_, true) => view! { <Answered/> }.into_any(),
                (count, false) => view! { <Nothing count/> }.into_any(),
            }}
        </div>
    }
}

/// What is meant by the choices; `None` while there is nothing to lay beside each other.
fn question(store: Store) -> Option<Question> {
    let chosen: [Chosen; 2] = store.compare.chosen.map(|chosen| chosen.get());
    let [Some(first), Some(second)] = documents::meant(&documents::all(store), chosen.clone()) else { return None };
    let [one, other] = chosen.map(|chosen| chosen.moment);
    let is_itself = (first, &one) == (second, &other);
    (!is_itself).then(|| Question {
        sides: [(first, one), (second, other)],
        align: store.compare.align.get(),
        versions: [first, second].map(documents::version),
    })
}

/// What to do where there are no two documents yet.
#[component]
fn Nothing(count: usize) -> impl IntoView {
    let store = Store::expect();
    let halves = move |_| with_its_half(store);
    let text = match count {
        0 => "Two runs, two moments of one run, or two snapshots can be laid beside each other here.",
        1 => "One document is open. Open another, or compare it with itself at another moment.",
        _ => "Both sides are the same document at the same moment: choose another document or moment.",
    };
    view! {
        <section class="card compare-none" aria-label="Nothing to compare">
            <div class="empty">
                <p>{text}</p>
                <div class="compare-ways">
                    <ActionButton action=Action::OpenFile>"Open a recording or a snapshot…"</ActionButton>
                    <ActionButton action=Action::Snapshot>"Take a snapshot"</ActionButton>
                    {(count > 0).then(|| view! {
                        <button type="button" class="button" on:click=halves>"Compare the middle of the run with its end"</button>
                    })}
                </div>
                <p class="dim">"The older one is before, by what the documents say, whichever is chosen first."</p>
            </div>
        </section>
    }
}

/// The newest run with itself when it had half of its events.
fn with_its_half(store: Store) {
    let all = untrack(|| documents::all(store));
    let run = all.iter().rev().find_map(|(key, _)| match key {
        state::DocumentKey::Run(slot) => Some(*slot),
        state::DocumentKey::Snapshot(_) => None,
    });
    let Some(slot) = run else { return };
    let events = slot.log().events();
    let half = (events.end - events.start.max(slot.log().run_start())) / 2;
    let [first, second] = store.compare.chosen;
    let key = Some(state::DocumentKey::Run(slot));
    first.set(Chosen { key, moment: format!("event:{half}") });
    second.set(Chosen { key, moment: "end".into() });
}

/// The newest answer, or why there is none.
#[component]
fn Answered() -> impl IntoView {
    let store = Store::expect();
    move || {
        match store.compare.answer.get() {
        Answer::Done(comparison) => view! { <Differences comparison/> }.into_any(),
        Answer::Failed(reason) => view! {
            <section class="card compare-none" aria-label="Not compared">
                <div class="empty"><p class="bad" role="alert">{reason}</p></div>
            </section>
        }
        .into_any(),
        Answer::Going(_) | Answer::Nothing => view! {
            <section class="card compare-none" aria-label="Being compared" aria-busy="true">
                <div class="empty"><p class="dim">"Every event of both runs is looked at; that takes a second for some millions."</p></div>
            </section>
        }
        .into_any(),
    }
    }
}

#[component]
fn Differences(comparison: Arc<Comparison>) -> impl IntoView {
    let (first, then): (Vec<_>, Vec<_>) = sections_of(&comparison).into_iter().partition(Shown::comes_first);
    view! {
        {head_card(&comparison)}
        {usage_card(&comparison)}
        <Tables of=first/>
        {flame_card(&comparison)}
        {places_card(&comparison)}
        <Tables of=then/>
    }
}

#[component]
fn Tables(of: Vec<Shown>) -> impl IntoView {
    view! {
        <div class="compare-tables">{of.into_iter().map(|section| view! { <TableCard section/> }).collect_view()}</div>
    }
}
