//! The address bar: a link that reproduces a run. Read once when the page
//! opens, written whenever the toolbar or the panel changes.

use crate::analysis::run::page_link;
use crate::app::compare::address;
use crate::app::engine::console;
use crate::app::state::place::Tab;
use crate::app::state::store::Store;
use crate::telemetry::notice::Level;
use leptos::prelude::*;
use wasm_bindgen::JsValue;
use web_sys::UrlSearchParams;

/// Takes what the address asks for; what cannot be used is named on the
/// console and keeps its default.
pub fn restore(store: Store) {
    let request = page_link::read(&pairs());
    for error in &request.refused {
        console::note(store, Level::Warning, format!("address: {error}; the default is used"), None);
    }
    store.chosen.set(request.config);
    store.link_moment_us.set(request.at_us);
    store.runs.linked.set(request.open);
    match request.tab.as_deref().map(|key| (key, Tab::from_key(key))) {
        Some((_, Some(tab))) => store.tab.set(tab),
        Some((key, None)) => console::note(store, Level::Warning, unknown_tab(key), None),
        None => {}
    }
    address::restore(store, &request.compare, request.align.as_deref());
}

fn unknown_tab(key: &str) -> String {
    let known = Tab::ALL.map(Tab::key).join(", ");
    format!("address: `tab` is \"{key}\"; allowed: {known}; the default is used")
}

fn pairs() -> Vec<(String, String)> {
    let search = window().location().search().unwrap_or_default();
    let Ok(parameters) = UrlSearchParams::new_with_str(&search) else { return Vec::new() };
    let entries = js_sys::Array::from(&parameters);
    let text = |pair: &js_sys::Array, at| pair.get(at).as_string().unwrap_or_default();
    entries.iter().map(|pair| js_sys::Array::from(&pair)).map(|pair| (text(&pair, 0), text(&pair, 1))).collect()
}

/// Keeps the address at what the toolbar says.
pub fn follow(store: Store) {
    Effect::new(move || {
        let escaped = |address: &String| String::from(js_sys::encode_uri_component(address));
        let open =
            store.runs.linked.with(|linked| page_link::write_open(&linked.iter().map(escaped).collect::<Vec<_>>()));
        let compare = address::query(store);
        let query = store.chosen.with(|config| page_link::write(config, store.tab.get().key()) + &open + &compare);
        // Browsers limit how often this may be called; the next change writes again.
        if let Ok(history) = window().history() {
            let _ = history.replace_state_with_url(&JsValue::NULL, "", Some(&query));
        }
    });
}
