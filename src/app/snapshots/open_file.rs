//! The button that opens a file from the Snapshots panel.

use crate::app::runs::file_input;
use leptos::prelude::*;

/// A button that opens files.
#[component]
pub fn OpenButton() -> impl IntoView {
    view! {
        <button
            type="button"
            class="button"
            title="Open a snapshot that was saved before, or any recording; or drop it anywhere on the page"
            on:click=move |_| file_input::choose()
        >
            "Open file"
        </button>
    }
}
