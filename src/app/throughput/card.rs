//! The card "Throughput on this machine": the policies against talc, measured
//! here and now.

use crate::analysis::throughput::table::{self, CostLine, ThroughputLine};
use crate::app::browser::files;
use crate::app::engine::console;
use crate::app::shell::actions::Action;
use crate::app::state::store::Store;
use crate::app::widgets::action_button::ActionButton;
use crate::app::widgets::card::Card;
use crate::throughput::Bench;
use leptos::prelude::*;

/// The card "Throughput on this machine".
#[component]
pub fn ThroughputCard() -> impl IntoView {
    let throughput = Store::expect().throughput;
    let is_empty = move || throughput.measured.with(Option::is_none);
    view! {
        <Card title="Throughput on this machine" figures=|| view! { <Tools/> }>
            <Running/>
            {move || throughput.failure.get().map(|failure| view! { <p class="bad note" role="alert">{failure}</p> })}
            <Show when=is_empty><Promise/></Show>
            <Show when=move || !is_empty()><Table/></Show>
            <RecordingTable/>
        </Card>
    }
}

#[component]
fn Tools() -> impl IntoView {
    let store = Store::expect();
    let throughput = store.throughput;
    let label = move || if throughput.progress.with(Option::is_some) { "Cancel" } else { "Run" };
    let copy = move |_| {
        let text =
            throughput.measured.with_untracked(|measured| measured.as_ref().map(|(_, rows)| table::copied(rows)));
        console::spawn(store, async move { files::copy(text.unwrap_or_default()).await });
    };
    view! {
        <Show when=move || throughput.measured.with(Option::is_some)>
            <button type="button" class="button" title="Copy the table, tab-separated" on:click=copy>"Copy"</button>
        </Show>
        <ActionButton action=Action::Throughput>{label}</ActionButton>
    }
}

/// How far it is, and whose turn.
#[component]
fn Running() -> impl IntoView {
    let progress = Store::expect().throughput.progress;
    let percent = move || progress.with(|progress| progress.as_ref().map_or(0.0, |progress| progress.part * 100.0));
    let whose =
        move || progress.with(|progress| progress.as_ref().map(|progress| table::label_of(&progress.contestant)));
    view! {
        <Show when=move || progress.with(Option::is_some)>
            <div class="throughput-running">
                <progress class="progress" max="100" aria-label="Throughput measurement" prop:value=percent></progress>
                <span class="number">{move || format!("{:.0} %", percent())}</span>
                <span class="dim throughput-turn">{whose}</span>
            </div>
        </Show>
    }
}

/// What it will do, before it has done anything.
#[component]
fn Promise() -> impl IntoView {
    let running = Store::expect().running;
    let bench = Bench::default();
    view! {
        <div class="note throughput-promise">
            <p>
                {format!(
                    "Every policy and the public allocator talc take turns at the same operations, in a worker of their \
                     own, for about {:.0} s. Then what recording costs, for about 2 s.",
                    bench.seconds + 1.0
                )}
            </p>
            <p class="dim">{table::conditions(&bench)}</p>
            <Show when=move || running.get()>
                <p class="warn">"A run is in progress: stop it first, or it takes part of the machine."</p>
            </Show>
        </div>
    }
}

#[component]
fn Table() -> impl IntoView {
    let measured = Store::expect().throughput.measured;
    let lines =
        move || measured.with(|measured| measured.as_ref().map(|(_, rows)| table::lines(rows)).unwrap_or_default());
    let conditions = move || measured.with(|measured| measured.as_ref().map(|(bench, _)| table::conditions(bench)));
    let refused = move || lines().iter().any(|line| line.refused.is_some());
    view! {
        <div class="throughput-fit">
        <table class="table throughput-table">
            <thead>
                <tr>
                    <th scope="col">"Policy"</th>
                    <th class="number" scope="col" title="Nanoseconds per operation, the fastest of 9 rounds">"ns/op"</th>
                    <th class="number" scope="col" title="Operations per second at that pace">"ops/s"</th>
                    <th class="number" scope="col" title="Times the nanoseconds of talc; below 1 is faster">"× talc"</th>
                    <th class="throughput-bar-cell" scope="col"><span class="unseen">"Speed"</span></th>
                </tr>
            </thead>
            <tbody>{move || lines().into_iter().map(row).collect_view()}</tbody>
        </table>
        </div>
        <Show when=refused>
            <p class="warn note">"* Some allocations were refused: that row did less work than the others."</p>
        </Show>
        <p class="dim note">{conditions}</p>
    }
}

/// What recording costs, once that is measured.
#[component]
fn RecordingTable() -> impl IntoView {
    let costs = Store::expect().throughput.recording;
    let rows = move || costs.get().map(|costs| table::cost_lines(&costs).map(cost_row).collect_view());
    view! {
        <Show when=move || costs.with(Option::is_some)>
            <table class="table throughput-table" aria-label="What recording costs">
                <thead>
                    <tr>
                        <th scope="col">"Recording"</th>
                        <th class="number" scope="col">"Cost"</th>
                        <th scope="col"><span class="unseen">"In detail"</span></th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </Show>
    }
}

fn cost_row(line: CostLine) -> impl IntoView {
    view! {
        <tr title=line.hint>
            <th scope="row">{line.label}</th>
            <td class="number">{line.value}</td>
            <td class="dim">{line.detail}</td>
        </tr>
    }
}

fn row(line: ThroughputLine) -> impl IntoView {
    let refused = line.refused.as_ref().map(|refused| format!("{refused} allocations refused"));
    view! {
        <tr class:reference-row=line.is_reference title=line.hint>
            <th scope="row">{line.label}{refused.map(|words| view! { <abbr class="warn" title=words>" *"</abbr> })}</th>
            <td class="number">{line.nanos}</td>
            <td class="number">{line.per_second}</td>
            <td class="number">{line.ratio}</td>
            <td class="throughput-bar-cell" aria-hidden="true">
                <div class="throughput-bar" style:width=format!("{:.1}%", line.part * 100.0)></div>
            </td>
        </tr>
    }
}
