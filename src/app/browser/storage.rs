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
