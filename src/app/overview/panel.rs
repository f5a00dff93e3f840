//! The Overview: usage, fragmentation and pool over time; the arena and the budget, now
//! or at the selected moment.

use super::of_file::OverviewOfFile;
use super::usage_chart::UsageChart;
use crate::analysis::budget;
use crate::analysis::budget::table::{BudgetRow, Scale};
use crate::analysis::moment::figures::Told;
use crate::analysis::numbers::text::{count, mib, ratio};
use crate::analysis::pool;
use crate::app::fragmentation::charts::FragmentationChart;
use crate::app::map::chart::ArenaMap;
use crate::app::pool::chart::PoolChart;
use crate::app::state::store::Store;
use crate::app::widgets::card::Card;
use crate::app::widgets::meter::Meter;
use crate::budget::Pressure;
use crate::owner::MemoryCategory;
use crate::telemetry::metrics::Metrics;
use crate::units::{Bytes, Ratio};
use leptos::prelude::*;

/// The Overview panel: of the engine, or of what another tool recorded.
#[component]
pub fn Overview() -> impl IntoView {
    let names = Store::expect().names;
    let is_engine = Memo::new(move |_| names.with(|names| names.is_engine()));
    move || match is_engine.get() {
        true => view! { <OverviewOfEngine/> }.into_any(),
        false => view! { <OverviewOfFile/> }.into_any(),
    }
}

/// Usage, fragmentation, pool, map and budget on one page.
#[component]
fn OverviewOfEngine() -> impl IntoView {
    let store = Store::expect();
    let usage = store.shown(usage_figures);
    let fragmentation = fragmentation_figures(store);
    let pool = pool_figures(store);
    let arena = store.shown(arena_figures);
    view! {
        <div class="overview">
            <div class="overview-charts">
                <Card title="Usage by category" class="tall" figures=move || usage><UsageChart/></Card>
                <Card title="Fragmentation" figures=move || fragmentation><FragmentationChart/></Card>
                <Card title="GPU pool" figures=move || pool><PoolChart/></Card>
            </div>
            <div class="overview-side">
                <Card title="Arena" class="tall" figures=move || arena><ArenaMap/></Card>
                <BudgetCard/>
            </div>
        </div>
    }
}

fn usage_figures(metrics: &Metrics) -> String {
    let budget = &metrics.budget;
    if budget.total_bytes == 0 {
        // Of an earlier moment: the recording does not tell the limit.
        return format!("{} MiB", mib(budget.current_bytes));
    }
    let part = Ratio::new(budget::table::part(budget.current_bytes, budget.total_bytes));
    format!("{} of {} MiB · {part}", mib(budget.current_bytes), mib(budget.total_bytes))
}

fn fragmentation_figures(store: Store) -> Memo<String> {
    let external = store.told(Told::FreeRanges, |m| ratio(m.arena.external_fragmentation));
    let concentration = store.told(Told::FreeRanges, |m| ratio(m.arena.free_space_concentration));
    let largest = store.told(Told::Free, |m| Bytes::new(m.arena.largest_free_bytes).to_string());
    Memo::new(move |_| {
        let (external, concentration) = (external.get(), concentration.get());
        format!("external {external} · concentration {concentration} · largest free {}", largest.get())
    })
}

fn pool_figures(store: Store) -> Memo<String> {
    let asked = store.shown(|m| {
        let used = m.pool.hits_total + m.pool.misses_total > 0;
        let ratio = if used { Ratio::new(m.pool.hit_ratio).to_string() } else { "–".into() };
        format!("hit ratio {ratio} · in use {}", mib(m.pool.in_use_bytes))
    });
    let split = store.shown(|m| format!("pending {} · idle {} MiB", mib(m.pool.pending_bytes), mib(m.pool.idle_bytes)));
    // Between two ticks nobody tells pending from idle.
    let given_back = store.shown(|m| format!("given back {} MiB", mib(pool::table::given_back_bytes(m))));
    let is_split = Memo::new(move |_| store.is_exact(Told::Tick));
    Memo::new(move |_| format!("{} · {}", asked.get(), if is_split.get() { split.get() } else { given_back.get() }))
}

fn arena_figures(metrics: &Metrics) -> String {
    format!(
        "{} of {} MiB · {} live",
        mib(metrics.arena.used_bytes),
        mib(metrics.arena.capacity_bytes),
        count(metrics.arena.allocation_count)
    )
}

#[component]
fn BudgetCard() -> impl IntoView {
    let store = Store::expect();
    let total = store.shown(|metrics| match metrics.budget.total_bytes {
        0 => "MiB".into(),
        total => format!("MiB · limit {}", mib(total)),
    });
    let pressure = store.shown(|metrics| budget::table::pressure(&metrics.budget));
    let badge = move || {
        let shown = move || Some(pressure.get()).filter(|pressure| *pressure > Pressure::Normal);
        move || {
            shown().map(|pressure| view! { <span class=format!("badge {}", pressure.key())>{pressure.key()}</span> })
        }
    };
    view! {
        <Card title="Budget" class="budget-card" badge=badge figures=move || total>
            <table class="table">
                <thead>
                    <tr>
                        <th scope="col">"Category"</th>
                        <th class="meter-cell"><span class="unseen">"Bar"</span></th>
                        <th class="number" scope="col">"Used"</th>
                        <th class="number" scope="col">"Limit"</th>
                        <th class="number" scope="col">"Peak"</th>
                    </tr>
                </thead>
                <tbody>{MemoryCategory::ALL.map(|category| view! { <BudgetLine category/> }).collect_view()}</tbody>
            </table>
        </Card>
    }
}

#[component]
fn BudgetLine(category: MemoryCategory) -> impl IntoView {
    let store = Store::expect();
    let row =
        store.shown(move |metrics| budget::table::rows(&metrics.budget, Scale::OwnLimit).swap_remove(category.index()));
    let cell = move |told: Told, of: fn(&BudgetRow) -> u64| {
        Memo::new(move |_| if store.tells(told) { row.with(|row| mib(of(row))) } else { "–".into() })
    };
    let (used, limit, peak) = (
        cell(Told::Events, |row| row.figures.current_bytes),
        cell(Told::Kept, |row| row.figures.limit_bytes),
        cell(Told::Kept, |row| row.figures.peak_bytes),
    );
    view! {
        <tr>
            <th scope="row"><i class=format!("chip chip-{}", category.key()) aria-hidden="true"></i>{category.label()}</th>
            <td class="meter-cell"><Meter row/></td>
            <td class="number" class:warn=move || row.with(|row| row.pressure >= Pressure::High)>{used}</td>
            <td class="number dim">{limit}</td>
            <td class="number dim">{peak}</td>
        </tr>
    }
}
