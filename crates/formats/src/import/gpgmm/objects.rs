//! Heaps and allocations of a capture, each from when it was made to when it was gone.

use super::super::chrome_trace::Instant;
use super::event::{Arguments, Event, Phase, Subject};
use std::collections::HashMap;

/// A heap of the device.
#[derive(Clone, Copy, Debug)]
pub(super) struct Heap {
    pub(super) bytes: Option<u64>,
    pub(super) segment: Option<u64>,
}

/// A resource allocation.
#[derive(Clone, Copy, Debug)]
pub(super) struct Allocation {
    /// As it says itself.
    pub(super) bytes: Option<u64>,
    pub(super) heap_offset: Option<u64>,
    /// Position of its heap.
    pub(super) heap: Option<u32>,
    /// What was asked for before, on the same thread.
    pub(super) request: Option<Arguments>,
}

/// What happened, by positions of heaps and allocations.
#[derive(Clone, Copy, Debug)]
pub(super) enum Step {
    HeapNew(u32),
    HeapGone(u32),
    Allocate(u32),
    Free(u32),
    /// Nobody said that it was made.
    FreeUnknown(u64),
}

/// Contradictions and gaps: how many of each.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Gaps {
    pub(super) heaps_unknown: u64,
    pub(super) frees_unknown: u64,
    pub(super) made_twice: u64,
    pub(super) begun_before: u64,
}

/// Everything that is kept of a capture.
#[derive(Debug, Default)]
pub(super) struct Objects {
    events: Vec<Event>,
    pub(super) heaps: Vec<Heap>,
    pub(super) allocations: Vec<Allocation>,
    pub(super) steps: Vec<(Instant, u64, Step)>,
    pub(super) first: Instant,
    pub(super) gaps: Gaps,
}

/// What lives, by its address in the program.
#[derive(Default)]
struct Living {
    heaps: HashMap<u64, u32>,
    allocations: HashMap<u64, u32>,
    /// The last request of each thread that no allocation followed yet.
    requests: HashMap<u64, Arguments>,
    /// The size of the heap that each thread asked for last.
    heap_bytes: HashMap<u64, Option<u64>>,
}

impl Objects {
    pub(super) fn is_empty(&self) -> bool {
        !self.events.iter().any(|event| matches!(event.subject, Subject::Heap | Subject::Allocation))
    }

    pub(super) fn take(&mut self, event: Event) {
        self.events.push(event);
    }

    /// Follows every object through time.
    pub(super) fn follow(&mut self) {
        let mut events = std::mem::take(&mut self.events);
        // Events of one time stay in the file's order: an address is used again at once.
        events.sort_by_key(|event| event.at);
        self.first = events.first().map_or(Instant::default(), |event| event.at);
        let mut living = Living::default();
        for event in &events {
            match event.subject {
                Subject::CreateResource => {
                    living.requests.insert(event.thread, event.arguments);
                }
                Subject::CreateHeap => {
                    living.heap_bytes.insert(event.thread, event.arguments.bytes);
                }
                Subject::Heap => self.heap(event, &mut living),
                Subject::Allocation => self.allocation(event, &mut living),
                Subject::Allocator => {}
            }
        }
    }

    fn heap(&mut self, event: &Event, living: &mut Living) {
        match event.phase {
            Phase::Gone => match living.heaps.remove(&event.id) {
                Some(heap) => self.steps.push((event.at, event.thread, Step::HeapGone(heap))),
                None => self.gaps.heaps_unknown += 1,
            },
            Phase::State if living.heaps.contains_key(&event.id) => {
                let heap = &mut self.heaps[living.heaps[&event.id] as usize];
                heap.bytes = heap.bytes.or(event.arguments.bytes);
                heap.segment = heap.segment.or(event.arguments.segment);
            }
            phase => {
                let heap = self.heaps.len() as u32;
                let asked = living.heap_bytes.remove(&event.thread).flatten();
                // The heap itself says it better, in a state that may follow.
                let bytes = event.arguments.bytes.or(asked);
                self.heaps.push(Heap { bytes, segment: event.arguments.segment });
                self.steps.push((event.at, event.thread, Step::HeapNew(heap)));
                self.gaps.begun_before += u64::from(phase == Phase::State);
                if living.heaps.insert(event.id, heap).is_some() {
                    self.gaps.made_twice += 1;
                }
            }
        }
    }

    fn allocation(&mut self, event: &Event, living: &mut Living) {
        let heap = event.arguments.heap.and_then(|heap| living.heaps.get(&heap).copied());
        match event.phase {
            Phase::Gone => match living.allocations.remove(&event.id) {
                Some(allocation) => self.steps.push((event.at, event.thread, Step::Free(allocation))),
                None => {
                    self.gaps.frees_unknown += 1;
                    self.steps.push((event.at, event.thread, Step::FreeUnknown(event.id)));
                }
            },
            Phase::State if living.allocations.contains_key(&event.id) => {
                let allocation = &mut self.allocations[living.allocations[&event.id] as usize];
                allocation.bytes = allocation.bytes.or(event.arguments.bytes);
                allocation.heap_offset = allocation.heap_offset.or(event.arguments.heap_offset);
                allocation.heap = allocation.heap.or(heap);
            }
            phase => {
                let allocation = self.allocations.len() as u32;
                let request = living.requests.remove(&event.thread);
                let (bytes, heap_offset) = (event.arguments.bytes, event.arguments.heap_offset);
                self.allocations.push(Allocation { bytes, heap_offset, heap, request });
                self.steps.push((event.at, event.thread, Step::Allocate(allocation)));
                self.gaps.begun_before += u64::from(phase == Phase::State);
                if living.allocations.insert(event.id, allocation).is_some() {
                    self.gaps.made_twice += 1;
                }
            }
        }
    }
}
