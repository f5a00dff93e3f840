//! What a recording is replayed on: an arena, or one behind the cache of a thread.

use arenascope_arena::{AllocError, Allocation, AllocationId, Arena, Contended, FreeError, Pinned};
use arenascope_arena::{PolicyKind, Request, SharedArena, Statistics, ThreadArena};
use std::sync::Arc;

/// What allocates and frees during a stretch of operations.
pub(super) trait Hands {
    fn allocate(&mut self, request: &Request) -> Result<Allocation, AllocError>;
    fn free(&mut self, id: AllocationId) -> Result<(), FreeError>;
}

impl Hands for Arena {
    #[inline]
    fn allocate(&mut self, request: &Request) -> Result<Allocation, AllocError> {
        Self::allocate(self, request)
    }

    #[inline]
    fn free(&mut self, id: AllocationId) -> Result<(), FreeError> {
        self.deallocate(id).map(drop)
    }
}

impl Hands for Pinned<'_> {
    #[inline]
    fn allocate(&mut self, request: &Request) -> Result<Allocation, AllocError> {
        Self::allocate(self, request)
    }

    #[inline]
    fn free(&mut self, id: AllocationId) -> Result<(), FreeError> {
        self.deallocate(id).map(drop)
    }
}

/// What is done with [`Hands`], compiled for each kind of them.
pub(super) trait Job {
    type Output;
    fn work(self, hands: &mut impl Hands) -> Self::Output;
}

/// An arena of the replay's own.
#[derive(Debug)]
pub(super) enum Heap {
    Bare(Box<Arena>),
    Threaded(ThreadArena),
}

impl Heap {
    /// `arena`, behind the cache of one thread if `thread_cache`.
    pub(super) fn new(arena: Arena, thread_cache: bool) -> Self {
        if !thread_cache {
            return Self::Bare(Box::new(arena));
        }
        match Arc::new(SharedArena::new(arena)).attach() {
            Ok(thread) => Self::Threaded(thread),
            Err(full) => unreachable!("the first thread of an arena: {full}"),
        }
    }

    /// Does `job`; behind a cache the thread is pinned for as long.
    #[inline]
    pub(super) fn work<J: Job>(&mut self, job: J) -> J::Output {
        match self {
            Self::Bare(arena) => job.work(arena.as_mut()),
            Self::Threaded(thread) => job.work(&mut alone(thread.pin())),
        }
    }

    pub(super) fn statistics(&self) -> Statistics {
        match self {
            Self::Bare(arena) => arena.statistics(),
            Self::Threaded(thread) => alone(thread.shared().statistics()),
        }
    }

    /// What `look` sees in the arena; ranges that the thread keeps are cached there.
    pub(super) fn with<R>(&self, look: impl FnOnce(&Arena) -> R) -> R {
        match self {
            Self::Bare(arena) => look(arena),
            Self::Threaded(thread) => alone(thread.shared().with(|arena| look(arena))),
        }
    }

    pub(super) fn policy(&self) -> PolicyKind {
        self.with(Arena::policy)
    }

    /// Forgets every allocation: the heap is as new.
    pub(super) fn clear(&mut self) {
        match self {
            Self::Bare(arena) => drop(arena.reset()),
            Self::Threaded(thread) => drop(alone(thread.shared().reset())),
        }
    }
}

/// One thread alone waits for nobody.
fn alone<T>(result: Result<T, Contended>) -> T {
    result.unwrap_or_else(|contended| unreachable!("an arena of one thread: {contended}"))
}
