//! Which moment is shown, where it is not the newest: beside the tabs, so that it
//! is seen on every panel and moves nothing.

use super::actions::Action;
use super::page::ActionButton;
use super::recording::Recording;
use super::store::Store;
use super::view::View;
use crate::analysis::timeline_words::{MomentWords, moment_words};
use leptos::prelude::*;

/// The bar, or nothing.
#[component]
pub fn MomentBar() -> impl IntoView {
    let (store, recording) = (Store::expect(), Recording::expect());
    // How many there are grows while a run goes on.
    let words = Memo::new(move |_| {
        store.metrics.track();
        let moment = store.selected.moment.get()?;
        let words = recording.read(|reader, _| moment_words(reader, moment));
        let gaps = recording.state_at(moment, |_, state| state.is_approximate()).unwrap_or(false);
        Some((words, gaps))
    });
    let is_shown = Memo::new(move |_| words.with(Option::is_some));
    let text = move |of: fn(&MomentWords) -> String| {
        move || words.with(|words| words.as_ref().map(|(words, _)| of(words)).unwrap_or_default())
    };
    let approximate = move || words.with(|words| words.as_ref().is_some_and(|(_, gaps)| *gaps));
    point_charts(store, recording);
    view! {
        <Show when=move || is_shown.get()>
            <div class="moment-bar" role="status" aria-live="off" aria-label="Moment">
                <span class="moment-time">"At "{text(|words| words.time.clone())}</span>
                <span class="moment-place">{text(|words| words.place.clone())}</span>
                {move || store.opened.get().map(|name| view! {
                    <span class="badge opened" title=format!("{name}: read from the browser's storage. What is live is the engine, not this run.")>"opened"</span>
                })}
                <Show when=approximate>
                    <span class="badge elevated" title="Events are missing before this moment: what is shown may differ from what was.">
                        "approximate"
                    </span>
                </Show>
                <ActionButton action=Action::Live class="live-button">"Back to live"</ActionButton>
            </div>
        </Show>
    }
}

/// Puts the cross-hair of all charts over samples at the moment, and takes it away
/// on the way back to live.
fn point_charts(store: Store, recording: Recording) {
    let view = expect_context::<View>();
    Effect::new(move |was_shown: Option<bool>| {
        let moment = store.selected.moment.get();
        let time_us = moment.and_then(|moment| recording.read(|reader, _| reader.time_us(moment.checked_sub(1)?)));
        if moment.is_some() || was_shown == Some(true) {
            view.pinned.set(time_us.is_some());
            view.set_cursor(time_us.map(|time_us| time_us as f64));
        }
        moment.is_some()
    });
}
