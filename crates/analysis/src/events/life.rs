//! The life of one thing: begun when, by whom; ended when, by whom, how.

use arenascope_recording::{Kind, Reader};
use arenascope_telemetry::event::{Op, Role};
use arenascope_units::owner::{Heap, Owner};

/// From beginning to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Life {
    /// Its number, as in events.
    pub id: u64,
    /// The heap that it is on.
    pub heap: Heap,
    /// Who asked for it.
    pub owner: Owner,
    /// Its beginning; `None` where that is not kept.
    pub begun: Option<Moment>,
    /// Its end; `None` while it lives.
    pub ended: Option<Moment>,
    /// Its bytes: at the end, or now.
    pub size_bytes: u64,
    /// True where nobody saw it end: something else stands in its place.
    pub is_inferred: bool,
}

/// One end of a life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// The number of the event.
    pub event: u64,
    /// When, µs since the run's start.
    pub time_us: u64,
    /// The thread that did it: 0 is the engine.
    pub thread: u8,
    /// The operation that began or ended it.
    pub op: Op,
}

impl Life {
    /// The life of the thing that an event is about; `None` where it is about
    /// nothing, or not kept. O(changes of the thing), and a scan for a reset where
    /// no event ended it.
    pub fn of(reader: &Reader<'_>, index: u64) -> Option<Self> {
        let (Role::Begins(heap) | Role::Changes(heap) | Role::Ends(heap)) = reader.kind(index)?.role() else {
            return None;
        };
        let mut last = index;
        while let Some(next) = reader.next(last) {
            last = next;
        }
        let event = reader.event(last)?;
        let begun = reader.origin(index);
        let has_ended = matches!(event.op.role(), Role::Ends(_));
        let ended = if has_ended { Some(last) } else { end_of_all(reader, heap, last) };
        let owner = reader.event(begun.unwrap_or(index))?.owner;
        Some(Self {
            id: event.id,
            heap,
            owner,
            begun: begun.and_then(|event| Moment::of(reader, event)),
            ended: ended.and_then(|event| Moment::of(reader, event)),
            size_bytes: event.size_bytes,
            is_inferred: reader.kind(last).is_some_and(Kind::is_inferred),
        })
    }

    /// How long it lived, µs; `None` while it lives, or where its beginning is
    /// not kept.
    pub fn length_us(&self) -> Option<u64> {
        Some(self.ended?.time_us.saturating_sub(self.begun?.time_us))
    }
}

impl Moment {
    fn of(reader: &Reader<'_>, index: u64) -> Option<Self> {
        let event = reader.event(index)?;
        Some(Self { event: index, time_us: event.time_us, thread: event.thread, op: event.op })
    }
}

/// The first reset after an event that ended everything of a heap.
pub(super) fn end_of_all(reader: &Reader<'_>, heap: Heap, index: u64) -> Option<u64> {
    let ends = |kind: Kind| kind.op() == Op::RunStart || kind.op() == Op::ArenaReset && heap == Heap::Arena;
    reader.scan(index + 1..u64::MAX, ends).next()
}
