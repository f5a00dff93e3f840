//! A row for each way to serve the run, the one that needs least first.

use super::going::GoingLine;
use super::state::Served;
use super::{asking, opening};
use crate::analysis::lab::table::{HEADS, HINTS, cells, certificate, order};
use crate::app::engine::console;
use crate::app::state::store::Store;
use crate::app::widgets::card::Card;
use crate::lab::{Row, RowSpec};
use leptos::prelude::*;

/// A line of the table.
#[derive(Clone, PartialEq)]
enum Line {
    Done { spec: RowSpec, cells: [String; 9], note: String, can_lie: bool },
    Going(RowSpec, crate::platform::writings::Writing),
    Waiting(RowSpec),
    Failed(RowSpec, String),
}

/// The table.
#[component]
pub fn TableCard() -> impl IntoView {
    let store = Store::expect();
    let lines = Memo::new(move |_| lines(store));
    let is_empty = move || lines.with(Vec::is_empty);
    let heads = HEADS.iter().zip(HINTS).map(|(head, hint)| {
        view! { <th scope="col" class="number" title=hint>{*head}</th> }
    });
    let heads = heads.collect_view();
    view! {
        <Card title="Every way to serve it" class="lab-table" scrolls=true>
            <Show when=is_empty>
                <p class="note dim">"\"Try everything\" serves the run's requests again by every placement policy, over addresses that no memory backs, and searches the best packing."</p>
            </Show>
            <table class="table" class:hidden=is_empty>
                <thead>
                    <tr>
                        <th scope="col">"Way"</th>
                        {heads}
                        <th scope="col"><span class="unseen">"What to do with it"</span></th>
                    </tr>
                </thead>
                <tbody>{move || lines.get().into_iter().map(line).collect_view()}</tbody>
            </table>
        </Card>
    }
}

/// Done rows by their peak, then those that go on, then those that wait or cannot be.
fn lines(store: Store) -> Vec<Line> {
    let done = store.lab.done();
    let mut lines: Vec<Line> = order(&done).into_iter().map(|at| of_row(&done[at])).collect();
    store.lab.rows.with(|rows| {
        let rest = rows.iter().filter_map(|place| match &place.served {
            Served::Done(_) => None,
            Served::Going(going) => Some(Line::Going(place.spec, *going)),
            Served::Waiting => Some(Line::Waiting(place.spec)),
            Served::Failed(reason) => Some(Line::Failed(place.spec, reason.clone())),
        });
        lines.extend(rest);
    });
    lines
}

fn of_row(row: &Row) -> Line {
    match &row.unavailable {
        Some(why) => Line::Failed(row.spec, why.to_string()),
        None => Line::Done {
            spec: row.spec,
            cells: cells(row),
            note: match (certificate(row), row.is_complete) {
                (Some(certificate), _) => certificate,
                (None, true) => String::new(),
                (None, false) => "cancelled".into(),
            },
            can_lie: row.figures.is_some(),
        },
    }
}

fn line(line: Line) -> AnyView {
    let wide = HEADS.len() + 1;
    match line {
        Line::Done { spec, cells, note, can_lie } => view! {
            <tr>
                <th scope="row" class="name-cell">{spec.label()}{(!note.is_empty()).then(|| view! { " "<span class="dim">{note}</span> })}</th>
                {cells.map(|cell| view! { <td class="number">{cell}</td> }).collect_view()}
                <td class="lab-ways">{can_lie.then(|| view! { <Ways spec/> })}</td>
            </tr>
        }
        .into_any(),
        Line::Going(spec, going) => view! {
            <tr><th scope="row">{spec.label()}</th><td colspan=wide><GoingLine what="Being served" going/></td></tr>
        }
        .into_any(),
        Line::Waiting(spec) => view! {
            <tr class="dim"><th scope="row">{spec.label()}</th><td colspan=wide>"waits"</td></tr>
        }
        .into_any(),
        Line::Failed(spec, reason) => view! {
            <tr class="dim"><th scope="row">{spec.label()}</th><td colspan=wide>{reason}</td></tr>
        }
        .into_any(),
    }
}

/// What can be done with a row.
#[component]
fn Ways(spec: RowSpec) -> impl IntoView {
    let store = Store::expect();
    let draw = move |_| {
        if let Err(reason) = asking::draw(store, spec) {
            console::spawn(store, async move { Err(reason) });
        }
    };
    let open = move |_| console::spawn(store, opening::open(store, spec));
    let label = spec.label();
    view! {
        <button type="button" class="button small" aria-label=format!("Draw {label}") title="Draw where its blocks lie, over time" on:click=draw>
            "Draw"
        </button>
        <button
            type="button"
            class="button small"
            aria-label=format!("Open {label} as a run")
            title="Open it as a run of its own: every panel shows it, at any moment"
            on:click=open
        >
            "Open"
        </button>
    }
}
