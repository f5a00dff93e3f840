//! The Budget panel: the tree with its limits, pressure over time, what other
//! limits would do, what happened, and the report.

use super::budget_events::EventsCard;
use super::budget_limits::LimitsCard;
use super::budget_tree::{TreeTable, tree_rows};
use super::report::ReportText;
use crate::analysis::address;
use crate::analysis::budget_tree::TreeRow;
use crate::analysis::table_numbers::{count, mib};
use crate::app::charts::PressureChart;
use crate::app::link;
use crate::app::runs;
use crate::app::signals::put;
use crate::app::store::Store;
use crate::app::widgets::again::Again;
use crate::app::widgets::card::Card;
use crate::budget::BudgetMode;
use crate::telemetry::budget_table::BudgetTable;
use crate::telemetry::notice::Level;
use crate::units::Bytes;
use leptos::prelude::*;

/// Tags and events are read this often.
const TABLE_MS: f64 = 500.0;

/// The panel.
#[component]
pub fn Budget() -> impl IntoView {
    let store = Store::expect();
    let table = RwSignal::new(BudgetTable::default());
    link::every(TABLE_MS, move |_| {
        let newest = link::budget_table(store);
        put(table, newest);
    });
    let rows = tree_rows(table);
    // The root's figures: the head and the table are of one moment.
    let head = Memo::new(move |_| {
        rows.with(|rows| match rows.first() {
            Some(TreeRow { current, max: Some(max), .. }) => format!("{} of {} MiB", mib(*current), mib(*max)),
            Some(TreeRow { current, max: None, .. }) => format!("{} MiB", mib(*current)),
            None => String::new(),
        })
    });
    let level = store.shown(|metrics| metrics.budget.pressure.clone());
    let changes = move || count(table.with(|table| table.pressure_history.len()) as u64);
    view! {
        <div class="stack">
            <Card title="Budget tree" scrolls=true class="tree-card" figures=move || view! { <ModeMenu/><span>{head}</span> }>
                <TreeTable rows/>
                <Untracked/>
            </Card>
            <Card
                title="Pressure over time"
                class="pressure-card"
                figures=move || view! { <span>{level}</span><span>{changes}" changes"</span> }
            >
                <PressureChart/>
            </Card>
            <LimitsCard/>
            <EventsCard table/>
            <Card title="Report" only_now=true class="tall"><ReportText/></Card>
        </div>
    }
}

/// The way the total is shared out; a change needs a new run.
#[component]
fn ModeMenu() -> impl IntoView {
    let store = Store::expect();
    let current = Memo::new(move |_| store.chosen.with(|config| address::text_of(config, "budget_mode")));
    let title = move || BudgetMode::from_key(&current.get()).map_or("", BudgetMode::description);
    let choose = move |value: String| {
        if let Err(error) = runs::choose(store, "budget_mode", &value) {
            link::note(store, Level::Warning, error.to_string(), None);
        }
    };
    let option = move |mode: BudgetMode| {
        let selected = move || current.with(|current| current == mode.key());
        view! { <option value=mode.key() title=mode.description() prop:selected=selected>{mode.label()}</option> }
    };
    view! {
        <Again argument="budget_mode"/>
        <label class="setting" title=title>
            <span class="setting-label" aria-hidden="true">"Mode"</span>
            <select aria-label="Budget mode" on:change:target=move |event| choose(event.target().value())>
                {BudgetMode::ALL.map(option).collect_view()}
            </select>
        </label>
    }
}

/// What the browser counts and we do not.
#[component]
fn Untracked() -> impl IntoView {
    let store = Store::expect();
    let text = store.figure(|metrics| match (metrics.budget.browser_bytes, metrics.budget.untracked_bytes) {
        (Some(browser), Some(untracked)) => {
            let sign = if untracked < 0 { "−" } else { "" };
            let size = Bytes::new(untracked.unsigned_abs());
            format!(
                "{sign}{size}: {} reported by the browser, less the arena and the profiler's own memory",
                Bytes::new(browser)
            )
        }
        _ => "nothing reported by this browser yet".into(),
    });
    view! {
        <p class="note untracked" title="What the browser says the page holds, less what we know of. Device memory is in no browser's report.">
            <span class="dim">"Untracked "</span>{text}
        </p>
    }
}
