//! Live bytes over a run: sums and peaks by category while events pass, and the extremes of
//! each piece of an axis that two runs share.

use super::align::{Align, Landings, common_markers};
use super::watched::Watch;
use arenascope_recording::{Brief, Reader};
use arenascope_telemetry::event::{Op, Role};
use arenascope_trace::Stopped;
use arenascope_units::owner::{Heap, MemoryCategory};
use core::ops::Range;
use serde::{Deserialize, Serialize};

/// Pieces of the axis.
pub const COLUMNS: usize = 400;

/// A high-water mark.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Peak {
    /// The most bytes.
    pub(super) bytes: u64,
    /// When that was first so, as the number of the event.
    pub(super) event: u64,
}

impl Peak {
    const fn note(&mut self, bytes: u64, event: u64) {
        if bytes > self.bytes {
            (self.bytes, self.event) = (bytes, event);
        }
    }
}

/// Live bytes by category and in all, and their peaks, while events pass.
#[derive(Clone, Debug, Default)]
pub(super) struct Usage {
    bytes: [[u64; MemoryCategory::MAX]; Heap::ALL.len()],
    /// Live bytes of all.
    pub(super) total: u64,
    /// Bytes of address space with memory behind it.
    pub(super) reserved: u64,
    /// Of all.
    pub(super) peak: Peak,
    /// Of each category.
    pub(super) peaks: [Peak; MemoryCategory::MAX],
    /// Of what is reserved.
    pub(super) reserved_peak: Peak,
    /// Things that came.
    pub(super) came: u64,
    /// Bytes that came with them.
    pub(super) came_bytes: u64,
    /// Things that went.
    pub(super) went: u64,
}

impl Usage {
    /// As it is before the first event that is kept of a run: what was dropped from memory is
    /// in it, but for its peaks. O(chunk).
    pub(super) fn before(reader: &Reader<'_>, event: u64) -> Self {
        if reader.kind(event).is_some_and(|kind| kind.op() == Op::RunStart) {
            return Self::default();
        }
        let standing = reader.standing(event).unwrap_or_default();
        let mut usage = Self { bytes: standing.bytes, reserved: standing.reserved_bytes, ..Self::default() };
        usage.total = usage.bytes.iter().flatten().sum();
        (usage.peak.bytes, usage.reserved_peak.bytes) = (usage.total, usage.reserved);
        for category in 0..MemoryCategory::MAX {
            usage.peaks[category].bytes = usage.category(category);
        }
        usage
    }

    /// Live bytes of a category.
    pub(super) fn category(&self, category: usize) -> u64 {
        self.bytes.iter().map(|row| row[category]).sum()
    }

    /// Takes in an event. O(1).
    pub(super) fn take(&mut self, brief: &Brief) {
        let Brief { kind, size_bytes, before_bytes, index } = *brief;
        let category = kind.owner().category;
        match (kind.role(), before_bytes) {
            (Role::Begins(heap), _) | (Role::Changes(heap), None) => {
                (self.came, self.came_bytes) = (self.came + 1, self.came_bytes.saturating_add(size_bytes));
                self.set(heap, category, 0, size_bytes, index);
            }
            (Role::Changes(heap), Some(before)) if matches!(kind.op(), Op::ArenaResize | Op::Resize) => {
                self.set(heap, category, before, size_bytes, index);
            }
            (Role::Ends(heap), Some(_)) => {
                self.went += 1;
                self.set(heap, category, size_bytes, 0, index);
            }
            // Another holder, or the end of what nobody knew.
            (Role::Changes(_), Some(_)) | (Role::Ends(_), None) => {}
            (Role::Notes, _) => self.note(kind.op(), size_bytes, index),
        }
    }

    fn set(&mut self, heap: Heap, category: MemoryCategory, before: u64, after: u64, event: u64) {
        let bytes = &mut self.bytes[heap.index()][category.index()];
        *bytes = bytes.wrapping_add(after).wrapping_sub(before);
        self.total = self.total.wrapping_add(after).wrapping_sub(before);
        if after > before {
            let of_category = self.category(category.index());
            self.peaks[category.index()].note(of_category, event);
            self.peak.note(self.total, event);
        }
    }

    fn note(&mut self, op: Op, size_bytes: u64, event: u64) {
        match op {
            Op::Reserve => {
                self.reserved = self.reserved.saturating_add(size_bytes);
                self.reserved_peak.note(self.reserved, event);
            }
            Op::Release => self.reserved = self.reserved.saturating_sub(size_bytes),
            Op::ArenaReset => self.end(&[Heap::Arena]),
            Op::RunStart => self.end(&Heap::ALL),
            _ => {}
        }
    }

    /// Everything in these heaps ended at once.
    fn end(&mut self, heaps: &[Heap]) {
        heaps.iter().for_each(|heap| self.bytes[heap.index()] = [0; MemoryCategory::MAX]);
        self.total = self.bytes.iter().flatten().sum();
    }
}

/// The axis that two runs share.
#[derive(Clone, Debug, PartialEq)]
pub struct Axis {
    /// What it counts.
    pub align: Align,
    /// Where it ends: µs, events, frames or common markers, of the longer run.
    pub end: u64,
    /// Markers that both have: text, and the events of both.
    markers: Vec<(String, u64, u64)>,
}

/// Which of the two runs of an axis: the events of its markers differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Of {
    /// The first.
    First,
    /// The second.
    Second,
}

impl Axis {
    /// Of two runs; lengths of both in µs.
    ///
    /// # Errors
    /// Why they cannot be laid beside each other so, in words.
    pub fn new(align: Align, first: (&Landings, u64), second: (&Landings, u64)) -> Result<Self, String> {
        let ((one, one_us), (other, other_us)) = (first, second);
        let events = |landings: &Landings| landings.range.end - landings.range.start;
        let markers: Vec<_> = match align {
            Align::Marker => {
                common_markers(one, other).into_iter().map(|(text, at, also)| (text.to_owned(), at, also)).collect()
            }
            _ => Vec::new(),
        };
        let end = match align {
            Align::Time => one_us.max(other_us),
            Align::Event => events(one).max(events(other)),
            Align::Frame if one.frames.is_empty() || other.frames.is_empty() => {
                return Err("frames are not told by both".into());
            }
            Align::Frame => one.frames.len().max(other.frames.len()) as u64,
            Align::Marker if markers.is_empty() => return Err("both have no marker in common".into()),
            Align::Marker => markers.len() as u64 + 1,
        };
        Ok(Self { align, end: end.max(1), markers })
    }

    /// Texts of the common markers, in order: they lie at 1, 2, 3, … of the axis.
    pub fn marks(&self) -> impl Iterator<Item = &str> {
        self.markers.iter().map(|(text, ..)| text.as_str())
    }

    /// The events of a run that lie in each piece of the axis: borders, of which there are one
    /// more than pieces. O(columns · log events).
    fn borders(&self, reader: &Reader<'_>, landings: &Landings, of: Of) -> Vec<u64> {
        let range = landings.range.clone();
        let border = |column: usize| match column {
            0 => range.start,
            COLUMNS => range.end,
            _ => self.position(reader, landings, of, column).clamp(range.start, range.end),
        };
        (0..=COLUMNS).map(border).collect()
    }

    fn position(&self, reader: &Reader<'_>, landings: &Landings, of: Of, column: usize) -> u64 {
        let range = landings.range.clone();
        let at = self.end as f64 * column as f64 / COLUMNS as f64;
        match self.align {
            Align::Time => reader.position_within(range, at as u64),
            Align::Event => range.start + at as u64,
            Align::Frame => landings.frames.get(at as usize).copied().unwrap_or(range.end),
            Align::Marker => {
                let piece = at as usize;
                let marker = |nth: usize| match nth.checked_sub(1) {
                    None => range.start,
                    Some(nth) => self.markers.get(nth).map_or(range.end, |(_, one, other)| match of {
                        Of::First => *one,
                        Of::Second => *other,
                    }),
                };
                let (from, to) = (marker(piece), marker(piece + 1));
                from + (to.saturating_sub(from) as f64 * at.fract()) as u64
            }
        }
    }

    /// Where a moment of a run is on the axis, from 0 to 1.
    pub fn part(&self, reader: &Reader<'_>, landings: &Landings, of: Of, position: u64) -> f64 {
        let borders = self.borders(reader, landings, of);
        let column = borders.partition_point(|border| *border < position);
        column as f64 / COLUMNS as f64
    }
}

/// Live bytes of a piece of the axis.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Extent {
    /// The least, bytes.
    pub low_bytes: u64,
    /// The most.
    pub high_bytes: u64,
}

/// Live bytes of a run along an axis.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Curve {
    /// By piece of the axis; fewer where the run ends before the axis.
    pub columns: Vec<Extent>,
    /// Where the moment that is compared is, from 0 to 1 of the axis.
    pub moment: f64,
}

/// Counts usage over the events of a range, and calls `look` with it after each.
pub(super) fn pass(
    reader: &Reader<'_>,
    range: Range<u64>,
    usage: &mut Usage,
    watch: &mut Watch<'_>,
    mut look: impl FnMut(&Usage, u64),
) -> Result<(), Stopped> {
    watch.each(range, |piece| {
        reader.each(piece, |brief| {
            usage.take(&brief);
            look(usage, brief.index);
        });
    })
}

/// The curve of a run on an axis that it shares with another. Exact: it looks at every event.
///
/// # Errors
/// [`Stopped`] where nobody wants it any more.
pub fn curve(
    reader: &Reader<'_>,
    landings: &Landings,
    (axis, of): (&Axis, Of),
    position: u64,
    watch: &mut Watch<'_>,
) -> Result<Curve, Stopped> {
    let borders = axis.borders(reader, landings, of);
    let mut usage = Usage::before(reader, landings.range.start);
    let mut columns = Vec::with_capacity(COLUMNS);
    for piece in borders.windows(2) {
        let (from, to) = (piece[0], piece[1].max(piece[0]));
        if from >= landings.range.end && columns.len() > 1 {
            break;
        }
        let mut extent = Extent { low_bytes: usage.total, high_bytes: usage.total };
        pass(reader, from..to, &mut usage, watch, |usage, _| {
            extent.low_bytes = extent.low_bytes.min(usage.total);
            extent.high_bytes = extent.high_bytes.max(usage.total);
        })?;
        columns.push(extent);
    }
    Ok(Curve { columns, moment: axis.part(reader, landings, of, position) })
}
