//! How far something is, with the way to end it.

use super::asking;
use crate::analysis::exports::progress;
use crate::app::frames::frame_loop;
use crate::app::state::signals::put;
use crate::app::state::store::Store;
use crate::platform::writings::{Progress, Writing};
use leptos::prelude::*;

/// How far it is is looked at so often.
const PROGRESS_MS: f64 = 150.0;

/// How far something is.
#[component]
pub fn GoingLine(
    /// What goes on.
    what: &'static str,
    /// How far it is.
    going: Writing,
) -> impl IntoView {
    let store = Store::expect();
    let progress = RwSignal::new(Progress::default());
    frame_loop::every(PROGRESS_MS, move |_| put(progress, going.progress()));
    let value = move || progress.with(|Progress { events, all, .. }| progress::part(*events, *all));
    view! {
        <div class="export-going">
            <span class="export-what">{what}</span>
            <progress class="progress" aria-label=what max="1" value=value></progress>
            <button type="button" class="button small" on:click=move |_| asking::cancel(store)>"Cancel"</button>
        </div>
    }
}
