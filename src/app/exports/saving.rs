//! Writes the run that is shown, and offers the file.

use crate::app::browser::files;
use crate::app::engine::console;
use crate::app::state::store::Store;
use crate::formats::export::Target;
use crate::platform::exporter::{Exporter, OWN_KEY};
use crate::telemetry::notice::Level;
use crate::units::Bytes;
use leptos::prelude::*;
use web_sys::Blob;

thread_local! {
    static EXPORTER: Exporter = Exporter::default();
}

/// A format that a run can be written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Goal {
    /// Our own recording: everything that is kept.
    Own,
    /// Another tool's.
    Other(Target),
}

impl Goal {
    /// Every format, our own first.
    pub fn all() -> impl Iterator<Item = Self> {
        [Self::Own].into_iter().chain(Target::ALL.into_iter().map(Self::Other))
    }

    /// The name for scripts.
    pub fn key(self) -> &'static str {
        match self {
            Self::Own => OWN_KEY,
            Self::Other(target) => target.key(),
        }
    }

    /// The format of that key.
    pub fn of_key(key: &str) -> Option<Self> {
        Self::all().find(|goal| goal.key() == key)
    }

    /// The name for people.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Own => "Arenascope recording",
            Self::Other(target) => target.label(),
        }
    }

    const fn extension(self) -> &'static str {
        match self {
            Self::Own => "arenascope",
            Self::Other(target) => target.extension(),
        }
    }
}

/// Writes the run that is shown.
///
/// # Errors
/// The format cannot hold such a run, or there is no memory for it.
pub async fn write(store: Store, goal: Goal) -> Result<Blob, String> {
    let slot = store.runs.shown.get_untracked();
    let exporter = EXPORTER.with(Exporter::clone);
    let written = exporter.write(slot, goal.key()).await;
    written.map_err(|error| format!("{} was not written: {error}", goal.label()))
}

/// Writes the run that is shown and saves it as a file.
pub fn save(store: Store, goal: Goal) {
    console::spawn(store, async move {
        let file = store.runs.shown_file_untracked().map(|run| run.name.to_string());
        let name = format!("{}.{}", file.unwrap_or_else(|| "arenascope".into()), goal.extension());
        let file = write(store, goal).await?;
        files::download(&name, &file)?;
        console::note(store, Level::Info, format!("saved {name}, {}", Bytes::new(file.size() as u64)), None);
        Ok(())
    });
}
