//! Tells heaps and allocations in order of time.

use super::kinds::{BYTES_MAX, bytes_of, category_of};
use super::objects::{Allocation, Gaps, Objects, Step};
use super::spaces::{self, Spaces};
use crate::import::error::ImportError;
use crate::import::format::Format;
use arenascope_trace::{Action, CannotTell, Event, Manifest, NoteKind, Sink, Site, SpaceId};
use std::collections::HashMap;

/// Ids of objects that nobody said were made: beyond all others.
const UNKNOWN: u64 = 1 << 63;

/// Tells a whole capture.
pub(super) fn tell(mut objects: Objects, sink: &mut dyn Sink) -> Result<(), ImportError> {
    if objects.is_empty() {
        let why = "it holds neither heaps nor resource allocations".into();
        return Err(ImportError::Empty { format: Format::Gpgmm, why });
    }
    objects.follow();
    if objects.allocations.is_empty() && objects.heaps.iter().all(|heap| said(heap.bytes).is_none()) {
        let why = "its heaps say no size, and no resource allocation lies in them".into();
        return Err(ImportError::Empty { format: Format::Gpgmm, why });
    }
    introduce(sink.manifest());
    gaps(&objects.gaps, sink.manifest());
    let spaces = spaces::lay(&objects, sink);
    places(&objects, &spaces, sink.manifest());
    sizes(&objects, sink.manifest());
    sink.begin()?;
    let mut threads = HashMap::new();
    for &(at, thread, step) in &objects.steps {
        let next = threads.len().min(usize::from(u16::MAX)) as u16;
        let thread = if next == u16::MAX { next } else { *threads.entry(thread).or_insert(next) };
        let time_us = at.since(objects.first);
        if let Some(action) = action(&objects, &spaces, step, sink.manifest()) {
            sink.event(Event { time_us, thread, site: Site::NONE, action })?;
        }
    }
    Ok(())
}

fn introduce(manifest: &mut Manifest) {
    manifest.source.tool = Some("GPGMM".into());
    manifest.lacks(CannotTell::Stacks, "a capture names objects, no call stacks");
}

fn gaps(gaps: &Gaps, manifest: &mut Manifest) {
    let notes = [
        (gaps.begun_before, NoteKind::Missing, "objects are described that nobody said were made: they begin there"),
        (gaps.frees_unknown, NoteKind::Missing, "allocations are gone that nobody said were made"),
        (gaps.heaps_unknown, NoteKind::Missing, "heaps are gone that nobody said were made"),
        (gaps.made_twice, NoteKind::Contradiction, "objects are made where another still lives"),
    ];
    for (count, kind, what) in notes {
        if count > 0 {
            manifest.note(kind, format!("{count} {what}"));
        }
    }
}

/// What is not said of places, and what cannot be of those that are.
fn places(objects: &Objects, spaces: &Spaces, manifest: &mut Manifest) {
    if !spaces.has_addresses {
        let why = "not every ResourceAllocation says its heap and its offset in it";
        manifest.lacks(CannotTell::Addresses, why);
        return;
    }
    let is_beyond = |allocation: &&Allocation| {
        let Some((heap, offset)) = allocation.heap.zip(allocation.heap_offset) else { return false };
        let bytes = objects.heaps[heap as usize].bytes.unwrap_or(0);
        offset.saturating_add(allocation.bytes.unwrap_or(0)) > bytes
    };
    let beyond = objects.allocations.iter().filter(is_beyond).count();
    if beyond > 0 {
        manifest.note(NoteKind::Contradiction, format!("{beyond} allocations go beyond the end of their heap"));
    }
    let text = "heaps lie one behind the other, at multiples of a power of two: offsets in them are the capture's";
    manifest.note(NoteKind::Remark, text);
}

/// What is not said of sizes.
fn sizes(objects: &Objects, manifest: &mut Manifest) {
    let (mut by_request, mut unsized_count) = (0_u64, 0_u64);
    for allocation in &objects.allocations {
        match (said(allocation.bytes), bytes(allocation)) {
            (None, Some(_)) => by_request += 1,
            (None, None) => unsized_count += 1,
            _ => {}
        }
    }
    if by_request > 0 {
        let text = format!(
            "{by_request} allocations do not say their size: it is that of the CreateResource before on their thread, \
             of textures without alignment"
        );
        manifest.note(NoteKind::Remark, text);
    }
    if unsized_count > 0 {
        let text = format!("{unsized_count} allocations say no size, nor does a CreateResource: they count as 0 bytes");
        manifest.note(NoteKind::Missing, text);
    }
    let heaps = objects.heaps.iter().filter(|heap| said(heap.bytes).is_none()).count();
    if heaps > 0 {
        manifest.note(NoteKind::Missing, format!("{heaps} heaps say no size, and are left out"));
    }
}

/// A size that can be.
fn said(bytes: Option<u64>) -> Option<u64> {
    bytes.filter(|&bytes| bytes <= BYTES_MAX)
}

fn bytes(allocation: &Allocation) -> Option<u64> {
    said(allocation.bytes).or_else(|| bytes_of(allocation.request.as_ref()?))
}

fn action(objects: &Objects, spaces: &Spaces, step: Step, manifest: &mut Manifest) -> Option<Action> {
    let heap = |heap: u32| {
        let place = spaces.heaps[heap as usize];
        said(objects.heaps[heap as usize].bytes).map(|bytes| (place.space, place.address, bytes))
    };
    Some(match step {
        Step::HeapNew(number) => {
            let (space, address, bytes) = heap(number)?;
            Action::Reserve { space, address, bytes }
        }
        Step::HeapGone(number) => {
            let (space, address, bytes) = heap(number)?;
            Action::Release { space, address, bytes }
        }
        Step::Allocate(number) => {
            let allocation = &objects.allocations[number as usize];
            let request = allocation.request.unwrap_or_default();
            let category = manifest.category(&category_of(request.heap_type, request.dimension));
            let (space, address) = place(allocation, request.heap_type, spaces);
            let bytes = bytes(allocation).unwrap_or(0);
            Action::Allocate { id: u64::from(number), space, address, bytes, category }
        }
        Step::Free(number) => Action::Free { id: u64::from(number) },
        Step::FreeUnknown(id) => Action::Free { id: UNKNOWN | id },
    })
}

/// Where an allocation lies; by its heap's type where it does not say in which heap:
/// what the processor writes or reads is in memory that is not local.
fn place(allocation: &Allocation, heap_type: Option<u64>, spaces: &Spaces) -> (SpaceId, u64) {
    match allocation.heap.map(|heap| spaces.heaps[heap as usize]) {
        Some(heap) if spaces.has_addresses => (heap.space, heap.address + allocation.heap_offset.unwrap_or(0)),
        Some(heap) => (heap.space, 0),
        None => (spaces.segments[usize::from(matches!(heap_type, Some(2 | 3)))], 0),
    }
}
