//! The exporter worker: writes the run of a slot as another tool's file, or as our own, into
//! a blob outside of the module's memory.

use super::link;
use crate::formats::export::{self, ExportError, Target};
use crate::platform::exporter::OWN_KEY;
use crate::platform::failure::reason_of;
use crate::platform::file_jobs::Message;
use crate::platform::panic;
use crate::platform::runs::RunSlot;
use crate::platform::writings::Writing;
use crate::recording::{Reader, Retold, spill};
use crate::trace::{Event, Manifest, Run, Stacks, Stopped};
use crate::workload::tags;
use js_sys::{Array, Uint8Array};
use std::io::{self, Write};
use wasm_bindgen::prelude::*;
use web_sys::{Blob, BlobPropertyBag};

/// Bytes that are gathered before they leave the module's memory.
const PIECE_BYTES: usize = 1 << 20;
/// Events between two looks whether somebody still wants the file.
const LOOK_EVENTS: u64 = 1024;

/// Enters the exporter worker; called by the worker's script.
#[wasm_bindgen]
pub fn enter_exporter() {
    panic::listen(|reason| link::say(&Message::<()>::Failed { reason: reason.into() }));
    link::listen_to_values(|value| {
        let Ok(job) = value.dyn_into::<Array>() else { return };
        let (Some(id), Some(key), Some(with)) = (job.get(0).as_f64(), job.get(1).as_string(), job.get(2).as_f64())
        else {
            return;
        };
        let with = with as usize;
        let (Some(writing), Some(slot)) = (Writing::from_number(with >> 8), RunSlot::from_number(with & 0xff)) else {
            return;
        };
        let result = write(writing, &key, slot).map(|file| link::post(&Array::of2(&id.into(), &file)));
        link::say(&Message::Read { id: id as u32, result });
    });
    link::say(&Message::<()>::Ready);
}

fn write(writing: Writing, key: &str, slot: RunSlot) -> Result<Blob, String> {
    let mut reader = Reader::new(slot.log());
    reader.refresh();
    if reader.run().is_empty() {
        return Err("the run has no events".into());
    }
    let mut pieces = Pieces::default();
    let mime = match Target::of_key(key) {
        Some(target) => {
            let run = Retold::of(&reader, |tag| tags::name(tag).into());
            let run = Watched { run: &run, writing, all: reader.run().end - reader.run().start };
            export::write(target, &run, &mut pieces).map_err(|error| error.to_string())?;
            target.mime()
        }
        None if key == OWN_KEY => {
            write_own(writing, &reader, &mut pieces).map_err(|error| error.to_string())?;
            "application/octet-stream"
        }
        None => return Err(format!("`{key}` is no format that can be written")),
    };
    pieces.into_blob(mime).map_err(|error| reason_of(&error))
}

/// Our own format: a look at whether somebody wants it for each of its frames.
fn write_own(writing: Writing, reader: &Reader<'_>, pieces: &mut Pieces) -> Result<(), ExportError> {
    writing.begin_reading(reader.run().end - reader.run().start);
    let so_far = |events| if writing.note_events(events) { Ok(()) } else { Err(Stopped.into()) };
    spill::write_watched(reader, |bytes| Ok(pieces.write_all(bytes)?), so_far).map(drop)
}

/// A run that says how far it is read, and stops where nobody wants the rest.
struct Watched<'r> {
    run: &'r dyn Run,
    writing: Writing,
    /// Events of the run.
    all: u64,
}

impl Run for Watched<'_> {
    fn manifest(&self) -> &Manifest {
        self.run.manifest()
    }

    fn stacks(&self) -> &Stacks {
        self.run.stacks()
    }

    fn each(&self, take: &mut dyn FnMut(&Event) -> Result<(), Stopped>) -> Result<(), Stopped> {
        let mut told = 0;
        self.writing.begin_reading(self.all);
        self.run.each(&mut |event| {
            if told % LOOK_EVENTS == 0 && !self.writing.note_events(told) {
                return Err(Stopped);
            }
            told += 1;
            take(event)
        })
    }
}

/// What was written, piece by piece.
#[derive(Default)]
struct Pieces {
    gathered: Vec<u8>,
    written: Array,
}

impl Pieces {
    fn put_out(&mut self) {
        // A copy: a blob takes no view of shared memory.
        self.written.push(&Uint8Array::from(self.gathered.as_slice()));
        self.gathered.clear();
    }

    /// All of it.
    fn into_blob(mut self, mime: &str) -> Result<Blob, JsValue> {
        self.put_out();
        let kind = BlobPropertyBag::new();
        kind.set_type(mime);
        Blob::new_with_u8_array_sequence_and_options(&self.written, &kind)
    }
}

impl Write for Pieces {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.gathered.extend_from_slice(bytes);
        if self.gathered.len() >= PIECE_BYTES {
            self.put_out();
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
