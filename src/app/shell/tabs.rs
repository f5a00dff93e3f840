//! Rows of tabs: the panels', and the drawer's. One tab stop each; arrows,
//! Home and End move within.

use super::keyboard;
use crate::analysis::numbers::text::count;
use crate::app::leaks::found::Found;
use crate::app::moment::bar::MomentBar;
use crate::app::refusals::firsts::budget_refusals;
use crate::app::selection::chip::SelectionChip;
use crate::app::state::place::Tab;
use crate::app::state::store::Store;
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
                <TabDot tab/>
            </button>
        }
    };
    view! {
        <nav class="tabs" aria-label="Panels">
            <div role="tablist" aria-label="Panels" on:keydown=move |event| move_in_row(&event, &Tab::ALL, store.tab)>
                {Tab::ALL.into_iter().map(tab).collect_view()}
            </div>
            <div class="tabs-end"><RunName/><SelectionChip/><MomentBar/></div>
        </nav>
    }
}

/// A dot on the tab where something went wrong in this run, with what it was. It takes no
/// room: nothing moves when it comes.
#[component]
fn TabDot(tab: Tab) -> impl IntoView {
    let store = Store::expect();
    let words = store.figure(move |metrics| match tab {
        Tab::Arena if metrics.arena.failures_total > 0 => {
            Some(format!("{} refused calls", count(metrics.arena.failures_total)))
        }
        Tab::GpuPool if metrics.gpu.device_losses_total > 0 => Some("The GPU device was lost".into()),
        Tab::Budget if budget_refusals(metrics) > 0 => {
            Some(format!("{} refusals by the budget", count(budget_refusals(metrics))))
        }
        _ => None,
    });
    let words = Memo::new(move |_| match tab {
        Tab::Leaks => store.leaks.with(Found::words),
        _ => words.get(),
    });
    let is_shown = Memo::new(move |_| words.with(Option::is_some));
    view! {
        <Show when=move || is_shown.get()>
            <i class="tab-dot" title=move || words.get() aria-hidden="true"></i>
        </Show>
    }
}

/// Which run the panels show: the toolbar names the next one.
#[component]
fn RunName() -> impl IntoView {
    let store = Store::expect();
    let name = Memo::new(move |_| store.run.with(|run| (run.number > 0).then(|| run.name.to_string())));
    let title =
        move || name.get().map(|name| format!("The panels show this run: {name}. The toolbar sets the next one."));
    view! { <span class="run-name dim" title=title>{name}</span> }
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
