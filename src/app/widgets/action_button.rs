//! A button that runs an action of the page.

use crate::app::shell::actions::Action;
use crate::app::state::store::Store;
use leptos::prelude::*;

/// Labelled, with its key in the
/// tooltip, and with the reason where it is blocked.
#[component]
pub fn ActionButton(
    /// What a press does.
    action: Action,
    /// Classes beside `button`.
    #[prop(optional)]
    class: &'static str,
    /// What is on it.
    children: Children,
) -> impl IntoView {
    let store = Store::expect();
    // Not `disabled`: a blocked button keeps its tooltip and its place in the
    // tab order, and says why.
    view! {
        <button
            type="button"
            class=format!("button {class}")
            title=move || action.tooltip(store)
            aria-disabled=move || action.blocked(store).is_some().to_string()
            aria-keyshortcuts=action.key().map(|key| key.replace("Ctrl", "Control"))
            on:click=move |_| action.run(store)
        >
            {children()}
        </button>
    }
}
