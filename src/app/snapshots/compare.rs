//! One snapshot, or two side by side: main figures, and who grew.

use crate::analysis::numbers::text::signed_count;
use crate::analysis::snapshots::compare::{self, SnapshotSummary};
use crate::analysis::snapshots::difference::Difference;
use crate::analysis::snapshots::owners::{self, OwnerChange};
use crate::analysis::snapshots::run::{settings, warning};
use crate::analysis::snapshots::words;
use crate::app::state::store::Store;
use crate::app::widgets::card::Card;
use leptos::prelude::*;
use std::sync::Arc;

/// Owners shown; the rest is counted.
const OWNERS_SHOWN: usize = 40;

/// The two that are compared.
#[component]
pub fn CompareCard() -> impl IntoView {
    let store = Store::expect();
    // `None` follows the list: the last but one against the last.
    let (before, after) = (RwSignal::new(None::<u64>), RwSignal::new(None::<u64>));
    let numbers = Memo::new(move |_| {
        store.shelf.with(|shelf| shelf.entries.iter().map(|entry| entry.number).collect::<Vec<_>>())
    });
    let chosen = move |choice: RwSignal<Option<u64>>, from_end: usize| {
        let listed = numbers.get();
        let usual = listed.len().checked_sub(from_end).map(|index| listed[index]);
        choice.get().filter(|number| listed.contains(number)).or(usual)
    };
    // Whichever was made first is before, in whatever order they were opened or chosen.
    let pair = Memo::new(move |_| {
        let chosen = (chosen(before, 2), chosen(after, 1));
        store.shelf.with(|shelf| match chosen {
            (Some(one), Some(other)) if shelf.is_newer(one, other) => (Some(other), Some(one)),
            chosen => chosen,
        })
    });
    let (first, second) = (Memo::new(move |_| pair.get().0), Memo::new(move |_| pair.get().1));
    let summary = move |number: Option<u64>| {
        number.and_then(|number| store.shelf.with(|shelf| shelf.get(number).map(|entry| Arc::clone(&entry.summary))))
    };
    view! {
        <Card title="Compare" class="tall" scrolls=true figures=move || view! {
            <Choice label="Before" current=first choice=before numbers/>
            <Choice label="After" current=second choice=after numbers/>
        }>
            {move || match (summary(first.get()), summary(second.get())) {
                (Some(before), Some(after)) => view! { <Comparison before after/> }.into_any(),
                _ => view! { <p class="dim note">"Two documents in the list above can be compared: main figures, and which owners grew."</p> }.into_any(),
            }}
        </Card>
    }
}

#[component]
fn Choice(
    label: &'static str,
    current: Memo<Option<u64>>,
    choice: RwSignal<Option<u64>>,
    numbers: Memo<Vec<u64>>,
) -> impl IntoView {
    let option = move |number: u64| {
        let selected = move || current.get() == Some(number);
        view! { <option value=number.to_string() prop:selected=selected>{format!("no. {number}")}</option> }
    };
    view! {
        <label class="setting">
            <span class="setting-label" aria-hidden="true">{label}</span>
            <select
                aria-label=label
                prop:disabled=move || numbers.with(|numbers| numbers.len() < 2)
                on:change:target=move |event| choice.set(event.target().value().parse().ok())
            >
                {move || numbers.get().into_iter().map(option).collect_view()}
            </select>
        </label>
    }
}

#[component]
fn Comparison(before: Arc<SnapshotSummary>, after: Arc<SnapshotSummary>) -> impl IntoView {
    let settings = settings(&before.run, &after.run);
    let warning = warning(&before.run, &after.run);
    let rows = compare::differences(&before.metrics, &after.metrics);
    let owners = owners::changes(&before.owners, &after.owners);
    let rest = owners.len().saturating_sub(OWNERS_SHOWN);
    view! {
        {warning.map(|words| view! { <p class="note warn" role="status">{words}</p> })}
        <div class="compare">
            <table class="table">
                <thead>
                    <tr>
                        <th scope="col">"Figure"</th>
                        <th class="number" scope="col">"Before"</th>
                        <th class="number" scope="col">"After"</th>
                        <th class="number" scope="col">"Change"</th>
                    </tr>
                </thead>
                <tbody>
                    {settings.into_iter().map(figure_row).collect_view()}
                    {rows.into_iter().map(figure_row).collect_view()}
                </tbody>
            </table>
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
                <tbody>
                    {owners.is_empty().then(|| view! { <tr><td class="dim" colspan="5">"No owner gained or lost memory in the arena or the GPU pool."</td></tr> })}
                    {owners.into_iter().take(OWNERS_SHOWN).map(owner_row).collect_view()}
                    {(rest > 0).then(|| view! { <tr><td class="dim" colspan="5">{format!("and {rest} more")}</td></tr> })}
                </tbody>
            </table>
        </div>
    }
}

/// Whatever a document says: a name of thousands of letters, a figure of hundreds of digits.
fn figure_row(row: Difference) -> impl IntoView {
    view! {
        <tr>
            <th scope="row">{row.label}</th>
            <td class="number dim">{words::shown(&row.before)}</td>
            <td class="number">{words::shown(&row.after)}</td>
            <td class="number">{words::shown(&row.change)}</td>
        </tr>
    }
}

fn owner_row(change: OwnerChange) -> impl IntoView {
    view! {
        <tr>
            <th scope="row"><i class=format!("chip chip-{}", change.category.key()) aria-hidden="true"></i>{change.category.label()}</th>
            <td>{words::shown(&change.tag)}</td>
            <td class="dim">{change.place.label()}</td>
            <td class="number">{signed_count(change.count)}</td>
            <td class="number">{compare::signed_size(change.bytes)}</td>
        </tr>
    }
}
