//! The importer worker: reads files that the page hands over into logs of their own. One
//! after the other, while the engine and its recorder go on.

use super::blob_source::BlobSource;
use super::link;
use crate::formats::import;
use crate::platform::file_jobs::Message;
use crate::platform::importer::Imported;
use crate::platform::panic;
use crate::platform::runs::RunSlot;
use crate::recording::spill::{FileReader, MAGIC, Opening, Source};
use crate::recording::{Import, Recorder};
use js_sys::Array;
use wasm_bindgen::prelude::*;
use web_sys::Blob;

/// Enters the importer worker; called by the worker's script.
#[wasm_bindgen]
pub fn enter_importer() {
    panic::listen(|reason| link::say(&Message::<()>::Failed { reason: reason.into() }));
    link::listen_to_values(|value| {
        let Ok(job) = value.dyn_into::<Array>() else { return };
        let (Some(id), Some(slot)) = (job.get(0).as_f64(), job.get(2).as_f64()) else { return };
        let (Ok(blob), Some(slot)) = (job.get(1).dyn_into::<Blob>(), RunSlot::from_number(slot as usize)) else {
            return;
        };
        let result = read(blob, slot);
        if result.is_err() {
            slot.close();
        }
        link::say(&Message::Read { id: id as u32, result });
    });
    link::say(&Message::<()>::Ready);
}

fn read(blob: Blob, slot: RunSlot) -> Result<Imported, String> {
    let source = BlobSource::new(blob, slot)?;
    let mut first = [0; MAGIC.len()];
    let got = (&source).read_at(0, &mut first).map_err(|error| error.to_string())?;
    if got == first.len() && first == MAGIC {
        return read_own(&source, slot);
    }
    let mut sink = Import::new(slot.log(), |events| slot.note_events(events));
    let format = import::read(source, &mut sink).map_err(|error| error.to_string())?;
    let events = sink.finish();
    Ok(Imported { format: format.key().into(), label: format.label().into(), events, damage: None })
}

/// A recording of ours.
fn read_own(source: &BlobSource, slot: RunSlot) -> Result<Imported, String> {
    let file = FileReader::begin(source).map_err(|error| error.to_string())?;
    let mut recorder = Recorder::for_file(slot.log(), &file);
    let mut opening = Opening::new(file);
    let damage = loop {
        match opening.step(&mut recorder) {
            Ok(true) if slot.note_events(opening.events()) => {}
            Ok(true) => return Err(crate::trace::Stopped.to_string()),
            Ok(false) => break None,
            Err(error) if opening.events() == 0 => return Err(error.to_string()),
            Err(error) => break Some(error.to_string()),
        }
    };
    Ok(Imported { format: "arenascope".into(), label: "Arenascope recording".into(), events: opening.events(), damage })
}
