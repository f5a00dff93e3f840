//! The rules as text, one a line, with what is wrong beside them and how far they are.

use super::applying::{apply, subject};
use crate::app::frames::frame_loop;
use crate::app::runs::state::OpenRun;
use crate::app::state::signals::put;
use crate::app::state::store::Store;
use crate::units::Bytes;
use leptos::prelude::*;

const PROGRESS_MS: f64 = 100.0;
/// Shown while there is no rule.
const EXAMPLE: &str =
    "stack contains conv2d and size > 1 MiB => Large convolutions\ncategory is Stream 7 => Communication";

/// The rules of the run that is shown, to be changed.
#[component]
pub fn Categories() -> impl IntoView {
    let store = Store::expect();
    match untrack(|| subject(store)) {
        Ok(run) => view! { <Editor run/> }.into_any(),
        Err(reason) => view! { <p class="dialog-text">{reason}</p> }.into_any(),
    }
}

#[component]
fn Editor(run: OpenRun) -> impl IntoView {
    let store = Store::expect();
    let before = run.regrouped.as_ref().map_or_else(String::new, |regrouped| regrouped.rules.to_string());
    let has_rules = !before.is_empty();
    let text = RwSignal::new(before);
    let (problem, is_busy) = (RwSignal::new(None::<String>), RwSignal::new(false));
    let run = StoredValue::new(run);
    let go = move |rules: String| {
        if is_busy.get_untracked() {
            return;
        }
        is_busy.set(true);
        problem.set(None);
        leptos::task::spawn_local(async move {
            let outcome = apply(store, run.get_value(), rules).await;
            // The dialog may be gone by now: then nobody asks for the outcome.
            let _ = is_busy.try_set(false);
            match outcome {
                Ok(()) => store.dialog.set(None),
                Err(reason) => drop(problem.try_set(Some(reason))),
            }
        });
    };
    let cancel = move |_| match store.runs.filling.get_untracked() {
        Some(slot) => slot.cancel(),
        None => store.dialog.set(None),
    };
    view! {
        <header class="dialog-head"><h2>"Categories by rules"</h2></header>
        <p class="dialog-text">
            "One rule a line, the first that holds wins; an allocation that none is about keeps the category of the file. "
            <code>"stack contains …"</code>", "<code>"category is …"</code>", "<code>"space contains …"</code>", "
            <code>"size > 1 MiB"</code>", joined by "<code>"and"</code>", then "<code>"=> the category"</code>"."
        </p>
        <textarea
            class="rules"
            rows="8"
            autofocus
            spellcheck="false"
            aria-label="Rules"
            aria-invalid=move || problem.with(Option::is_some).to_string()
            aria-describedby="rules-problem"
            placeholder=EXAMPLE
            prop:value=move || text.get()
            on:input=move |event| text.set(event_target_value(&event))
        ></textarea>
        <p id="rules-problem" class="dialog-text rules-problem" role="status">
            {move || problem.get()}
            {move || is_busy.get().then(|| view! { <Applying/> })}
        </p>
        <div class="dialog-actions">
            {has_rules.then(|| view! {
                <button type="button" class="button" disabled=move || is_busy.get() on:click=move |_| go(String::new())>
                    "Categories of the file"
                </button>
            })}
            <button type="button" class="button" on:click=cancel>"Cancel"</button>
            <button type="button" class="button primary" disabled=move || is_busy.get() on:click=move |_| go(text.get_untracked())>
                "Apply"
            </button>
        </div>
    }
}

/// How far the rules are.
#[component]
fn Applying() -> impl IntoView {
    let store = Store::expect();
    let part = RwSignal::new(0.0);
    frame_loop::every(PROGRESS_MS, move |_| {
        let reading = store.runs.filling.get_untracked().map(crate::platform::runs::RunSlot::reading);
        let done = reading.and_then(|reading| Bytes::new(reading.read_bytes).ratio_of(Bytes::new(reading.file_bytes)));
        put(part, done.map_or(0.0, crate::units::Ratio::get));
    });
    move || format!("Applying: {:.0} %", 100.0 * part.get())
}
