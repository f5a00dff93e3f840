//! Lists of records: an empty list becomes one with the first record that it takes in.

use super::entry::Entries;
use super::heap::{Heap, Kind};
use super::segment::{Block, Segment};

/// Why a list does not take something in.
pub(super) const MIXED: &str = "things of a kind that their list does not have were left out";

pub(super) fn entries(heap: &mut Heap, list: u32) -> Result<&mut Entries, &'static str> {
    match typed(heap, list, || Kind::Entries(Entries::default())) {
        Some(Kind::Entries(entries)) => Ok(entries),
        _ => Err(MIXED),
    }
}

pub(super) fn blocks(heap: &mut Heap, list: u32) -> Result<&mut Vec<Block>, &'static str> {
    match typed(heap, list, || Kind::Blocks(Vec::new())) {
        Some(Kind::Blocks(blocks)) => Ok(blocks),
        _ => Err(MIXED),
    }
}

pub(super) fn segments(heap: &mut Heap, list: u32) -> Result<&mut Vec<Segment>, &'static str> {
    match typed(heap, list, || Kind::Segments(Vec::new())) {
        Some(Kind::Segments(segments)) => Ok(segments),
        _ => Err(MIXED),
    }
}

/// A list as it is; an empty one as a list of records.
fn typed(heap: &mut Heap, list: u32, empty: impl FnOnce() -> Kind) -> Option<&mut Kind> {
    let kind = heap.kind_mut(list)?;
    if matches!(kind, Kind::List(items) if items.is_empty()) {
        *kind = empty();
    }
    Some(kind)
}
