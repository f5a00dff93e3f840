//! Brings the chosen theme onto the page: it lies on `<html>` as `data-theme`; colours
//! themselves belong to `style/tokens.css`.

use super::choice::Theme;
use super::palette;
use crate::app::state::store::Store;
use leptos::prelude::*;
use wasm_bindgen::prelude::*;

/// Takes the remembered theme, and follows the choice and the system from now
/// on. Tells charts to read their colours again after each change.
pub fn follow(store: Store) {
    store.theme.set(Theme::recalled());
    Effect::new(move || {
        let theme = store.theme.get();
        paint(theme);
        theme.remember();
        palette::renew();
    });
    follow_system();
}

fn paint(theme: Theme) {
    let Some(root) = document().document_element() else { return };
    // Neither call can fail: the name is a valid attribute name.
    let _ = match theme {
        Theme::System => root.remove_attribute("data-theme"),
        Theme::Light => root.set_attribute("data-theme", "light"),
        Theme::Dark => root.set_attribute("data-theme", "dark"),
    };
}

fn follow_system() {
    let Ok(Some(query)) = window().match_media("(prefers-color-scheme: light)") else { return };
    let changed = Closure::<dyn FnMut()>::new(palette::renew);
    // The page lives as long as the module: one listener, never removed.
    let _ = query.add_event_listener_with_callback("change", changed.as_ref().unchecked_ref());
    changed.forget();
}
