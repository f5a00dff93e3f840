//! A row as a run of its own, so that every panel shows it at any moment.

use arenascope_lab::{Block, HeapLoad, Row};
use arenascope_trace::{
    Action, CannotTell, CategoryId, Event, Manifest, NoteKind, Run, Sink, Site, Space, SpaceId, Stacks, Stopped,
};

/// Key of the format of such runs.
const FORMAT: &str = "laboratory";

/// Tells what a row did with a heap of `run`: the same requests at the same times, at the
/// row's addresses; what it refused is a failure. What it held from the system is reserved
/// memory, where it was one piece. O(operations).
///
/// # Errors
/// [`Stopped`], from the sink.
pub fn tell(run: &dyn Run, heap: &HeapLoad, row: &Row, sink: &mut dyn Sink) -> Result<(), Stopped> {
    *sink.manifest() = manifest_of(run.manifest(), heap, row);
    *sink.stacks() = Stacks::clone(run.stacks());
    sink.extent(SpaceId(0), 0, height_bytes(heap, row));
    sink.begin()?;
    let mut held = row.held.iter().peekable();
    let mut held_bytes = 0;
    for (at, op) in heap.ops.iter().enumerate() {
        let block = &heap.blocks[op.block()];
        let event = |action| Event {
            time_us: heap.times_us.get(at).copied().unwrap_or(at as u64),
            thread: block.thread,
            site: Site(block.site),
            action,
        };
        while let Some((_, bytes)) = held.next_if(|(done, _)| *done as usize <= at + 1) {
            if let Some(action) = change(held_bytes, *bytes) {
                sink.event(event(action))?;
            }
            held_bytes = *bytes;
        }
        if let Some(action) = action_of(heap, row, op.block(), op.is_free()) {
            sink.event(event(action))?;
        }
    }
    Ok(())
}

/// What an operation comes to; nothing for the free of what was refused.
fn action_of(heap: &HeapLoad, row: &Row, number: usize, is_free: bool) -> Option<Action> {
    let Block { bytes, category, .. } = heap.blocks[number];
    let address = row.addresses.get(number).copied().filter(|address| *address != Row::NOWHERE);
    let (id, space) = (number as u64, SpaceId(0));
    match (address, is_free) {
        (Some(address), false) => Some(Action::Allocate { id, space, address, bytes, category: CategoryId(category) }),
        (Some(_), true) => Some(Action::Free { id }),
        (None, false) => Some(Action::Fail { space, bytes, free_bytes: None }),
        (None, true) => None,
    }
}

/// Where the highest block ends.
fn height_bytes(heap: &HeapLoad, row: &Row) -> u64 {
    let placed = heap.blocks.iter().zip(&row.addresses).filter(|(_, address)| **address != Row::NOWHERE);
    placed.map(|(block, address)| address + block.bytes).max().unwrap_or(0)
}

/// More or less held, at the end of what is held.
fn change(before_bytes: u64, after_bytes: u64) -> Option<Action> {
    let space = SpaceId(0);
    match after_bytes.cmp(&before_bytes) {
        core::cmp::Ordering::Greater => {
            Some(Action::Reserve { space, address: before_bytes, bytes: after_bytes - before_bytes })
        }
        core::cmp::Ordering::Less => {
            Some(Action::Release { space, address: after_bytes, bytes: before_bytes - after_bytes })
        }
        core::cmp::Ordering::Equal => None,
    }
}

fn manifest_of(of_run: &Manifest, heap: &HeapLoad, row: &Row) -> Manifest {
    let mut manifest = of_run.clone();
    let label = row.spec.label();
    manifest.source.format = FORMAT.into();
    manifest.source.label = format!("Laboratory, {label}");
    manifest.spaces.clear();
    manifest.markers.clear();
    manifest.findings.clear();
    manifest.cannot_tell.remove(&CannotTell::Addresses);
    let capacity_bytes = row.figures.map(|figures| figures.peak_bytes);
    manifest.add_space(Space { label: label.clone(), has_addresses: true, capacity_bytes, granule_bytes: 1 });
    let text = format!(
        "What {label} would have done with \"{}\": the same requests at the same times, at the addresses that it gives",
        heap.label
    );
    manifest.note(NoteKind::Remark, text);
    manifest
}

#[cfg(test)]
mod tests {
    use super::*;
    use arenascope_arena::PolicyKind;
    use arenascope_lab::{Job, RowSpec, Settings, Workload};
    use arenascope_trace::{Collected, Totals};
    use core::time::Duration;
    use std::sync::Arc;

    /// Two of three fit at once; what was refused is freed all the same.
    fn collected() -> Collected {
        let mut run = Collected { manifest: Manifest::of("test", "Test"), ..Collected::default() };
        run.manifest.add_space(Space { label: "Heap".into(), ..Space::default() });
        let category = run.manifest.category("Meshes");
        let mut tell = |time_us, action| {
            run.events.push(Event { time_us, thread: 0, site: Site::NONE, action });
        };
        let allocate = |id, bytes| Action::Allocate { id, space: SpaceId(0), address: 0, bytes, category };
        tell(1, allocate(7, 40 << 10));
        tell(2, allocate(8, 20 << 10));
        tell(3, allocate(9, 30 << 10));
        tell(4, Action::Free { id: 9 });
        tell(5, Action::Free { id: 7 });
        run
    }

    #[test]
    fn a_row_is_told_as_a_run_with_its_refusals() {
        let run = collected();
        let workload = Workload::of_run(&run).unwrap();
        let heap = Arc::new(workload.heaps.into_iter().next().unwrap());
        let settings = Settings { budget_bytes: Some(64 << 10), ..Settings::default() };
        let spec = RowSpec::Policy { policy: PolicyKind::FirstFit, thread_cache: false };
        let mut job = Job::new(Arc::clone(&heap), spec, settings);
        while !job.step(100, &mut || Duration::ZERO).is_finished {}
        let mut told = Collected::default();
        let row = job.finish();
        super::tell(&run, &heap, &row, &mut told).unwrap();
        let mut totals = Totals::default();
        super::tell(&run, &heap, &row, &mut totals).unwrap();
        assert_eq!((totals.all.peak_bytes, totals.all.bytes, totals.failures), (60 << 10, 20 << 10, 1), "{told:?}");
        assert_eq!(told.events.iter().filter(|event| matches!(event.action, Action::Free { .. })).count(), 1);
        let reserved = told.events.iter().map(|event| match event.action {
            Action::Reserve { bytes, .. } => bytes as i64,
            Action::Release { bytes, .. } => -(bytes as i64),
            _ => 0,
        });
        assert!(reserved.sum::<i64>() >= 60 << 10);
        assert_eq!(told.manifest.spaces.len(), 1);
        assert_eq!(told.events[1].time_us, 1);
    }
}
