//! Opens files: recordings of any known tool become runs of their own, snapshots go to
//! their shelf.

use super::showing::show;
use super::state::{OpenRun, Progress};
use crate::analysis::numbers::text::count;
use crate::analysis::snapshots::words;
use crate::app::browser::files;
use crate::app::engine::console;
use crate::app::snapshots;
use crate::app::state::place::Tab;
use crate::app::state::store::Store;
use crate::formats::import::Format;
use crate::formats::snapshot::{FIRST_KEYS_BYTES, looks_like};
use crate::platform::documents::FileError;
use crate::platform::failure::reason_of;
use crate::platform::importer::{Imported, Importer};
use crate::platform::runs::{RUNS_MAX, RunSlot};
use crate::telemetry::notice::Level;
use leptos::prelude::*;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;
use web_sys::Blob;

thread_local! {
    static IMPORTER: Importer = Importer::default();
}

/// Who reads files, and tells runs again.
pub fn importer() -> Importer {
    IMPORTER.with(Importer::clone)
}

/// Opens every file of a file input or of what was dropped.
pub fn open_all(store: Store, holder: &JsValue) {
    for file in files::all_of(holder) {
        let (name, blob) = files::named(file);
        console::spawn(store, async move { open(store, name, blob).await.map(drop) });
    }
}

/// Opens a file by what it holds; the slot of its run, or `None` of a snapshot.
///
/// # Errors
/// What it looks like, where and why it cannot be read, or that too many are open. What is
/// open stays as it is.
pub async fn open(store: Store, name: String, blob: Blob) -> Result<Option<RunSlot>, String> {
    if is_snapshot(&blob).await? {
        store.tab.set(Tab::Snapshots);
        return snapshots::commands::open(store, name, blob).await.map(|()| None);
    }
    open_run(store, name, blob).await.map(Some)
}

/// Whether a file's first bytes are those of a snapshot; or of JSON that nobody else knows:
/// the snapshots' reader says best what is wrong with it.
async fn is_snapshot(blob: &Blob) -> Result<bool, String> {
    let first = blob.slice_with_f64_and_f64(0.0, FIRST_KEYS_BYTES as f64).map_err(|error| reason_of(&error))?;
    let buffer = JsFuture::from(first.array_buffer()).await.map_err(|error| reason_of(&error))?;
    let first = js_sys::Uint8Array::new(&buffer).to_vec();
    let is_json = first.trim_ascii_start().starts_with(b"{");
    Ok(looks_like(&first) || is_json && Format::of(&first).is_none())
}

async fn open_run(store: Store, name: String, blob: Blob) -> Result<RunSlot, String> {
    let shown = words::shown(&name);
    let runs = store.runs;
    let slot = runs.vacant().ok_or_else(|| {
        format!("{shown} was not opened: {} runs are open, which is the most; close one", RUNS_MAX - 1)
    })?;
    let run = OpenRun { slot, name: shown.clone().into(), progress: Progress::Reading, regrouped: None };
    runs.open.update(|open| open.push(run));
    let shown_before = runs.shown.get_untracked();
    show(store, slot);
    match importer().read(slot, blob).await {
        Ok(imported) => {
            runs.set_progress(slot, Progress::Whole(imported.label.clone().into()));
            tell(store, &shown, &imported);
            Ok(slot)
        }
        Err(error) => {
            // Whoever looks at another by now goes on with that.
            let is_shown = runs.shown.get_untracked() == slot;
            give_up(store, slot, &error);
            if is_shown {
                show(store, shown_before);
            }
            Err(format!("{shown} was not opened: {error}"))
        }
    }
}

/// Takes a run out whose file was not read: until another is shown, that is the engine's.
fn give_up(store: Store, slot: RunSlot, error: &FileError) {
    if store.runs.shown.get_untracked() == slot {
        show(store, RunSlot::ENGINE);
    }
    if matches!(error, FileError::Stopped { .. }) {
        store.runs.spoilt.update_value(|spoilt| spoilt.push(slot));
    }
    store.runs.open.update(|open| open.retain(|run| run.slot != slot));
}

fn tell(store: Store, name: &str, imported: &Imported) {
    let text = format!("opened {name}: {}, {} events", imported.label, count(imported.events));
    console::note(store, Level::Info, text, None);
    if let Some(damage) = &imported.damage {
        console::note(store, Level::Warning, format!("{name}: the rest cannot be read: {damage}"), None);
    }
}

/// Opens the files that the page's own address asks for, once there is an engine.
pub fn open_linked(store: Store) {
    for (number, address) in (1..).zip(store.runs.linked.get_untracked()) {
        console::spawn(store, async move {
            if let Some(slot) = open_address(store, &address).await? {
                store.compare.opened.update(|opened| opened.push((number, slot)));
            }
            Ok(())
        });
    }
}

/// Opens what an address leads to.
///
/// # Errors
/// As [`open`]; also where the address cannot be fetched.
pub async fn open_address(store: Store, address: &str) -> Result<Option<RunSlot>, String> {
    let (name, blob) = files::fetched(address).await?;
    open(store, name, blob).await
}
