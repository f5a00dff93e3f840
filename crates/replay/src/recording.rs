//! A recording in memory, decoded: eight bytes an operation, allocations named
//! by slots, frees that match nothing counted and left out.

mod intake;
mod recorder;
mod unmatched;

pub use intake::{Intake, Lacking, Taken};
pub use recorder::Recorder;
pub use unmatched::UnmatchedFrees;

use super::slots::Slot;
use arenascope_arena::{GRANULE, Region};
use arenascope_formats::alloc_trace::TraceError;
use arenascope_units::{Bytes, Ratio};
use core::ops::Range;
use thiserror::Error;

/// One operation, ready to be done.
///
/// ```
/// # use arenascope_replay::*;
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
    /// Takes memory and keeps it in a slot.
    Allocate {
        /// Where to keep what is got; nothing lies there.
        slot: Slot,
        /// Bytes, at least one. What is larger than any arena stays so.
        size: u32,
    },
    /// Gives back what a slot keeps.
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

/// Why a recording could not be decoded, or not to its end.
///
/// ```
/// # use arenascope_replay::*;
/// let refused = Recording::decode(TraceReader::new("Alloc(-1)".as_bytes())).unwrap_err();
/// assert!(matches!(refused, DecodeError::Trace(_)));
/// ```
#[derive(Debug, Error)]
pub enum DecodeError {
    /// It could not be read.
    #[error(transparent)]
    Trace(#[from] TraceError),
    /// It holds more at once than can be numbered.
    #[error("{live} allocations are live at once: too many to be numbered")]
    TooMuchLive {
        /// Allocations that are live at that point.
        live: u64,
    },
}

/// What could be decoded of a recording, and why that is not all of it.
///
/// ```
/// # use arenascope_replay::*;
/// let decoded = Recorder::default().read(TraceReader::new("Alloc(8),\nFree(0),".as_bytes()));
/// assert_eq!((decoded.recording.len(), decoded.stopped.is_none()), (2, true));
/// ```
#[derive(Debug)]
pub struct Decoded {
    /// The operations before `stopped`, all good.
    pub recording: Recording,
    /// What ended the decoding early.
    pub stopped: Option<DecodeError>,
}

/// A sequence of allocations and frees with its own figures, which no allocator
/// changes.
///
/// ```
/// # use arenascope_replay::Recorder;
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
    reallocations: u64,
    /// Allocations larger than the largest arena.
    oversized: u64,
    unknown: UnmatchedFrees,
    repeated: UnmatchedFrees,
    /// Whether a free names number 0; how many name the number of the next allocation.
    names_zero: bool,
    names_next: u64,
    live_peak: u128,
    live_peak_at: usize,
    live_count_peak: u64,
}

impl Recording {
    /// Number of operations that can be replayed.
    ///
    /// ```
    /// # use arenascope_replay::Recorder;
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
    /// # use arenascope_replay::Recording;
    /// assert!(Recording::default().is_empty());
    /// ```
    pub const fn is_empty(&self) -> bool {
        self.operations.is_empty()
    }

    /// The operations of `range`, in order; those past the end are left out.
    ///
    /// ```
    /// # use arenascope_replay::Recorder;
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
    /// # use arenascope_replay::Recorder;
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
    /// # use arenascope_replay::Recorder;
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
    /// # use arenascope_replay::Recorder;
    /// # let mut recorder = Recorder::default();
    /// # (recorder.allocate(100)?, recorder.allocate(50)?, recorder.free(0));
    /// # let recording = recorder.finish();
    /// assert_eq!(recording.frees(), 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub const fn frees(&self) -> u64 {
        self.operations.len() as u64 - self.allocations
    }

    /// Number of reallocations; each is a free and an allocation as well.
    ///
    /// ```
    /// # use arenascope_replay::Recorder;
    /// let mut recorder = Recorder::default();
    /// recorder.allocate(8)?;
    /// recorder.reallocate(0, 16)?;
    /// let recording = recorder.finish();
    /// assert_eq!((recording.reallocations(), recording.allocations(), recording.frees()), (1, 2, 1));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub const fn reallocations(&self) -> u64 {
        self.reallocations
    }

    /// Number of allocations larger than the largest arena: no policy can serve them.
    ///
    /// ```
    /// # use arenascope_replay::Recorder;
    /// let mut recorder = Recorder::default();
    /// recorder.allocate(3 << 30)?;
    /// assert_eq!(recorder.finish().oversized(), 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub const fn oversized(&self) -> u64 {
        self.oversized
    }

    /// Frees of what the recording never took, or had not yet taken; left out.
    ///
    /// ```
    /// # use arenascope_replay::Recorder;
    /// let mut recorder = Recorder::default();
    /// recorder.free(0);
    /// assert_eq!(recorder.finish().unknown().count(), 1);
    /// ```
    pub const fn unknown(&self) -> &UnmatchedFrees {
        &self.unknown
    }

    /// Frees of what was freed before; left out.
    ///
    /// ```
    /// # use arenascope_replay::Recorder;
    /// # let mut recorder = Recorder::default();
    /// # (recorder.allocate(100)?, recorder.allocate(50)?, recorder.free(0));
    /// # let recording = recorder.finish();
    /// assert_eq!(recording.repeated().count(), 0);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub const fn repeated(&self) -> &UnmatchedFrees {
        &self.repeated
    }

    /// Number of frees of what the recording never took, or had not yet taken.
    ///
    /// ```
    /// # use arenascope_replay::Recorder;
    /// let mut recorder = Recorder::default();
    /// recorder.free(0);
    /// assert_eq!(recorder.finish().frees_unknown(), 1);
    /// ```
    pub const fn frees_unknown(&self) -> u64 {
        self.unknown.count()
    }

    /// Number of frees of what was freed before.
    ///
    /// ```
    /// # use arenascope_replay::Recorder;
    /// # let mut recorder = Recorder::default();
    /// # (recorder.allocate(100)?, recorder.allocate(50)?, recorder.free(0));
    /// # let recording = recorder.finish();
    /// assert_eq!(recording.frees_repeated(), 0);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub const fn frees_repeated(&self) -> u64 {
        self.repeated.count()
    }

    /// The part of all frees that match no allocation, 0 to 1; 0 where there are none.
    ///
    /// ```
    /// # use arenascope_replay::Recorder;
    /// # use arenascope_units::Ratio;
    /// let mut recorder = Recorder::default();
    /// (recorder.allocate(8)?, recorder.free(0), recorder.free(0));
    /// assert_eq!(recorder.finish().unmatched_share(), Ratio::new(0.5));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn unmatched_share(&self) -> Ratio {
        let unmatched = self.frees_unknown() + self.frees_repeated();
        Ratio::new(unmatched as f64 / (unmatched + self.frees()).max(1) as f64)
    }

    /// True where the frees look as if they counted allocations from 1: none names 0, and
    /// each that matches nothing names the number after the newest. Then most of the
    /// others match the wrong allocation, and [`Recorder::numbered_from`] reads it right.
    ///
    /// ```
    /// # use arenascope_replay::*;
    /// let reader = TraceReader::new("Alloc(8) Alloc(9) Free(1) Free(2)".as_bytes());
    /// assert!(Recording::decode(reader)?.looks_numbered_from_one());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub const fn looks_numbered_from_one(&self) -> bool {
        !self.names_zero && self.names_next > 0 && self.names_next == self.unknown.count()
    }

    /// Most bytes live at once, as asked for; the largest number of bytes where they are
    /// more ([`Self::is_peak_beyond_count`]).
    ///
    /// ```
    /// # use arenascope_replay::Recorder;
    /// # use arenascope_units::Bytes;
    /// # let mut recorder = Recorder::default();
    /// # (recorder.allocate(100)?, recorder.allocate(50)?, recorder.free(0));
    /// # let recording = recorder.finish();
    /// assert_eq!(recording.live_peak(), Bytes::new(150));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub const fn live_peak(&self) -> Bytes {
        Bytes::new(if self.live_peak > u64::MAX as u128 { u64::MAX } else { self.live_peak as u64 })
    }

    /// True where more bytes are live at once than 64 bits count.
    ///
    /// ```
    /// # use arenascope_replay::Recorder;
    /// let mut recorder = Recorder::default();
    /// (recorder.allocate(u64::MAX)?, recorder.allocate(1)?);
    /// assert!(recorder.finish().is_peak_beyond_count());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub const fn is_peak_beyond_count(&self) -> bool {
        self.live_peak > u64::MAX as u128
    }

    /// Most allocations live at once.
    ///
    /// ```
    /// # use arenascope_replay::Recorder;
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
    /// # use arenascope_replay::Recorder;
    /// # let mut recorder = Recorder::default();
    /// # (recorder.allocate(100)?, recorder.allocate(50)?, recorder.free(0));
    /// # let recording = recorder.finish();
    /// assert_eq!(recording.live_peak_at(), 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub const fn live_peak_at(&self) -> usize {
        self.live_peak_at
    }

    /// Most bytes that live allocations take at once, end to end, each from a multiple of
    /// `align` on: what an arena needs at least. Those larger than the largest arena are
    /// left out, as no arena serves them. O(operations).
    ///
    /// ```
    /// # use arenascope_replay::Recorder;
    /// # use arenascope_units::Bytes;
    /// # let mut recorder = Recorder::default();
    /// # (recorder.allocate(100)?, recorder.allocate(50)?, recorder.free(0));
    /// # let recording = recorder.finish();
    /// assert_eq!(recording.aligned_peak(Bytes::new(16)), Bytes::new(112 + 64));
    /// assert_eq!(recording.aligned_peak(Bytes::kib(64)), Bytes::kib(128));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn aligned_peak(&self, align: Bytes) -> Bytes {
        let align = align.max(GRANULE).get();
        let (mut held, mut live, mut peak) = (vec![0; self.slot_count], 0_u64, 0);
        for operation in self.operations(0..self.len()) {
            match operation {
                Operation::Allocate { slot, size } => {
                    let is_servable = Bytes::from(size) <= Region::MAX;
                    held[slot.index()] = if is_servable { u64::from(size).next_multiple_of(align) } else { 0 };
                    live += held[slot.index()];
                    peak = peak.max(live);
                }
                Operation::Free { slot } => live -= held[slot.index()],
            }
        }
        Bytes::new(peak)
    }

    /// An arena with room for this recording under most policies, each allocation at a
    /// multiple of `align`: twice [`Self::aligned_peak`], or room for two ranges of the
    /// node table for each live allocation if that is more; rounded up to a power of two,
    /// 1 MiB to 1 GiB. O(operations).
    ///
    /// ```
    /// # use arenascope_replay::Recorder;
    /// # use arenascope_units::Bytes;
    /// # let mut recorder = Recorder::default();
    /// # (recorder.allocate(100)?, recorder.allocate(50)?, recorder.free(0));
    /// # let recording = recorder.finish();
    /// assert_eq!(recording.arena_for(Bytes::kib(16)), Bytes::mib(1));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn arena_for(&self, align: Bytes) -> Bytes {
        let bytes = self.aligned_peak(align).get().saturating_mul(2);
        let nodes = self.live_count_peak.saturating_mul(2 * BYTES_PER_NODE);
        match bytes.max(nodes).checked_next_power_of_two() {
            Some(size) => Bytes::new(size).clamp(Bytes::mib(1), Region::MAX),
            None => Region::MAX,
        }
    }

    /// [`Self::arena_for`] allocations at multiples of the granule.
    ///
    /// ```
    /// # use arenascope_replay::Recorder;
    /// # use arenascope_units::Bytes;
    /// # let mut recorder = Recorder::default();
    /// # (recorder.allocate(100)?, recorder.allocate(50)?, recorder.free(0));
    /// # let recording = recorder.finish();
    /// assert_eq!(recording.arena_proposed(), Bytes::mib(1));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn arena_proposed(&self) -> Bytes {
        self.arena_for(GRANULE)
    }
}

/// Bytes of an arena for each range that its node table has room for, and a
/// little more.
const BYTES_PER_NODE: u64 = 3100;

#[cfg(test)]
mod tests {
    use super::*;
    use arenascope_arena::{Arena, PolicyKind};
    use arenascope_formats::alloc_trace::TraceReader;

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
        assert_eq!((recording.live_peak(), recording.is_peak_beyond_count()), (Bytes::new(u64::MAX), true));
        assert_eq!((recording.live_peak_at(), recording.oversized()), (2, 2));
    }

    /// Sums beyond 64 bits once stuck at the largest, and came down from there.
    #[test]
    fn a_peak_is_found_behind_sums_that_overflow() {
        let recording = decode("Alloc(18446744073709551615) Alloc(18446744073709551600) Free(0) Free(1) Alloc(16)");
        assert_eq!(recording.live_peak_at(), 1);
        let recording = decode("Alloc(18446744073709551615) Alloc(5) Free(0) Alloc(7)");
        assert_eq!((recording.is_peak_beyond_count(), recording.live_peak_at()), (true, 1));
    }

    /// One that no arena serves once made the arena the largest: seconds of work on it.
    #[test]
    fn what_no_arena_serves_does_not_choose_the_arena() {
        let recording = decode("Alloc(3221225472) Alloc(100000) Free(0)");
        assert_eq!(recording.arena_proposed(), Bytes::mib(1));
        assert_eq!(decode("Alloc(1073741824)").arena_proposed(), Region::MAX);
    }

    #[test]
    fn the_arena_heeds_the_alignment() {
        let recording = decode(&"Alloc(4097)".repeat(100));
        let arenas = [16, 4096, 65536].map(|align| recording.arena_for(Bytes::new(align)));
        assert_eq!(arenas, [1, 2, 16].map(Bytes::mib));
        assert_eq!(recording.aligned_peak(Bytes::new(4096)), Bytes::new(100 * 8192));
        assert_eq!(recording.aligned_peak(Bytes::new(1)), Bytes::new(100 * 4112));
    }

    #[test]
    fn a_reallocation_keeps_the_number() {
        let recording = decode("Alloc(10) Realloc(0, 20) Alloc(5) Free(0) Realloc(0, 7) Realloc(9, 7)");
        assert_eq!(shown(&recording), "0=10 0! 0=20 1=5 0! ");
        assert_eq!((recording.reallocations(), recording.live_peak()), (1, Bytes::new(25)));
        assert_eq!((recording.frees_repeated(), recording.frees_unknown()), (1, 1));
    }

    #[test]
    fn the_first_lines_of_unmatched_frees_are_known() {
        let recording = decode("Alloc(1)\nFree(0)\nFree(0)\nFree(5)\n\nFree(5) Free(6)\nFree(7)\n");
        assert_eq!((recording.repeated().lines(), recording.repeated().count()), (&[3][..], 1));
        assert_eq!((recording.unknown().lines(), recording.unknown().count()), (&[4, 6, 6][..], 4));
        assert_eq!(recording.unmatched_share(), Ratio::new(5.0 / 6.0));
    }

    #[test]
    fn numbering_from_one_is_noticed() {
        let looks = |text: &str| decode(text).looks_numbered_from_one();
        assert!(looks("Alloc(1) Free(1) Alloc(2) Free(2)"));
        assert!(looks("Alloc(1) Alloc(2) Alloc(3) Free(2) Free(3)"));
        assert!(!looks("Alloc(1) Free(0) Free(1)"), "0 is named");
        assert!(!looks("Alloc(1) Alloc(2) Free(1)"), "all match");
        assert!(!looks("Alloc(1) Free(1) Free(7)"), "7 matches neither");
        let reader = TraceReader::new("Alloc(1) Free(1) Free(0)".as_bytes());
        let read = Recorder::numbered_from(1).read(reader).recording;
        assert_eq!((shown(&read), read.frees_unknown()), ("0=1 0! ".into(), 1));
    }

    #[test]
    fn what_comes_before_an_error_is_kept() {
        let decoded = Recorder::default().read(TraceReader::new("Alloc(1)\nFree(0)\nAlloc(x)\nAlloc(2)".as_bytes()));
        assert_eq!(shown(&decoded.recording), "0=1 0! ");
        assert!(matches!(decoded.stopped, Some(DecodeError::Trace(TraceError::Malformed { line: 3, .. }))));
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
