//! The bytes of the engine's own ranges, for the platform to read and write.
//!
//! Beside mutators nobody pauses for it: a pause waits for every thread that the machine
//! has taken off its core, and eight of them on two cores can be away for longer than
//! anybody waits. The engine reads its payload word by word then, as the thread that
//! holds it, into a buffer of its own.

use super::session::Session;
use arenascope_arena::{AllocationId, FreeError};
use core::ops::Range;
use core::sync::atomic::AtomicU32;
use core::sync::atomic::Ordering::Relaxed;

/// Looks at the arena before a payload counts as out of reach. Only ranges that no
/// thread's cache knows need its lock at all.
const TRIES: u32 = 16;
const WORD: usize = size_of::<u32>();

/// All bytes of an allocation.
const ALL: Range<usize> = 0..usize::MAX;

impl Session<'_> {
    /// Lets `fill` write the bytes of an allocation; what it is given holds what stood
    /// there.
    pub(crate) fn write(&self, id: AllocationId, fill: impl FnOnce(&mut [u8])) {
        self.write_part(id, ALL, fill);
    }

    /// The bytes of an allocation of the engine's: what the platform hands to WebGPU
    /// and WebNN. `None` for a handle that is not good.
    ///
    /// Cost: none beyond `read` where there are no mutators; a copy beside them.
    pub fn with_payload<R>(&self, id: AllocationId, read: impl FnOnce(&[u8]) -> R) -> Option<R> {
        self.with_part(id, ALL, read)
    }

    /// The bytes of an allocation of the engine's, to write results to.
    ///
    /// Cost: as [`Self::with_payload`], and a copy back.
    pub fn with_payload_mut<R>(&self, id: AllocationId, write: impl FnOnce(&mut [u8]) -> R) -> Option<R> {
        self.write_part(id, ALL, write)
    }

    /// As [`Self::with_payload`], for a part that begins with a whole word.
    pub(crate) fn with_part<R>(
        &self,
        id: AllocationId,
        part: Range<usize>,
        read: impl FnOnce(&[u8]) -> R,
    ) -> Option<R> {
        if self.config().mutators > 0 {
            let bytes = self.on_words(id, &part, copied)?;
            return bytes.get(..part.len().min(bytes.len())).map(read);
        }
        let look = |bytes: &[u8]| bytes.get(part.start..part.end.min(bytes.len())).map(read);
        self.arena.shared.with(|arena| arena.payload(id).map(look)).ok()?.ok()?
    }

    /// As [`Self::with_payload_mut`], for a part that begins with a whole word.
    pub(crate) fn write_part<R>(
        &self,
        id: AllocationId,
        part: Range<usize>,
        write: impl FnOnce(&mut [u8]) -> R,
    ) -> Option<R> {
        if self.config().mutators > 0 {
            let mut bytes = self.on_words(id, &part, copied)?;
            let length = part.len().min(bytes.len());
            let result = write(&mut bytes[..length]);
            self.on_words(id, &part, |words| {
                for (word, bytes) in words.iter().zip(bytes.as_chunks().0) {
                    word.store(u32::from_ne_bytes(*bytes), Relaxed);
                }
            })?;
            return Some(result);
        }
        let look = |bytes: &mut [u8]| {
            let end = part.end.min(bytes.len());
            bytes.get_mut(part.start..end).map(write)
        };
        self.arena.shared.with(|arena| arena.payload_mut(id).map(look)).ok()?.ok()?
    }

    /// Looks at the words of a part of an allocation as the engine's thread.
    fn on_words<R>(&self, id: AllocationId, part: &Range<usize>, look: impl FnOnce(&[AtomicU32]) -> R) -> Option<R> {
        let mut thread = self.arena.thread.borrow_mut();
        for _ in 0..TRIES {
            let Ok(mut here) = thread.pin() else { continue };
            match here.words(id) {
                Ok(words) => {
                    let end = part.end.div_ceil(WORD).min(words.len());
                    return words.get(part.start / WORD..end).map(look);
                }
                Err(FreeError::Contended(_)) => {}
                Err(_) => return None,
            }
        }
        None
    }
}

fn copied(words: &[AtomicU32]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(words.len() * WORD);
    words.iter().for_each(|word| bytes.extend_from_slice(&word.load(Relaxed).to_ne_bytes()));
    bytes
}
