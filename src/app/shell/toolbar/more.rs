//! The settings that most runs leave alone, behind one button: it says how many
//! of them are not as usual, so that nothing acts unseen.

use super::setting::{SettingMenu, SettingSwitch, Switch};
use crate::analysis::run::page_link;
use crate::app::run;
use crate::app::run::settings::Menu;
use crate::app::state::store::Store;
use crate::session::config::RunConfig;
use leptos::ev::{FocusEvent, KeyboardEvent};
use leptos::html;
use leptos::prelude::*;
use web_sys::wasm_bindgen::JsCast;

/// The arguments of the settings in the sheet.
fn arguments() -> impl Iterator<Item = &'static str> {
    Menu::MORE.into_iter().map(Menu::argument).chain(Switch::ALL.map(Switch::argument))
}

/// How many of them differ from those of a fresh page.
fn unusual(config: &RunConfig) -> usize {
    let usual = RunConfig::default();
    arguments().filter(|name| page_link::text_of(config, name) != page_link::text_of(&usual, name)).count()
}

/// The button and its sheet. Opens and closes with a click, Enter or Space, closes
/// with Escape and when the focus goes elsewhere.
#[component]
pub fn MoreSettings() -> impl IntoView {
    let store = Store::expect();
    let sheet: NodeRef<html::Details> = NodeRef::new();
    let count = Memo::new(move |_| store.chosen.with(unusual));
    let waits = Memo::new(move |_| arguments().any(|name| run::settings::differs(store, name)));
    let close = move || {
        if let Some(details) = sheet.get_untracked() {
            details.set_open(false);
        }
    };
    let on_focusout = move |event: FocusEvent| {
        let to = event.related_target().and_then(|target| target.dyn_into::<web_sys::Node>().ok());
        if sheet.get_untracked().is_some_and(|details| !details.contains(to.as_ref())) {
            close();
        }
    };
    let on_keydown = move |event: KeyboardEvent| {
        if event.key() == "Escape" && sheet.get_untracked().is_some_and(|details| details.open()) {
            event.stop_propagation();
            close();
            focus_summary(sheet);
        }
    };
    view! {
        <details class="more" node_ref=sheet on:focusout=on_focusout on:keydown=on_keydown>
            <summary class="button more-button" class:waits=waits title="Pool mode, mutators, guards and recording of a run">
                "More"
                <Show when=move || { count.get() > 0 }>
                    <span class="more-count">{count}<span class="unseen">" not as usual"</span></span>
                </Show>
            </summary>
            // Focusable, so that a click beside a control does not close it.
            <div class="more-sheet" tabindex="-1">
                {Menu::MORE
                    .into_iter()
                    .map(|menu| view! { <Explained text=menu.hint()><SettingMenu menu/></Explained> })
                    .collect_view()}
                {Switch::ALL
                    .map(|switch| view! { <Explained text=switch.hint()><SettingSwitch switch/></Explained> })
                    .collect_view()}
            </div>
        </details>
    }
}

fn focus_summary(sheet: NodeRef<html::Details>) {
    let summary = sheet.get_untracked().and_then(|details| details.query_selector("summary").ok().flatten());
    if let Some(summary) = summary.and_then(|element| element.dyn_into::<web_sys::HtmlElement>().ok()) {
        // An element that cannot take it leaves the focus where it is.
        let _ = summary.focus();
    }
}

/// A setting with what it is beside it.
#[component]
fn Explained(
    /// What is written beside the setting.
    text: &'static str,
    children: Children,
) -> impl IntoView {
    view! {
        <div class="more-row">
            {children()}
            <p class="dim">{text}</p>
        </div>
    }
}
