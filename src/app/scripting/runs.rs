//! The open runs, for scripts.

use crate::app::browser::files;
use crate::app::categories::applying;
use crate::app::exports::saving::{self, Goal};
use crate::app::runs::opening;
use crate::app::runs::showing;
use crate::app::runs::state::{OpenRun, Progress};
use crate::app::state::store::Store;
use crate::platform::runs::{Reading, RunSlot};
use crate::recording::LogFigures;
use crate::trace::Manifest;
use leptos::prelude::*;
use serde::Serialize;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::Blob;

/// What `runs()` answers for each.
#[derive(Clone, Debug, Serialize)]
pub struct RunFigures {
    /// Its number: 0 is the engine's. What `show_run` and `close_run` take.
    run: usize,
    name: String,
    is_shown: bool,
    /// Whether its file is being read.
    is_reading: bool,
    read_bytes: u64,
    file_bytes: u64,
    /// Events that can be looked at.
    events: u64,
    unmatched: u64,
    inferred: u64,
    refused: u64,
    /// Memory of its recording, bytes.
    bytes: u64,
    /// What it is, where it was recorded by others.
    manifest: Option<Manifest>,
}

/// Every open run, the engine's first.
pub fn figures(store: Store) -> Vec<RunFigures> {
    let shown = store.runs.shown.get_untracked();
    let of = |slot: RunSlot, name: String, is_reading: bool| {
        let log = slot.log();
        let LogFigures { unmatched, inferred, refused, .. } = log.figures();
        let Reading { read_bytes, file_bytes, .. } = slot.reading();
        let events = log.events();
        let manifest = log.tables().map(|tables| tables.manifest.clone());
        RunFigures {
            run: slot.number(),
            name,
            is_shown: slot == shown,
            is_reading,
            read_bytes,
            file_bytes,
            events: events.end - events.start,
            unmatched,
            inferred,
            refused,
            bytes: log.bytes(),
            manifest,
        }
    };
    let files = store.runs.open.get_untracked();
    let file = |run: OpenRun| of(run.slot, run.name.to_string(), run.progress == Progress::Reading);
    core::iter::once(of(RunSlot::ENGINE, "engine".into(), false)).chain(files.into_iter().map(file)).collect()
}

/// Opens a file, or what an address leads to; answers with the number of its run, or
/// `null` of a snapshot.
///
/// # Errors
/// As [`opening::open`]; for anything else than a file, a blob or a text.
pub async fn open(store: Store, argument: JsValue) -> Result<JsValue, String> {
    let opened = match argument.as_string() {
        Some(address) => opening::open_address(store, &address).await?,
        None => {
            let blob = argument.dyn_into::<Blob>().map_err(|_| "open(…) takes a File, a Blob or an address")?;
            let (name, blob) = files::named(blob.into());
            opening::open(store, name, blob).await?
        }
    };
    Ok(opened.map_or(JsValue::NULL, |slot| JsValue::from(slot.number() as u32)))
}

/// Shows a run on all panels, by its number.
///
/// # Errors
/// A number that is not open.
pub fn show(store: Store, argument: &JsValue) -> Result<(), String> {
    showing::show(store, slot_of(store, argument)?);
    Ok(())
}

/// Closes a run of a file, by its number.
///
/// # Errors
/// A number that is not open, or the engine's.
pub fn close(store: Store, argument: &JsValue) -> Result<(), String> {
    let slot = slot_of(store, argument)?;
    if slot == RunSlot::ENGINE {
        return Err("the engine's run cannot be closed: reset() drops it".into());
    }
    showing::close(store, slot);
    Ok(())
}

/// Gives the run that is shown the categories that rules say, or, of an empty text, those of
/// its file.
///
/// # Errors
/// Another argument than a text; a rule that means nothing; the engine's run.
pub async fn set_categories(store: Store, argument: &JsValue) -> Result<(), String> {
    let rules = argument.as_string().ok_or("set_categories(…) takes rules as text, one a line")?;
    let run = untrack(|| applying::subject(store))?;
    applying::apply(store, run, rules).await
}

fn slot_of(store: Store, argument: &JsValue) -> Result<RunSlot, String> {
    let number = argument.as_f64().filter(|number| number.fract() == 0.0 && *number >= 0.0);
    let slot = number.and_then(|number| RunSlot::from_number(number as usize));
    let is_open = |slot: &RunSlot| {
        *slot == RunSlot::ENGINE || store.runs.open.with_untracked(|open| open.iter().any(|run| run.slot == *slot))
    };
    slot.filter(is_open).ok_or_else(|| "no run of that number is open: runs() lists them".into())
}

/// Writes the run that is shown as the format of that key; answers with a blob.
///
/// # Errors
/// A key that is none, or a run that the format cannot hold.
pub async fn export(store: Store, argument: JsValue) -> Result<JsValue, String> {
    let goal = argument.as_string().and_then(|key| Goal::of_key(&key));
    let goal = goal.ok_or_else(|| {
        format!(
            "export_run(…) takes the key of a format: {}",
            Goal::all().map(Goal::key).collect::<Vec<_>>().join(", ")
        )
    })?;
    saving::write(store, goal).await.map(JsValue::from).map_err(|error| error.to_string())
}
