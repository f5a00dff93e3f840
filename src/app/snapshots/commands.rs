//! Snapshots of this page session: taking, saving, opening, deleting and
//! getting back.

use super::blobs;
use super::shelf::{Entry, Shelf, size_of_blob};
use crate::analysis::run::page_link;
use crate::analysis::snapshots::{shelf, words};
use crate::app::browser::files;
use crate::app::engine::console;
use crate::app::engine::rpc;
use crate::app::state::store::Store;
use crate::formats::snapshot::{self, Document};
use crate::platform::documents::{self, DocumentReader};
use crate::platform::failure::reason_of;
use crate::session::command::Command;
use crate::telemetry::notice::Level;
use crate::units::Bytes;
use leptos::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::Blob;

/// Larger documents are summed up and compared, on another thread, but not taken apart on
/// the page's.
const LOOKED_INTO_MAX: Bytes = Bytes::mib(64);

thread_local! {
    static READER: DocumentReader = DocumentReader::default();
}

/// Reads a document on another thread and puts it on the shelf.
async fn shelve(store: Store, name: String, blob: Blob, opened: bool) -> Result<Entry, String> {
    let admit = |shelf: &Shelf| shelf::admit(size_of_blob(&blob), shelf.kept()).map_err(|error| error.to_string());
    store.shelf.with_untracked(admit)?;
    let reader = READER.with(DocumentReader::clone);
    let summary = reader.read(blob.clone()).await.map_err(|error| error.to_string())?;
    if !summary.contradictions.is_empty() {
        let text = format!("{} contradicts itself: {}", words::shown(&name), summary.contradictions.join("; "));
        console::note(store, Level::Warning, text, None);
    }
    // Others may have come meanwhile.
    store.shelf.with_untracked(admit)?;
    store.shelf.try_update(|shelf| shelf.add(name, blob, *summary, opened)).ok_or_else(|| "the page is closing".into())
}

/// Why no snapshot can be of what is shown: one is of the engine's memory now.
pub fn refused(store: Store) -> Option<&'static str> {
    if store.opened.get().is_some() {
        return Some("A snapshot is of the engine's memory, and what is shown was opened from a file");
    }
    let is_live = store.selected.clock.get().is_live();
    (!is_live)
        .then_some("A snapshot is of the engine's memory now, and an earlier moment is shown: go back to live first")
}

/// Asks the engine for a snapshot and puts it on the shelf; gives its text too.
///
/// # Errors
/// The engine's message, or why its answer cannot be read.
pub async fn take(store: Store) -> Result<(Entry, String), String> {
    store.snapshot_busy.set(true);
    let taken = take_now(store).await;
    store.snapshot_busy.set(false);
    taken.map_err(|error| format!("snapshot: {error}"))
}

async fn take_now(store: Store) -> Result<(Entry, String), String> {
    let text = rpc::call(store, Command::Snapshot).await?;
    let name = file_name(store);
    let entry = shelve(store, name, documents::blob_of(&text)?, false).await?;
    console::note(store, Level::Info, format!("snapshot taken: {}, {}", entry.name, entry.size), None);
    Ok((entry, text))
}

/// Takes a snapshot and saves it as a file.
///
/// # Errors
/// As [`take`], or where the browser refuses the download.
pub async fn take_and_save(store: Store) -> Result<(), String> {
    let (entry, _) = take(store).await?;
    save(&entry)
}

/// Saves a snapshot as a file.
///
/// # Errors
/// Where the browser refuses the download.
pub fn save(entry: &Entry) -> Result<(), String> {
    let blob = blobs::get(entry.number).ok_or_else(|| format!("{} was deleted", entry.name))?;
    files::download(&entry.name, &blob)
}

/// Puts a file that a person chose on the shelf. A file that is no snapshot
/// changes nothing.
///
/// # Errors
/// Why it is no snapshot, or that there is no room for it.
pub async fn open(store: Store, name: String, blob: Blob) -> Result<(), String> {
    let shown = words::shown(&name);
    let entry = shelve(store, name, blob, true).await.map_err(|error| format!("{shown} was not opened: {error}"))?;
    console::note(store, Level::Info, format!("opened {shown}, {}", entry.size), None);
    Ok(())
}

/// All of a document on the shelf, to be looked into.
///
/// # Errors
/// That it was deleted, that it is too large, or the browser's reason.
pub async fn document(number: u64) -> Result<Document, String> {
    let blob = blobs::get(number).ok_or_else(|| format!("no. {number} was deleted"))?;
    let size = size_of_blob(&blob);
    if size > LOOKED_INTO_MAX {
        return Err(format!("no. {number} is {size}: more than {LOOKED_INTO_MAX} are not looked into"));
    }
    let buffer = JsFuture::from(blob.array_buffer()).await.map_err(|error| reason_of(&error))?;
    snapshot::read(&js_sys::Uint8Array::new(&buffer).to_vec()).map_err(|error| error.to_string())
}

/// `arenascope-leak-42-20260102T030405.arenascope.json`: sorts by time, and is
/// a valid name on every system.
fn file_name(store: Store) -> String {
    let run = store.applied.get_untracked().unwrap_or_else(|| store.chosen.get_untracked());
    let (scenario, seed) = (page_link::text_of(&run, "scenario"), run.seed);
    let iso = String::from(js_sys::Date::new_0().to_iso_string());
    let time: String = iso.chars().take(19).filter(|letter| !matches!(letter, '-' | ':')).collect();
    format!("arenascope-{scenario}-{seed}-{time}.arenascope.json")
}
