//! Payload as words that several threads may touch at once.

use super::pinned::Pinned;
use crate::allocator::Arena;
use crate::error::FreeError;
use crate::layout::GRANULE;
use crate::request::{AllocationId, Named};
use crate::sync::lock::LockGuard;
use arenascope_units::Bytes;
use core::ops::Deref;
use core::sync::atomic::AtomicU32;

/// The bytes of an allocation as words, for as long as this is kept.
///
/// They stay payload all that time, whatever other threads free meanwhile: see
/// [`Pinned::words`].
///
/// ```
/// # use arenascope_arena::*;
/// # use arenascope_units::owner::MemoryCategory;
/// # use arenascope_units::*;
/// # use core::sync::atomic::Ordering;
/// # use std::sync::Arc;
/// # let shared = Arc::new(SharedArena::new(Arena::new(Region::reserve_pages(4)?, PolicyKind::FirstFit)));
/// # let owner = MemoryCategory::ECS.into();
/// # let request = Request { size: Bytes::new(100), align: GRANULE, owner, now: Micros::ZERO };
/// let mut thread = shared.attach()?;
/// let mut here = thread.pin()?;
/// let taken = here.allocate(&request)?;
/// let words: Words<'_> = here.words(taken.id)?;
/// assert_eq!(words.len(), 25);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Words<'a> {
    words: &'a [AtomicU32],
    /// Held where another thread could give the range back, for a page to be opened there.
    _lock: Option<LockGuard<'a, Arena>>,
}

impl Deref for Words<'_> {
    type Target = [AtomicU32];

    fn deref(&self) -> &[AtomicU32] {
        self.words
    }
}

impl Pinned<'_> {
    /// The bytes of an allocation as words that other threads may touch too: sound
    /// whatever anybody does with the handle. As many as what was asked for has in full.
    ///
    /// An allocation of this thread's own, and one of a slot, stay where they are while
    /// the words are kept, since this thread does not come to its safepoint. A range of
    /// another thread's, or of the arena itself, could be freed meanwhile and become a page
    /// of records: for those the arena's lock is held as long, so keep them shortly.
    ///
    /// # Errors
    /// [`FreeError`] for a handle that is not good.
    ///
    /// ```
    /// # use arenascope_arena::*;
    /// # use arenascope_units::owner::MemoryCategory;
    /// # use arenascope_units::*;
    /// # use core::sync::atomic::Ordering;
    /// # use std::sync::Arc;
    /// # let shared = Arc::new(SharedArena::new(Arena::new(Region::reserve_pages(4)?, PolicyKind::FirstFit)));
    /// # let owner = MemoryCategory::ECS.into();
    /// # let request = Request { size: Bytes::new(100), align: GRANULE, owner, now: Micros::ZERO };
    /// let mut thread = shared.attach()?;
    /// let mut here = thread.pin()?;
    /// let taken = here.allocate(&request)?;
    /// here.words(taken.id)?[0].store(7, Ordering::Relaxed);
    /// assert_eq!(here.words(taken.id)?[0].load(Ordering::Relaxed), 7);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn words(&mut self, id: AllocationId) -> Result<Words<'_>, FreeError> {
        self.safepoint().map_err(FreeError::Contended)?;
        if let Named::Record(name) = self.shared.named(id, self.stamp)? {
            let tier = &*self.shared.tier;
            let owner = tier.check(name, id)?;
            if owner == self.owner || tier.is_slot(name) {
                let bytes = tier.memory.record(name).bytes();
                return Ok(Words { words: self.payload(bytes), _lock: None });
            }
        }
        let arena = self.lock().map_err(FreeError::Contended)?;
        // Looked up under the lock: on the way to it the range may have gone.
        let bytes = arena.held(id)?;
        Ok(Words { words: self.payload(bytes), _lock: Some(arena) })
    }

    fn payload(&self, (offset, size): (Bytes, Bytes)) -> &[AtomicU32] {
        let start = (offset.get() / GRANULE.get()) as u32;
        self.shared.tier.memory.words(start, (size.get() / 4) as usize)
    }
}
