//! The list of keys.

use crate::app::actions::Action;
use crate::app::store::Store;
use leptos::prelude::*;

/// Keys that belong to a control, beside those of the whole page.
const ELSEWHERE: [(&str, &str); 10] = [
    ("← →", "On tabs: the next one. On a chart: move the cursor"),
    ("+ −", "On a chart: zoom. Home and End go to its ends"),
    ("Wheel", "On a chart: zoom at the pointer"),
    ("Drag", "On a chart: pan in time. On the strip: choose the window"),
    ("Double click", "On a chart: back to live"),
    ("W S A D", "On the timeline: zoom and pan; 0 shows the whole run"),
    (", .", "On the timeline: to the event before and after; with Shift, a hundred"),
    ("F B X P", "On the timeline: to the next failure, pressure, loss, with Shift back; P to the peak"),
    ("↑ ↓", "On the drawer's edge: its height. On events: the next moment; with Shift, more rows"),
    ("Ctrl+C", "On events: copy the selected rows"),
];

/// The list.
#[component]
pub fn Keys() -> impl IntoView {
    let store = Store::expect();
    let own = Action::ALL.into_iter().filter_map(|action| Some((action.key()?, action)));
    let row =
        |key: &'static str, text: String| view! { <div class="key-row"><dt><kbd>{key}</kbd></dt><dd>{text}</dd></div> };
    view! {
        <header class="dialog-head">
            <h2>"Keys"</h2>
            <button type="button" class="button" autofocus on:click=move |_| store.dialog.set(None)>"Close"</button>
        </header>
        <dl class="keys">
            {own.map(|(key, action)| row(key, untrack(|| action.title(store)))).collect_view()}
            {ELSEWHERE.into_iter().map(|(key, text)| row(key, text.into())).collect_view()}
        </dl>
    }
}
