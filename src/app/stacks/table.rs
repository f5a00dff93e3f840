//! The table behind the graph: functions by what comes from them, with the same search.

use super::texts::{RowText, StacksTexts};
use crate::analysis::numbers::text::count;
use crate::analysis::stacks::functions::NO_STACK_LABEL;
use crate::analysis::stacks::table::{Column, Order};
use crate::app::state::store::Store;
use crate::app::widgets::card::Card;
use leptos::prelude::*;

/// The card "Functions".
pub(super) fn table_card(texts: StacksTexts) -> impl IntoView {
    let figures = move || {
        let shown = move || texts.rows.with(|(rows, all)| shown_text(rows.len(), *all));
        view! { <span>{shown}</span> }
    };
    let is_empty = Memo::new(move |_| texts.rows.with(|(rows, _)| rows.is_empty()));
    let rows = move || texts.rows.get().0;
    view! {
        <Card title="Functions" class="stacks-table-card" scrolls=true figures=figures>
            <Show when=move || is_empty.get()>
                <p class="dim note">"No function to show."</p>
            </Show>
            <table class="table stacks-table" class:hidden=move || is_empty.get()>
                <thead>
                    <tr>{Column::ALL.map(|column| view! { <Head column/> }).collect_view()}</tr>
                </thead>
                <tbody><For each=rows key=key_of children=|row| view! { <Line row/> }/></tbody>
            </table>
        </Card>
    }
}

fn shown_text(shown: usize, all: usize) -> String {
    match (shown, all) {
        (_, 1) => "1 function".into(),
        (shown, all) if shown < all => format!("first {} of {} functions", count(shown as u64), count(all as u64)),
        (_, all) => format!("{} functions", count(all as u64)),
    }
}

/// A line that says the same is left alone.
fn key_of(row: &RowText) -> (u32, String, String, String, String) {
    (row.row.function, row.own.1.clone(), row.total.1.clone(), row.share.clone(), row.count.clone())
}

#[component]
fn Head(column: Column) -> impl IntoView {
    let order = Store::expect().stacks.order;
    let direction = move || {
        let Order { by, descends } = order.get();
        (by == column).then_some(if descends { "descending" } else { "ascending" })
    };
    let mark = move || direction().map_or("", |direction| if direction == "descending" { " ↓" } else { " ↑" });
    view! {
        <th scope="col" class:number=column.is_number() aria-sort=move || direction().unwrap_or("none")>
            <button
                type="button"
                class="head-button"
                title=format!("{}. Press to sort.", column.hint())
                on:click=move |_| order.update(|order| order.toggle(column))
            >
                {column.label()}<span aria-hidden="true">{mark}</span>
            </button>
        </th>
    }
}

#[component]
fn Line(row: RowText) -> impl IntoView {
    let search = Store::expect().stacks.search;
    let RowText { function, file, own, total, share, count, .. } = row;
    let find = function.clone();
    let name = match function.as_str() {
        NO_STACK_LABEL => view! { {function} }.into_any(),
        _ => view! {
            <button
                type="button"
                class="jump plain-jump"
                title=format!("{function}. Press to search it in the graph.")
                on:click=move |_| search.set(find.clone())
            >
                {function.clone()}
            </button>
        }
        .into_any(),
    };
    view! {
        <tr>
            <th scope="row" class="name-cell">{name}</th>
            <td class="name-cell dim" title=file.clone()>{file.clone()}</td>
            <td class="number" title=own.1>{own.0}</td>
            <td class="number" title=total.1>{total.0}</td>
            <td class="number">{share}</td>
            <td class="number">{count}</td>
        </tr>
    }
}
