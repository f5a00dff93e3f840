//! What was refused: failed allocations one by one, refused calls by kind, and what
//! guards found.

use crate::analysis::numbers::text::count;
use crate::analysis::refusals::table::{self, FailureLine, GuardLine, RefusalLine};
use crate::analysis::timeline::landmarks::Landmark;
use crate::app::fragmentation::charts::FragmentationChart;
use crate::app::frames::frame_loop;
use crate::app::state::store::{SharedMemory, Store};
use crate::app::timeline::navigation::Timeline;
use crate::app::widgets::card::Card;
use crate::telemetry::arena_table::{self, ArenaTable};
use crate::units::Bytes;
use leptos::prelude::*;

/// The lists are read this often.
const LISTS_MS: f64 = 500.0;

/// The part Refusals of the Arena panel.
#[component]
pub fn RefusalsPart() -> impl IntoView {
    let table = newest();
    let failures = Memo::new(move |_| table.with(table::failures));
    view! {
        <div class="split">
            <div class="split-main">
                <Card title="Fragmentation and failed allocations" class="tall refusals-chart"><FragmentationChart/></Card>
                <FailuresCard failures/>
            </div>
            <div class="split-side">
                <GuardsCard table/>
                <KindsCard/>
            </div>
        </div>
    }
}

/// The lists, read again where they have changed.
fn newest() -> RwSignal<ArenaTable> {
    let SharedMemory(shared) = expect_context();
    let table = RwSignal::new(ArenaTable::default());
    let mut seen = None;
    frame_loop::every(LISTS_MS, move |_| {
        let number = shared.arena_table.number();
        if seen != Some(number) {
            seen = Some(number);
            table.set(arena_table::read(&shared.arena_table));
        }
    });
    table
}

#[component]
fn FailuresCard(failures: Memo<Vec<FailureLine>>) -> impl IntoView {
    let causes = Store::expect().figure(|metrics| table::causes(&metrics.arena));
    let is_empty = move || failures.with(Vec::is_empty);
    view! {
        <Card title="Failed allocations" only_now=true class="tall failures-card" scrolls=true figures=move || causes>
            <Show when=is_empty>
                <p class="dim note">
                    "No allocation of the engine's own failed so far; calls that mutators gave up are counted by kind. "
                    "One that fails will be listed here with its reason: full, "
                    "where too little is free, or fragmented, where enough is free in pieces that are too small."
                </p>
            </Show>
            <table class="table failures-table" class:hidden=is_empty>
                <thead>
                    <tr>
                        <th scope="col">"Time"</th>
                        <th scope="col">"Owner"</th>
                        <th class="number" scope="col">"Size"</th>
                        <th scope="col">"Cause"</th>
                        <th class="number" scope="col" title="1 − (1 + free ÷ size) ÷ free ranges: near 0 full, near 1 fragmented">
                            "Index"
                        </th>
                        <th class="number" scope="col">"Largest free"</th>
                    </tr>
                </thead>
                <tbody>
                    <For each=move || failures.get() key=|line| (line.number, line.time_us as u64) children=failure_row/>
                </tbody>
            </table>
        </Card>
    }
}

fn failure_row(line: FailureLine) -> impl IntoView {
    let timeline = Timeline::expect();
    let (time_us, label) = (line.time_us, format!("Show {}", line.time));
    let show = move |_| timeline.go_to_next(Landmark::FailedAllocation, time_us as u64);
    view! {
        <tr class="jump-row" title=line.hint on:click=show>
            <th scope="row">
                <button type="button" class="jump number" aria-label=label>{line.time}</button>
            </th>
            <td class="name-cell"><i class=format!("chip chip-{}", line.category) aria-hidden="true"></i>{line.owner}</td>
            <td class="number">{line.size}</td>
            <td class:warn=line.is_fragmented>{line.cause}</td>
            <td class="number">{line.index}</td>
            <td class="number">{line.largest_free}</td>
        </tr>
    }
}

#[component]
fn KindsCard() -> impl IntoView {
    let store = Store::expect();
    let groups = store.figure(|metrics| table::refusals(&metrics.arena));
    let total = store.figure(|metrics| format!("{} in this run", count(metrics.arena.failures_total)));
    let row = |line: &RefusalLine| {
        let (label, count) = (line.label.clone(), line.count.clone());
        view! {
            <tr class:zero-row=line.is_zero>
                <th scope="row">{label}</th>
                <td class="number">{count}</td>
            </tr>
        }
    };
    let group = move |(title, lines): &(&'static str, Vec<RefusalLine>)| {
        view! {
            <tbody>
                <tr class="group-row"><th scope="rowgroup" colspan="2">{*title}</th></tr>
                {lines.iter().map(row).collect_view()}
            </tbody>
        }
    };
    view! {
        <Card title="Refused calls by kind" only_now=true figures=move || total>
            <table class="table kinds-table">{move || groups.with(|groups| groups.iter().map(group).collect_view())}</table>
        </Card>
    }
}

#[component]
fn GuardsCard(table: RwSignal<ArenaTable>) -> impl IntoView {
    let store = Store::expect();
    let lines = Memo::new(move |_| table.with(table::guard_hits));
    let armed = Memo::new(move |_| store.applied.with(|run| run.as_ref().is_some_and(|run| run.guards)));
    let head = store.figure(|metrics| metrics.arena.guard_hits_total);
    let head = move || match (armed.get(), head.get()) {
        (false, _) => String::from("off"),
        (true, 0) => String::from("nothing found"),
        (true, 1) => String::from("1 stray write"),
        (true, hits) => format!("{} stray writes", count(hits)),
    };
    view! {
        <Card title="Guards" only_now=true figures=move || head>
            {move || if armed.get() { view! { <Armed/> }.into_any() } else { view! { <Unarmed/> }.into_any() }}
            <Show when=move || !lines.with(Vec::is_empty)>
                <ol class="guard-hits"><For each=move || lines.get() key=|line| line.number children=guard_row/></ol>
            </Show>
        </Card>
    }
}

/// What guards are, where there are none.
#[component]
fn Unarmed() -> impl IntoView {
    view! {
        <div class="note">
            <p>"This run has no guards."</p>
            <p class="dim">
                "Tick Guards behind More in the toolbar and start a run: each allocation then lies between canaries, freed bytes are "
                "filled and held back for a while, and a stray write is named with its owner. It costs time and memory."
            </p>
        </div>
    }
}

/// What guards hold, while there are some.
#[component]
fn Armed() -> impl IntoView {
    let store = Store::expect();
    let words = store.figure(|metrics| {
        let [canaries, held] = [metrics.arena.waste_guards_bytes, metrics.arena.cached_bytes].map(Bytes::new);
        format!("{canaries} in canaries, {held} cached or in quarantine. All of it is checked once a second.")
    });
    view! { <p class="note dim">{words}</p> }
}

fn guard_row(line: GuardLine) -> impl IntoView {
    view! {
        <li>
            <p><i class=format!("chip chip-{}", line.category) aria-hidden="true"></i>{line.owner}" · "{line.place}</p>
            <p class="bad">{line.what}</p>
            <p class="dim">{line.when}</p>
        </li>
    }
}
