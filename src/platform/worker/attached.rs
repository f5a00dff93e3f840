//! The attached worker: decodes what the probes of other pages tell, batch by batch, into a
//! log for each page.

use super::link;
use crate::formats::import::Format;
use crate::formats::import::probe::{Decoder, last_of, realm_of};
use crate::platform::attach::receiver::Told;
use crate::platform::clock::now_ms;
use crate::platform::panic;
use crate::platform::runs::RunSlot;
use crate::recording::Import;
use crate::trace::{Manifest, Sink};
use js_sys::{Array, Uint8Array};
use std::collections::BTreeMap;
use wasm_bindgen::prelude::*;

/// Names, stacks and address ranges are copied for the panels so often, at most.
const TABLES_MS: f64 = 500.0;

/// A run that is being recorded.
struct Attached {
    decoder: Decoder,
    /// The page itself: the realm that tells first.
    page: Option<u64>,
    sink: Import<'static, fn(u64) -> bool>,
    /// Events when its tables were shown last, and when that was.
    shown_events: Option<u64>,
    shown_ms: f64,
}

/// Enters the attached worker; called by the worker's script.
#[wasm_bindgen]
pub fn enter_attached() {
    panic::listen(|reason| link::say(&Told::Failed { reason: reason.into() }));
    let mut runs = BTreeMap::new();
    link::listen_to_values(move |value| {
        let Ok(message) = value.dyn_into::<Array>() else { return };
        let slot = message.get(0).as_f64().and_then(|number| RunSlot::from_number(number as usize));
        if let Some(slot) = slot {
            hear(&mut runs, slot, &message.get(1));
        }
    });
    link::say(&Told::Ready);
}

fn hear(runs: &mut BTreeMap<RunSlot, Attached>, slot: RunSlot, what: &JsValue) {
    if what.as_bool() == Some(true) {
        runs.insert(slot, Attached::new(slot));
    } else if what.as_bool() == Some(false) {
        runs.remove(&slot).into_iter().for_each(Attached::end);
    } else if let Some(run) = runs.get_mut(&slot) {
        match what.dyn_ref::<Uint8Array>() {
            Some(batch) => link::say(&run.take(slot, &batch.to_vec())),
            None => run.look(),
        }
    }
}

impl Attached {
    fn new(slot: RunSlot) -> Self {
        let mut sink = Import::new(slot.log(), (|_| true) as fn(u64) -> bool);
        *sink.manifest() = Manifest::of(Format::Probe.key(), Format::Probe.label());
        Self { decoder: Decoder::live(), page: None, sink, shown_events: None, shown_ms: 0.0 }
    }

    fn take(&mut self, slot: RunSlot, batch: &[u8]) -> Told {
        let trouble = self.decoder.feed(batch, &mut self.sink).err().map(|error| error.to_string());
        self.sink.publish();
        slot.note_events(self.sink.events());
        self.show();
        self.page = self.page.or_else(|| realm_of(batch));
        let is_last = self.page.is_some() && last_of(batch) == self.page;
        Told::Taken { slot: slot.number(), bytes: batch.len() as u32, trouble, is_last }
    }

    /// Nothing came for a while: what was held back is told.
    fn look(&mut self) {
        // The sink of a log refuses nothing.
        let _ = self.decoder.flush(&mut self.sink);
        self.sink.publish();
        self.show();
    }

    /// Shows the tables, where anything came since, and not too often.
    fn show(&mut self) {
        let (events, now) = (Some(self.sink.events()), now_ms());
        if self.shown_events != events && now - self.shown_ms >= TABLES_MS {
            self.decoder.say_findings(&mut self.sink);
            self.sink.show_all();
            (self.shown_events, self.shown_ms) = (events, now_ms());
        }
    }

    fn end(mut self) {
        // What is decoded already is in the sink: nothing more can be refused.
        let _ = self.decoder.finish(&mut self.sink);
        self.sink.finish();
    }
}
