//! The Budget panel: usage against limit by category and heap, and the report.

use super::report::ReportText;
use crate::analysis::table_budget::{self, BudgetRow, Pressure, Scale};
use crate::analysis::table_numbers::{count, mib};
use crate::app::store::Store;
use crate::app::widgets::card::Card;
use crate::app::widgets::meter::Meter;
use crate::owner::MemoryCategory;
use crate::telemetry::metrics::CategoryMetrics;
use crate::units::Ratio;
use leptos::prelude::*;

/// One column of numbers: its head, what it means, and its text.
struct Column {
    head: &'static str,
    hint: &'static str,
    text: fn(&CategoryMetrics) -> String,
}

const COLUMNS: [Column; 9] = [
    Column { head: "Used", hint: "Charged now, on all heaps, MiB", text: |row| mib(row.current_bytes) },
    Column { head: "Limit", hint: "The most that may be charged, MiB", text: |row| mib(row.limit_bytes) },
    Column { head: "Part", hint: "Used ÷ limit", text: part_of },
    Column { head: "Arena", hint: "Of it in the shared arena, MiB", text: |row| mib(row.arena_bytes) },
    Column {
        head: "Device",
        hint: "Of it on the GPU device, by our own accounting, MiB",
        text: |row| mib(row.device_bytes),
    },
    Column {
        head: "NPU",
        hint: "Of it in the neural-network context, by our own accounting, MiB",
        text: |row| mib(row.npu_bytes),
    },
    Column { head: "Reserved", hint: "Reserved, not yet charged, MiB", text: |row| mib(row.reserved_bytes) },
    Column { head: "Peak", hint: "Most ever charged at once in this run, MiB", text: |row| mib(row.peak_bytes) },
    Column { head: "Refused", hint: "Refused requests in this run", text: |row| count(row.failures_total) },
];

fn part_of(row: &CategoryMetrics) -> String {
    Ratio::new(table_budget::part(row.current_bytes, row.limit_bytes)).to_string()
}

/// The panel.
#[component]
pub fn Budget() -> impl IntoView {
    let store = Store::expect();
    let head = store.figure(|metrics| {
        let budget = &metrics.budget;
        format!("{} of {} MiB", mib(budget.current_bytes), mib(budget.total_bytes))
    });
    view! {
        <div class="stack">
            <Card title="Usage against limits" scrolls=true figures=move || head>
                <table class="table">
                    <thead>
                        <tr>
                            <th scope="col">"Category"</th>
                            <th class="meter-cell wide" scope="col" title="Bars share one scale; ticks: limit, and peak (thin)">"MiB, one scale for all"</th>
                            {COLUMNS.iter().map(|column| view! {
                                <th class="number" scope="col" title=column.hint>{column.head}</th>
                            }).collect_view()}
                        </tr>
                    </thead>
                    <tbody>{MemoryCategory::ALL.map(|category| view! { <Line category/> }).collect_view()}</tbody>
                    <tfoot><Total/></tfoot>
                </table>
            </Card>
            <Card title="Report" class="tall"><ReportText/></Card>
        </div>
    }
}

#[component]
fn Line(category: MemoryCategory) -> impl IntoView {
    let store = Store::expect();
    let row: Memo<BudgetRow> = store
        .figure(move |metrics| table_budget::rows(&metrics.budget, Scale::LargestLimit).swap_remove(category.index()));
    let pressed = move || row.with(|row| row.pressure != Pressure::Calm);
    let cell = move |column: &'static Column| {
        let text = Memo::new(move |_| row.with(|row| (column.text)(&row.figures)));
        view! { <td class="number">{text}</td> }
    };
    view! {
        <tr class:warn-row=pressed>
            <th scope="row"><i class=format!("chip chip-{}", category.key()) aria-hidden="true"></i>{category.label()}</th>
            <td class="meter-cell wide"><Meter row peak=true/></td>
            {COLUMNS.iter().map(cell).collect_view()}
        </tr>
    }
}

#[component]
fn Total() -> impl IntoView {
    let store = Store::expect();
    let total = store.figure(|metrics| table_budget::total(&metrics.budget));
    let cell = move |column: &'static Column| {
        // Peaks of different moments have no sum.
        let text =
            move || if column.head == "Peak" { String::from("–") } else { total.with(|total| (column.text)(total)) };
        view! { <td class="number">{text}</td> }
    };
    view! {
        <tr>
            <th scope="row">"Total"</th>
            <td></td>
            {COLUMNS.iter().map(cell).collect_view()}
        </tr>
    }
}
