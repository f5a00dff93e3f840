//! Tells what was read.

use super::kinds::category_of;
use super::statistics::Statistics;
use super::{spaces, sums};
use crate::import::error::ImportError;
use crate::import::format::Format;
use arenascope_trace::{Action, CannotTell, Event, NoteKind, Sink, Site, Space, Stopped};

/// Tells a whole file.
pub(super) fn tell(statistics: &Statistics, sink: &mut dyn Sink) -> Result<(), ImportError> {
    if statistics.is_empty() {
        let why = "neither blocks nor statistics of memory types are in it".into();
        return Err(ImportError::Empty { format: Format::Vma, why });
    }
    introduce(statistics, sink);
    sums::check(statistics, sink.manifest());
    if statistics.blocks.is_empty() { Ok(tell_totals(statistics, sink)?) } else { Ok(tell_blocks(statistics, sink)?) }
}

fn introduce(statistics: &Statistics, sink: &mut dyn Sink) {
    let manifest = sink.manifest();
    let is_d3d12 = statistics.api == "Direct3D 12";
    let tool = if is_d3d12 { "D3D12 Memory Allocator" } else { "Vulkan Memory Allocator" };
    manifest.source.tool = Some(tool.into());
    manifest.source.version = statistics.version.clone();
    let device = statistics.device.as_deref().unwrap_or("a device without a name");
    manifest.source.subject = Some(format!("{} on {device}", statistics.api));
    manifest.lacks(CannotTell::History, "the statistics are of one moment");
    manifest.lacks(CannotTell::Times, "the statistics do not say when memory was allocated");
    manifest.lacks(CannotTell::Stacks, "the statistics hold names of allocations at most, no call stacks");
    for heap in &statistics.heaps {
        let flags = if heap.flags.is_empty() { String::new() } else { format!(" ({})", heap.flags.join(", ")) };
        let figures = [("Size", heap.bytes), ("BudgetBytes", heap.budget_bytes), ("UsageBytes", heap.usage_bytes)];
        let figures = figures.into_iter().filter_map(|(name, bytes)| Some(format!("{name} {}", bytes?)));
        let text = format!("{}{flags}: {}", heap.key, figures.collect::<Vec<_>>().join(", "));
        manifest.note(NoteKind::Remark, text);
    }
}

/// Counts operations, for want of times.
struct Told<'s> {
    sink: &'s mut dyn Sink,
    count: u64,
}

impl Told<'_> {
    fn event(&mut self, site: Site, action: Action) -> Result<(), Stopped> {
        let time_us = self.count;
        self.count += 1;
        self.sink.event(Event { time_us, thread: 0, site, action })
    }
}

fn tell_blocks(statistics: &Statistics, sink: &mut dyn Sink) -> Result<(), Stopped> {
    let places = spaces::lay(statistics, sink);
    sink.begin()?;
    let mut told = Told { sink, count: 0 };
    for (block, place) in statistics.blocks.iter().zip(&places) {
        let (space, address, bytes) = (place.space, place.address, block.bytes);
        told.event(Site::NONE, Action::Reserve { space, address, bytes })?;
    }
    for (id, allocation) in statistics.allocations.iter().enumerate() {
        let place = places[allocation.block as usize];
        let kind = statistics.kinds.get(usize::from(allocation.kind)).map_or("UNKNOWN", String::as_str);
        let label = category_of(kind, allocation.usage, statistics.is_vulkan());
        let category = told.sink.manifest().category(label);
        // In a space without addresses there is none to add to.
        let address = place.address.saturating_add(allocation.offset);
        let (id, space, bytes) = (id as u64, place.space, allocation.bytes);
        told.event(allocation.site, Action::Allocate { id, space, address, bytes, category })?;
    }
    Ok(())
}

/// A file without the detailed map: what each memory type holds, as one.
fn tell_totals(statistics: &Statistics, sink: &mut dyn Sink) -> Result<(), Stopped> {
    let manifest = sink.manifest();
    let why = "the statistics were written without the detailed map: they hold sums of memory types";
    manifest.lacks(CannotTell::Allocations, why);
    manifest.lacks(CannotTell::Addresses, why);
    let spaces = statistics.heaps.iter().map(|heap| {
        let (label, capacity_bytes) = (heap.key.clone(), heap.bytes);
        manifest.add_space(Space { label, has_addresses: false, capacity_bytes, granule_bytes: 1 })
    });
    let spaces: Vec<_> = spaces.collect();
    sink.begin()?;
    let mut told = Told { sink, count: 0 };
    for (id, of) in statistics.types.iter().enumerate() {
        let (Some(figures), Some(heap)) = (of.figures, of.heap) else { continue };
        let (id, space, address) = (id as u64, spaces[heap], 0);
        let category = told.sink.manifest().category(&of.key);
        told.event(Site::NONE, Action::Reserve { space, address, bytes: figures.block_bytes })?;
        let bytes = figures.allocation_bytes;
        told.event(Site::NONE, Action::Allocate { id, space, address, bytes, category })?;
    }
    Ok(())
}
