//! What a browser remembers for the next visit. Private windows and strict
//! settings refuse; then nothing is remembered, and nothing else changes.

use leptos::prelude::window;

fn shelf() -> Option<web_sys::Storage> {
    window().local_storage().ok().flatten()
}

fn key(name: &str) -> String {
    format!("arenascope.{name}")
}

/// What was remembered under `name`.
pub fn recall(name: &str) -> Option<String> {
    shelf()?.get_item(&key(name)).ok().flatten()
}

/// Remembers `value` under `name`, where the browser lets it.
pub fn remember(name: &str, value: &str) {
    if let Some(shelf) = shelf() {
        // A full or forbidden storage costs the memory of a size, no more.
        let _ = shelf.set_item(&key(name), value);
    }
}

/// What this tab alone remembers, until it is closed.
fn tab_shelf() -> Option<web_sys::Storage> {
    window().session_storage().ok().flatten()
}

/// What this tab remembered under `name` before it was loaded again.
pub fn recall_of_tab(name: &str) -> Option<String> {
    tab_shelf()?.get_item(&key(name)).ok().flatten()
}

/// Remembers `value` under `name` for as long as this tab is open.
pub fn remember_in_tab(name: &str, value: &str) {
    if let Some(shelf) = tab_shelf() {
        // As above.
        let _ = shelf.set_item(&key(name), value);
    }
}

/// Forgets what this tab remembered under `name`.
pub fn forget_of_tab(name: &str) {
    if let Some(shelf) = tab_shelf() {
        let _ = shelf.remove_item(&key(name));
    }
}
