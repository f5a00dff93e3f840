//! What happened to the budget: who was refused, who gave way, when pressure
//! changed.

use crate::analysis::budget::tree::{event_bytes, event_text};
use crate::analysis::numbers::text::count;
use crate::app::state::store::Store;
use crate::app::widgets::card::Card;
use crate::app::widgets::texts::{Attribute, Texts};
use crate::telemetry::budget_table::{BudgetTable, EventRow};
use crate::units::Bytes;
use leptos::html::Tbody;
use leptos::prelude::*;
use web_sys::Element;

/// Kinds to choose from: key and name.
const KINDS: [(&str, &str); 4] =
    [("", "All"), ("refused", "Refusals"), ("reclaimed", "Reclaims"), ("pressure", "Pressure")];

/// The card "Events": reservations and refusals of the budget, the newest first.
#[component]
pub fn EventsCard(
    /// The budget's newest events.
    table: RwSignal<BudgetTable>,
) -> impl IntoView {
    let store = Store::expect();
    let kind = RwSignal::new("");
    let until_us = store.shown_until();
    let events = Memo::new(move |_| {
        let until_us = until_us.get();
        let wanted =
            |event: &&EventRow| event.time_us <= until_us && kind.with(|kind| kind.is_empty() || event.kind == *kind);
        table.with(|table| table.events.iter().rev().filter(wanted).cloned().collect::<Vec<_>>())
    });
    let is_past = Memo::new(move |_| store.past.with(Option::is_some));
    let totals = store.figure(move |metrics| {
        let budget = &metrics.budget;
        let lost = if budget.events_lost_total > 0 {
            format!(", {} lost", count(budget.events_lost_total))
        } else {
            String::new()
        };
        let now = if is_past.get() { " until now" } else { "" };
        format!("{} in this run{now}{lost}", count(budget.events_total))
    });
    let button = move |(key, label): (&'static str, &'static str)| {
        let pressed = move || (kind.get() == key).to_string();
        view! { <button type="button" class="button" title="Which events to list" aria-pressed=pressed on:click=move |_| kind.set(key)>{label}</button> }
    };
    let body = NodeRef::<Tbody>::new();
    let lines = StoredValue::new_local(Vec::<Line>::new());
    Effect::new(move || {
        let Some(body) = body.get() else { return };
        lines.update_value(|lines| events.with(|events| write(&body, lines, events)));
    });
    let empty = move || {
        if table.with(|table| table.events.is_empty()) {
            "Nothing was refused, reclaimed or under pressure yet."
        } else {
            "None of this kind among the newest 64."
        }
    };
    view! {
        <Card
            title="Events"
            scrolls=true
            class="events-card"
            figures=move || view! { <span>{totals}</span><span class="switch" role="group" aria-label="Kind of events">{KINDS.map(button).collect_view()}</span> }
        >
            <Show when=move || events.with(Vec::is_empty)><p class="dim note">{empty}</p></Show>
            <table class="table" class:hidden=move || events.with(Vec::is_empty)>
                <thead>
                    <tr>
                        <th class="number" scope="col" title="Engine time">"Time"</th>
                        <th scope="col">"Kind"</th>
                        <th class="number" scope="col" title="Asked for, given back, or spoken for">"Bytes"</th>
                        <th scope="col">"What happened"</th>
                    </tr>
                </thead>
                <tbody node_ref=body></tbody>
            </table>
        </Card>
    }
}

/// One line's elements. In a storm all of them say something else each time.
struct Line {
    row: Element,
    kind: Element,
    texts: Texts<4>,
    class: Attribute,
}

impl Line {
    fn in_body(body: &Element) -> Option<Self> {
        let document = body.owner_document()?;
        let row = document.create_element("tr").ok()?;
        for class in ["number", "", "number", "why"] {
            let cell = document.create_element("td").ok()?;
            cell.set_class_name(class);
            row.append_child(&cell).ok()?;
        }
        body.append_child(&row).ok()?;
        let (kind, texts) = (row.children().item(1)?, Texts::of(&row)?);
        Some(Self { row, kind, texts, class: Attribute::default() })
    }

    fn write(&mut self, event: &EventRow) {
        let class = match event.kind.as_str() {
            "refused" => "bad",
            "reclaimed" => "warn",
            _ => "dim",
        };
        let time = format!("{:.2} s", event.time_us as f64 / 1e6);
        self.texts.put([&time, &event.kind, &Bytes::new(event_bytes(event)).to_string(), &event_text(event)]);
        self.class.put(&self.kind, "class", Some(class));
    }
}

fn write(body: &Element, lines: &mut Vec<Line>, events: &[EventRow]) {
    lines.drain(events.len().min(lines.len())..).for_each(|line| line.row.remove());
    for (at, event) in events.iter().enumerate() {
        if at == lines.len() {
            lines.extend(Line::in_body(body));
        }
        if let Some(line) = lines.get_mut(at) {
            line.write(event);
        }
    }
}
