//! The importer worker: reads files that the page hands over into logs of their own. One
//! after the other, while the engine and its recorder go on.

use super::blob_source::BlobSource;
use super::link;
use crate::analysis::categories::regrouped::Regrouped;
use crate::analysis::categories::rules::{Rules, RulesError};
use crate::formats::import;
use crate::platform::file_jobs::Message;
use crate::platform::importer::Imported;
use crate::platform::panic;
use crate::platform::runs::RunSlot;
use crate::recording::spill::{FileReader, MAGIC, Opening, Source};
use crate::recording::{Import, Reader, Recorder, Retold};
use crate::trace::Stopped;
use js_sys::Array;
use wasm_bindgen::prelude::*;
use web_sys::Blob;

/// Events between two looks whether anybody still wants the outcome.
const EVENTS_PER_LOOK: u64 = 1 << 12;

/// Enters the importer worker; called by the worker's script.
#[wasm_bindgen]
pub fn enter_importer() {
    panic::listen(|reason| link::say(&Message::<()>::Failed { reason: reason.into() }));
    link::listen_to_values(|value| {
        let Ok(job) = value.dyn_into::<Array>() else { return };
        let (Some(id), Some(slot)) = (job.get(0).as_f64(), job.get(2).as_f64()) else { return };
        let (what, slots) = (job.get(1), slot as usize);
        let (from, Some(slot)) = (RunSlot::from_number(slots >> 8), RunSlot::from_number(slots & 0xff)) else { return };
        let result = match (what.as_string(), from, what.dyn_into::<Blob>()) {
            (Some(rules), Some(from), _) => regroup(&rules, from, slot),
            (None, _, Ok(blob)) => read(blob, slot),
            _ => return,
        };
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

/// The run of a slot with categories by rules. Both passes count as bytes read.
fn regroup(rules: &str, from: RunSlot, into: RunSlot) -> Result<Imported, String> {
    let rules: Rules = rules.parse().map_err(|error: RulesError| error.to_string())?;
    let tables = from.log().tables().ok_or("the engine's own run has the engine's categories")?;
    let mut reader = Reader::new(from.log());
    reader.refresh();
    let run = Retold::of(&reader, |_| String::new());
    let mut looked = 0;
    let look = || {
        looked += 1;
        into.note_bytes(looked);
        if !looked.is_multiple_of(EVENTS_PER_LOOK) || into.note_events(0) { Ok(()) } else { Err(Stopped) }
    };
    let regrouped = Regrouped::of(&run, &rules, look).map_err(|error| error.to_string())?;
    let mut sink = Import::new(into.log(), |events| {
        into.note_bytes(looked + events);
        into.note_events(events)
    });
    regrouped.tell(&tables.extents, &mut sink).map_err(|error| error.to_string())?;
    let source = &tables.manifest.source;
    Ok(Imported { format: source.format.clone(), label: source.label.clone(), events: sink.finish(), damage: None })
}

/// A recording of ours.
fn read_own(source: &BlobSource, slot: RunSlot) -> Result<Imported, String> {
    let file = FileReader::begin(source).map_err(|error| error.to_string())?;
    let mut recorder = Recorder::for_file(slot.log(), &file);
    let mut opening = Opening::new(file);
    let damage = loop {
        match opening.step(&mut recorder) {
            Ok(true) if slot.note_events(opening.events()) => {}
            Ok(true) => return Err(Stopped.to_string()),
            Ok(false) => break None,
            Err(error) if opening.events() == 0 => return Err(error.to_string()),
            Err(error) => break Some(error.to_string()),
        }
    };
    Ok(Imported { format: "arenascope".into(), label: "Arenascope recording".into(), events: opening.events(), damage })
}
