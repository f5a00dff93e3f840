//! The card "Threads": who works on the arena, at which pace, and where they
//! meet.

use super::chart::ThreadsChart;
use crate::analysis::threads::table::{self, ThreadLine};
use crate::app::state::store::Store;
use crate::app::widgets::card::Card;
use leptos::prelude::*;

/// One column of numbers: its head, and what it means.
const COLUMNS: [(&str, &str); 5] = [
    ("ops/s", "Allocations and frees per second, over the last quarter of a second"),
    ("Cache", "Part of the allocations that the thread's own cache served, without the lock"),
    ("Remote", "Frees of what other threads allocated, in this run"),
    ("Waits", "Times that it had to wait for the arena's lock, in this run"),
    ("Cached", "In the thread's cache now: neither used nor in a free range"),
];

/// The card of the threads: what each does, per second and in all.
#[component]
pub fn ThreadsCard() -> impl IntoView {
    let store = Store::expect();
    let mutators = store.figure(|metrics| metrics.arena.threads.len().saturating_sub(1) as u32);
    let overlaps = store.figure(|metrics| metrics.arena.overlaps_total);
    let head = move || match mutators.get() {
        0 => String::from("engine alone"),
        1 => String::from("engine and 1 mutator"),
        count => format!("engine and {count} mutators"),
    };
    view! {
        <Card title="Threads" only_now=true figures=move || head>
            <Show when=move || overlaps.get() != 0>
                <p class="bad note" role="alert">
                    {move || format!("{} payloads were overwritten: memory was given out twice.", overlaps.get())}
                </p>
            </Show>
            {move || match mutators.get() {
                0 => view! { <NoMutators/> }.into_any(),
                mutators => view! { <div class="threads-chart"><ThreadsChart mutators/></div><Table/> }.into_any(),
            }}
        </Card>
    }
}

#[component]
fn NoMutators() -> impl IntoView {
    view! {
        <div class="note">
            <p>"No mutators in this run: the engine has the arena to itself."</p>
            <p class="dim">
                "Choose 1 to 8 under Mutators in the toolbar and start a run. Each is a thread of its own that allocates, "
                "writes, checks and frees in the same arena; what they pass to each other is freed by who did not take it."
            </p>
        </div>
    }
}

#[component]
fn Table() -> impl IntoView {
    let store = Store::expect();
    let lines = store.figure(|metrics| table::lines(&metrics.arena));
    let total = store.figure(|metrics| table::total(&metrics.arena));
    let head =
        |(name, hint): (&'static str, &'static str)| view! { <th class="number" scope="col" title=hint>{name}</th> };
    view! {
        <table class="table threads-table">
            <thead><tr><th scope="col">"Thread"</th>{COLUMNS.map(head).collect_view()}</tr></thead>
            <tbody>{move || lines.get().into_iter().map(|line| row(line, true)).collect_view()}</tbody>
            <tfoot>{move || total.get().map(|line| row(line, false))}</tfoot>
        </table>
    }
}

fn row(line: ThreadLine, has_chip: bool) -> impl IntoView {
    let chip = format!("chip paint-thread-{}", line.thread);
    view! {
        <tr title=line.hint>
            <th scope="row">{has_chip.then(|| view! { <i class=chip aria-hidden="true"></i> })}{line.name}</th>
            {[line.pace, line.hits, line.remote_frees, line.waits, line.cached]
                .map(|text| view! { <td class="number">{text}</td> })
                .collect_view()}
        </tr>
    }
}
