//! Light, dark, or what the system says.

use crate::app::browser::storage;

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

    /// As remembered from the last visit.
    pub(super) fn recalled() -> Self {
        let label = storage::recall(STORAGE_NAME);
        let known = [Self::Light, Self::Dark].into_iter();
        known.into_iter().find(|theme| Some(theme.label()) == label.as_deref()).unwrap_or_default()
    }

    /// Remembers it for the next visit.
    pub(super) fn remember(self) {
        storage::remember(STORAGE_NAME, self.label());
    }
}
