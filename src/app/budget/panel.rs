//! The Budget panel: the tree with its limits, pressure over time, what other
//! limits would do, what happened, and the report.

use super::events::EventsCard;
use super::limits::LimitsCard;
use super::pressure_chart::PressureChart;
use super::report::ReportText;
use super::tree::{TreeTable, tree_rows};
use crate::analysis::budget::module_memory::ModuleMemory;
use crate::analysis::budget::tree::TreeRow;
use crate::analysis::numbers::text::{count, mib};
use crate::analysis::run::page_link;
use crate::app::engine::console;
use crate::app::engine::pulse;
use crate::app::frames::frame_loop;
use crate::app::run;
use crate::app::state::signals::put;
use crate::app::state::store::Store;
use crate::app::widgets::again::Again;
use crate::app::widgets::card::{Card, Now};
use crate::budget::BudgetMode;
use crate::platform::memory;
use crate::telemetry::budget_table::BudgetTable;
use crate::telemetry::notice::Level;
use crate::units::Bytes;
use leptos::prelude::*;

/// Tags and events are read this often.
const TABLE_MS: f64 = 500.0;

/// The Budget panel: tree, pressure over time, limits and events.
#[component]
pub fn Budget() -> impl IntoView {
    let store = Store::expect();
    let table = RwSignal::new(BudgetTable::default());
    frame_loop::every(TABLE_MS, move |_| {
        let newest = pulse::budget_table(store);
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
    let level = store.shown(|metrics| metrics.budget.pressure.map_or("", |pressure| pressure.key()));
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
    let current = Memo::new(move |_| store.chosen.with(|config| page_link::text_of(config, "budget_mode")));
    let title = move || BudgetMode::from_key(&current.get()).map_or("", BudgetMode::description);
    let choose = move |value: String| {
        if let Err(error) = run::settings::choose(store, "budget_mode", &value) {
            console::note(store, Level::Warning, error.to_string(), None);
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
                "{sign}{size}: {} reported by the browser, shared memory counted once, less the arena and the profiler's own memory",
                Bytes::new(browser)
            )
        }
        _ => "nothing reported by this browser yet".into(),
    });
    let module = store.figure(|metrics| {
        let (arena, profiler) = (Bytes::new(metrics.arena.capacity_bytes), Bytes::new(metrics.own.profiler_bytes));
        ModuleMemory::of(memory::module_bytes(), arena, profiler).to_string()
    });
    view! {
        <p class="note" title="The one memory that page and threads share. Freed parts of it are used again, not given back.">
            <span class="dim">"Shared memory "</span>{module}
        </p>
        <p class="note untracked" title="What the browser says the page holds, less what we know of. Device memory is in no browser's report.">
            <span class="dim">"Untracked "</span>{text}
            <Now/>
        </p>
    }
}
