//! What is counted by call stack: of which moment, which time and whose memory.

use super::measure::Counted;
use crate::selection::selected::Selection;
use arenascope_recording::{Kind, Reader};
use core::ops::Range;

/// What is counted. Two that are equal have the same answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// The events of the run begin here: other runs have other ones.
    run_start: u64,
    pub(super) counted: Counted,
    /// The moment: events before it have happened. Where it does not matter, the end of
    /// the span.
    pub(super) position: u64,
    /// When that is, µs since the run's start.
    pub(super) now_us: u64,
    /// Events in which things begin that are counted; empty where it does not matter.
    pub(super) events: Range<u64>,
    /// Of what all panels look at, only whose memory it is.
    owners: Selection,
}

impl Asked {
    /// Of what all panels look at, as far as it is kept. O(log events).
    pub fn of(reader: &Reader<'_>, counted: Counted, selection: &Selection) -> Self {
        let run = reader.run();
        let position = selection.moment.unwrap_or(run.end).clamp(run.start, run.end);
        let span = match &selection.time_us {
            Some(time_us) => reader.position_at(time_us.start)..reader.position_at(time_us.end),
            None => run.clone(),
        };
        let (position, events) = match counted {
            Counted::Live => (position, 0..0),
            Counted::Allocated => (span.end, span),
            Counted::Lived => (position, span.start.min(position)..span.end.min(position)),
        };
        let last = position.checked_sub(1).and_then(|last| reader.time_us(last));
        let owners = Selection {
            categories: selection.categories.clone(),
            tags: selection.tags.clone(),
            ..Selection::default()
        };
        Self { run_start: reader.run_start(), counted, position, now_us: last.unwrap_or(0), events, owners }
    }

    /// What is counted.
    pub const fn counted(&self) -> Counted {
        self.counted
    }

    /// Whether what is alive at the moment must be known.
    pub fn counts_alive(&self) -> bool {
        self.counted == Counted::Live
    }

    /// The moment, as a position in the recording.
    pub const fn position(&self) -> u64 {
        self.position
    }

    /// Whether things of this beginning are counted: by owner.
    pub(super) fn has(&self, born: Kind) -> bool {
        self.owners.has_owner(born.owner())
    }

    /// Of the same run.
    pub(super) const fn is_of_run(&self, run_start: u64) -> bool {
        self.run_start == run_start
    }
}
