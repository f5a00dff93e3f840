//! Which moment is shown, where it is not the newest: beside the tabs, so that it
//! is seen on every panel and moves nothing.

use crate::analysis::timeline::text::{MomentText, moment_text};
use crate::app::chart::view::View;
use crate::app::recordings::reader::Recording;
use crate::app::runs::state::Progress;
use crate::app::shell::actions::Action;
use crate::app::state::store::Store;
use crate::app::widgets::action_button::ActionButton;
use leptos::prelude::*;

/// The bar, or nothing.
#[component]
pub fn MomentBar() -> impl IntoView {
    let (store, recording) = (Store::expect(), Recording::expect());
    // How many there are grows while a run goes on.
    let words = Memo::new(move |_| {
        store.metrics.track();
        let moment = store.selected.moment.get()?;
        let names = recording.names();
        let words = recording.read(|reader, _| moment_text(reader, moment, &names));
        let gaps = recording.state_at(moment, |_, state| state.is_approximate()).unwrap_or(false);
        Some((words, gaps))
    });
    let verb = move || if store.selected.clock.get().is_paused() { "Paused at " } else { "At " };
    let is_shown = Memo::new(move |_| words.with(Option::is_some));
    let text = move |of: fn(&MomentText) -> String| {
        move || words.with(|words| words.as_ref().map(|(words, _)| of(words)).unwrap_or_default())
    };
    let approximate = move || words.with(|words| words.as_ref().is_some_and(|(_, gaps)| *gaps));
    let is_file = Memo::new(move |_| store.runs.shown_file().is_some());
    let is_attached = Memo::new(move |_| store.runs.shown_file().is_some_and(|run| run.progress == Progress::Attached));
    point_charts(store);
    view! {
        <Show when=move || is_shown.get()>
            <div class="moment-bar" role="status" aria-live="off" aria-label="Moment">
                <span class="moment-time">{verb}{text(|words| words.time.clone())}</span>
                <span class="moment-place">{text(|words| words.place.clone())}</span>
                <Show when=move || is_attached.get()>
                    <span class="badge recording" title="Another page, recorded as it happens">"recording"</span>
                </Show>
                {move || store.opened.get().filter(|_| !is_attached.get()).map(|name| {
                    let title = match is_file.get() {
                        true => format!("{name}: a file. It grows no more."),
                        false => format!("{name}: read from the browser's storage. What is live is the engine, not this run."),
                    };
                    view! { <span class="badge opened" title=title>"opened"</span> }
                })}
                <Show when=approximate>
                    <span class="badge elevated" title="Events are missing before this moment: what is shown may differ from what was.">
                        "approximate"
                    </span>
                </Show>
                <ActionButton action=Action::Live class="live-button">{move || if is_file.get() { "To the end" } else { "Back to live" }}</ActionButton>
            </div>
        </Show>
    }
}

/// Puts the cross-hair of all charts over samples at the moment, and takes it away
/// on the way back to live.
fn point_charts(store: Store) {
    let view = expect_context::<View>();
    Effect::new(move |was_shown: Option<bool>| {
        // Of the figures that are shown: legends read at the cross-hair what cards say.
        let time_us = store.past.with(|past| past.as_ref().map(|past| past.metrics.time_us));
        if time_us.is_some() || was_shown == Some(true) {
            view.pinned.set(time_us.is_some());
            view.set_cursor(time_us.map(|time_us| time_us as f64));
        }
        time_us.is_some()
    });
}
