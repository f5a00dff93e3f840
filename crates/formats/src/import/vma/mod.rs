//! Statistics of Vulkan Memory Allocator and of D3D12 Memory Allocator: one moment of
//! every block and what lies in it. Both write one schema, as UTF-8 or UTF-16.

mod kinds;
mod parse;
mod spaces;
mod statistics;
mod sums;
mod tell;
#[cfg(test)]
mod tests;
mod utf16;

use super::json::{Json, holds, opening};
use crate::import::error::ImportError;
use crate::import::format::Format;
use arenascope_trace::{Manifest, NoteKind, Sink};
use std::io::{BufRead, Read};
use utf16::{Order, Utf16};

pub(super) fn looks_like(first: &[u8]) -> bool {
    let decoded;
    let text = match Order::of(first) {
        Some(order) => {
            decoded = utf16::decoded(first, order);
            decoded.as_bytes()
        }
        None => first,
    };
    opening(text) == Some(b'{') && holds(text, "\"General\"") && holds(text, "\"API\"")
}

/// Reads all there is, then tells it: blocks may come before what is known of their heaps.
pub(super) fn read(input: &mut dyn BufRead, sink: &mut dyn Sink) -> Result<(), ImportError> {
    let order = Order::of(input.fill_buf()?);
    let mut recoded;
    let mut input = input;
    let input: &mut dyn Read = match order {
        Some(order) => {
            recoded = Utf16::new(input, order);
            &mut recoded
        }
        None => &mut input,
    };
    *sink.manifest() = Manifest::of(Format::Vma.key(), Format::Vma.label());
    let mut json = Json::of_lines(Format::Vma, input);
    let mut statistics = statistics::Statistics::default();
    if let Err(error) = parse::parse(&mut json, &mut statistics, sink.stacks()) {
        if !json.is_cut() || statistics.is_empty() {
            return Err(error);
        }
        statistics.is_cut = true;
        let text = format!("the file ends at {}: blocks are missing", json.place());
        sink.manifest().note(NoteKind::Missing, text);
    }
    tell::tell(&statistics, sink)
}
