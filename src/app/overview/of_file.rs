//! The Overview of what another tool recorded: usage by its own categories, its map, and what
//! is to be known of the file.

use super::about::AboutCard;
use super::usage_chart::RecordedUsageChart;
use crate::analysis::numbers::text::{count, mib};
use crate::app::map::chart::ArenaMap;
use crate::app::map::of_file::WhereAddresses;
use crate::app::state::store::Store;
use crate::app::widgets::card::Card;
use leptos::prelude::*;

/// The panel: no budget, no pool, no policy.
#[component]
pub fn OverviewOfFile() -> impl IntoView {
    let store = Store::expect();
    let usage = store.shown(|metrics| format!("{} MiB", mib(metrics.budget.current_bytes)));
    let mapped = store.shown(|metrics| {
        format!("{} MiB · {} live", mib(metrics.arena.used_bytes), count(metrics.arena.allocation_count))
    });
    view! {
        <div class="overview">
            <div class="overview-charts">
                <Card title="Usage by category" class="tall" figures=move || usage><RecordedUsageChart/></Card>
            </div>
            <div class="overview-side">
                <Card title="Memory map" class="tall" figures=move || mapped>
                    <WhereAddresses><ArenaMap/></WhereAddresses>
                </Card>
                <AboutCard/>
            </div>
        </div>
    }
}
