//! The panels, one on screen at a time: what is hidden is not drawn.

use crate::analysis::pool::what_if;
use crate::app::runs::absent::Absent;
use crate::app::state::place::Tab;
use crate::app::state::store::Store;
use crate::app::{arena, budget, compare, events, lab, leaks, overview, pool, snapshots, stacks, timeline};
use leptos::prelude::*;

/// The panel of the selected tab.
#[component]
pub fn Panels() -> impl IntoView {
    let store = Store::expect();
    let has_buffers = Memo::new(move |_| store.names.with(|names| what_if::has_buffers(names)));
    let is_file = Memo::new(move |_| store.runs.shown_file().is_some());
    view! {
        <div
            class="panel"
            id="panel"
            role="tabpanel"
            tabindex="0"
            aria-labelledby=move || format!("tab-{}", store.tab.get().key())
        >
            {move || match store.tab.get() {
                Tab::GpuPool if has_buffers.get() => view! { <pool::what_if::PoolWhatIfPanel/> }.into_any(),
                Tab::Budget if is_file.get() => view! { <budget::of_file::LimitsOfFile/> }.into_any(),
                Tab::GpuPool if is_file.get() => view! { <Absent/> }.into_any(),
                Tab::Overview => view! { <overview::panel::Overview/> }.into_any(),
                Tab::Timeline => view! { <timeline::panel::TimelinePanel/> }.into_any(),
                Tab::Arena => view! { <arena::panel::Arena/> }.into_any(),
                Tab::GpuPool => view! { <pool::panel::GpuPool/> }.into_any(),
                Tab::Budget => view! { <budget::panel::Budget/> }.into_any(),
                Tab::Events => view! { <events::panel::Events/> }.into_any(),
                Tab::Leaks => view! { <leaks::panel::Leaks/> }.into_any(),
                Tab::Stacks => view! { <stacks::panel::Stacks/> }.into_any(),
                Tab::Compare => view! { <compare::panel::Compare/> }.into_any(),
                Tab::Lab => view! { <lab::panel::Lab/> }.into_any(),
                Tab::Snapshots => view! { <snapshots::panel::Snapshots/> }.into_any(),
            }}
        </div>
    }
}
