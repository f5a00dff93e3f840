//! Dialogs over the page: the keys, and the command palette. The browser's own
//! `<dialog>` keeps the focus inside and gives it back.

pub mod command_palette;
pub mod keys;
pub mod reset;

use crate::app::attach::dialog::Attach;
use crate::app::categories::dialog::Categories;
use crate::app::exports::dialog::Export;
use crate::app::state::place::Dialog;
use crate::app::state::store::Store;
use command_palette::Commands;
use keys::Keys;
use leptos::html;
use leptos::prelude::*;
use reset::Reset;

/// The dialog that is open, if one is.
#[component]
pub fn Dialogs() -> impl IntoView {
    let store = Store::expect();
    move || store.dialog.get().map(|dialog| view! { <Modal dialog/> })
}

#[component]
fn Modal(dialog: Dialog) -> impl IntoView {
    let store = Store::expect();
    let element = NodeRef::<html::Dialog>::new();
    element.on_load(|dialog| {
        // Fails only for a dialog that is open already.
        let _ = dialog.show_modal();
    });
    // A click on the backdrop hits the dialog itself, a click inside its content.
    let on_backdrop = move |event: leptos::ev::MouseEvent| {
        let target = event.target().map(wasm_bindgen::JsValue::from);
        if target == element.get_untracked().map(wasm_bindgen::JsValue::from) {
            store.dialog.set(None);
        }
    };
    view! {
        <dialog
            class="dialog"
            node_ref=element
            aria-label=dialog.label()
            on:close=move |_| store.dialog.set(None)
            on:click=on_backdrop
        >
            <div class="dialog-body">
                {match dialog {
                    Dialog::Keys => view! { <Keys/> }.into_any(),
                    Dialog::Commands => view! { <Commands/> }.into_any(),
                    Dialog::Reset => view! { <Reset/> }.into_any(),
                    Dialog::Export => view! { <Export/> }.into_any(),
                    Dialog::Attach => view! { <Attach/> }.into_any(),
                    Dialog::Categories => view! { <Categories/> }.into_any(),
                }}
            </div>
        </dialog>
    }
}
