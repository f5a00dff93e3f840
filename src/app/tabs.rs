//! Rows of tabs: the panels', and the drawer's. One tab stop each; arrows,
//! Home and End move within.

use super::keyboard;
use super::moment_bar::MomentBar;
use super::selection_chip::SelectionChip;
use super::store::{Store, Tab};
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{HtmlElement, KeyboardEvent};

/// The tabs of the panels.
#[component]
pub fn Tabs() -> impl IntoView {
    let store = Store::expect();
    let tab = move |tab: Tab| {
        let selected = move || store.tab.get() == tab;
        view! {
            <button
                type="button"
                role="tab"
                class="tab"
                id=format!("tab-{}", tab.key())
                aria-selected=move || selected().to_string()
                aria-controls=move || selected().then_some("panel")
                tabindex=move || if selected() { "0" } else { "-1" }
                on:click=move |_| store.tab.set(tab)
            >
                {tab.label()}
            </button>
        }
    };
    view! {
        <nav class="tabs" aria-label="Panels">
            <div role="tablist" aria-label="Panels" on:keydown=move |event| move_in_row(&event, &Tab::ALL, store.tab)>
                {Tab::ALL.into_iter().map(tab).collect_view()}
            </div>
            <div class="tabs-end"><SelectionChip/><MomentBar/></div>
        </nav>
    }
}

/// Moves the selection, and the focus with it, within a row of tabs.
pub fn move_in_row<T>(event: &KeyboardEvent, all: &[T], selected: RwSignal<T>)
where
    T: Copy + PartialEq + Send + Sync + 'static,
{
    let current = selected.get_untracked();
    let from = all.iter().position(|tab| *tab == current).unwrap_or(0);
    let Some(to) = keyboard::moved(&event.key(), from, all.len()) else { return };
    event.prevent_default();
    selected.set(all[to]);
    let row = event.current_target().and_then(|row| row.dyn_into::<web_sys::Element>().ok());
    let tab = row.and_then(|row| row.query_selector_all("[role=tab]").ok()).and_then(|tabs| tabs.get(to as u32));
    if let Some(tab) = tab.and_then(|tab| tab.dyn_into::<HtmlElement>().ok()) {
        // Focus cannot fail on an element of the page.
        let _ = tab.focus();
    }
}
