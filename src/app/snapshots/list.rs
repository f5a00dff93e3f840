//! The list of snapshots: save again, look into, delete, get back.

use super::commands;
use super::look::Looked;
use super::open_file::OpenButton;
use super::shelf::Entry;
use crate::analysis::numbers::text::count;
use crate::analysis::run::labels;
use crate::analysis::snapshots::{shelf, words};
use crate::app::engine::console;
use crate::app::state::store::Store;
use crate::app::widgets::card::Card;
use crate::units::Bytes;
use leptos::prelude::*;

/// The card "Snapshots of this page".
#[component]
pub fn ListCard() -> impl IntoView {
    let store = Store::expect();
    let entries = move || store.shelf.with(|shelf| shelf.entries.clone());
    let kept = move || {
        store.shelf.with(|shelf| {
            let count = shelf.entries.len();
            (count > 0).then(|| format!("{count} kept, {} of {}", shelf.kept(), shelf::SHELF_MAX))
        })
    };
    let is_empty = move || store.shelf.with(|shelf| shelf.entries.is_empty());
    view! {
        <Card title="Snapshots of this page" scrolls=true figures=move || view! { <span class="dim">{kept}</span><OpenButton/> }>
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
                        <th scope="col" title="When the document was made, by what it says itself">"Made (UTC)"</th>
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

/// Where a document contradicts itself; nothing where it does not.
fn contradictions(found: &[String]) -> impl IntoView + use<> {
    let first = found.first()?;
    let rest = found.len() - 1;
    let more = if rest > 0 { format!(" and {rest} more") } else { String::new() };
    Some(view! { <p class="note warn" title=found.join("\n")>{format!("Contradicts itself: {first}{more}")}</p> })
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
                    {format!("Deleted {}.", words::shown(&name))}
                    <button type="button" class="button" on:click=move |_| store.shelf.update(|shelf| shelf.undo())>"Undo"</button>
                </p>
            }
        })
    }
}

#[component]
fn Row(entry: Entry) -> impl IntoView {
    let (store, Looked(looked)) = (Store::expect(), expect_context());
    let summary = entry.summary.clone();
    let arena = &summary.metrics.arena;
    let number = entry.number;
    let (scenario, policy) = (labels::scenario(&summary.run.scenario), labels::policy(&summary.run.policy));
    let again = move |_| {
        let entry = store.shelf.with_untracked(|shelf| shelf.get(number).cloned());
        console::spawn(store, async move { entry.map_or(Ok(()), |entry| commands::save(&entry)) });
    };
    let named = |verb: &str| format!("{verb} no. {number}");
    view! {
        <tr>
            <td class="number">{number}</td>
            <td class="mono">{words::shown(&summary.run.created_text())}{entry.opened.then_some(" (opened)")}</td>
            <td class="name-cell" title=words::shown(&entry.name)>
                {words::shown(&entry.name)}
                {contradictions(&summary.contradictions)}
            </td>
            <td class="name-cell" title=words::shown(&policy)>{words::shown(&scenario)}", seed "{summary.run.seed}</td>
            <td class="number">{count(arena.allocation_count)}</td>
            <td class="number">{Bytes::new(arena.used_bytes).to_string()}</td>
            <td class="number">{entry.size.to_string()}</td>
            <td class="row-tools">
                <button
                    type="button"
                    class="button"
                    aria-label=named("Look into")
                    aria-pressed=move || (looked.get() == Some(number)).to_string()
                    title="Show its map and what was alive in it"
                    on:click=move |_| looked.update(|looked| *looked = (*looked != Some(number)).then_some(number))
                >
                    "Look"
                </button>
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
