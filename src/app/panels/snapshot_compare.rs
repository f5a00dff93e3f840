//! One snapshot, or two side by side: main figures, and who grew.

use crate::analysis::diff_owners::{self, OwnerChange};
use crate::analysis::diff_snapshot::{self, Difference, SnapshotSummary};
use crate::analysis::table_numbers::signed_count;
use crate::app::store::Store;
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
    let first = Memo::new(move |_| chosen(before, 2));
    let second = Memo::new(move |_| chosen(after, 1));
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
    let rows = diff_snapshot::differences(&before.metrics, &after.metrics);
    let owners = diff_owners::changes(&before.owners, &after.owners);
    let rest = owners.len().saturating_sub(OWNERS_SHOWN);
    view! {
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
                <tbody>{rows.into_iter().map(figure_row).collect_view()}</tbody>
            </table>
            <table class="table">
                <thead>
                    <tr>
                        <th scope="col">"Owner"</th>
                        <th scope="col">"Tag"</th>
                        <th class="number" scope="col">"Live"</th>
                        <th class="number" scope="col">"Bytes"</th>
                    </tr>
                </thead>
                <tbody>
                    {owners.is_empty().then(|| view! { <tr><td class="dim" colspan="4">"No owner gained or lost memory."</td></tr> })}
                    {owners.into_iter().take(OWNERS_SHOWN).map(owner_row).collect_view()}
                    {(rest > 0).then(|| view! { <tr><td class="dim" colspan="4">{format!("and {rest} more")}</td></tr> })}
                </tbody>
            </table>
        </div>
    }
}

fn figure_row(row: Difference) -> impl IntoView {
    view! {
        <tr>
            <th scope="row">{row.label}</th>
            <td class="number dim">{row.before}</td>
            <td class="number">{row.after}</td>
            <td class="number">{row.change}</td>
        </tr>
    }
}

fn owner_row(change: OwnerChange) -> impl IntoView {
    view! {
        <tr>
            <th scope="row"><i class=format!("chip chip-{}", change.category.key()) aria-hidden="true"></i>{change.category.label()}</th>
            <td>{change.tag}</td>
            <td class="number">{signed_count(change.count)}</td>
            <td class="number">{diff_snapshot::signed_size(change.bytes)}</td>
        </tr>
    }
}
