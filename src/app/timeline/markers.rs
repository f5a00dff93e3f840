//! Moments to find again, each with a note.

use super::navigation::Timeline;
use crate::analysis::selection::selected::Marker;
use crate::analysis::timeline::ticks::moment_at;
use crate::app::shell::actions::Action;
use crate::app::widgets::action_button::ActionButton;
use crate::app::widgets::card::Card;
use leptos::prelude::*;

/// The card of the moments that were marked.
#[component]
pub fn MarkersCard() -> impl IntoView {
    let timeline = Timeline::expect();
    let selected = timeline.store.selected;
    let markers = Memo::new(move |_| selected.now.with(|selection| selection.markers.clone()));
    let head = || {
        view! {
            <ActionButton action=Action::Mark>"Mark"</ActionButton>
            <ActionButton action=Action::Undo>"Undo"</ActionButton>
            <ActionButton action=Action::Redo>"Redo"</ActionButton>
        }
    };
    let positions = move || markers.with(|markers| markers.iter().map(|marker| marker.position).collect::<Vec<_>>());
    view! {
        <Card title="Markers" class="markers-card" figures=head>
            <Show when=move || markers.with(Vec::is_empty)>
                <p class="dim note">"Press " <kbd>"M"</kbd> " to mark the moment, and write down why."</p>
            </Show>
            <ul class="markers">
                <For each=positions key=|position| *position let(position)><Row position markers timeline/></For>
            </ul>
        </Card>
    }
}

#[component]
fn Row(position: u64, markers: Memo<Vec<Marker>>, timeline: Timeline) -> impl IntoView {
    let selected = timeline.store.selected;
    let find = move || markers.with(|markers| markers.iter().find(|marker| marker.position == position).cloned());
    let time = moment_at(untrack(find).map_or(0, |marker| marker.time_us), &timeline.recording.names_now());
    let note = Memo::new(move |_| find().map(|marker| marker.note).unwrap_or_default());
    let is_here = move || (selected.moment.get() == Some(position)).then_some("true");
    let label = format!("Note at {time}");
    view! {
        <li class="marker" aria-current=is_here>
            <button type="button" class="button plain marker-time" title="Show this moment" on:click=move |_| timeline.go_to(position)>{time.clone()}</button>
            <input
                type="text"
                class="marker-note"
                aria-label=label
                placeholder="Note"
                maxlength="200"
                prop:value=note
                on:change:target=move |event| {
                    let text = event.target().value();
                    selected.select(|selection| selection.note(position, text.trim()));
                }
            />
            <button
                type="button"
                class="button plain"
                aria-label=format!("Delete the marker at {time}")
                title="Delete; Undo brings it back"
                on:click=move |_| selected.select(|selection| selection.unmark(position))
            >
                "×"
            </button>
        </li>
    }
}
