//! Asks for the format, and says what it cannot hold before anything is saved.

use super::saving::{Goal, save};
use crate::app::state::store::Store;
use crate::formats::export::losses;
use crate::recording::{Reader, Retold};
use crate::trace::{Manifest, Run};
use leptos::prelude::*;

/// The question.
#[component]
pub fn Export() -> impl IntoView {
    let store = Store::expect();
    let manifest = StoredValue::new(manifest_of(store));
    let chosen = RwSignal::new(Goal::Own);
    let close = move || store.dialog.set(None);
    let save = move |_| {
        close();
        save(store, chosen.get_untracked());
    };
    let lost = move || match chosen.get() {
        Goal::Own => vec!["Everything that is kept of the run is written; Arenascope opens it again.".to_string()],
        Goal::Other(target) => manifest.with_value(|manifest| losses(target, manifest)),
    };
    let choice = move |goal: Goal| {
        view! {
            <label class="export-choice">
                <input
                    type="radio"
                    name="export-format"
                    value=goal.key()
                    prop:checked=move || chosen.get() == goal
                    on:change=move |_| chosen.set(goal)
                />
                {goal.label()}
            </label>
        }
    };
    view! {
        <header class="dialog-head"><h2>"Save this run as"</h2></header>
        <fieldset class="export-choices">
            <legend class="unseen">"Format"</legend>
            {Goal::all().map(choice).collect_view()}
        </fieldset>
        <ul class="export-losses" aria-live="polite">
            {move || lost().into_iter().map(|loss| view! { <li>{loss}</li> }).collect_view()}
        </ul>
        <div class="dialog-actions">
            <button type="button" class="button" on:click=move |_| close()>"Cancel"</button>
            <button type="button" class="button primary" autofocus on:click=save>"Save"</button>
        </div>
    }
}

/// What the run that is shown is. Of our own runs the tags have no part in it.
fn manifest_of(store: Store) -> Manifest {
    let log = store.runs.shown_log();
    match log.tables() {
        Some(tables) => tables.manifest.clone(),
        // Of no events: only what our engine's runs are in general.
        None => Retold::of(&Reader::new(log), |_| String::new()).manifest().clone(),
    }
}
