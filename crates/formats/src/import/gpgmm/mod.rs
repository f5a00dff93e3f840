//! Captures of Intel's GPGMM: objects that are made (`N`), described (`O`) and gone (`D`),
//! as Chrome trace events. Heaps are what the device gave; resource allocations lie in
//! them. Captures of some versions say neither size nor place of an allocation: then its
//! size is that of the `CreateResource` before it on the same thread.

mod event;
mod kinds;
mod objects;
mod spaces;
mod tell;
#[cfg(test)]
mod tests;

use super::chrome_trace::each_event;
use super::json::{Json, holds, opening};
use crate::import::error::ImportError;
use crate::import::format::Format;
use arenascope_trace::{Manifest, NoteKind, Sink};
use objects::Objects;
use std::io::BufRead;

pub(super) fn looks_like(first: &[u8]) -> bool {
    let is_trace = match opening(first) {
        Some(b'{') => holds(first, "\"traceEvents\""),
        Some(b'[') => holds(first, "\"ph\""),
        _ => false,
    };
    is_trace && (holds(first, "GPGMM") || holds(first, "\"ResourceAllocator"))
}

/// Reads all objects, then tells them: threads write their events in no common order.
pub(super) fn read(input: &mut dyn BufRead, sink: &mut dyn Sink) -> Result<(), ImportError> {
    let mut input = input;
    let mut json = Json::new(Format::Gpgmm, &mut input);
    let mut objects = Objects::default();
    *sink.manifest() = Manifest::of(Format::Gpgmm.key(), Format::Gpgmm.label());
    let all = each_event(&mut json, &mut |json| {
        if let Some(event) = event::read(json)? {
            objects.take(event);
        }
        Ok(())
    });
    if let Err(error) = all {
        if !json.is_cut() || objects.is_empty() {
            return Err(error);
        }
        let text = format!("the file ends at {}: what came after is missing", json.place());
        sink.manifest().note(NoteKind::Missing, text);
    }
    tell::tell(objects, sink)
}
