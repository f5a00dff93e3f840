//! A line for each run that is being written as a file: how far it is, and a way to end it.

use super::state::Going;
use crate::analysis::exports::progress::{part, words};
use crate::app::frames::frame_loop;
use crate::app::state::signals::put;
use crate::app::state::store::Store;
use crate::platform::writings::Progress;
use leptos::prelude::*;

/// How far they are is looked at so often; what is there sooner than that has no line.
const PROGRESS_MS: f64 = 150.0;

/// The lines, or nothing.
#[component]
pub fn GoingExports() -> impl IntoView {
    let going = Store::expect().exports.going;
    let is_any = Memo::new(move |_| going.with(|going| !going.is_empty()));
    view! {
        <Show when=move || is_any.get()>
            <aside class="exports-going" aria-label="Being saved">
                <For each=move || going.get() key=Going::clone let(one)>{line(one)}</For>
            </aside>
        </Show>
    }
}

fn line(Going { writing, run, label }: Going) -> impl IntoView {
    let (progress, looks) = (RwSignal::new(Progress::default()), RwSignal::new(0_u32));
    frame_loop::every(PROGRESS_MS, move |_| {
        put(progress, writing.progress());
        looks.update(|looks| *looks = (*looks + 1).min(2));
    });
    let is_due = Memo::new(move |_| looks.get() > 1);
    let what = format!("{run} as {label}");
    let cancel_label = format!("Cancel saving {what}");
    let is_cancelled = RwSignal::new(false);
    let cancel = move |_| {
        writing.cancel();
        is_cancelled.set(true);
    };
    let said = move || match (is_cancelled.get(), progress.get()) {
        (true, _) => "being cancelled".into(),
        (false, Progress { events, all, reading }) => words(events, all, reading),
    };
    let value = move || progress.with(|Progress { events, all, .. }| part(*events, *all));
    view! {
        <Show when=move || is_due.get()>
            <div class="export-going">
                <span class="export-what">"Saving "{what.clone()}</span>
                <progress class="progress" aria-label="Saved so far" max="1" value=value></progress>
                <span class="number dim" role="status">{said}</span>
                <button type="button" class="button small" aria-label=cancel_label.clone() on:click=cancel>"Cancel"</button>
            </div>
        </Show>
    }
}
