//! Growth without release: the three marks, who is suspected, and what was looked at.

use super::live::{LeaksLive, Verdict};
use crate::analysis::events::line::seconds;
use crate::analysis::events::query::EventQuery;
use crate::analysis::leaks::growth_text::FindingLine;
use crate::analysis::leaks::marks::Mark;
use crate::analysis::numbers::text::count;
use crate::analysis::stacks::call_stack::of_each_stack;
use crate::app::recordings::reader::Recording;
use crate::app::stacks::called::CallStackOf;
use crate::app::state::store::Store;
use crate::app::widgets::card::{Card, Empty};
use crate::owner::Tag;
use leptos::prelude::*;

/// Owners listed below the suspects.
const OTHERS: usize = 12;

/// The card "Growth without release": owners that take and do not give back.
#[component]
pub fn GrowthCard(
    /// The counts that all cards of the panel share.
    live: LeaksLive,
) -> impl IntoView {
    let suspects =
        Memo::new(move |_| live.verdict.with(|verdict| verdict.as_ref().map(|verdict| verdict.suspects().count())));
    let head = move || match (suspects.get(), live.searching.get()) {
        (None, Some(part)) => format!("searching, {:.0} %", part * 100.0),
        (None, None) => "nothing to look at yet".into(),
        (Some(0), _) => "nothing found".into(),
        (Some(1), _) => "1 suspect".into(),
        (Some(suspects), _) => format!("{} suspects", count(suspects as u64)),
    };
    view! {
        <Card title="Growth without release" only_now=true class="growth-card" scrolls=true figures=move || view! { <span role="status">{head}</span> }>
            <MarksRow live/>
            <Show when=move || live.part.with(Option::is_some)><p class="note dim leaks-part">{move || live.part.get()}</p></Show>
            <Show when=move || suspects.get().is_none()>
                <Show when=move || live.searching.with(Option::is_none)>
                    <Empty text="Who takes memory and does not give it back is named here, after some seconds of a run."/>
                </Show>
            </Show>
            <Show when=move || suspects.get() == Some(0)><p class="note good-note">{move || nothing_found(live)}</p></Show>
            <Show when=move || suspects.with(Option::is_some)><FindingsTable live/></Show>
        </Card>
    }
}

fn nothing_found(live: LeaksLive) -> String {
    let looked_at = live.verdict.with(|verdict| verdict.as_ref().map(|verdict| verdict.looked_at.clone()));
    format!("Nothing grows without release among {}.", looked_at.unwrap_or_default())
}

/// The three marks, and how to set them.
#[component]
fn MarksRow(live: LeaksLive) -> impl IntoView {
    let store = Store::expect();
    let by_hand = Memo::new(move |_| live.marked.with(Vec::len));
    let marks = Memo::new(move |_| match by_hand.get() {
        0 => live.verdict.with(|verdict| verdict.as_ref().map(|verdict| verdict.marks.0.to_vec())).unwrap_or_default(),
        _ => live.marked.get(),
    });
    let how = move || match by_hand.get() {
        0 => "after a quarter of the run, half of the rest, at its end",
        1 => "set by hand: two to go",
        2 => "set by hand: one to go",
        _ => "set by hand",
    };
    let mark = move |number: usize| {
        let time = move || marks.with(|marks| marks.get(number).map(mark_text));
        view! { <li><span class="mark-number">{number + 1}</span><span class="number">{move || time().unwrap_or_else(|| "–".into())}</span></li> }
    };
    let label = move || if by_hand.get() >= 3 { "Set new marks" } else { "Set mark" };
    view! {
        <div class="marks">
            <span class="dim" title="Of what was taken between marks 1 and 2, a suspect still holds nearly all at mark 3, has never held less in between, and grew by what it took; or it keeps a part of every generation, and its lowest holdings rise. Either must go on after mark 2">"Marks"</span>
            <ol>{(0..3).map(mark).collect_view()}</ol>
            <span class="dim marks-how">{how}</span>
            <button
                type="button"
                class="button"
                title="Set the next mark at the moment that is looked at; live, at the newest event"
                on:click=move |_| live.mark(store.selected.moment.get_untracked())
            >
                {label}
            </button>
            <Show when=move || by_hand.get() != 0>
                <button type="button" class="button" title="Back to the marks of the run" on:click=move |_| live.unmark()>"Default marks"</button>
            </Show>
        </div>
    }
}

fn mark_text(mark: &Mark) -> String {
    let text = seconds(mark.time_us);
    format!("{} s", text.split_at(text.len() - 3).0)
}

/// Suspects with their evidence, then those who were cleared, and why.
#[component]
fn FindingsTable(live: LeaksLive) -> impl IntoView {
    let lines = move |is_suspect: bool| {
        let of = |verdict: &Option<Verdict>| {
            let lines = verdict.iter().flat_map(|verdict| &verdict.lines).filter(|line| line.is_suspect == is_suspect);
            lines.cloned().collect::<Vec<_>>()
        };
        live.verdict.with(of)
    };
    let others = Memo::new(move |_| lines(false));
    let others_text = move || others.with(|others| format!("Looked at and cleared: {}", count(others.len() as u64)));
    view! {
        <table class="table findings-table">
            <thead>
                <tr>
                    <th scope="col">"Tag"</th>
                    <th scope="col">"Memory"</th>
                    <th class="number" scope="col" title="What it holds at mark 1">"Mark 1"</th>
                    <th class="number" scope="col" title="What it holds at mark 2">"Mark 2"</th>
                    <th class="number" scope="col" title="What it holds at mark 3">"Mark 3"</th>
                    <th class="number" scope="col" title="Of what was taken between marks 1 and 2, how much is held at mark 3">"Kept"</th>
                    <th class="number" scope="col" title="From mark 1 to mark 3">"Growth"</th>
                    <th class="number" scope="col" title="Least-squares slope over sixteen checkpoints">"Slope"</th>
                    <th scope="col">"Verdict"</th>
                </tr>
            </thead>
            <tbody>{move || lines(true).into_iter().map(|line| suspect_rows(live, line)).collect_view()}</tbody>
            <tbody>
                <tr class="group-row"><th scope="rowgroup" colspan="9">{others_text}</th></tr>
                {move || others.with(|others| others.iter().take(OTHERS).cloned().map(row).collect_view())}
            </tbody>
        </table>
    }
}

fn suspect_rows(live: LeaksLive, line: FindingLine) -> impl IntoView {
    let store = Store::expect();
    let why = line.why.clone();
    let query = EventQuery { tag: Some(line.owner.tag), category: Some(line.owner.category), ..EventQuery::default() };
    let examples = line.examples.iter().map(|index| evidence(live, *index, line.owner.tag)).collect_view();
    let show = move |_| store.show_events(query.clone());
    view! {
        {row(line.clone())}
        <tr class="evidence-row">
            <td colspan="9">
                <p>{why}"."</p>
                <p>
                    "Held since then: "{examples}
                    <button type="button" class="button" title=format!("List every event of {}", line.tag) on:click=show>"Show its events"</button>
                </p>
                {call_stacks(&line.examples)}
            </td>
        </tr>
    }
}

/// Where in the program the examples were allocated: each call stack once.
fn call_stacks(examples: &[u64]) -> impl IntoView + use<> {
    let events = Recording::expect().read(|reader, _| of_each_stack(reader, examples));
    events.into_iter().map(|event| view! { <CallStackOf event=Signal::stored(Some(event))/> }).collect_view()
}

/// The event with which something was taken that is held: a way there while it is kept.
fn evidence(live: LeaksLive, index: u64, tag: Tag) -> impl IntoView {
    let store = Store::expect();
    let label = format!("event {}", count(index));
    let query = EventQuery { tag: Some(tag), ..EventQuery::default() };
    let is_kept = Memo::new(move |_| index >= live.kept_from.get());
    let show = move |_| {
        store.selected.set_moment(index + 1);
        store.show_events(query.clone());
    };
    let title = move || match is_kept.get() {
        true => "Show this allocation among the events",
        false => "This event is no longer kept: the oldest made room for newer ones",
    };
    view! { <button type="button" class="jump number" disabled=move || !is_kept.get() title=title on:click=show>{label}</button> }
}

fn row(line: FindingLine) -> impl IntoView {
    let bars = line.shares.map(|share| view! { <i style:height=format!("{:.0}%", share * 100.0)></i> });
    let held = |at: usize| {
        let (number, bytes) = (line.counts[at].clone(), line.bytes[at].clone());
        view! { <td class="number" title=format!("{number} held, {bytes}")>{bytes.clone()}<span class="held-count">{number.clone()}</span></td> }
    };
    view! {
        <tr class:suspect-row=line.is_suspect>
            <th scope="row" class="name-cell"><i class=format!("chip chip-{}", line.owner.category.key()) aria-hidden="true"></i>{line.tag}</th>
            <td class="dim">{line.heap_label}<span class="mark-bars" aria-hidden="true">{bars}</span></td>
            {held(0)}
            {held(1)}
            {held(2)}
            <td class="number">{line.kept.clone()}</td>
            <td class="number">{line.growth.clone()}</td>
            <td class="number">{line.slope.clone()}</td>
            <td class="verdict" title=line.why.clone()>{line.verdict}</td>
        </tr>
    }
}
