//! Writes the run that is shown, and offers the file.

use crate::app::browser::files;
use crate::app::engine::console;
use crate::app::state::store::Store;
use crate::formats::export::Target;
use crate::platform::documents::FileError;
use crate::platform::exporter::{Exporter, OWN_KEY};
use crate::telemetry::notice::Level;
use crate::units::Bytes;
use leptos::prelude::*;
use std::sync::Arc;
use thiserror::Error;
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

/// Why a run was not written.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum NotWritten {
    /// Somebody ended it.
    #[error("saving {run} as {label} was cancelled")]
    Cancelled {
        /// The run's name.
        run: Arc<str>,
        /// As what it was to be written.
        label: &'static str,
    },
    /// The format cannot hold such a run, or there is no memory for it.
    #[error("{label} was not written: {error}")]
    Refused {
        /// As what it was to be written.
        label: &'static str,
        /// Why not.
        error: FileError,
    },
    /// So many are being written that there is no room for another.
    #[error("{label} was not written: wait until one of the others is saved")]
    TooMany {
        /// As what it was to be written.
        label: &'static str,
    },
}

/// Writes the run that is shown. A line of the page says how far it is, and can end it.
///
/// # Errors
/// [`NotWritten`]; nothing of the file is left then.
pub async fn write(store: Store, goal: Goal) -> Result<Blob, NotWritten> {
    let (slot, label) = (store.runs.shown.get_untracked(), goal.label());
    let going = store.exports.begin(run_name(store), goal.label()).ok_or(NotWritten::TooMany { label })?;
    let exporter = EXPORTER.with(Exporter::clone);
    let written = exporter.write(going.writing, slot, goal.key()).await;
    match (store.exports.end(&going), written) {
        (_, Ok(file)) => Ok(file),
        (true, Err(_)) => Err(NotWritten::Cancelled { run: going.run, label }),
        (false, Err(error)) => Err(NotWritten::Refused { label, error }),
    }
}

/// The file's name of the run that is shown; of the engine's, ours.
fn run_name(store: Store) -> Arc<str> {
    store.runs.shown_file_untracked().map_or_else(|| "arenascope".into(), |run| run.name)
}

/// Writes the run that is shown and saves it as a file.
pub fn save(store: Store, goal: Goal) {
    console::spawn(store, async move {
        let name = format!("{}.{}", run_name(store), goal.extension());
        let file = match write(store, goal).await {
            Ok(file) => file,
            Err(cancelled @ NotWritten::Cancelled { .. }) => {
                console::note(store, Level::Info, cancelled.to_string(), None);
                return Ok(());
            }
            Err(error) => return Err(error.to_string()),
        };
        files::download(&name, &file)?;
        console::note(store, Level::Info, format!("saved {name}, {}", Bytes::new(file.size() as u64)), None);
        Ok(())
    });
}
