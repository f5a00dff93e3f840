//! Chrome's trace events, of which counters (`"ph": "C"`) say how much of something there
//! is: each key of their arguments is a series, told as one thing that changes its size.
//! What DevTools records of a page's heap, `UpdateCounters`, is read as such a counter, and
//! so is what V8 says of its heap before and after it collects garbage.

mod counters;
mod event;
mod events;
mod names;
mod tell;
#[cfg(test)]
mod tests;

pub(super) use events::{Instant, each_event};

use super::json::{Json, holds, opening};
use crate::import::error::ImportError;
use crate::import::format::Format;
use arenascope_trace::{Manifest, NoteKind, Sink};
use counters::Counters;
use event::Event;
use std::io::BufRead;

pub(super) fn looks_like(first: &[u8]) -> bool {
    match opening(first) {
        Some(b'{') => holds(first, "\"traceEvents\""),
        Some(b'[') => holds(first, "\"ph\""),
        _ => false,
    }
}

/// Reads all counters, then tells them: events stand in no order.
pub(super) fn read(input: &mut dyn BufRead, sink: &mut dyn Sink) -> Result<(), ImportError> {
    let mut input = input;
    let mut json = Json::new(Format::ChromeTrace, &mut input);
    let (mut counters, mut event) = (Counters::default(), Event::default());
    *sink.manifest() = Manifest::of(Format::ChromeTrace.key(), Format::ChromeTrace.label());
    let all = each_event(&mut json, &mut |json| {
        event.read(json)?;
        counters.take(&event);
        Ok(())
    });
    if let Err(error) = all {
        if !json.is_cut() || counters.is_empty() {
            return Err(error);
        }
        let text = format!("the file ends at {}: what came after is missing", json.place());
        sink.manifest().note(NoteKind::Missing, text);
    }
    tell::tell(counters, sink)
}
