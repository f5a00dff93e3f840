//! Small numbers for what is live: a recording of many million allocations has
//! few of them live at once, and only those need a place in a table.

use core::num::NonZeroU32;

/// A place for one live allocation; used again once that is freed.
///
/// ```
/// # use arenascope_replay::*;
/// # let mut recorder = Recorder::default();
/// # (recorder.allocate(100)?, recorder.allocate(50)?, recorder.free(0));
/// # let recording = recorder.finish();
/// let slots: Vec<usize> = recording.operations(0..3).map(|operation| match operation {
///     Operation::Allocate { slot, .. } | Operation::Free { slot } => slot.index(),
/// }).collect();
/// assert_eq!(slots, [0, 1, 0]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Slot(NonZeroU32);

impl Slot {
    /// Position in a table of as many places as the recording has slots.
    ///
    /// ```
    /// # use arenascope_replay::*;
    /// # let mut recorder = Recorder::default();
    /// # (recorder.allocate(100)?, recorder.allocate(50)?, recorder.free(0));
    /// # let recording = recorder.finish();
    /// let Some(Operation::Allocate { slot, .. }) = recording.operations(0..1).next() else { panic!() };
    /// assert!(slot.index() < recording.slot_count());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub const fn index(self) -> usize {
        self.0.get() as usize - 1
    }

    /// The slot in place `index`; there are four thousand million.
    fn from_index(index: usize) -> Option<Self> {
        u32::try_from(index + 1).ok().and_then(NonZeroU32::new).map(Self)
    }
}

/// What lies in the slots, and which of them are vacant.
#[derive(Debug, Default)]
pub(super) struct Slots {
    sizes: Vec<u64>,
    vacant: Vec<Slot>,
}

impl Slots {
    /// Slots in use now or before.
    pub(super) const fn count(&self) -> usize {
        self.sizes.len()
    }

    /// Takes the slot that was left last, so that a table by slot stays warm;
    /// `None` when there are no more numbers.
    pub(super) fn take(&mut self, size: u64) -> Option<Slot> {
        if let Some(slot) = self.vacant.pop() {
            self.sizes[slot.index()] = size;
            return Some(slot);
        }
        let slot = Slot::from_index(self.sizes.len())?;
        self.sizes.push(size);
        Some(slot)
    }

    /// Leaves a slot; gives the size that lay in it.
    pub(super) fn leave(&mut self, slot: Slot) -> u64 {
        self.vacant.push(slot);
        self.sizes[slot.index()]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slot_that_was_left_is_taken_first() {
        let mut slots = Slots::default();
        let [first, second] = [10, 20].map(|size| slots.take(size).unwrap());
        assert_eq!((first.index(), second.index()), (0, 1));
        assert_eq!(slots.leave(first), 10);
        assert_eq!(slots.take(30), Some(first));
        assert_eq!((slots.leave(first), slots.leave(second), slots.count()), (30, 20, 2));
    }
}
