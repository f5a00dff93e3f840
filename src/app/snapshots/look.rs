//! A snapshot looked at: its map, who holds what, and the largest of what was alive.

use super::commands;
use super::shelf::Entry;
use crate::analysis::map::scene::Scene;
use crate::analysis::map::text::address;
use crate::analysis::numbers::text::count;
use crate::analysis::snapshots::look::{AliveLine, largest};
use crate::analysis::snapshots::owners::OwnerRow;
use crate::analysis::snapshots::words;
use crate::app::map::chart::ArenaMap;
use crate::app::map::feed::LookedAt;
use crate::app::state::store::Store;
use crate::app::widgets::card::Card;
use crate::formats::snapshot::Document;
use crate::units::{Bytes, Micros};
use leptos::prelude::*;
use std::sync::Arc;

/// Rows of the lists; the rest is counted.
const ROWS: usize = 100;

/// The number of the snapshot that is looked at, as a context of the panel.
#[derive(Clone, Copy)]
pub struct Looked(pub RwSignal<Option<u64>>);

/// The cards of the snapshot that is looked at, or nothing.
#[component]
pub fn LookCards() -> impl IntoView {
    let (store, Looked(looked)) = (Store::expect(), expect_context());
    let entry =
        Memo::new(move |_| looked.get().and_then(|number| store.shelf.with(|shelf| shelf.get(number).cloned())));
    move || entry.get().map(|entry| view! { <Look entry/> })
}

#[component]
fn Look(entry: Entry) -> impl IntoView {
    let read = RwSignal::new(None);
    let number = entry.number;
    leptos::task::spawn_local(async move {
        let document = commands::document(number).await;
        // The panel may be gone by now.
        read.try_set(Some(document.map(Arc::new)));
    });
    move || {
        match read.get() {
        None => view! { <Card title="Snapshot" figures=|| view! { <Close/> }><p class="note dim" role="status">"Reading"</p></Card> }.into_any(),
        Some(Err(reason)) => {
            view! { <Card title="Snapshot" figures=|| view! { <Close/> }><p class="note bad" role="alert">{reason}</p></Card> }.into_any()
        }
        Some(Ok(document)) => view! { <Shown entry=entry.clone() document/> }.into_any(),
    }
    }
}

#[component]
fn Close() -> impl IntoView {
    let Looked(looked) = expect_context();
    view! { <button type="button" class="button" on:click=move |_| looked.set(None)>"Close"</button> }
}

#[component]
fn Shown(entry: Entry, document: Arc<Document>) -> impl IntoView {
    let scene = Arc::new(Scene::of_document(&document));
    provide_context(LookedAt(StoredValue::new((entry.number, scene))));
    let lines = largest(&document, ROWS);
    let alive = document.arena.allocations.len() + document.pool.buffers.len();
    let (summary, number) = (entry.summary, entry.number);
    let head = format!("no. {number} · {}", words::shown(&summary.run.created_text()));
    let owners = summary.owners.clone();
    view! {
        <div class="pair look">
            <Card title="Map of the snapshot" class="tall look-map" figures=move || view! { <span>{head.clone()}</span><Close/> }>
                <ArenaMap/>
            </Card>
            <Card title="Owners" class="tall" scrolls=true figures=move || format!("{} alive", count(alive as u64))>
                <table class="table">
                    <thead>
                        <tr>
                            <th scope="col">"Owner"</th>
                            <th scope="col">"Tag"</th>
                            <th scope="col">"In"</th>
                            <th class="number" scope="col">"Live"</th>
                            <th class="number" scope="col">"Bytes"</th>
                        </tr>
                    </thead>
                    <tbody>{owners.into_iter().map(owner_row).collect_view()}</tbody>
                </table>
            </Card>
        </div>
        <Card title="Largest of what was alive" class="tall" scrolls=true figures=move || format!("{} of {}", count(lines_shown(alive)), count(alive as u64))>
            <table class="table">
                <thead>
                    <tr>
                        <th scope="col">"Owner"</th>
                        <th scope="col">"Tag"</th>
                        <th scope="col">"At"</th>
                        <th class="number" scope="col">"Size"</th>
                        <th class="number" scope="col">"Asked for"</th>
                        <th class="number" scope="col" title="Of an allocation; of a buffer or texture, since it was used">"Age"</th>
                    </tr>
                </thead>
                <tbody>{lines.into_iter().map(line_row).collect_view()}</tbody>
            </table>
        </Card>
    }
}

const fn lines_shown(alive: usize) -> u64 {
    if alive < ROWS { alive as u64 } else { ROWS as u64 }
}

fn owner_row(row: OwnerRow) -> impl IntoView {
    view! {
        <tr>
            <th scope="row"><i class=format!("chip chip-{}", row.category.key()) aria-hidden="true"></i>{row.category.label()}</th>
            <td>{words::shown(&row.tag)}</td>
            <td class="dim">{row.place.label()}</td>
            <td class="number">{count(row.count)}</td>
            <td class="number">{Bytes::new(row.bytes).to_string()}</td>
        </tr>
    }
}

fn line_row(line: AliveLine) -> impl IntoView {
    let at = line.offset_bytes.map_or_else(|| line.place.label().into(), |offset| address(Bytes::new(offset)));
    view! {
        <tr>
            <th scope="row"><i class=format!("chip chip-{}", line.category.key()) aria-hidden="true"></i>{line.category.label()}</th>
            <td>{words::shown(&line.tag)}</td>
            <td class="mono">{at}</td>
            <td class="number">{Bytes::new(line.size_bytes).to_string()}</td>
            <td class="number">{Bytes::new(line.requested_bytes).to_string()}</td>
            <td class="number">{Micros::new(line.age_us).to_string()}</td>
        </tr>
    }
}
