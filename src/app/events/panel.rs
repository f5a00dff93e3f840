//! The Events panel: every event of the run in one table, however many there are.

use super::filters::Filters;
use super::grid::Grid;
use super::table::EventsTable;
use crate::analysis::events::query::EventQuery;
use crate::analysis::events::table::Progress;
use crate::analysis::events::view::Answer;
use crate::analysis::numbers::text::count;
use crate::app::stacks::called::CallStackOf;
use crate::app::state::store::Store;
use crate::app::widgets::card::Empty;
use leptos::prelude::*;

/// The Events panel: filters above the table.
#[component]
pub fn Events() -> impl IntoView {
    let store = Store::expect();
    let table = EventsTable::follow(store);
    // The event at the moment: the row that keys and clicks go to.
    let event = Signal::derive(move || store.selected.moment.get().and_then(|position| position.checked_sub(1)));
    view! {
        <section class="card events" aria-label="Events">
            <header class="card-head events-head">
                <h2>"Events"</h2>
                <Counted table/>
                <Tools table/>
            </header>
            <Filters table/>
            <div class="events-body">
                <Grid table/>
                <Nothing table/>
            </div>
            <CallStackOf event/>
        </section>
    }
}

/// How many there are, exactly; how far the counting is.
#[component]
fn Counted(table: EventsTable) -> impl IntoView {
    let words = move || table.answer.with(counted);
    let progress = move || {
        table.answer.with(|answer| match answer.progress {
            Progress::Counting(part) => Some(("Counting", part)),
            Progress::Sorting(part) => Some(("Sorting", part)),
            Progress::Done | Progress::TooMany => None,
        })
    };
    view! {
        <p class="events-count number" role="status">{words}</p>
        {move || progress().map(|(label, part)| view! { <progress class="progress events-progress" aria-label=label max="1" value=part></progress> })}
    }
}

fn counted(answer: &Answer) -> String {
    let (matching, whole) = (count(answer.matching), count(answer.whole));
    match answer.progress {
        Progress::Counting(part) => format!("{matching} so far of {whole}, {:.0} %", part * 100.0),
        Progress::TooMany => format!("{matching} of {whole}: too many to sort, filter first"),
        Progress::Sorting(_) | Progress::Done if answer.whole == 1 => format!("{matching} of 1 event"),
        Progress::Sorting(_) | Progress::Done if answer.matching == answer.whole => format!("{whole} events"),
        Progress::Sorting(_) | Progress::Done => format!("{matching} of {whole} events"),
    }
}

/// What can be done with them.
#[component]
fn Tools(table: EventsTable) -> impl IntoView {
    let state = Store::expect().events;
    let is_sorted = move || state.order.with(|order| order.key.is_some());
    let unsorted = Memo::new(move |_| table.answer.with(|answer| answer.unsorted));
    let has_newer = move || unsorted.get() > 0;
    let again = move || format!("Sort again: {} newer", count(unsorted.get()));
    let is_empty = move || table.answer.with(|answer| answer.rows == 0);
    view! {
        <div class="events-tools">
            <p class="dim" role="status">{move || table.said.get()}</p>
            <Show when=has_newer>
                <button type="button" class="button" title="The order is of the moment when it was asked for: take in what came since" on:click=move |_| table.sort_again()>{again}</button>
            </Show>
            <button
                type="button"
                class="button"
                title="Keep the newest events in view. Scrolling away ends it, scrolling to the end begins it again"
                aria-pressed=move || (state.follows.get() && !is_sorted()).to_string()
                aria-disabled=move || is_sorted().to_string()
                on:click=move |_| table.toggle_following()
            >
                "Follow"
            </button>
            <button
                type="button"
                class="button"
                title="Copy every row of the table as tab-separated values, up to 100 000. Ctrl+C copies the selected rows"
                aria-disabled=move || is_empty().to_string()
                on:click=move |_| table.copy_all()
            >
                "Copy all"
            </button>
        </div>
    }
}

/// What is shown where there is no row.
#[component]
fn Nothing(table: EventsTable) -> impl IntoView {
    let state = Store::expect().events;
    let is_settled = move |answer: &Answer| answer.rows == 0 && answer.progress == Progress::Done;
    // The start of a run that was only prepared is the one event there is.
    let has_no_event = Memo::new(move |_| table.answer.with(|answer| answer.whole <= 1));
    let has_no_match = Memo::new(move |_| table.answer.with(|answer| answer.whole > 1 && is_settled(answer)));
    let clear = move |_| {
        state.query.set(EventQuery::default());
        state.is_within_selection.set(false);
    };
    view! {
        <Show when=move || has_no_event.get()>
            <div class="events-nothing">
                <Empty text="Every allocation, free, failure, acquire, release, submission and change of pressure will be listed here."/>
            </div>
        </Show>
        <Show when=move || has_no_match.get()>
            <div class="events-nothing">
                <div class="empty">
                    <p>"No event of this run matches."</p>
                    <p><button type="button" class="button" on:click=clear>"Clear filters"</button></p>
                </div>
            </div>
        </Show>
    }
}
