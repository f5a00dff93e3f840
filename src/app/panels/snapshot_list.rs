//! The list of snapshots: save again, look into, delete, get back.

use super::snapshots::OpenButton;
use crate::analysis::table_numbers::count;
use crate::app::link;
use crate::app::snapshots::{self, Entry};
use crate::app::store::Store;
use crate::app::widgets::card::Card;
use crate::units::Bytes;
use leptos::prelude::*;

/// The list.
#[component]
pub fn ListCard() -> impl IntoView {
    let store = Store::expect();
    let entries = move || store.shelf.with(|shelf| shelf.entries.clone());
    let is_empty = move || store.shelf.with(|shelf| shelf.entries.is_empty());
    view! {
        <Card title="Snapshots of this page" scrolls=true figures=|| view! { <OpenButton/> }>
            <Deleted/>
            <Show when=is_empty>
                <div class="empty">
                    <p>"Documents you take or open are listed here, to be saved again and compared."</p>
                    <p class="dim">"Press " <kbd>"Shift+S"</kbd> " to take one, or drop a " <code>".arenascope.json"</code> " file here."</p>
                </div>
            </Show>
            <table class="table" class:hidden=is_empty>
                <thead>
                    <tr>
                        <th class="number" scope="col">"No."</th>
                        <th scope="col">"Time"</th>
                        <th scope="col">"Name"</th>
                        <th scope="col">"Scenario"</th>
                        <th class="number" scope="col">"Live"</th>
                        <th class="number" scope="col">"Arena used"</th>
                        <th class="number" scope="col">"Size"</th>
                        <th><span class="unseen">"Actions"</span></th>
                    </tr>
                </thead>
                <tbody>
                    <For each=entries key=|entry| entry.number let(entry)><Row entry/></For>
                </tbody>
            </table>
        </Card>
    }
}

/// What was deleted last, and the way back.
#[component]
fn Deleted() -> impl IntoView {
    let store = Store::expect();
    let deleted = move || store.shelf.with(|shelf| shelf.deleted.as_ref().map(|entry| entry.name.clone()));
    move || {
        deleted().map(|name| {
            view! {
                <p class="undo" role="status">
                    {format!("Deleted {name}.")}
                    <button type="button" class="button" on:click=move |_| store.shelf.update(|shelf| shelf.undo())>"Undo"</button>
                </p>
            }
        })
    }
}

#[component]
fn Row(entry: Entry) -> impl IntoView {
    let store = Store::expect();
    let summary = entry.summary.clone();
    let arena = &summary.metrics.arena;
    let number = entry.number;
    let again = move |_| {
        let entry = store.shelf.with_untracked(|shelf| shelf.get(number).cloned());
        link::spawn(store, async move { entry.map_or(Ok(()), |entry| snapshots::save(&entry)) });
    };
    let named = |verb: &str| format!("{verb} no. {number}");
    view! {
        <tr>
            <td class="number">{number}</td>
            <td class="mono">{entry.clock.clone()}{entry.opened.then_some(" (opened)")}</td>
            <td class="name-cell" title=entry.name.clone()>{entry.name.clone()}</td>
            <td>{summary.scenario.clone()}", seed "{summary.seed}</td>
            <td class="number">{count(arena.allocation_count)}</td>
            <td class="number">{Bytes::new(arena.used_bytes).to_string()}</td>
            <td class="number">{entry.size().to_string()}</td>
            <td class="row-tools">
                <button type="button" class="button" aria-label=named("Download") on:click=again>"Download"</button>
                <button
                    type="button"
                    class="button"
                    aria-label=named("Delete")
                    on:click=move |_| store.shelf.update(|shelf| shelf.delete(number))
                >
                    "Delete"
                </button>
            </td>
        </tr>
    }
}
