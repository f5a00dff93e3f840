//! Keys of the whole page. None acts while something is typed, in an open
//! dialog, or where the focused control needs the key itself.

use super::actions::Action;
use super::store::{Store, Tab};
use super::view::View;
use leptos::ev;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Element, KeyboardEvent};

/// Where keys belong to the control that has the focus.
const TYPING: &str = "input, select, textarea, [contenteditable], dialog";
/// What Space presses.
const PRESSED_BY_SPACE: &str = "button, a, summary, [role=tab], [role=button]";

/// Listens for as long as the current owner lives.
pub fn listen(store: Store, view: View) {
    let handle = window_event_listener(ev::keydown, move |event| {
        if let Some(action) = action_for(store, &event) {
            event.prevent_default();
            action.run(store, view);
        }
    });
    on_cleanup(move || handle.remove());
}

fn action_for(store: Store, event: &KeyboardEvent) -> Option<Action> {
    let key = event.key();
    if (event.ctrl_key() || event.meta_key()) && key.eq_ignore_ascii_case("k") {
        return Some(Action::Commands);
    }
    if let Some(action) = history_action(event) {
        return Some(action);
    }
    if !is_free(event) || event.repeat() || is_timelines_own(store, event) {
        return None;
    }
    match key.as_str() {
        " " if is_within(event, PRESSED_BY_SPACE) => None,
        " " => Some(Action::Pause),
        "S" if event.shift_key() => Some(Action::Snapshot),
        "s" | "S" => Some(Action::StartOrStop),
        "r" | "R" => Some(Action::Reset),
        "t" | "T" => Some(Action::Theme),
        "l" | "L" | "Escape" => Some(Action::Live),
        "m" | "M" => Some(Action::Mark),
        "?" => Some(Action::Keys),
        "`" => Some(Action::Drawer),
        digit => tab_at(digit).map(Action::Show),
    }
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

/// On the timeline, S is one of the four keys under the left hand that move the
/// window, as in other tools: it does not stop the run there.
fn is_timelines_own(store: Store, event: &KeyboardEvent) -> bool {
    store.tab.get_untracked() == Tab::Timeline && event.key() == "s"
}

/// Undo and redo; in a field they are the field's own.
fn history_action(event: &KeyboardEvent) -> Option<Action> {
    let is_modified = (event.ctrl_key() || event.meta_key()) && !event.alt_key();
    let is_ours = is_modified && event.key().eq_ignore_ascii_case("z") && !is_within(event, TYPING);
    is_ours.then_some(if event.shift_key() { Action::Redo } else { Action::Undo })
}

fn tab_at(digit: &str) -> Option<Tab> {
    let place: usize = digit.parse().ok()?;
    Tab::ALL.get(place.checked_sub(1)?).copied()
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
