//! Keys of the whole page. None acts while something is typed, in an open
//! dialog, or where the focused control needs the key itself.

use super::actions::Action;
use super::keys;
use crate::app::state::store::Store;
use leptos::ev;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Element, KeyboardEvent};

/// Where keys belong to the control that has the focus.
const TYPING: &str = "input, select, textarea, [contenteditable], dialog";
/// Where undo and redo belong to the text that is typed.
const TEXT: &str = "input:not([type=range], [type=checkbox]), textarea, [contenteditable], dialog";
/// What Space presses.
/// A tab is chosen as soon as it has the focus, so that Space is free there.
const PRESSED_BY_SPACE: &str = "button:not([role=tab]), a, summary, [role=button], [role=checkbox]";

/// Listens for as long as the current owner lives.
pub fn listen(store: Store) {
    let handle = window_event_listener(ev::keydown, move |event| {
        if let Some(action) = action_for(store, &event) {
            event.prevent_default();
            action.run(store);
        }
    });
    on_cleanup(move || handle.remove());
}

fn action_for(store: Store, event: &KeyboardEvent) -> Option<Action> {
    let binding = keys::pressed(event)?;
    if event.default_prevented() || (binding.is_character() && !store.character_keys.get_untracked()) {
        return None;
    }
    let action = binding.action;
    let is_free = match action {
        // Found from anywhere, a field included.
        Action::Commands => true,
        // In a field these are the field's own, and may repeat.
        Action::Undo | Action::Redo => !is_within(event, TEXT),
        Action::Pause if is_within(event, PRESSED_BY_SPACE) => false,
        _ => !event.repeat() && !is_within(event, TYPING),
    };
    is_free.then_some(action)
}

/// True for a key that nobody has acted on, and that nobody types with.
pub fn is_free(event: &KeyboardEvent) -> bool {
    let is_modified = event.ctrl_key() || event.meta_key() || event.alt_key();
    !is_modified && !event.default_prevented() && !is_within(event, TYPING)
}

/// True where the focus is on no control that has a use for arrows.
pub fn leaves_arrows(event: &KeyboardEvent) -> bool {
    !is_within(event, "[role=tablist], [role=separator], button, summary")
}

fn is_within(event: &KeyboardEvent, selector: &str) -> bool {
    let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
    target.is_some_and(|element| element.closest(selector).ok().flatten().is_some())
}

/// The element that an arrow, Home or End moves to in a row of `length`.
pub fn moved(key: &str, from: usize, length: usize) -> Option<usize> {
    let last = length.checked_sub(1)?;
    match key {
        "ArrowRight" | "ArrowDown" => Some(if from == last { 0 } else { from + 1 }),
        "ArrowLeft" | "ArrowUp" => Some(from.checked_sub(1).unwrap_or(last)),
        "Home" => Some(0),
        "End" => Some(last),
        _ => None,
    }
}
