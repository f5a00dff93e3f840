//! A recording in memory, decoded: eight bytes an operation, allocations named
//! by slots, frees that match nothing counted and left out.

mod recorder;

pub use recorder::Recorder;

use super::slots::Slot;
use crate::arena::{GRANULE, Region};
use crate::formats::alloc_trace::{TraceError, TraceOp};
use crate::units::Bytes;
use core::error::Error;
use core::fmt;
use core::ops::Range;

/// One operation, ready to be done.
///
/// ```
/// # use arenascope::replay::*;
/// # let mut recorder = Recorder::default();
/// # (recorder.allocate(100)?, recorder.allocate(50)?, recorder.free(0));
/// # let recording = recorder.finish();
/// let sizes = recording.operations(0..1).map(|operation| match operation {
///     Operation::Allocate { size, .. } => size,
///     Operation::Free { .. } => 0,
/// });
/// assert_eq!(sizes.collect::<Vec<_>>(), [100]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// Takes memory.
    Allocate {
        /// Where to keep what is got; nothing lies there.
        slot: Slot,
        /// Bytes, at least one. What is larger than any arena stays so.
        size: u32,
    },
    /// Gives memory back.
    Free {
        /// Where it is kept.
        slot: Slot,
    },
}

/// An [`Operation`] in eight bytes: of size zero is a free.
#[derive(Clone, Copy, Debug)]
struct Packed {
    slot: Slot,
    size: u32,
}

impl Packed {
    const fn unpack(self) -> Operation {
        match self.size {
            0 => Operation::Free { slot: self.slot },
            size => Operation::Allocate { slot: self.slot, size },
        }
    }
}

/// Why a recording could not be decoded.
///
/// ```
/// # use arenascope::replay::*;
/// let refused = Recording::decode(TraceReader::new("Alloc(-1)".as_bytes())).unwrap_err();
/// assert!(matches!(refused, DecodeError::Trace(_)));
/// ```
#[derive(Debug)]
pub enum DecodeError {
    /// It could not be read.
    Trace(TraceError),
    /// It holds more at once than can be numbered.
    TooMuchLive {
        /// Allocations that are live at that point.
        live: u64,
    },
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Trace(error) => error.fmt(f),
            Self::TooMuchLive { live } => write!(f, "{live} allocations are live at once: too many to be numbered"),
        }
    }
}

impl Error for DecodeError {}

impl From<TraceError> for DecodeError {
    fn from(error: TraceError) -> Self {
        Self::Trace(error)
    }
}

/// A sequence of allocations and frees with its own figures, which no allocator
/// changes.
///
/// ```
/// # use arenascope::replay::Recorder;
/// # let mut recorder = Recorder::default();
/// # (recorder.allocate(100)?, recorder.allocate(50)?, recorder.free(0));
/// # let recording = recorder.finish();
/// assert_eq!((recording.allocations(), recording.frees()), (2, 1));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Default)]
pub struct Recording {
    operations: Vec<Packed>,
    slot_count: usize,
    allocations: u64,
    frees_unknown: u64,
    frees_repeated: u64,
    live_peak: u64,
    live_peak_at: usize,
    live_count_peak: u64,
    granules_peak: u64,
}

impl Recording {
    /// Decodes all of `source`. O(operations); eight bytes each, and four for
    /// each allocation while it lasts.
    ///
    /// # Errors
    /// [`DecodeError`]: the first line that is no operation, or too much live.
    ///
    /// ```
    /// # use arenascope::replay::*;
    /// let recording = Recording::decode(TraceReader::new("Alloc(100),\nFree(0),\n".as_bytes()))?;
    /// assert_eq!(recording.len(), 2);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn decode(source: impl IntoIterator<Item = Result<TraceOp, TraceError>>) -> Result<Self, DecodeError> {
        let mut recorder = Recorder::default();
        for operation in source {
            match operation? {
                TraceOp::Alloc { size } => recorder.allocate(size)?,
                TraceOp::Free { index } => recorder.free(index),
            }
        }
        Ok(recorder.finish())
    }

    /// Number of operations that can be replayed.
    ///
    /// ```
    /// # use arenascope::replay::Recorder;
    /// # let mut recorder = Recorder::default();
    /// # (recorder.allocate(100)?, recorder.allocate(50)?, recorder.free(0));
    /// # let recording = recorder.finish();
    /// assert_eq!(recording.len(), 3);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub const fn len(&self) -> usize {
        self.operations.len()
    }

    /// True where there is nothing to replay.
    ///
    /// ```
    /// # use arenascope::replay::Recording;
    /// assert!(Recording::default().is_empty());
    /// ```
    pub const fn is_empty(&self) -> bool {
        self.operations.is_empty()
    }

    /// The operations of `range`, in order; those past the end are left out.
    ///
    /// ```
    /// # use arenascope::replay::Recorder;
    /// # let mut recorder = Recorder::default();
    /// # (recorder.allocate(100)?, recorder.allocate(50)?, recorder.free(0));
    /// # let recording = recorder.finish();
    /// assert_eq!(recording.operations(1..usize::MAX).len(), 2);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn operations(&self, range: Range<usize>) -> impl ExactSizeIterator<Item = Operation> {
        let end = range.end.min(self.len());
        self.operations[range.start.min(end)..end].iter().map(|packed| packed.unpack())
    }

    /// Places that a table by [`Slot::index`] needs.
    ///
    /// ```
    /// # use arenascope::replay::Recorder;
    /// # let mut recorder = Recorder::default();
    /// # (recorder.allocate(100)?, recorder.allocate(50)?, recorder.free(0));
    /// # let recording = recorder.finish();
    /// assert_eq!(recording.slot_count(), 2);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub const fn slot_count(&self) -> usize {
        self.slot_count
    }

    /// Number of allocations.
    ///
    /// ```
    /// # use arenascope::replay::Recorder;
    /// # let mut recorder = Recorder::default();
    /// # (recorder.allocate(100)?, recorder.allocate(50)?, recorder.free(0));
    /// # let recording = recorder.finish();
    /// assert_eq!(recording.allocations(), 2);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub const fn allocations(&self) -> u64 {
        self.allocations
    }

    /// Number of frees that give back what is live.
    ///
    /// ```
    /// # use arenascope::replay::Recorder;
    /// # let mut recorder = Recorder::default();
    /// # (recorder.allocate(100)?, recorder.allocate(50)?, recorder.free(0));
    /// # let recording = recorder.finish();
    /// assert_eq!(recording.frees(), 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub const fn frees(&self) -> u64 {
        self.operations.len() as u64 - self.allocations
    }

    /// Number of frees of what the recording never took, or had not yet taken.
    ///
    /// ```
    /// # use arenascope::replay::Recorder;
    /// let mut recorder = Recorder::default();
    /// recorder.free(0);
    /// assert_eq!(recorder.finish().frees_unknown(), 1);
    /// ```
    pub const fn frees_unknown(&self) -> u64 {
        self.frees_unknown
    }

    /// Number of frees of what was freed before.
    ///
    /// ```
    /// # use arenascope::replay::Recorder;
    /// # let mut recorder = Recorder::default();
    /// # (recorder.allocate(100)?, recorder.allocate(50)?, recorder.free(0));
    /// # let recording = recorder.finish();
    /// assert_eq!(recording.frees_repeated(), 0);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub const fn frees_repeated(&self) -> u64 {
        self.frees_repeated
    }

    /// Most bytes live at once, as asked for.
    ///
    /// ```
    /// # use arenascope::{replay::Recorder, units::Bytes};
    /// # let mut recorder = Recorder::default();
    /// # (recorder.allocate(100)?, recorder.allocate(50)?, recorder.free(0));
    /// # let recording = recorder.finish();
    /// assert_eq!(recording.live_peak(), Bytes::new(150));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub const fn live_peak(&self) -> Bytes {
        Bytes::new(self.live_peak)
    }

    /// Most allocations live at once.
    ///
    /// ```
    /// # use arenascope::replay::Recorder;
    /// # let mut recorder = Recorder::default();
    /// # (recorder.allocate(100)?, recorder.allocate(50)?, recorder.free(0));
    /// # let recording = recorder.finish();
    /// assert_eq!(recording.live_count_peak(), 2);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub const fn live_count_peak(&self) -> u64 {
        self.live_count_peak
    }

    /// The operation, counted from 0, after which [`Self::live_peak`] is reached
    /// for the first time.
    ///
    /// ```
    /// # use arenascope::replay::Recorder;
    /// # let mut recorder = Recorder::default();
    /// # (recorder.allocate(100)?, recorder.allocate(50)?, recorder.free(0));
    /// # let recording = recorder.finish();
    /// assert_eq!(recording.live_peak_at(), 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub const fn live_peak_at(&self) -> usize {
        self.live_peak_at
    }

    /// An arena with room for this recording under most policies: twice its peak
    /// in whole granules, or room for two ranges of the node table for each live
    /// allocation if that is more; rounded up to a power of two, 1 MiB to 1 GiB.
    ///
    /// ```
    /// # use arenascope::{replay::Recorder, units::Bytes};
    /// # let mut recorder = Recorder::default();
    /// # (recorder.allocate(100)?, recorder.allocate(50)?, recorder.free(0));
    /// # let recording = recorder.finish();
    /// assert_eq!(recording.arena_proposed(), Bytes::mib(1));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub const fn arena_proposed(&self) -> Bytes {
        let bytes = self.granules_peak.saturating_mul(2 * GRANULE.get());
        let nodes = self.live_count_peak.saturating_mul(2 * BYTES_PER_NODE);
        let wanted = if bytes > nodes { bytes } else { nodes };
        match wanted.checked_next_power_of_two() {
            Some(size) if size <= Bytes::mib(1).get() => Bytes::mib(1),
            Some(size) if size < Region::MAX.get() => Bytes::new(size),
            _ => Region::MAX,
        }
    }
}

/// Bytes of an arena for each range that its node table has room for, and a
/// little more.
const BYTES_PER_NODE: u64 = 3100;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arena::{Arena, PolicyKind};
    use crate::formats::alloc_trace::TraceReader;

    fn decode(text: &str) -> Recording {
        Recording::decode(TraceReader::new(text.as_bytes())).unwrap()
    }

    fn shown(recording: &Recording) -> String {
        let line = |operation| match operation {
            Operation::Allocate { slot, size } => format!("{}={size} ", slot.index()),
            Operation::Free { slot } => format!("{}! ", slot.index()),
        };
        recording.operations(0..usize::MAX).map(line).collect()
    }

    #[test]
    fn an_operation_takes_eight_bytes() {
        assert_eq!(size_of::<Packed>(), 8);
        assert_eq!(size_of::<Option<Slot>>(), 4);
    }

    #[test]
    fn slots_are_used_again_and_numbers_are_not() {
        let recording = decode("Alloc(10)\nAlloc(20)\nFree(0)\nAlloc(30)\nFree(2)\nFree(1)\n");
        assert_eq!(shown(&recording), "0=10 1=20 0! 0=30 0! 1! ");
        assert_eq!((recording.slot_count(), recording.allocations(), recording.frees()), (2, 3, 3));
    }

    #[test]
    fn peaks_are_of_what_is_live_together() {
        let recording = decode("Alloc(100)\nFree(0)\nAlloc(40)\nAlloc(61)\nFree(1)\nAlloc(1)\n");
        assert_eq!((recording.live_peak(), recording.live_peak_at()), (Bytes::new(101), 3));
        assert_eq!(recording.live_count_peak(), 2);
    }

    #[test]
    fn frees_that_match_nothing_are_counted_by_kind_and_left_out() {
        let recording = decode("Free(0)\nAlloc(8)\nFree(0)\nFree(0)\nFree(18446744073709551615)\n");
        assert_eq!(shown(&recording), "0=8 0! ");
        assert_eq!((recording.frees_unknown(), recording.frees_repeated()), (2, 1));
    }

    #[test]
    fn sizes_at_the_ends_of_their_range_are_kept_in_it() {
        let recording = decode("Alloc(0)\nAlloc(4294967296)\nAlloc(18446744073709551615)\nFree(2)\n");
        assert_eq!(shown(&recording), "0=1 1=4294967295 2=4294967295 2! ");
        assert_eq!(recording.live_peak(), Bytes::new(u64::MAX));
        assert_eq!(recording.arena_proposed(), Region::MAX);
    }

    #[test]
    fn an_error_ends_the_decoding() {
        let error = Recording::decode(TraceReader::new("Alloc(1)\nAlloc(-1)\n".as_bytes())).unwrap_err();
        assert_eq!(error.to_string(), "line 2, column 7: expected a decimal number, found `-1)`");
    }

    #[test]
    fn the_proposed_arena_has_the_bytes_and_the_nodes() {
        assert_eq!(decode("").arena_proposed(), Bytes::mib(1));
        assert_eq!(decode("Alloc(1048576)\n").arena_proposed(), Bytes::mib(2));
        let many = decode(&"Alloc(1)\n".repeat(10_000));
        let pages = many.arena_proposed().get() / Bytes::kib(64).get();
        let region = Region::reserve_pages(pages as u32).unwrap();
        assert!(Arena::new(region, PolicyKind::FirstFit).statistics().node_count >= 20_000);
    }
}
