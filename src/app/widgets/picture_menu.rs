//! The ways to take a card's chart elsewhere: as a file of pixels or of shapes, or copied.

use super::drawings::Drawings;
use super::picture::{self, Way};
use crate::app::engine::console;
use crate::app::state::store::Store;
use crate::telemetry::notice::Level;
use leptos::ev::{FocusEvent, KeyboardEvent};
use leptos::html;
use leptos::prelude::*;
use web_sys::wasm_bindgen::JsCast;

/// The button and its menu. Opens and closes with a click, Enter or Space, closes with Escape,
/// once something was chosen, and when the focus goes elsewhere.
#[component]
pub fn PictureMenu(
    /// The card's title, which names its files.
    title: &'static str,
    /// The charts of the card that can be had as drawings.
    drawings: Drawings,
) -> impl IntoView {
    let store = Store::expect();
    let menu: NodeRef<html::Details> = NodeRef::new();
    let take = move |way: Way| {
        let card = menu.get_untracked().and_then(|menu| menu.closest(".card").ok().flatten());
        close(menu, true);
        let Some(card) = card else { return };
        console::spawn(store, async move {
            let done = picture::take(way, &card, title, drawings).await?;
            console::note(store, Level::Info, done, None);
            Ok(())
        });
    };
    let on_focusout = move |event: FocusEvent| {
        let to = event.related_target().and_then(|target| target.dyn_into::<web_sys::Node>().ok());
        if menu.get_untracked().is_some_and(|menu| !menu.contains(to.as_ref())) {
            close(menu, false);
        }
    };
    let on_keydown = move |event: KeyboardEvent| {
        if event.key() == "Escape" && menu.get_untracked().is_some_and(|menu| menu.open()) {
            event.stop_propagation();
            close(menu, true);
        }
    };
    let blocked = move |way: Way| {
        let is_blocked = way == Way::SaveSvg && !drawings.is_any.get();
        is_blocked.then_some("It is drawn pixel by pixel, not in shapes: it is saved as PNG only")
    };
    let choice = move |way: Way| {
        view! {
            <button
                type="button"
                class="button plain"
                title=move || blocked(way).unwrap_or(way.hint())
                aria-disabled=move || blocked(way).is_some().to_string()
                on:click=move |_| if untrack(|| blocked(way).is_none()) { take(way) }
            >
                {way.label()}
            </button>
        }
    };
    view! {
        <details class="card-picture" node_ref=menu on:focusout=on_focusout on:keydown=on_keydown>
            <summary class="button square" title="Save or copy the chart" aria-label=format!("Save or copy {title}")>"⤓"</summary>
            // Focusable, so that a press beside a choice does not close it.
            <div class="picture-choices" tabindex="-1">
                {Way::ALL.map(choice)}
                <p class="dim picture-why">{move || blocked(Way::SaveSvg)}</p>
            </div>
        </details>
    }
}

fn close(menu: NodeRef<html::Details>, keeps_focus: bool) {
    let Some(menu) = menu.get_untracked() else { return };
    menu.set_open(false);
    let summary = menu.query_selector("summary").ok().flatten().filter(|_| keeps_focus);
    if let Some(summary) = summary.and_then(|element| element.dyn_into::<web_sys::HtmlElement>().ok()) {
        // An element that cannot take it leaves the focus where it is.
        let _ = summary.focus();
    }
}
