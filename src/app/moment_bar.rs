//! Which moment is shown, where it is not the newest: beside the tabs, so that it
//! is seen on every panel and moves nothing.

use super::actions::Action;
use super::page::ActionButton;
use super::recording::Recording;
use super::store::Store;
use crate::analysis::timeline_words::moment_words;
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
    let text = move |of: fn(&crate::analysis::timeline_words::MomentWords) -> String| {
        move || words.with(|words| words.as_ref().map(|(words, _)| of(words)).unwrap_or_default())
    };
    let approximate = move || words.with(|words| words.as_ref().is_some_and(|(_, gaps)| *gaps));
    view! {
        <Show when=move || is_shown.get()>
            <div class="moment-bar" role="status" aria-live="off" aria-label="Moment">
                <span class="moment-time">"At "{text(|words| words.time.clone())}</span>
                <span class="moment-place">{text(|words| words.place.clone())}</span>
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
