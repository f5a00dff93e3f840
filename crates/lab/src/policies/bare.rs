//! One policy, without a thread's cache.

use crate::model::{Look, Model, Refused, fragmentation};
use crate::rows::figures::{Unavailable, Waste};
use crate::rows::settings::{Layout, Settings};
use crate::workload::{Block, HeapLoad};
use arenascope_arena::{AllocError, PolicyKind, RefusalKind, ReserveError, Span, SpanBlock, SpanRange, SpanSize};
use arenascope_units::Bytes;

/// What describes a range: a node of the arena's table.
const NODE_BYTES: u64 = 40;
/// Most bytes of a real arena.
const ARENA_MAX_BYTES: u64 = 1 << 30;
/// A real arena is of whole pages of so many bytes.
const ARENA_PAGE_BYTES: u64 = 64 << 10;

/// A policy of the arena, and which of its ranges each block has.
#[derive(Debug)]
pub(crate) struct BarePolicy {
    span: Span,
    blocks: Vec<Option<SpanBlock>>,
    capacity_bytes: u64,
    align_bytes: u64,
    set_aside_bytes: u64,
}

impl BarePolicy {
    /// Over `capacity_bytes` of addresses.
    pub(crate) fn new(
        heap: &HeapLoad,
        policy: PolicyKind,
        settings: &Settings,
        capacity_bytes: u64,
    ) -> Result<Self, Unavailable> {
        let span = match settings.layout {
            Layout::Bare => Span::bare(size_for(heap, capacity_bytes), policy),
            Layout::Arena => Span::of_arena(Bytes::new(capacity_bytes.next_multiple_of(ARENA_PAGE_BYTES)), policy),
        };
        let span = span.map_err(|error| unavailable(&error))?;
        Ok(Self {
            capacity_bytes: span.free_bytes().get(),
            span,
            blocks: vec![None; heap.blocks.len()],
            align_bytes: settings.align_bytes,
            set_aside_bytes: 0,
        })
    }
}

fn unavailable(error: &ReserveError) -> Unavailable {
    let wanted_bytes = match error {
        ReserveError::OutOfRange { requested, .. }
        | ReserveError::NotWholePages { requested, .. }
        | ReserveError::OutOfMemory { requested } => requested.get(),
    };
    Unavailable::TooLarge { wanted_bytes, most_bytes: ARENA_MAX_BYTES }
}

fn size_for(heap: &HeapLoad, capacity_bytes: u64) -> SpanSize {
    let largest = heap.blocks.iter().map(|block| block.bytes).max().unwrap_or(0);
    // A block has a free range in front and behind at most, and a policy of blocks cuts into
    // halves: twice that, and what waits unjoined. Only what is touched takes memory.
    let nodes = (u64::from(heap.live_blocks_peak()) * 4 + (1 << 16)).min(1 << 24);
    SpanSize { capacity: Bytes::new(capacity_bytes), largest: Bytes::new(largest), nodes: nodes as u32 }
}

fn refused(error: &AllocError) -> Refused {
    match RefusalKind::from(error) {
        RefusalKind::Full => Refused::Full,
        RefusalKind::Fragmented => Refused::Fragmented,
        RefusalKind::OutOfNodes => Refused::OutOfNodes,
        _ => Refused::TooLarge,
    }
}

impl Model for BarePolicy {
    fn allocate(&mut self, number: u32, block: &Block) -> Result<u64, Refused> {
        let align = Bytes::new(block.align_bytes().max(self.align_bytes));
        let placed = self.span.allocate(Bytes::new(block.bytes), align).map_err(|error| refused(&error))?;
        self.blocks[number as usize] = Some(placed.block);
        self.set_aside_bytes += placed.usable.get();
        Ok(placed.offset.get())
    }

    fn free(&mut self, number: u32, _: &Block) {
        let freed = self.blocks[number as usize].take().and_then(|block| self.span.free(block));
        self.set_aside_bytes -= freed.map_or(0, Bytes::get);
    }

    fn held_bytes(&self) -> u64 {
        self.span.footprint().get()
    }

    fn look(&self, live_bytes: u64) -> Look {
        let held_bytes = self.held_bytes();
        let free = Free::of(self.span.walk(), held_bytes);
        let free_whole = self.capacity_bytes - self.set_aside_bytes;
        Look {
            held_bytes,
            waste: Waste {
                external_bytes: held_bytes - self.set_aside_bytes,
                internal_bytes: self.set_aside_bytes - live_bytes,
                cached_bytes: 0,
                metadata_bytes: u64::from(self.span.nodes_touched()) * NODE_BYTES,
            },
            fragmentation_within: fragmentation(free.largest_within, held_bytes - self.set_aside_bytes),
            fragmentation_whole: fragmentation(free.largest_whole, free_whole),
        }
    }
}

/// The largest free pieces.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Free {
    largest_within: u64,
    largest_whole: u64,
}

impl Free {
    /// Of ranges in order of address, below `held_bytes` from the first and in all.
    /// Neighbours that are both free count as one: they join before anything is refused.
    fn of(ranges: impl Iterator<Item = SpanRange>, held_bytes: u64) -> Self {
        let (mut free, mut first, mut run) = (Self::default(), None, 0);
        for range in ranges {
            let start = *first.get_or_insert(range.offset.get());
            if !range.is_free {
                run = 0;
                continue;
            }
            run += range.size.get();
            let beyond = (range.offset.get() + range.size.get() - start).saturating_sub(held_bytes);
            free.largest_whole = free.largest_whole.max(run);
            free.largest_within = free.largest_within.max(run.saturating_sub(beyond));
        }
        free
    }
}
