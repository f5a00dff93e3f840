//! Takes a workload in, event by event.

use super::{Block, HeapLoad, Op, Workload};
use arenascope_trace::{Action, CategoryId, Event, Manifest, Run, Sink, SpaceId, Stacks, Stopped};
use std::collections::{BTreeMap, HashMap};
use thiserror::Error;

/// A recording has more operations in a heap than the laboratory counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("more than {most} operations in one heap")]
pub struct TooMuch {
    /// How many it counts.
    pub most: u64,
}

/// The most operations of one heap.
const OPS_MAX: usize = u32::MAX as usize - 1;

/// Takes in what any tool recorded, as a [`Sink`]; [`Self::finish`] gives the workload.
///
/// Frees of unknown blocks are counted and left out; of one id that is taken twice, the first
/// life ended unseen, just before the second began. A block whose space has not the address
/// it needs is placed as any other: only the sizes and lives count.
#[derive(Debug, Default)]
pub struct Building {
    manifest: Manifest,
    stacks: Stacks,
    heaps: BTreeMap<SpaceId, HeapBuilding>,
    /// By id: its space and its block.
    living: HashMap<u64, (SpaceId, u32)>,
    streams: Vec<u16>,
    events_lost: u64,
    frees_unknown: u64,
    stopped: Option<TooMuch>,
}

/// One heap, while it is taken in.
#[derive(Debug, Default)]
pub(crate) struct HeapBuilding {
    load: HeapLoad,
    reserved_bytes: u64,
}

impl HeapBuilding {
    /// The number of the new block, whose birth is now.
    pub(crate) fn allocate(&mut self, block: Block, time_us: u64) -> u32 {
        let number = self.load.blocks.len() as u32;
        let born = self.load.ops.len() as u32;
        self.load.blocks.push(Block { bytes: block.bytes.max(1), born, died: Block::NEVER, ..block });
        self.push(Op::allocate(number), time_us);
        number
    }

    pub(crate) fn free(&mut self, block: u32, time_us: u64) {
        self.load.blocks[block as usize].died = self.load.ops.len() as u32;
        self.push(Op::free(block), time_us);
    }

    fn push(&mut self, op: Op, time_us: u64) {
        self.load.ops.push(op);
        self.load.times_us.push(time_us);
    }

    fn note_reserved(&mut self, bytes: u64) {
        self.reserved_bytes = bytes;
        let at = self.load.ops.len() as u32;
        match self.load.reserved.last_mut() {
            Some(last) if last.0 == at => last.1 = bytes,
            _ => self.load.reserved.push((at, bytes)),
        }
    }

    pub(crate) fn finish(mut self) -> HeapLoad {
        self.load.measure();
        self.load
    }
}

impl Building {
    pub(crate) fn heap(load: HeapLoad) -> HeapBuilding {
        HeapBuilding { load, reserved_bytes: 0 }
    }

    /// The workload of all that was taken in.
    ///
    /// # Errors
    ///
    /// [`TooMuch`] where a heap has more operations than can be counted.
    pub fn finish(self) -> Result<Workload, TooMuch> {
        if let Some(error) = self.stopped {
            return Err(error);
        }
        let manifest = &self.manifest;
        let named = |(space, heap): (SpaceId, HeapBuilding)| {
            let mut load = heap.finish();
            if let Some(it) = manifest.spaces.get(usize::from(space.0)) {
                (load.label, load.capacity_bytes) = (it.label.clone(), it.capacity_bytes);
            }
            load.space = space.0;
            load
        };
        Ok(Workload {
            label: manifest.source.label.clone(),
            categories: manifest.categories.iter().map(|category| category.label.clone()).collect(),
            heaps: self.heaps.into_iter().map(named).filter(|load| !load.blocks.is_empty()).collect(),
            events_lost: self.events_lost,
            frees_unknown: self.frees_unknown,
        })
    }

    /// The stream in a category's name: `large pool, stream 7`.
    fn stream(&mut self, category: CategoryId) -> u16 {
        let at = usize::from(category.0);
        while self.streams.len() <= at {
            let label = self.manifest.categories.get(self.streams.len()).map_or("", |category| &category.label);
            let number = label.rsplit_once("stream ").and_then(|(_, number)| number.parse().ok());
            self.streams.push(number.unwrap_or(0));
        }
        self.streams[at]
    }

    fn allocate(&mut self, event: &Event, id: u64, space: SpaceId, bytes: u64, category: CategoryId) {
        if let Some((space, block)) = self.living.remove(&id) {
            self.heap_of(space).free(block, event.time_us);
        }
        let (thread, site, stream) = (event.thread, event.site.0, self.stream(category));
        let block = Block { bytes, thread, site, stream, category: category.0, ..Block::default() };
        let block = self.heap_of(space).allocate(block, event.time_us);
        self.living.insert(id, (space, block));
    }

    fn heap_of(&mut self, space: SpaceId) -> &mut HeapBuilding {
        self.heaps.entry(space).or_default()
    }

    fn free(&mut self, id: u64, time_us: u64) {
        match self.living.remove(&id) {
            Some((space, block)) => self.heap_of(space).free(block, time_us),
            None => self.frees_unknown += 1,
        }
    }

    fn resize(&mut self, event: &Event, id: u64, bytes: u64) {
        let Some(&(space, number)) = self.living.get(&id) else { return };
        let heap = self.heap_of(space);
        let block = Block { bytes, thread: event.thread, site: event.site.0, ..heap.load.blocks[number as usize] };
        heap.free(number, event.time_us);
        let number = heap.allocate(block, event.time_us);
        self.living.insert(id, (space, number));
    }

    fn take(&mut self, event: &Event) {
        match event.action {
            Action::Allocate { id, space, bytes, category, .. } => self.allocate(event, id, space, bytes, category),
            Action::Free { id } => self.free(id, event.time_us),
            Action::Resize { id, bytes } => self.resize(event, id, bytes),
            Action::Reserve { space, bytes, .. } => {
                let heap = self.heap_of(space);
                heap.note_reserved(heap.reserved_bytes.saturating_add(bytes));
            }
            Action::Release { space, bytes, .. } => {
                let heap = self.heap_of(space);
                heap.note_reserved(heap.reserved_bytes.saturating_sub(bytes));
            }
            Action::Lost { count } => self.events_lost += count.max(1),
            Action::FreeRequested { .. } | Action::Fail { .. } | Action::Mark { .. } => {}
        }
    }
}

impl Sink for Building {
    fn manifest(&mut self) -> &mut Manifest {
        &mut self.manifest
    }

    fn stacks(&mut self) -> &mut Stacks {
        &mut self.stacks
    }

    fn extent(&mut self, _: SpaceId, _: u64, _: u64) {}

    fn begin(&mut self) -> Result<(), Stopped> {
        Ok(())
    }

    fn event(&mut self, event: Event) -> Result<(), Stopped> {
        self.take(&event);
        // A resize takes two.
        if self.heaps.values().any(|heap| heap.load.ops.len() + 2 > OPS_MAX) {
            self.stopped = Some(TooMuch { most: OPS_MAX as u64 });
            return Err(Stopped);
        }
        Ok(())
    }
}

impl Workload {
    /// Of any run. O(events).
    ///
    /// # Errors
    ///
    /// [`TooMuch`] where a heap has more operations than can be counted.
    pub fn of_run(run: &dyn Run) -> Result<Self, TooMuch> {
        let mut building = Building::default();
        *building.manifest() = run.manifest().clone();
        // Why it was left, if it was, `finish` says.
        let _ = run.each(&mut |event| building.event(*event));
        building.finish()
    }
}
