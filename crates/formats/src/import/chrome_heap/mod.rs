//! What V8 says of its heap: sampling profiles (`.heapprofile`), snapshots
//! (`.heapsnapshot`) and allocation timelines (`.heaptimeline`).

mod name;
mod sampling;
mod snapshot;
#[cfg(test)]
mod tests;

use super::json::{Json, holds, opening};
use crate::import::error::ImportError;
use crate::import::format::Format;
use arenascope_trace::{Manifest, Sink};
use std::io::BufRead;

pub(super) fn looks_like(first: &[u8]) -> bool {
    opening(first) == Some(b'{')
        && (is_snapshot(first) || holds(first, "\"callFrame\"") && holds(first, "\"selfSize\""))
}

fn is_snapshot(first: &[u8]) -> bool {
    holds(first, "\"snapshot\"") && holds(first, "\"node_fields\"")
}

pub(super) fn read(input: &mut dyn BufRead, sink: &mut dyn Sink) -> Result<(), ImportError> {
    let is_snapshot = is_snapshot(input.fill_buf()?);
    let mut input = input;
    let mut json = Json::new(Format::ChromeHeap, &mut input);
    *sink.manifest() = Manifest::of(Format::ChromeHeap.key(), Format::ChromeHeap.label());
    sink.manifest().source.tool = Some("V8".into());
    if is_snapshot { snapshot::read(&mut json, sink) } else { sampling::read(&mut json, sink) }
}
