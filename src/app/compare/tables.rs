//! The tables of a comparison: what grew first.

use super::rows::{Target, targets};
use crate::analysis::compare::Comparison;
use crate::analysis::compare::sections::{Section, sections};
use crate::app::widgets::card::Card;
use leptos::prelude::*;

/// Rows of a table.
const ROWS: usize = 60;

/// A section with where its rows lead to.
#[derive(Clone)]
pub struct Shown {
    section: Section,
    targets: Vec<Option<Target>>,
}

/// What people look for first.
const FIRST: [&str; 3] = ["Totals", "Categories", "Owners"];

impl Shown {
    /// Whether it stands above the graph of stacks and the map.
    pub fn comes_first(&self) -> bool {
        FIRST.contains(&self.section.title)
    }
}

/// Every table but that of the documents, which stands at the top.
pub fn sections_of(comparison: &Comparison) -> Vec<Shown> {
    let shown = |section: Section| {
        let targets = targets(comparison, &section);
        Shown { section, targets }
    };
    // Why there is no graph or map is said where they would be.
    let is_said_above = |section: &Section| match section.title {
        "Call stacks" => comparison.stacks.why().is_some(),
        "Places" => comparison.places.why().is_some(),
        _ => false,
    };
    let others = sections(comparison, ROWS).into_iter().skip(1).filter(|section| !is_said_above(section));
    others.map(shown).collect()
}

/// A table, or what is said instead.
#[component]
pub fn TableCard(
    /// What it shows.
    section: Shown,
) -> impl IntoView {
    let Shown { section: Section { title, said, head, rows }, targets } = section;
    let is_empty = rows.is_empty();
    let heads = head.iter().enumerate().map(|(at, head)| {
        let (text, class) = if at == 0 { (title, "") } else { (*head, "number") };
        view! { <th scope="col" class=class>{text}</th> }
    });
    let heads = heads.collect_view();
    let body = rows.into_iter().zip(targets.into_iter().chain(core::iter::repeat(None))).map(row).collect_view();
    view! {
        <Card title=title class="compare-table" scrolls=true>
            {(!said.is_empty()).then(|| view! { <p class="note dim">{said}</p> })}
            <table class="table" class:hidden=is_empty>
                <thead><tr>{heads}</tr></thead>
                <tbody>{body}</tbody>
            </table>
        </Card>
    }
}

fn row((cells, target): (Vec<String>, Option<Target>)) -> impl IntoView {
    let mut cells = cells.into_iter();
    let name = cells.next().unwrap_or_default();
    let title = name.clone();
    let name = match target {
        Some(target) => view! {
            <button type="button" class="jump plain-jump" title=target.hint() on:click=move |_| target.go()>{name}</button>
        }
        .into_any(),
        None => name.into_any(),
    };
    view! {
        <tr>
            <th scope="row" class="name-cell" title=title>{name}</th>
            {cells.map(cell).collect_view()}
        </tr>
    }
}

fn cell(text: String) -> impl IntoView {
    let class = class_of(&text);
    view! { <td class=class>{text}</td> }
}

/// The sign says it; a colour says it again.
fn class_of(text: &str) -> &'static str {
    match text.chars().next() {
        Some('+') => "number compare-more",
        Some('−') => "number compare-less",
        _ => "number",
    }
}
