//! Snapshots of this page session: taking, saving, opening, deleting and
//! getting back.

use super::files;
use super::link;
use super::store::Store;
use crate::analysis::address;
use crate::analysis::diff_snapshot::{self, SnapshotSummary};
use crate::session::command::Command;
use crate::telemetry::notice::Level;
use crate::units::Bytes;
use leptos::prelude::*;
use std::sync::Arc;

/// One snapshot on the shelf.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Counts from 1 and never repeats.
    pub number: u64,
    /// The file's name.
    pub name: String,
    /// Wall clock when it was taken or opened.
    pub clock: String,
    /// True for a file that was opened.
    pub opened: bool,
    /// The whole document.
    pub text: Arc<str>,
    /// What is shown of it.
    pub summary: Arc<SnapshotSummary>,
}

impl Entry {
    /// The document's size.
    pub fn size(&self) -> Bytes {
        Bytes::from(self.text.len())
    }
}

/// All snapshots of the session, and the one deleted last.
#[derive(Clone, Debug, Default)]
pub struct Shelf {
    /// Oldest first.
    pub entries: Vec<Entry>,
    /// What undo brings back.
    pub deleted: Option<Entry>,
    taken: u64,
}

impl Shelf {
    fn add(&mut self, name: String, text: String, summary: SnapshotSummary, opened: bool) {
        self.taken += 1;
        let entry = Entry {
            number: self.taken,
            name,
            clock: link::wall_clock(),
            opened,
            text: text.into(),
            summary: Arc::new(summary),
        };
        self.entries.push(entry);
    }

    /// The entry of that number.
    pub fn get(&self, number: u64) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.number == number)
    }

    /// Takes an entry off the shelf; [`Self::undo`] brings it back.
    pub fn delete(&mut self, number: u64) {
        if let Some(index) = self.entries.iter().position(|entry| entry.number == number) {
            self.deleted = Some(self.entries.remove(index));
        }
    }

    /// Puts the entry deleted last where it was.
    pub fn undo(&mut self) {
        if let Some(entry) = self.deleted.take() {
            let index = self.entries.partition_point(|other| other.number < entry.number);
            self.entries.insert(index, entry);
        }
    }
}

/// Asks the engine for a snapshot and puts it on the shelf.
///
/// # Errors
/// The engine's message, or why its answer cannot be read.
pub async fn take(store: Store) -> Result<Entry, String> {
    store.snapshot_busy.set(true);
    let answer = link::call(store, Command::Snapshot).await;
    store.snapshot_busy.set(false);
    let text = answer?;
    let summary = diff_snapshot::read(&text).map_err(|error| format!("snapshot: {error}"))?;
    let name = file_name(store);
    link::note(store, Level::Info, format!("snapshot taken: {name}, {}", Bytes::from(text.len())), None);
    store.shelf.update(|shelf| shelf.add(name, text, summary, false));
    store.shelf.with_untracked(|shelf| shelf.entries.last().cloned()).ok_or_else(|| "snapshot: it was deleted".into())
}

/// Takes a snapshot and saves it as a file.
///
/// # Errors
/// As [`take`], or where the browser refuses the download.
pub async fn take_and_save(store: Store) -> Result<(), String> {
    let entry = take(store).await?;
    save(&entry)
}

/// Saves a snapshot as a file.
///
/// # Errors
/// Where the browser refuses the download.
pub fn save(entry: &Entry) -> Result<(), String> {
    files::download(&entry.name, &entry.text)
}

/// Puts a file that a person chose on the shelf. A file that is no snapshot
/// changes nothing.
///
/// # Errors
/// Why it is no snapshot.
pub fn open(store: Store, name: String, text: String) -> Result<(), String> {
    let summary = diff_snapshot::read(&text).map_err(|error| format!("{name} was not opened: {error}"))?;
    link::note(store, Level::Info, format!("opened {name}, {}", Bytes::from(text.len())), None);
    store.shelf.update(|shelf| shelf.add(name, text, summary, true));
    Ok(())
}

/// `arenascope-leak-42-20260102T030405.arenascope.json`: sorts by time, and is
/// a valid name on every system.
fn file_name(store: Store) -> String {
    let run = store.applied.get_untracked().unwrap_or_else(|| store.chosen.get_untracked());
    let (scenario, seed) = (address::text_of(&run, "scenario"), run.seed);
    let iso = String::from(js_sys::Date::new_0().to_iso_string());
    let time: String = iso.chars().take(19).filter(|letter| !matches!(letter, '-' | ':')).collect();
    format!("arenascope-{scenario}-{seed}-{time}.arenascope.json")
}
