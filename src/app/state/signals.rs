//! Signals are set where their values change: who follows one runs only then.

use leptos::prelude::*;

/// Sets a signal where its value changes.
pub fn put<T: PartialEq + Send + Sync + 'static>(signal: RwSignal<T>, value: T) {
    if signal.with_untracked(|old| *old != value) {
        signal.set(value);
    }
}
