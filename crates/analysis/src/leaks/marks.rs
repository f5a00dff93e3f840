//! The three moments between which growth without release is looked for, and what
//! everybody held at each.

use arenascope_recording::{Reader, State};
use arenascope_units::owner::{Heap, Owner};
use core::ops::Range;
use std::collections::BTreeMap;

/// The part of the run that is left out at its start: everything grows then.
const WARM_UP: u64 = 4;

/// A moment of the run at which what is held is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    /// The number of events before it.
    pub position: u64,
    /// When, µs since the run's start.
    pub time_us: u64,
}

impl Mark {
    /// The moment at a position: the time of the last event before it.
    pub fn at(reader: &Reader<'_>, position: u64) -> Option<Self> {
        Some(Self { position, time_us: reader.time_us(position.checked_sub(1)?)? })
    }
}

/// The three marks of a search, by time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Marks(pub [Mark; 3]);

impl Marks {
    /// After a quarter of the time of a range of events, in the middle of the rest,
    /// and at its end: half of what is measured for taking, half for giving back.
    /// `None` for an empty range. O(log events).
    pub fn of_run(reader: &Reader<'_>, range: Range<u64>) -> Option<Self> {
        let last = range.end.checked_sub(1).filter(|last| range.contains(last))?;
        let (start_us, end_us) = (reader.time_us(range.start)?, reader.time_us(last)?);
        let first_us = start_us + end_us.saturating_sub(start_us) / WARM_UP;
        let second_us = first_us + (end_us - first_us) / 2;
        let at = |time_us: u64| Mark { position: reader.position_at(time_us).clamp(range.start, range.end), time_us };
        Some(Self([at(first_us), at(second_us), Mark { position: range.end, time_us: end_us }]))
    }

    /// True where each is later than the one before.
    pub fn is_in_order(&self) -> bool {
        self.0.is_sorted_by(|before, after| before.position < after.position && before.time_us < after.time_us)
    }
}

/// What somebody holds at a moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Holding {
    /// How many allocations, resources or charges there are.
    pub count: u64,
    /// Bytes of all of them.
    pub bytes: u64,
}

/// What everybody holds in a state: without what lies idle in a pool. O(alive).
pub fn holdings(state: &State) -> BTreeMap<(Heap, Owner), Holding> {
    let mut holdings: BTreeMap<(Heap, Owner), Holding> = BTreeMap::new();
    for heap in Heap::ALL {
        for thing in state.of(heap).iter().filter(|thing| thing.is_held) {
            let holding = holdings.entry((heap, thing.owner)).or_default();
            holding.count += 1;
            holding.bytes += thing.size_bytes;
        }
    }
    holdings
}

#[cfg(test)]
mod tests {
    use super::*;
    use arenascope_recording::{Cursor, EventLog, Recorder};
    use arenascope_telemetry::event::{Event, Op};
    use arenascope_workload::tags;

    fn log() -> EventLog {
        let log = EventLog::default();
        let mut recorder = Recorder::new(&log);
        for step in 0..=80_u64 {
            let place = Event {
                owner: tags::ENTITY,
                id: step,
                offset_bytes: step * 64,
                size_bytes: 64,
                ..Event::note(step * 100, Op::ArenaAllocate)
            };
            recorder.take(place);
        }
        let pooled = Event { owner: tags::THRASH, id: 7, size_bytes: 500, ..Event::note(8_000, Op::PoolCreate) };
        recorder.take(pooled);
        recorder.take(Event { op: Op::PoolRelease, ..pooled });
        recorder.publish();
        log
    }

    #[test]
    fn the_marks_of_a_run_leave_out_its_first_quarter() {
        let log = log();
        let mut reader = Reader::new(&log);
        reader.refresh();
        let marks = Marks::of_run(&reader, reader.run()).unwrap();
        assert_eq!(marks.0.map(|mark| mark.time_us), [2_000, 5_000, 8_000]);
        assert_eq!(marks.0.map(|mark| mark.position), [20, 50, 83]);
        assert!(marks.is_in_order());
        let [first, second, third] = marks.0;
        assert!(!Marks([first, third, second]).is_in_order() && !Marks([first, first, third]).is_in_order());
        assert_eq!(Marks::of_run(&reader, 5..5), None);
        assert_eq!(Mark::at(&reader, 50), Some(Mark { position: 50, time_us: 4_900 }));
        assert_eq!(Mark::at(&reader, 0), None);
    }

    #[test]
    fn what_lies_in_a_pool_is_held_by_nobody() {
        let log = log();
        let mut reader = Reader::new(&log);
        reader.refresh();
        let mut cursor = Cursor::new();
        let mut at = |position| holdings(cursor.seek(&reader, position).unwrap());
        let entities = Holding { count: 81, bytes: 81 * 64 };
        assert_eq!(at(83), [((Heap::Arena, tags::ENTITY), entities)].into());
        assert_eq!(at(82).get(&(Heap::Device, tags::THRASH)), Some(&Holding { count: 1, bytes: 500 }));
        assert_eq!(at(50)[&(Heap::Arena, tags::ENTITY)].count, 50);
    }
}
