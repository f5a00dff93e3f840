//! The panels, one on screen at a time: what is hidden is not drawn.

pub mod arena;
pub mod arena_fragmentation;
pub mod arena_refusals;
pub mod arena_space;
pub mod arena_space_ask;
pub mod arena_space_pin;
pub mod budget;
pub mod budget_events;
pub mod budget_limits;
pub mod budget_tree;
pub mod budget_what_if;
pub mod events;
mod events_cells;
pub mod events_filters;
pub mod events_grid;
pub mod events_table;
pub mod gpu_pool;
pub mod leaks;
pub mod leaks_growth;
pub mod leaks_lifetimes;
pub mod leaks_live;
pub mod leaks_temporary;
pub mod overview;
pub mod pool_causes;
pub mod pool_live;
pub mod pool_policy;
pub mod recordings;
pub mod report;
pub mod snapshot_compare;
pub mod snapshot_list;
pub mod snapshots;
pub mod threads;
pub mod throughput;
pub mod timeline;
pub mod timeline_markers;
pub mod timeline_moment;
pub mod timeline_recording;

use super::store::{Store, Tab};
use leptos::prelude::*;

/// The panel of the selected tab.
#[component]
pub fn Panels() -> impl IntoView {
    let store = Store::expect();
    view! {
        <div
            class="panel"
            id="panel"
            role="tabpanel"
            tabindex="0"
            aria-labelledby=move || format!("tab-{}", store.tab.get().key())
        >
            {move || match store.tab.get() {
                Tab::Overview => view! { <overview::Overview/> }.into_any(),
                Tab::Timeline => view! { <timeline::TimelinePanel/> }.into_any(),
                Tab::Arena => view! { <arena::Arena/> }.into_any(),
                Tab::GpuPool => view! { <gpu_pool::GpuPool/> }.into_any(),
                Tab::Budget => view! { <budget::Budget/> }.into_any(),
                Tab::Events => view! { <events::Events/> }.into_any(),
                Tab::Leaks => view! { <leaks::Leaks/> }.into_any(),
                Tab::Snapshots => view! { <snapshots::Snapshots/> }.into_any(),
            }}
        </div>
    }
}
