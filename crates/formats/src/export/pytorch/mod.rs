//! A run as a snapshot of PyTorch's allocator: a pickle of protocol 4 that
//! pytorch.org/memory_viz and `torch/cuda/_memory_viz.py` open.
//!
//! Each space is a device. What a viewer relies on holds: blocks fill their segments without
//! gaps, and whatever lives lies in a segment at that moment. Where a run's own reservations
//! do not say so, segments are made up that were there all the time.

mod annotations;
mod invented;
mod pickle;
mod segments;
mod spans;
mod survey;

#[cfg(test)]
mod tests;

use super::ExportError;
use arenascope_trace::{Action, CannotTell, Event, Manifest, Run, Site, SpaceId, Stopped};
use pickle::Pickle;
use std::io::{self, Write};
use survey::{Held, Memory, Plan};

/// A mark that is an entry of a trace of its own; others become annotations.
const SNAPSHOT: &str = "snapshot";
/// What viewers call memory without a category.
const UNKNOWN: &str = "unknown";

pub(super) fn write(run: &dyn Run, out: &mut dyn Write) -> Result<(), ExportError> {
    if run.manifest().spaces.is_empty() {
        return Err(ExportError::Cannot { why: "a snapshot is of devices, and the run has no address space".into() });
    }
    let plans = survey::plan(run)?;
    let mut file =
        File { run, pickle: Pickle::new(out), said_unknown: false, names_categories: names_categories(run)? };
    file.pickle.dict()?;
    file.pickle.word("device_traces")?;
    file.pickle.list()?;
    let mut memories = Vec::new();
    for plan in &plans {
        memories.push(file.trace(plan)?);
    }
    file.pickle.end_list()?;
    file.pickle.word("segments")?;
    file.pickle.list()?;
    for (plan, memory) in plans.iter().zip(&memories) {
        file.segments(plan, memory)?;
    }
    file.pickle.end_list()?;
    file.rest()?;
    file.pickle.end_dict()?;
    Ok(file.pickle.finish()?)
}

/// What a snapshot does not say of a run, for people.
pub(super) fn losses(manifest: &Manifest) -> Vec<String> {
    let mut losses = Vec::new();
    for space in manifest.spaces.iter().filter(|space| !space.has_addresses) {
        losses.push(format!("{}: the addresses are made up, as the run has none", space.label));
    }
    if manifest.source.begun_ms.is_none() {
        losses.push("times count from 0 of the clock, as nobody said when the run began".into());
    }
    if manifest.cannot_tell.contains_key(&CannotTell::Times) {
        losses.push("times are numbers of operations, as the run has no times".into());
    }
    losses.push(
        "threads, capacities and how many events were lost are left out: snapshots have no place for them".into(),
    );
    losses.push("allocations of no bytes are left out, as are frees of what nobody allocated".into());
    losses.push("a change of size is written as a free and an allocation".into());
    losses
}

/// Whether categories are written: viewers ask for an entry that is none's if there are any.
fn names_categories(run: &dyn Run) -> Result<bool, Stopped> {
    let mut has_others = false;
    run.each(&mut |event| {
        has_others |= matches!(event.action, Action::Free { .. } | Action::FreeRequested { .. } | Action::Fail { .. });
        Ok(())
    })?;
    Ok(has_others && !run.manifest().categories.is_empty())
}

struct File<'r, 'w> {
    run: &'r dyn Run,
    pickle: Pickle<'w>,
    names_categories: bool,
    said_unknown: bool,
}

/// An entry of a trace.
struct Entry<'a> {
    action: &'a str,
    address: u64,
    bytes: u64,
    site: Site,
    time_us: u64,
    category: Option<&'a str>,
}

impl File<'_, '_> {
    fn begun_us(&self) -> u64 {
        self.run.manifest().source.begun_ms.unwrap_or(0).saturating_mul(1000)
    }

    /// The entries of a device; what it holds after the last.
    fn trace(&mut self, plan: &Plan) -> Result<Memory, ExportError> {
        let run = self.run;
        let mut memory = Memory::new(plan.space, run.manifest());
        let mut failure = None;
        self.pickle.list()?;
        run.each(&mut |event| {
            self.event(plan, &mut memory, event).map_err(|error| {
                failure = Some(error);
                Stopped
            })
        })
        .map_err(|stopped| failure.take().map_or(ExportError::Stopped(stopped), ExportError::Write))?;
        self.pickle.end_list()?;
        Ok(memory)
    }

    fn event(&mut self, plan: &Plan, memory: &mut Memory, event: &Event) -> io::Result<()> {
        let (run, site) = (self.run, event.site);
        let time_us = self.begun_us().saturating_add(event.time_us);
        let mut say =
            |action, address, bytes, category| self.entry(&Entry { action, address, bytes, site, time_us, category });
        match event.action {
            Action::Allocate { space, category, .. } if space == plan.space => {
                let Some(live) = memory.take(event) else { return Ok(()) };
                let category = run.manifest().categories.get(usize::from(category.0));
                say("alloc", live.address, live.bytes, category.map(|category| &*category.label))
            }
            Action::FreeRequested { id } => {
                let Some(live) = memory.request(id) else { return Ok(()) };
                say("free_requested", live.address, live.bytes, None)
            }
            Action::Free { id } => {
                let Some(live) = memory.free(id) else { return Ok(()) };
                if !live.is_pending {
                    say("free_requested", live.address, live.bytes, None)?;
                }
                say("free_completed", live.address, live.bytes, None)
            }
            Action::Resize { id, bytes } => {
                let Some((before, after)) = memory.resize(id, bytes) else { return Ok(()) };
                say("free_requested", before.address, before.bytes, None)?;
                say("free_completed", before.address, before.bytes, None)?;
                if after.bytes == 0 {
                    return Ok(());
                }
                let category = run.manifest().categories.get(usize::from(after.category.0));
                say("alloc", after.address, after.bytes, category.map(|category| &*category.label))
            }
            Action::Reserve { space, address, bytes } if space == plan.space => match plan.held {
                Held::Whole => say("segment_alloc", address, bytes, None),
                Held::Parts => say("segment_map", address, bytes, None),
                Held::Always => Ok(()),
            },
            Action::Release { space, address, bytes } if space == plan.space => match plan.held {
                Held::Whole => say("segment_free", address, bytes, None),
                Held::Parts => say("segment_unmap", address, bytes, None),
                Held::Always => Ok(()),
            },
            Action::Fail { space, bytes, free_bytes } if space == plan.space => {
                say("oom", free_bytes.unwrap_or(0), bytes, None)
            }
            Action::Mark { marker } if plan.space == SpaceId(0) && self.marker(marker) == SNAPSHOT => {
                self.entry(&Entry { action: SNAPSHOT, address: 0, bytes: 0, site, time_us, category: None })
            }
            _ => Ok(()),
        }
    }

    fn marker(&self, marker: u32) -> &str {
        self.run.manifest().markers.get(marker as usize).map_or("", |text| text)
    }

    fn entry(&mut self, entry: &Entry<'_>) -> io::Result<()> {
        let pickle = &mut self.pickle;
        pickle.dict()?;
        pickle.word("action")?;
        pickle.word(entry.action)?;
        pickle.word(if entry.action == "oom" { "device_free" } else { "addr" })?;
        pickle.number(entry.address)?;
        pickle.word("size")?;
        pickle.number(entry.bytes)?;
        pickle.word("stream")?;
        pickle.number(0)?;
        pickle.word("time_us")?;
        pickle.number(entry.time_us)?;
        let is_alloc = entry.action == "alloc";
        if self.names_categories && (is_alloc || !self.said_unknown) {
            self.said_unknown |= !is_alloc;
            pickle.word("category")?;
            pickle.text(entry.category.filter(|_| is_alloc).unwrap_or(UNKNOWN))?;
        }
        if entry.site != Site::NONE {
            pickle.word("frames")?;
            pickle.stack(entry.site, self.run.stacks())?;
        }
        pickle.end_dict()?;
        pickle.next_item()
    }
}
