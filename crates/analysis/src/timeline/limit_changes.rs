//! The changes of limits of the newest run, in the order of time: found in slices, so that
//! no frame passes over a whole recording.

use super::landmarks::Landmark;
use super::text::limit_change_text;
use super::ticks::exact_moment;
use crate::run::names::Names;
use arenascope_recording::Reader;

/// One moment at which limits were changed: a call changes several at once.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct LimitMoment {
    /// The position just after the last of its events.
    pub position: u64,
    /// When, to the microsecond.
    pub time: String,
    /// Which, each from what to what.
    pub words: String,
}

/// The list, as far as it was looked for.
#[derive(Clone, Debug, Default)]
pub struct LimitChanges {
    run_start: u64,
    next: u64,
    moments: Vec<LimitMoment>,
}

impl LimitChanges {
    /// Those that are kept.
    pub fn moments(&self) -> &[LimitMoment] {
        &self.moments
    }

    /// Looks at so many more events of the newest run at most; true where the list is
    /// another one now. O(events looked at).
    pub fn advance(&mut self, reader: &Reader<'_>, names: &Names, events_max: u64) -> bool {
        let run = reader.run();
        let before = self.moments.len();
        if self.run_start != reader.run_start() || self.next > run.end {
            *self = Self { run_start: reader.run_start(), ..Self::default() };
        }
        self.moments.retain(|moment| moment.position > run.start);
        let is_shorter = self.moments.len() < before;
        let from = self.next.max(run.start);
        self.next = run.end.min(from.saturating_add(events_max));
        let found: Vec<u64> = reader.scan(from..self.next, |kind| Landmark::LimitChange.is_at(kind)).collect();
        found.iter().for_each(|event| self.take(reader, names, *event));
        is_shorter || !found.is_empty()
    }

    /// Events in a row are of one call.
    fn take(&mut self, reader: &Reader<'_>, names: &Names, index: u64) {
        let Some(event) = reader.event(index) else { return };
        let words = limit_change_text(&event, names);
        match self.moments.last_mut().filter(|moment| moment.position == index) {
            Some(moment) => {
                moment.position = index + 1;
                moment.words = format!("{}; {words}", moment.words);
            }
            None => self.moments.push(LimitMoment { position: index + 1, time: exact_moment(event.time_us), words }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use arenascope_recording::{EventLog, Recorder};
    use arenascope_telemetry::event::{Event, Op};
    use arenascope_telemetry::limit_change::{LimitBound, LimitChanged, LimitNode};
    use arenascope_units::owner::{MemoryCategory, Owner};

    fn change(time_us: u64, bound: LimitBound, from: u64, to: u64) -> Event {
        let change = LimitChanged { node: LimitNode::Category, bound, from: Some(from << 20), to: Some(to << 20) };
        change.event(time_us, Owner::from(MemoryCategory::ECS))
    }

    #[test]
    fn changes_of_one_call_are_one_line_and_a_new_run_begins_anew() {
        let log = EventLog::default();
        let mut recorder = Recorder::new(&log);
        recorder.take(Event::note(0, Op::RunStart));
        let events = [
            Event::note(1, Op::Submit),
            change(1_000_007, LimitBound::High, 4, 2),
            change(1_000_008, LimitBound::Max, 8, 2),
            Event::note(1_000_009, Op::Submit),
            change(2_000_000, LimitBound::Max, 2, 8),
        ];
        events.into_iter().for_each(|event| recorder.take(event));
        recorder.publish();
        let mut reader = Reader::new(&log);
        reader.refresh();
        let mut changes = LimitChanges::default();
        // A slice may end between two of one call.
        assert!(changes.advance(&reader, &Names::engine(), 3) && changes.advance(&reader, &Names::engine(), 3));
        let line = |position, time: &str, words: &str| LimitMoment { position, time: time.into(), words: words.into() };
        let expected = [
            line(4, "1.000007 s", "ECS share 4.0 MiB → 2.0 MiB; ECS maximum 8.0 MiB → 2.0 MiB"),
            line(6, "2.000000 s", "ECS maximum 2.0 MiB → 8.0 MiB"),
        ];
        assert_eq!(changes.moments(), expected);
        assert!(!changes.advance(&reader, &Names::engine(), 3), "nothing new");
        recorder.take(Event::note(0, Op::RunStart));
        recorder.publish();
        reader.refresh();
        assert!(changes.advance(&reader, &Names::engine(), 3) || changes.moments().is_empty());
        assert_eq!(changes.moments(), []);
    }
}
