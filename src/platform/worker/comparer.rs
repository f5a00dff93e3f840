//! The comparer worker: lays two runs of the page, or snapshots, beside each other. It reads
//! the recordings where they are, in the memory of all threads.

use super::link;
use crate::analysis::compare::{Comparison, Input, RunOf, SideError, Watch, compare};
use crate::formats::snapshot;
use crate::platform::comparer::{Asked, Compared};
use crate::platform::failure::reason_of;
use crate::platform::file_jobs::Message;
use crate::platform::panic;
use crate::platform::runs::RunSlot;
use crate::platform::writings::Writing;
use crate::recording::Reader;
use js_sys::{Array, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::Blob;

/// Snapshots are told from runs, and from each other, by numbers above those of slots.
const SNAPSHOTS: u64 = 1 << 32;

/// Enters the comparer worker; called by the worker's script.
#[wasm_bindgen]
pub fn enter_comparer() {
    panic::listen(|reason| link::say(&Message::<()>::Failed { reason: reason.into() }));
    link::listen_to_values(|value| {
        let Ok(job) = value.dyn_into::<Array>() else { return };
        let (Some(id), Ok(what), Some(with)) =
            (job.get(0).as_f64(), job.get(1).dyn_into::<Array>(), job.get(2).as_f64())
        else {
            return;
        };
        let Some(going) = Writing::from_number(with as usize) else { return };
        wasm_bindgen_futures::spawn_local(async move {
            let result = answer(&what, going).await.map(Box::new);
            link::say(&Message::Read { id: id as u32, result });
        });
    });
    link::say(&Message::<()>::Ready);
}

async fn answer(what: &Array, going: Writing) -> Result<Comparison, String> {
    let text = what.get(0).as_string().unwrap_or_default();
    let asked: Asked = serde_json::from_str(&text).map_err(|error| error.to_string())?;
    let files: Array = what.get(1).unchecked_into();
    let mut documents = Vec::with_capacity(2);
    for side in 0..2 {
        documents.push(match files.get(side).dyn_into::<Blob>() {
            Ok(blob) => Some(read(&blob).await?),
            Err(_) => None,
        });
    }
    laid_beside(&asked, &documents, going)
}

fn laid_beside(asked: &Asked, documents: &[Option<snapshot::Document>], going: Writing) -> Result<Comparison, String> {
    let slot = |side: &Compared| match side {
        Compared::Run { slot, .. } => RunSlot::from_number(*slot).unwrap_or_default(),
        Compared::Snapshot { .. } => RunSlot::ENGINE,
    };
    let readers = asked.sides.each_ref().map(|side| {
        let mut reader = Reader::new(slot(side).log());
        reader.refresh();
        reader
    });
    let inputs = [0, 1].map(|at| match (&asked.sides[at], documents.get(at).and_then(Option::as_ref)) {
        (Compared::Run { name, slot, moment }, _) => {
            Some(Input::Run(RunOf { reader: &readers[at], name, run: *slot as u64, moment: moment.clone() }))
        }
        (Compared::Snapshot { name }, Some(document)) => {
            Some(Input::Snapshot { document, name, run: SNAPSHOTS + at as u64 })
        }
        (Compared::Snapshot { .. }, None) => None,
    });
    let [Some(first), Some(second)] = inputs else { return Err("a snapshot came without its text".into()) };
    going.begin_reading(first.events() + second.events());
    let mut tell = |events| going.note_events(events);
    compare(&first, &second, asked.align, &mut Watch::new(&mut tell)).map_err(|error: SideError| error.to_string())
}

async fn read(blob: &Blob) -> Result<snapshot::Document, String> {
    let buffer = JsFuture::from(blob.array_buffer()).await.map_err(|error| reason_of(&error))?;
    snapshot::read(&Uint8Array::new(&buffer).to_vec()).map_err(|error| error.to_string())
}
