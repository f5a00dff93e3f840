//! What can be compared: every open run, and every snapshot on the shelf.

use super::state::{Chosen, DocumentKey};
use crate::analysis::compare::moment::Moment;
use crate::analysis::snapshots::words;
use crate::app::runs::state::{OpenRun, Progress};
use crate::app::snapshots::blobs;
use crate::app::state::store::Store;
use crate::platform::comparer::Document;
use crate::platform::runs::RunSlot;
use leptos::prelude::*;

/// All of them with their names, runs first. Follows what is open.
pub fn all(store: Store) -> Vec<(DocumentKey, String)> {
    // The engine's run begins and ends with these.
    store.run.track();
    store.running.track();
    // A run that only began has its beginning alone.
    let log = RunSlot::ENGINE.log();
    let has_engine = log.events().end.saturating_sub(log.run_start()) > 1;
    let engine = has_engine.then(|| (DocumentKey::Run(RunSlot::ENGINE), "Engine".to_owned()));
    // What is still read is no whole run.
    let is_there = |run: &OpenRun| run.progress != Progress::Reading;
    let files = store
        .runs
        .open
        .get()
        .into_iter()
        .filter(is_there)
        .map(|run| (DocumentKey::Run(run.slot), run.name.to_string()));
    let snapshot = |entry: &crate::app::snapshots::shelf::Entry| {
        (DocumentKey::Snapshot(entry.number), format!("Snapshot no. {}, {}", entry.number, words::shown(&entry.name)))
    };
    let snapshots = store.shelf.with(|shelf| shelf.entries.iter().map(snapshot).collect::<Vec<_>>());
    engine.into_iter().chain(files).chain(snapshots).collect()
}

/// What is meant by two choices: those that are still open; for what was not chosen, the
/// newest two. `None` where there are not two documents to follow.
pub fn meant(all: &[(DocumentKey, String)], chosen: [Chosen; 2]) -> [Option<DocumentKey>; 2] {
    let usual = |from_end: usize| all.len().checked_sub(from_end).and_then(|at| all.get(at)).map(|(key, _)| *key);
    let is_open = |key: &DocumentKey| all.iter().any(|(known, _)| known == key);
    let [first, second] = chosen.map(|chosen| chosen.key.filter(is_open));
    [first.or_else(|| usual(2)), second.or_else(|| usual(1))]
}

/// Changes where a slot holds another run than before.
pub fn version(key: DocumentKey) -> u64 {
    match key {
        DocumentKey::Run(RunSlot::ENGINE) => RunSlot::ENGINE.log().run_start(),
        DocumentKey::Run(slot) => slot.openings(),
        DocumentKey::Snapshot(_) => 0,
    }
}

/// The name of a document.
pub fn name(all: &[(DocumentKey, String)], key: DocumentKey) -> String {
    all.iter().find(|(known, _)| *known == key).map_or_else(String::new, |(_, name)| name.clone())
}

/// A document as the worker takes it.
///
/// # Errors
/// A moment that is none, or a document that is no longer there.
pub fn taken(store: Store, key: DocumentKey, moment: &str) -> Result<Document, String> {
    let name = untrack(|| name(&all(store), key));
    match key {
        DocumentKey::Run(slot) => {
            let moment: Moment = moment.parse().map_err(|error| format!("{name}: {error}"))?;
            Ok(Document::Run { slot, name, moment })
        }
        DocumentKey::Snapshot(number) => {
            let file = blobs::get(number).ok_or_else(|| format!("snapshot no. {number} was deleted"))?;
            Ok(Document::Snapshot { name, file })
        }
    }
}
