//! Writes a recording, one operation at a time.

use super::super::slots::{Slot, Slots};
use super::{DecodeError, Decoded, Packed, Recording};
use arenascope_arena::Region;
use arenascope_formats::alloc_trace::{TraceError, TraceOp, TraceReader};
use std::io::Read;

/// Writes a [`Recording`], one operation at a time.
///
/// ```
/// use arenascope_replay::Recorder;
/// use arenascope_units::Bytes;
///
/// let mut recorder = Recorder::default();
/// recorder.allocate(100)?;
/// recorder.free(0);
/// recorder.free(0);
/// let recording = recorder.finish();
/// assert_eq!((recording.len(), recording.frees_repeated()), (2, 1));
/// assert_eq!(recording.live_peak(), Bytes::new(100));
/// # Ok::<(), arenascope_replay::DecodeError>(())
/// ```
#[derive(Debug, Default)]
pub struct Recorder {
    recording: Recording,
    /// The slot of each allocation; `None` once it is freed.
    places: Vec<Option<Slot>>,
    slots: Slots,
    /// The number of the first allocation.
    first_index: u64,
    /// The line of the operation that is being written, where lines are known.
    line: Option<u64>,
    live: u128,
    live_count: u64,
}

impl Recorder {
    /// A recording whose allocations are numbered from `first_index`; the form of
    /// [`TraceReader`] numbers from 0, but not everybody does.
    ///
    /// ```
    /// # use arenascope_replay::Recorder;
    /// let mut recorder = Recorder::numbered_from(1);
    /// recorder.allocate(8)?;
    /// recorder.free(1);
    /// assert_eq!(recorder.finish().frees(), 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn numbered_from(first_index: u64) -> Self {
        Self { first_index, ..Self::default() }
    }

    /// Writes all that `reader` gives, up to its end or the first error. O(operations);
    /// eight bytes each, and four for each allocation while it lasts.
    ///
    /// ```
    /// # use arenascope_replay::*;
    /// let cut = TraceReader::new("Alloc(100),\nFree(0),\nAlloc(7".as_bytes());
    /// let Decoded { recording, stopped } = Recorder::default().read(cut);
    /// assert_eq!(recording.len(), 2);
    /// assert!(matches!(stopped, Some(DecodeError::Trace(TraceError::Cut { line: 3, .. }))));
    /// ```
    pub fn read(mut self, mut reader: TraceReader<impl Read>) -> Decoded {
        let mut stopped = None;
        while let (None, Some(read)) = (&stopped, reader.next()) {
            self.line = Some(reader.line());
            stopped = self.write(read).err();
        }
        Decoded { recording: self.finish(), stopped }
    }

    fn write(&mut self, read: Result<TraceOp, TraceError>) -> Result<(), DecodeError> {
        match read? {
            TraceOp::Alloc { size } => self.allocate(size),
            TraceOp::Realloc { index, size } => self.reallocate(index, size),
            TraceOp::Free { index } => {
                self.free(index);
                Ok(())
            }
        }
    }

    /// Takes `size` bytes; the allocations are numbered from 0. No bytes are
    /// taken as one, as `malloc` does.
    ///
    /// # Errors
    /// [`DecodeError::TooMuchLive`].
    ///
    /// ```
    /// # use arenascope_replay::Recorder;
    /// # use arenascope_units::Bytes;
    /// let mut recorder = Recorder::default();
    /// recorder.allocate(0)?;
    /// assert_eq!(recorder.finish().live_peak(), Bytes::new(1));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn allocate(&mut self, size: u64) -> Result<(), DecodeError> {
        let slot = self.take(size.max(1))?;
        self.places.push(Some(slot));
        Ok(())
    }

    fn take(&mut self, size: u64) -> Result<Slot, DecodeError> {
        let slot = self.slots.take(size).ok_or(DecodeError::TooMuchLive { live: self.live_count })?;
        // What exceeds 32 bits exceeds every arena, as does the largest of 32.
        self.recording.operations.push(Packed { slot, size: u32::try_from(size).unwrap_or(u32::MAX) });
        self.recording.allocations += 1;
        self.recording.oversized += u64::from(size > Region::MAX.get());
        self.live += u128::from(size);
        self.live_count += 1;
        self.note_peaks();
        Ok(slot)
    }

    fn note_peaks(&mut self) {
        let recording = &mut self.recording;
        if self.live > recording.live_peak {
            (recording.live_peak, recording.live_peak_at) = (self.live, recording.operations.len() - 1);
        }
        recording.live_count_peak = recording.live_count_peak.max(self.live_count);
    }

    /// Gives back allocation `index`. Where there is none, that is counted, and
    /// nothing will be replayed.
    ///
    /// ```
    /// # use arenascope_replay::Recorder;
    /// let mut recorder = Recorder::default();
    /// recorder.allocate(8)?;
    /// recorder.free(0);
    /// assert_eq!(recorder.finish().frees(), 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn free(&mut self, index: u64) {
        self.vacate(index);
    }

    /// Gives allocation `index` another size: a free, and an allocation that keeps the
    /// number. Where there is none, that is counted as an unmatched free.
    ///
    /// # Errors
    /// [`DecodeError::TooMuchLive`].
    ///
    /// ```
    /// # use arenascope_replay::Recorder;
    /// # use arenascope_units::Bytes;
    /// let mut recorder = Recorder::default();
    /// recorder.allocate(8)?;
    /// recorder.reallocate(0, 20)?;
    /// let recording = recorder.finish();
    /// assert_eq!((recording.len(), recording.live_peak()), (3, Bytes::new(20)));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn reallocate(&mut self, index: u64, size: u64) -> Result<(), DecodeError> {
        if let Some(place) = self.vacate(index) {
            self.places[place] = Some(self.take(size.max(1))?);
            self.recording.reallocations += 1;
        }
        Ok(())
    }

    /// Leaves the slot of allocation `index`; its place in the table, if it was live.
    fn vacate(&mut self, index: u64) -> Option<usize> {
        self.recording.names_zero |= index == 0;
        let number = index.checked_sub(self.first_index).and_then(|number| usize::try_from(number).ok());
        let Some(place) = number.filter(|&number| number < self.places.len()) else {
            self.recording.names_next += u64::from(number == Some(self.places.len()));
            self.recording.unknown.note(self.line);
            return None;
        };
        match self.places[place].take() {
            Some(slot) => self.leave(slot),
            None => {
                self.recording.repeated.note(self.line);
                return None;
            }
        }
        Some(place)
    }

    /// Counts a free of what the recording never took.
    pub(super) fn note_unknown(&mut self) {
        self.recording.unknown.note(self.line);
    }

    fn leave(&mut self, slot: Slot) {
        let size = self.slots.leave(slot);
        self.recording.operations.push(Packed { slot, size: 0 });
        self.live -= u128::from(size);
        self.live_count -= 1;
    }

    /// The recording as written so far.
    ///
    /// ```
    /// # use arenascope_replay::Recorder;
    /// assert!(Recorder::default().finish().is_empty());
    /// ```
    pub fn finish(mut self) -> Recording {
        self.recording.slot_count = self.slots.count();
        self.recording
    }
}

impl Recording {
    /// Decodes all that `reader` gives; [`Recorder::read`] keeps what comes before an
    /// error. O(operations); eight bytes each, and four for each allocation while it lasts.
    ///
    /// # Errors
    /// [`DecodeError`]: the first that is no operation, or too much live.
    ///
    /// ```
    /// # use arenascope_replay::*;
    /// let recording = Recording::decode(TraceReader::new("Alloc(100),\nFree(0),\n".as_bytes()))?;
    /// assert_eq!(recording.len(), 2);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn decode(reader: TraceReader<impl Read>) -> Result<Self, DecodeError> {
        let Decoded { recording, stopped } = Recorder::default().read(reader);
        stopped.map_or(Ok(recording), Err)
    }
}
