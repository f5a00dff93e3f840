//! Recordings in the browser's storage: what the recorder is asked.

use super::rpc::{show_run, stop};
use crate::analysis::run::labels::run_name;
use crate::app::state::store::Store;
use crate::session::command::{Opened, RecorderCommand};
use leptos::prelude::*;

/// Asks the recorder; answers with JSON text.
///
/// # Errors
/// The recorder's message for people.
async fn call_recorder(store: Store, command: RecorderCommand) -> Result<String, String> {
    let engine = store.engine.0.get_untracked();
    match engine {
        Some(engine) => engine.call_recorder(command).await,
        None => Err("the engine is not running".into()),
    }
}

/// The recordings in the browser's storage, as JSON text.
///
/// # Errors
/// The browser's refusal.
pub async fn list(store: Store) -> Result<String, String> {
    call_recorder(store, RecorderCommand::Recordings).await
}

/// Writes what memory holds of the newest run into a file; answers with its name
/// and size, as JSON text.
///
/// # Errors
/// The browser's refusal, for example where its storage is full: no file is left.
pub async fn save(store: Store) -> Result<String, String> {
    call_recorder(store, RecorderCommand::Save).await
}

/// Ends the run and reads a file as the newest one; answers with what came of it,
/// as JSON text.
///
/// # Errors
/// A name that does not exist, or a file that is no recording.
pub async fn open(store: Store, name: String) -> Result<String, String> {
    stop(store).await?;
    let before = store.opened.get_untracked();
    // Not before all of it is read: its end is shown then.
    store.opened.set(None);
    let answer = call_recorder(store, RecorderCommand::Open { name: name.clone() }).await;
    if let Ok(text) = &answer {
        let manifest = serde_json::from_str::<Opened>(text).ok().and_then(|opened| opened.manifest);
        show_run(store, manifest.map_or_else(|| name.clone(), |manifest| run_name(&manifest.config)));
    }
    store.opened.set(if answer.is_ok() { Some(name) } else { before });
    answer
}

/// Deletes a file.
///
/// # Errors
/// A name that does not exist, or is in use.
pub async fn delete(store: Store, name: String) -> Result<(), String> {
    call_recorder(store, RecorderCommand::Delete { name }).await.map(drop)
}
