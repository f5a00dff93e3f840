//! What happened in the selected span of time: allocated, freed, net, by category and by
//! owner, exactly.

use crate::analysis::frames::scheduler::Turn;
use crate::analysis::recordings::flow::Counted;
use crate::analysis::recordings::flow_index::FlowIndex;
use crate::analysis::selection::selected::Selection;
use crate::analysis::selection::totals::{RangeTotals, TotalsLine, flow_text, owner_lines};
use crate::analysis::timeline::ticks::exact_moment;
use crate::app::frames::frame_loop::{on_frame, share_ms, takes_turn};
use crate::app::recordings::reader::Recording;
use crate::app::state::signals::put;
use crate::app::state::store::Store;
use crate::app::widgets::card::Card;
use crate::platform::clock::now_ms;
use leptos::prelude::*;

/// Rows of the table.
const ROWS: usize = 20;
/// A span that still grows is summed up at most this often.
const SHOWN_MS: f64 = 250.0;

/// The card. While no span of time is selected, it says how to select one.
#[component]
pub fn RangeTotalsCard() -> impl IntoView {
    let totals = RwSignal::new(None::<RangeTotals>);
    let counting = RwSignal::new(false);
    follow(Store::expect(), totals, counting);
    let head = move || totals.with(|totals| totals.as_ref().map(span_text));
    let words = move || totals.with(|totals| totals.as_ref().map(RangeTotals::text));
    let is_chosen = Memo::new(move |_| totals.with(Option::is_some));
    view! {
        <Card title="Selected time" class="range-totals" figures=move || view! { <span class="number">{head}</span> }>
            <Show when=move || !is_chosen.get()>
                <p class="dim note">
                    {move || match counting.get() {
                        true => "Counting what was allocated and freed …",
                        false => "Drag with Shift on any chart: what was allocated and freed in that time is summed up here.",
                    }}
                </p>
            </Show>
            <Show when=move || is_chosen.get()>
                <p class="note range-words" role="status">{words}</p>
                <Categories totals/>
                <Owners totals/>
                <Kept totals/>
            </Show>
        </Card>
    }
}

fn span_text(totals: &RangeTotals) -> String {
    let [from, to] = [totals.time_us.start, totals.time_us.end].map(exact_moment);
    format!("{from} – {to}")
}

#[component]
fn Categories(totals: RwSignal<Option<RangeTotals>>) -> impl IntoView {
    let names = Store::expect().names;
    let rows =
        move || totals.with(|totals| totals.as_ref().map(|totals| totals.categories.clone())).unwrap_or_default();
    view! {
        <ul class="range-categories">
            {move || rows().into_iter().map(|(category, flow)| view! {
                <li><i class=format!("chip chip-{}", category.key()) aria-hidden="true"></i>{names.with(|names| names.category(category).to_owned())}": "{flow_text(&flow)}</li>
            }).collect_view()}
        </ul>
    }
}

#[component]
fn Owners(totals: RwSignal<Option<RangeTotals>>) -> impl IntoView {
    let names = Store::expect().names;
    let lines = Memo::new(move |_| {
        totals.with(|totals| {
            let lines = totals.as_ref().map(|totals| names.with(|names| owner_lines(totals, names)));
            lines.unwrap_or_default().into_iter().take(ROWS).collect::<Vec<_>>()
        })
    });
    view! {
        <table class="table">
            <thead>
                <tr>
                    <th scope="col">"Tag"</th>
                    <th scope="col">"Memory"</th>
                    <th class="number" scope="col" title="Bytes allocated or created in this time; how many is in the tooltip">"Allocated"</th>
                    <th class="number" scope="col" title="Bytes freed or destroyed in this time; a resource of a pool counts for its last holder">"Freed"</th>
                    <th class="number" scope="col" title="Allocated less freed">"Net"</th>
                </tr>
            </thead>
            <tbody>{move || lines.get().into_iter().map(row).collect_view()}</tbody>
        </table>
    }
}

fn row(line: TotalsLine) -> impl IntoView {
    view! {
        <tr>
            <th scope="row" class="name-cell"><i class=format!("chip chip-{}", line.owner.category.key()) aria-hidden="true"></i>{line.tag}</th>
            <td class="dim">{line.heap_label}</td>
            <td class="number" title=format!("{} allocated", line.allocated)>{line.allocated_bytes}</td>
            <td class="number" title=format!("{} freed", line.freed)>{line.freed_bytes}</td>
            <td class="number">{line.net}</td>
        </tr>
    }
}

/// Of a span that began before what is kept, the totals are of the rest.
#[component]
fn Kept(totals: RwSignal<Option<RangeTotals>>) -> impl IntoView {
    let since = move || {
        let since_us = totals.with(|totals| totals.as_ref().and_then(|totals| totals.kept_since_us));
        since_us.map(|since_us| format!("Only from {} on: what was before is no longer kept.", exact_moment(since_us)))
    };
    view! { <Show when=move || since().is_some()><p class="note warn">{since}</p></Show> }
}

/// Sums up once the chunks are taken in, and again where the selection or the newest event
/// within it changes.
fn follow(store: Store, totals: RwSignal<Option<RangeTotals>>, counting: RwSignal<bool>) {
    let recording = Recording::expect();
    let mut flows = FlowIndex::new(Counted::Existing);
    let (mut turn, mut known) = (Turn::new(), None::<(Selection, u64)>);
    on_frame(move |frame| {
        let mut selection = store.selected.now.get_untracked();
        selection.moment = None;
        let Some(time_us) = selection.time_us.clone() else {
            known = None;
            put(counting, false);
            return put(totals, None);
        };
        let until_ms = now_ms() + share_ms(store.running.get_untracked());
        let shown = recording.read(|reader, _| {
            let since = reader.position_at(time_us.start);
            let mut is_known = flows.advance(reader, since, 4);
            while !is_known && now_ms() < until_ms {
                is_known = flows.advance(reader, since, 1);
            }
            if !is_known {
                return None;
            }
            let key = (selection.clone(), reader.position_at(time_us.end));
            let is_new = known.as_ref().is_none_or(|(before, _)| *before != key.0);
            if is_new {
                turn.hurry();
            }
            if known.as_ref() == Some(&key) || !takes_turn(&mut turn, frame.now_ms, SHOWN_MS) {
                return Some(None);
            }
            known = Some(key);
            Some(RangeTotals::of(reader, &flows, &selection))
        });
        put(counting, shown.is_none());
        if let Some(Some(sum)) = shown {
            put(totals, Some(sum));
        }
    });
}
