//! An engine of one thread that tells of what it does: random frees and allocations
//! on an arena.

use arenascope_arena::{
    Allocation, AllocationId, Arena, GRANULE, MAX_ALIGN, Pinned, PolicyKind, Region, Request, ReserveError,
    SharedArena, ThreadArena,
};
use arenascope_telemetry::event::{Event, Op};
use arenascope_telemetry::ring::Producer;
use arenascope_units::owner::{MemoryCategory, Owner, Tag};
use arenascope_units::{Bytes, Micros};
use arenascope_workload::rng::Rng;
use std::sync::Arc;

/// A bare arena has a node for each 3 KiB, so many allocations need this for each.
const ARENA_PER_LIVE: Bytes = Bytes::new(3_500);
const ARENA_MIN: Bytes = Bytes::mib(8);
/// Sizes are 16 B to 2 KiB, each doubling as likely.
const SIZES_LOG2: (u32, u32) = (4, 11);

/// How it comes to memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Through {
    /// From the arena itself.
    Arena(PolicyKind),
    /// As an attached thread, with its cache.
    Thread(PolicyKind),
}

impl Through {
    /// The fastest policy by itself.
    pub const BARE: Self = Self::Arena(PolicyKind::Bins);
    /// The fastest policy behind a thread.
    pub const THREAD: Self = Self::Thread(PolicyKind::Bins);
}

enum Memory {
    Arena(Box<Arena>),
    Thread(Box<ThreadArena>),
}

/// Who gives memory out.
trait Source {
    /// Its number, where it begins, its bytes.
    fn allocate(&mut self, request: &Request) -> Option<(AllocationId, u64, u64)>;
    /// Where it began, its bytes.
    fn free(&mut self, id: AllocationId) -> Option<(u64, u64)>;
}

/// For one that has allocation and free by these names.
macro_rules! source {
    ($source:ty) => {
        impl Source for $source {
            #[inline(always)]
            fn allocate(&mut self, request: &Request) -> Option<(AllocationId, u64, u64)> {
                let Allocation { id, offset, usable } = <$source>::allocate(self, request).ok()?;
                Some((id, offset.get(), usable.get()))
            }

            #[inline(always)]
            fn free(&mut self, id: AllocationId) -> Option<(u64, u64)> {
                let extent = self.deallocate(id).ok()?;
                Some((extent.offset.get(), extent.size.get()))
            }
        }
    };
}

source!(Arena);
source!(Pinned<'_>);

/// The memory, the arena and the allocations of an engine that is measured.
pub(super) struct Engine {
    memory: Memory,
    arena_bytes: Bytes,
    life: Life,
}

impl Engine {
    /// An engine with at most `live` allocations.
    ///
    /// # Errors
    /// [`ReserveError`] where there is no memory for its arena.
    pub(super) fn new(through: Through, live: u32) -> Result<Self, ReserveError> {
        let pages = (u64::from(live) * ARENA_PER_LIVE.get()).max(ARENA_MIN.get()).div_ceil(MAX_ALIGN.get());
        let region = Region::reserve_pages(u32::try_from(pages).unwrap_or(u32::MAX))?;
        let arena_bytes = region.size();
        let memory = match through {
            Through::Arena(policy) => Memory::Arena(Box::new(Arena::new(region, policy))),
            Through::Thread(policy) => {
                let shared = Arc::new(SharedArena::new(Arena::new(region, policy)));
                Memory::Thread(Box::new(shared.attach().expect("the first thread finds a seat")))
            }
        };
        let life = Life { rng: Rng::new(42), live: Vec::new(), most: live.max(1) as usize, time_us: 0 };
        Ok(Self { memory, arena_bytes, life })
    }

    /// Bytes of its arena.
    pub(super) const fn arena_bytes(&self) -> u64 {
        self.arena_bytes.get()
    }

    /// The time that it is at.
    pub(super) const fn time_us(&self) -> u64 {
        self.life.time_us
    }

    /// So many operations, and their events where there is a ring.
    pub(super) fn batch(&mut self, operations: u32, ring: &mut Option<Producer<'_>>) {
        match &mut self.memory {
            Memory::Arena(arena) => self.life.go_on(operations, &mut **arena, ring),
            Memory::Thread(thread) => {
                let mut pinned = thread.pin().expect("nobody pauses");
                self.life.go_on(operations, &mut pinned, ring);
            }
        }
        if let Some(ring) = ring {
            ring.flush(self.life.time_us);
        }
    }
}

/// What it holds, and what it does next.
struct Life {
    rng: Rng,
    live: Vec<(AllocationId, Owner)>,
    most: usize,
    time_us: u64,
}

impl Life {
    // Compiled for each source.
    fn go_on(&mut self, operations: u32, source: &mut impl Source, ring: &mut Option<Producer<'_>>) {
        for _ in 0..operations {
            self.step(source, ring);
        }
    }

    /// One operation, and its event where there is a ring.
    #[inline(always)]
    fn step(&mut self, source: &mut impl Source, ring: &mut Option<Producer<'_>>) {
        self.time_us += u64::from(self.rng.once_in(16));
        if self.live.len() >= self.most || self.rng.once_in(3) && !self.live.is_empty() {
            let place = self.rng.below(self.live.len() as u32) as usize;
            let (id, owner) = self.live.swap_remove(place);
            if let Some((offset, size)) = source.free(id) {
                self.tell(ring, Op::ArenaFree, owner, (id, offset, size));
            }
            return;
        }
        let category = MemoryCategory::ALL[self.rng.below(6) as usize];
        let owner = Owner::new(category, Tag(self.rng.below(24) as u16));
        let size = Bytes::from(self.rng.doubling(SIZES_LOG2.0, SIZES_LOG2.1));
        let request = Request { size, align: GRANULE, owner, now: Micros::new(self.time_us) };
        if let Some((id, offset, usable)) = source.allocate(&request) {
            self.live.push((id, owner));
            self.tell(ring, Op::ArenaAllocate, owner, (id, offset, usable));
        }
    }

    #[inline(always)]
    fn tell(&self, ring: &mut Option<Producer<'_>>, op: Op, owner: Owner, what: (AllocationId, u64, u64)) {
        if let Some(ring) = ring {
            let (id, offset_bytes, size_bytes) = (what.0.to_bits(), what.1, what.2);
            let _ = ring.push(Event { owner, id, offset_bytes, size_bytes, ..Event::note(self.time_us, op) });
        }
    }
}
