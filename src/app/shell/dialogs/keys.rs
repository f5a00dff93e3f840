//! The list of keys.

use crate::app::shell::keys::{BINDINGS, ELSEWHERE, remember_characters};
use crate::app::state::store::Store;
use leptos::prelude::*;

/// The list of keys, of the page and of controls.
#[component]
pub fn Keys() -> impl IntoView {
    let store = Store::expect();
    let row =
        |key: &'static str, text: String| view! { <div class="key-row"><dt><kbd>{key}</kbd></dt><dd>{text}</dd></div> };
    view! {
        <header class="dialog-head">
            <h2>"Keys"</h2>
            <button type="button" class="button" autofocus on:click=move |_| store.dialog.set(None)>"Close"</button>
        </header>
        <dl class="keys">
            {BINDINGS.iter().map(|binding| row(binding.shown, untrack(|| binding.action.title(store)))).collect_view()}
            {ELSEWHERE.into_iter().map(|(key, text)| row(key, text.into())).collect_view()}
        </dl>
        <label class="keys-switch">
            <input
                type="checkbox"
                prop:checked=store.character_keys
                on:change:target=move |event| {
                    let act = event.target().checked();
                    store.character_keys.set(act);
                    remember_characters(act);
                }
            />
            "Keys that are one character act; without this, those with Ctrl, Space and Esc alone do"
        </label>
    }
}
