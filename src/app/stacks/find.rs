//! The keys that lead to the search, while the panel is on screen.

use crate::app::shell::keyboard::is_free;
use crate::app::state::store::Store;
use leptos::ev;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlInputElement, KeyboardEvent};

/// Where these keys belong to others.
const ELSEWHERE: &str = "dialog, .drawer";

/// Listens for as long as the current owner lives.
pub(super) fn listen(store: Store) {
    let handle = window_event_listener(ev::keydown, move |event| {
        if is_find(store, &event) && focus_search() {
            event.prevent_default();
        }
    });
    on_cleanup(move || handle.remove());
}

/// `/`, where keys that are one character act, and Ctrl+F.
fn is_find(store: Store, event: &KeyboardEvent) -> bool {
    let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
    if target.is_some_and(|element| element.closest(ELSEWHERE).ok().flatten().is_some()) {
        return false;
    }
    let is_command = (event.ctrl_key() || event.meta_key()) && !event.alt_key() && !event.shift_key();
    match event.key().as_str() {
        "/" => is_free(event) && store.character_keys.get_untracked(),
        "f" | "F" => is_command,
        _ => false,
    }
}

fn focus_search() -> bool {
    let field = document().query_selector(".stacks-search input").ok().flatten();
    let field = field.and_then(|field| field.dyn_into::<HtmlInputElement>().ok());
    let is_there = field.is_some();
    if let Some(field) = field {
        // Focus cannot fail on an element of the page.
        let _ = field.focus();
        field.select();
    }
    is_there
}
