//! What is selected for all panels, beside the tabs, and the way to let go of it.

use crate::analysis::selection::text::selection_text;
use crate::app::state::store::Store;
use leptos::prelude::*;

/// The chip, or nothing.
#[component]
pub fn SelectionChip() -> impl IntoView {
    let store = Store::expect();
    let selected = store.selected;
    let words = Memo::new(move |_| store.names.with(|names| selected.now.with(|now| selection_text(now, names))));
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
