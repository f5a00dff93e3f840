//! What a snapshot holds, by device.

use super::entry::{Action, Entries, Entry, NO_TIME};
use super::refusal::too_much;
use super::segment::Segment;
use super::snapshot::Snapshot;
use crate::import::error::ImportError;
use arenascope_trace::SPACES_MAX;
use std::collections::BTreeMap;

/// What every address and block of PyTorch's allocator is a multiple of.
pub(super) const BLOCK_BYTES: u64 = 512;

/// One device, or the host.
pub(super) struct Device {
    pub(super) label: String,
    pub(super) granule: u64,
    pub(super) segments: Vec<Segment>,
    pub(super) entries: Entries,
    pub(super) is_host: bool,
}

/// What each device has, in order of their numbers; the host comes last.
pub(super) fn devices(snapshot: &mut Snapshot) -> Result<Vec<Device>, ImportError> {
    let mut by_number: BTreeMap<i64, (Vec<Segment>, Entries)> = BTreeMap::new();
    for segment in std::mem::take(&mut snapshot.segments) {
        by_number.entry(segment.device).or_default().0.push(segment);
    }
    for (number, entries) in (0..).zip(std::mem::take(&mut snapshot.traces)) {
        if entries.len() > 0 {
            by_number.entry(number).or_default().1 = entries;
        }
    }
    let described = std::mem::take(&mut snapshot.described);
    // Who describes spaces numbers them all, those of which nothing is there too.
    (0..).zip(&described).for_each(|(number, _)| _ = by_number.entry(number).or_default());
    let host_segments = std::mem::take(&mut snapshot.host_segments);
    let host_traces = std::mem::take(&mut snapshot.host_traces).into_iter().filter(|entries| entries.len() > 0);
    let mut host_traces: Vec<Entries> = host_traces.collect();
    let mut devices: Vec<Device> = Vec::new();
    let labelled = by_number.into_iter().map(|(number, of)| (format!("CUDA device {number}"), of, false));
    let host = (!host_segments.is_empty() || !host_traces.is_empty())
        .then(|| ("Pinned host memory".to_owned(), (host_segments, host_traces.pop().unwrap_or_default()), true));
    let more_hosts =
        host_traces.into_iter().map(|entries| ("Pinned host memory".to_owned(), (Vec::new(), entries), true));
    for (label, (segments, mut entries), is_host) in labelled.chain(host).chain(more_hosts) {
        if devices.len() == SPACES_MAX {
            return Err(too_much(0, "devices", SPACES_MAX as u64));
        }
        entries.elide_requests();
        let described = described.get(devices.len());
        let label = described.and_then(|described| described.label.clone()).unwrap_or(label);
        let granule = described.and_then(|described| described.granule_bytes).filter(|&granule| granule > 0);
        let granule = granule.unwrap_or_else(|| granule_of(&segments, &entries));
        devices.push(Device { label, granule, segments, entries, is_host });
    }
    Ok(devices)
}

/// What addresses are multiples of: the allocator's 512 bytes, if it was the allocator.
fn granule_of(segments: &[Segment], entries: &Entries) -> u64 {
    let of_segment = |segment: &Segment| {
        let blocks = segment.blocks.iter();
        blocks.fold(segment.address, |bits, block| bits | block.address.unwrap_or(0) | block.size)
    };
    let bits = segments.iter().fold(0, |bits, segment| bits | of_segment(segment));
    let has_address = |entry: &&Entry| !matches!(entry.action, Action::OutOfMemory | Action::Mark);
    let bits = entries.forwards().filter(has_address).fold(bits, |bits, entry| bits | entry.addr);
    if bits % BLOCK_BYTES == 0 { BLOCK_BYTES } else { 1 }
}

/// The time of the first entry of all; `None` where none has a time.
pub(super) fn begun_us(devices: &[Device], annotations: &Entries) -> Option<i64> {
    let all = devices.iter().map(|device| &device.entries).chain([annotations]);
    let first = |entries: &Entries| entries.forwards().map(|entry| entry.time_us).find(|&time_us| time_us != NO_TIME);
    all.filter_map(first).min()
}
