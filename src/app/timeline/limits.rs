//! Where limits were changed: each a way to its moment, with which they were.

use super::navigation::Timeline;
use crate::analysis::timeline::limit_changes::{LimitChanges, LimitMoment};
use crate::app::frames::frame_loop;
use crate::app::widgets::card::Card;
use leptos::prelude::*;

/// The list is brought up to date this often, and passes over so many events then.
const LOOK_MS: f64 = 250.0;
const EVENTS_PER_LOOK: u64 = 1 << 18;

/// The card; nothing while no limit was changed.
#[component]
pub fn LimitChangesCard() -> impl IntoView {
    let timeline = Timeline::expect();
    let moments = RwSignal::new(Vec::<LimitMoment>::new());
    let mut changes = LimitChanges::default();
    frame_loop::every(LOOK_MS, move |_| {
        let is_other = timeline
            .recording
            .read(|reader, _| changes.advance(reader, &timeline.recording.names_now(), EVENTS_PER_LOOK));
        if is_other {
            moments.set(changes.moments().to_vec());
        }
    });
    let is_any = Memo::new(move |_| moments.with(|moments| !moments.is_empty()));
    view! {
        <Show when=move || is_any.get()>
            <Card title="Limit changes" class="limit-changes-card">
                <ul class="markers">
                    <For each=move || moments.get() key=Clone::clone let(moment)>{row(timeline, moment)}</For>
                </ul>
            </Card>
        </Show>
    }
}

fn row(timeline: Timeline, moment: LimitMoment) -> impl IntoView {
    let LimitMoment { position, time, words } = moment;
    let is_here = move || (timeline.store.selected.moment.get() == Some(position)).then_some("true");
    view! {
        <li class="limit-change" aria-current=is_here>
            <button type="button" class="button plain marker-time" title="Show this moment" on:click=move |_| timeline.go_to(position)>{time}</button>
            <span title=words.clone()>{words.clone()}</span>
        </li>
    }
}
