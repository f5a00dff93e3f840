//! The page's one way to files: a file input that commands and buttons open.

use super::opening::open_all;
use crate::app::state::store::Store;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::HtmlInputElement;

const ID: &str = "file-to-open";

/// Lets a person choose files of any kind.
pub fn choose() {
    let input = document().get_element_by_id(ID).and_then(|input| input.dyn_into::<HtmlInputElement>().ok());
    if let Some(input) = input {
        input.click();
    }
}

/// The input, out of sight.
#[component]
pub fn FileInput() -> impl IntoView {
    let store = Store::expect();
    view! {
        <input
            id=ID
            class="hidden"
            type="file"
            multiple
            aria-label="Files to open"
            tabindex="-1"
            on:change:target=move |event| {
                open_all(store, &event.target());
                // So that the same file can be chosen again.
                event.target().set_value("");
            }
        />
    }
}
