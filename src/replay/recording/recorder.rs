//! Writes a recording, one operation at a time.

use super::super::slots::{Slot, Slots};
use super::{DecodeError, Packed, Recording};
use crate::arena::GRANULE;

/// Writes a [`Recording`], one operation at a time.
///
/// ```
/// use arenascope::replay::Recorder;
/// use arenascope::units::Bytes;
///
/// let mut recorder = Recorder::default();
/// recorder.allocate(100)?;
/// recorder.free(0);
/// recorder.free(0);
/// let recording = recorder.finish();
/// assert_eq!((recording.len(), recording.frees_repeated()), (2, 1));
/// assert_eq!(recording.live_peak(), Bytes::new(100));
/// # Ok::<(), arenascope::replay::DecodeError>(())
/// ```
#[derive(Debug, Default)]
pub struct Recorder {
    recording: Recording,
    /// The slot of each allocation; `None` once it is freed.
    places: Vec<Option<Slot>>,
    slots: Slots,
    live: u64,
    granules: u64,
    live_count: u64,
}

impl Recorder {
    /// Takes `size` bytes; the allocations are numbered from 0. No bytes are
    /// taken as one, as `malloc` does.
    ///
    /// # Errors
    /// [`DecodeError::TooMuchLive`].
    ///
    /// ```
    /// # use arenascope::{replay::Recorder, units::Bytes};
    /// let mut recorder = Recorder::default();
    /// recorder.allocate(0)?;
    /// assert_eq!(recorder.finish().live_peak(), Bytes::new(1));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn allocate(&mut self, size: u64) -> Result<(), DecodeError> {
        let size = size.max(1);
        let slot = self.slots.take(size).ok_or(DecodeError::TooMuchLive { live: self.live_count })?;
        self.places.push(Some(slot));
        // What exceeds 32 bits exceeds every arena, as does the largest of 32.
        self.recording.operations.push(Packed { slot, size: u32::try_from(size).unwrap_or(u32::MAX) });
        self.recording.allocations += 1;
        self.live = self.live.saturating_add(size);
        self.granules = self.granules.saturating_add(size.div_ceil(GRANULE.get()));
        self.live_count += 1;
        self.note_peaks();
        Ok(())
    }

    fn note_peaks(&mut self) {
        let recording = &mut self.recording;
        if self.live > recording.live_peak {
            (recording.live_peak, recording.live_peak_at) = (self.live, recording.operations.len() - 1);
        }
        recording.granules_peak = recording.granules_peak.max(self.granules);
        recording.live_count_peak = recording.live_count_peak.max(self.live_count);
    }

    /// Gives back allocation `index`. Where there is none, that is counted, and
    /// nothing will be replayed.
    ///
    /// ```
    /// # use arenascope::replay::Recorder;
    /// let mut recorder = Recorder::default();
    /// recorder.allocate(8)?;
    /// recorder.free(0);
    /// assert_eq!(recorder.finish().frees(), 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn free(&mut self, index: u64) {
        match usize::try_from(index).ok().and_then(|index| self.places.get_mut(index)) {
            None => self.recording.frees_unknown += 1,
            Some(place) => match place.take() {
                None => self.recording.frees_repeated += 1,
                Some(slot) => self.leave(slot),
            },
        }
    }

    fn leave(&mut self, slot: Slot) {
        let size = self.slots.leave(slot);
        self.recording.operations.push(Packed { slot, size: 0 });
        self.live = self.live.saturating_sub(size);
        self.granules = self.granules.saturating_sub(size.div_ceil(GRANULE.get()));
        self.live_count -= 1;
    }

    /// The recording as written so far.
    ///
    /// ```
    /// # use arenascope::replay::Recorder;
    /// assert!(Recorder::default().finish().is_empty());
    /// ```
    pub fn finish(mut self) -> Recording {
        self.recording.slot_count = self.slots.count();
        self.recording
    }
}
