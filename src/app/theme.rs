//! Light, dark, or what the system says. The choice lies on `<html>` as
//! `data-theme`; colours themselves belong to `style/tokens.css`.

use super::storage;
use super::store::Store;
use super::view::View;
use leptos::prelude::*;
use wasm_bindgen::prelude::*;

const STORAGE_NAME: &str = "theme";

/// Which colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    /// As the system says, and following it.
    #[default]
    System,
    /// Dark on light.
    Light,
    /// Light on dark.
    Dark,
}

impl Theme {
    /// The name for people, and in storage.
    pub const fn label(self) -> &'static str {
        match self {
            Self::System => "System",
            Self::Light => "Light",
            Self::Dark => "Dark",
        }
    }

    /// The one after it, round and round.
    pub const fn next(self) -> Self {
        match self {
            Self::System => Self::Light,
            Self::Light => Self::Dark,
            Self::Dark => Self::System,
        }
    }

    fn recalled() -> Self {
        let label = storage::recall(STORAGE_NAME);
        let known = [Self::Light, Self::Dark].into_iter();
        known.into_iter().find(|theme| Some(theme.label()) == label.as_deref()).unwrap_or_default()
    }
}

/// Takes the remembered theme, and follows the choice and the system from now
/// on. Tells charts to read their colours again after each change.
pub fn follow(store: Store, view: View) {
    store.theme.set(Theme::recalled());
    Effect::new(move || {
        let theme = store.theme.get();
        paint(theme);
        storage::remember(STORAGE_NAME, theme.label());
        view.theme_number.update(|number| *number += 1);
    });
    follow_system(view);
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

fn follow_system(view: View) {
    let Ok(Some(query)) = window().match_media("(prefers-color-scheme: light)") else { return };
    let changed = Closure::<dyn FnMut()>::new(move || view.theme_number.update(|number| *number += 1));
    // The page lives as long as the module: one listener, never removed.
    let _ = query.add_event_listener_with_callback("change", changed.as_ref().unchecked_ref());
    changed.forget();
}
