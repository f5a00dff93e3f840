//! What is selected for all panels, beside the tabs, and the way to let go of it.

use super::store::Store;
use crate::analysis::selection_words::selection_words;
use leptos::prelude::*;

/// The chip, or nothing.
#[component]
pub fn SelectionChip() -> impl IntoView {
    let selected = Store::expect().selected;
    let words = Memo::new(move |_| selected.now.with(selection_words));
    let text = move || words.get().unwrap_or_default();
    let let_go = move |_| {
        selected.select(|selection| {
            (selection.time_us, selection.addresses) = (None, None);
            selection.categories.clear();
            selection.tags.clear();
        });
    };
    let title = move || format!("All panels look at {}. Press to look at everything again.", text());
    view! {
        <Show when=move || words.with(Option::is_some)>
            <button type="button" class="selection-chip" title=title aria-label=move || format!("Selected: {}. Let go", text()) on:click=let_go>
                <span class="selection-words">{text}</span>
                <span aria-hidden="true">"×"</span>
            </button>
        </Show>
    }
}
