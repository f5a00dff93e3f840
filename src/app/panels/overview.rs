//! The Overview: usage, fragmentation and pool over time; the arena and the budget, now
//! or at the selected moment.

use crate::analysis::past::Told;
use crate::analysis::table_budget::{self, BudgetRow, Scale};
use crate::analysis::table_numbers::{count, mib, ratio};
use crate::app::charts::{ArenaMap, FragmentationChart, PoolChart, UsageChart};
use crate::app::store::Store;
use crate::app::widgets::card::Card;
use crate::app::widgets::meter::Meter;
use crate::budget::Pressure;
use crate::owner::MemoryCategory;
use crate::telemetry::metrics::Metrics;
use crate::units::{Bytes, Ratio};
use leptos::prelude::*;

/// The panel.
#[component]
pub fn Overview() -> impl IntoView {
    let store = Store::expect();
    let usage = store.shown(usage_figures);
    let fragmentation = store.told(Told::Tick, fragmentation_figures);
    let pool = store.told(Told::Tick, pool_figures);
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
    let part = Ratio::new(table_budget::part(budget.current_bytes, budget.total_bytes));
    format!("{} of {} MiB · {part}", mib(budget.current_bytes), mib(budget.total_bytes))
}

fn fragmentation_figures(metrics: &Metrics) -> String {
    let arena = &metrics.arena;
    let (external, concentration) = (ratio(arena.external_fragmentation), ratio(arena.free_space_concentration));
    format!(
        "external {external} · concentration {concentration} · largest free {}",
        Bytes::new(arena.largest_free_bytes)
    )
}

fn pool_figures(metrics: &Metrics) -> String {
    let pool = &metrics.pool;
    let parts = [pool.in_use_bytes, pool.pending_bytes, pool.idle_bytes].map(mib);
    let [in_use, pending, idle] = parts;
    let used = pool.hits_total + pool.misses_total > 0;
    let ratio = if used { Ratio::new(pool.hit_ratio).to_string() } else { "–".into() };
    format!("hit ratio {ratio} · in use {in_use} · pending {pending} · idle {idle} MiB")
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
    let pressure = store.shown(|metrics| table_budget::pressure(&metrics.budget));
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
        store.shown(move |metrics| table_budget::rows(&metrics.budget, Scale::OwnLimit).swap_remove(category.index()));
    let cell = move |told: Told, of: fn(&BudgetRow) -> u64| {
        Memo::new(move |_| if store.tells(told) { row.with(|row| mib(of(row))) } else { "–".into() })
    };
    let (used, limit, peak) = (
        cell(Told::Events, |row| row.figures.current_bytes),
        cell(Told::Tick, |row| row.figures.limit_bytes),
        cell(Told::Tick, |row| row.figures.peak_bytes),
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
