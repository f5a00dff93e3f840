//! A thread's way into a shared arena: attach once, pin for a batch of work, and
//! allocate without the lock.

mod fallback;
mod pinned;
mod words;

pub use self::pinned::Pinned;
pub use self::words::Words;
use crate::shared::SharedArena;
use crate::sync::registry::ThreadNumber;
use crate::sync::wait::Patience;
use crate::thread_cache::counts::ThreadFigures;
use crate::thread_cache::sweep::{Reach, sweep};
use std::sync::Arc;
use thiserror::Error;

/// Why a thread could not be attached.
///
/// ```
/// # use arenascope_arena::*;
/// # use arenascope_units::Bytes;
/// # let arena = Arena::new(Region::reserve(Bytes::mib(16))?, PolicyKind::Bins);
/// # let shared = std::sync::Arc::new(SharedArena::new(arena));
/// let seats = [(); 16].map(|()| shared.attach());
/// assert!(seats.iter().all(Result::is_ok));
/// assert!(matches!(shared.attach(), Err(AttachError::Full { threads: 16 })));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum AttachError {
    /// As many threads as can be are attached.
    #[error("{threads} threads are attached, as many as can be")]
    Full {
        /// How many that is.
        threads: u32,
    },
}

/// One thread's part of a [`SharedArena`]: a cache of its own in front of the lock.
///
/// It works while it is pinned ([`Self::pin`]). Dropped, its seat is free for another
/// thread, which takes over what the cache holds; what is live stays live, and anyone
/// may free it.
///
/// ```
/// use arenascope_arena::{Arena, PolicyKind, Region, Request, SharedArena};
/// use arenascope_units::owner::{MemoryCategory, Owner, Tag};
/// use arenascope_units::{Bytes, Micros};
/// use std::sync::Arc;
///
/// let arena = Arena::new(Region::reserve(Bytes::mib(16))?, PolicyKind::Bins);
/// let shared = Arc::new(SharedArena::new(arena));
/// let mut thread = shared.attach()?;
/// let mut here = thread.pin()?;
/// let owner = Owner::new(MemoryCategory::ECS, Tag(0));
/// let node = here.allocate(&Request { size: Bytes::new(48), align: Bytes::new(16), owner, now: Micros::ZERO })?;
/// assert_eq!(here.deallocate(node.id)?.size, Bytes::new(48));
/// assert!(here.deallocate(node.id).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct ThreadArena {
    shared: Arc<SharedArena>,
    number: ThreadNumber,
}

impl SharedArena {
    /// Gives the calling thread a seat.
    ///
    /// # Errors
    /// [`AttachError`] where 16 threads are attached.
    ///
    /// ```
    /// # use arenascope_arena::*;
    /// # use arenascope_units::Bytes;
    /// # let arena = Arena::new(Region::reserve(Bytes::mib(16))?, PolicyKind::Bins);
    /// # let shared = std::sync::Arc::new(SharedArena::new(arena));
    /// let thread = shared.attach()?;
    /// assert_eq!(thread.figures().allocations, 0);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn attach(self: &Arc<Self>) -> Result<ThreadArena, AttachError> {
        match self.tier.claim() {
            Some(number) => Ok(ThreadArena { shared: Arc::clone(self), number }),
            None => Err(AttachError::Full { threads: ThreadNumber::COUNT as u32 }),
        }
    }

    /// The figures of every attached thread, as it published them last: when it came to
    /// the lock, or ended a batch.
    ///
    /// ```
    /// # use arenascope_arena::*;
    /// # use arenascope_units::Bytes;
    /// # let arena = Arena::new(Region::reserve(Bytes::mib(16))?, PolicyKind::Bins);
    /// # let shared = std::sync::Arc::new(SharedArena::new(arena));
    /// let thread = shared.attach()?;
    /// assert_eq!(shared.threads().map(|figures| figures.number).collect::<Vec<_>>(), [thread.number()]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn threads(&self) -> impl Iterator<Item = ThreadFigures> {
        self.tier.figures()
    }
}

impl ThreadArena {
    /// Which thread of the arena this is.
    ///
    /// ```
    /// # use arenascope_arena::*;
    /// # use arenascope_units::Bytes;
    /// # let arena = Arena::new(Region::reserve(Bytes::mib(16))?, PolicyKind::Bins);
    /// # let shared = std::sync::Arc::new(SharedArena::new(arena));
    /// let thread = shared.attach()?;
    /// assert_eq!(thread.number(), thread.figures().number);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub const fn number(&self) -> ThreadNumber {
        self.number
    }

    /// Its figures.
    ///
    /// ```
    /// # use arenascope_arena::*;
    /// # use arenascope_units::owner::MemoryCategory;
    /// # use arenascope_units::*;
    /// # let arena = Arena::new(Region::reserve(Bytes::mib(16))?, PolicyKind::Bins);
    /// # let shared = std::sync::Arc::new(SharedArena::new(arena));
    /// # let owner = MemoryCategory::ECS.into();
    /// # let request = Request { size: Bytes::new(100), align: GRANULE, owner, now: Micros::ZERO };
    /// let mut thread = shared.attach()?;
    /// thread.pin()?.allocate(&request)?;
    /// assert_eq!(thread.figures().allocations, 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn figures(&self) -> ThreadFigures {
        self.shared.tier.figures_of(self.number)
    }

    /// The arena that it is a part of.
    ///
    /// ```
    /// # use arenascope_arena::*;
    /// # use arenascope_units::Bytes;
    /// # let arena = Arena::new(Region::reserve(Bytes::mib(16))?, PolicyKind::Bins);
    /// # let shared = std::sync::Arc::new(SharedArena::new(arena));
    /// let thread = shared.attach()?;
    /// assert_eq!(thread.shared().statistics()?.allocation_count, 0);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn shared(&self) -> &Arc<SharedArena> {
        &self.shared
    }
}

impl Drop for ThreadArena {
    /// Gives back what is not live, if the others come to rest in some tens of
    /// microseconds; else the next thread in this seat, or the next pause that needs
    /// memory, finds it.
    fn drop(&mut self) {
        let tier = &*self.shared.tier;
        if let Ok(mut paused) = self.shared.pause(Patience::PAGE) {
            let (arena, seat) = (paused.arena(), tier.seat(self.number));
            arena.fold_peak(self.number);
            sweep(arena.space_mut(), tier, seat, seat.cache.get(), Reach::Pages);
            tier.publish(seat, seat.cache.get());
        }
        tier.registry.release(self.number);
    }
}
