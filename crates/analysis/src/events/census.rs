//! Which tags and threads occur in a run: what menus offer.

use arenascope_recording::Reader;
use arenascope_units::owner::Tag;
use core::cell::RefCell;
use core::ops::Range;
use std::collections::BTreeSet;

/// What occurs in the events looked at so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EventCensus {
    /// Tags that occur, by number.
    pub tags: BTreeSet<Tag>,
    /// Threads that occur, by number: 0 is the engine.
    pub threads: BTreeSet<u8>,
    range: Range<u64>,
}

impl EventCensus {
    /// Looks at the events of the newest run that came since. O(kinds) for each
    /// chunk that is full, O(events) for the one that grows.
    pub fn update(&mut self, reader: &Reader<'_>) {
        let run = reader.run();
        // A run begins behind everything that was looked at before.
        if self.range.end <= run.start {
            *self = Self { range: run.start..run.start, ..Self::default() };
        }
        let seen = RefCell::new(core::mem::take(self));
        // Nothing is looked for: every kind on the way is heard of.
        let none = reader.scan(seen.borrow().range.end..run.end, |kind| {
            let mut seen = seen.borrow_mut();
            seen.tags.insert(kind.owner().tag);
            seen.threads.insert(kind.thread());
            false
        });
        none.for_each(|_| ());
        *self = seen.into_inner();
        self.tags.remove(&Tag::NONE);
        self.range = run;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use arenascope_recording::{CHUNK, EventLog, Recorder};
    use arenascope_telemetry::event::{Event, Op};
    use arenascope_workload::tags;

    #[test]
    fn tags_and_threads_of_the_newest_run() {
        let log = EventLog::default();
        let (mut recorder, mut reader, mut census) = (Recorder::new(&log), Reader::new(&log), EventCensus::default());
        let mut look = |events: &[(Op, u8, arenascope_units::owner::Owner)]| {
            for (op, thread, owner) in events {
                recorder.take(Event { thread: *thread, owner: *owner, ..Event::note(1, *op) });
            }
            recorder.publish();
            reader.refresh();
            census.update(&reader);
            (census.tags.iter().map(|tag| tags::name(*tag)).collect::<Vec<_>>(), census.threads.clone())
        };
        let full = vec![(Op::BudgetRefusal, 0, tags::ENTITY); CHUNK as usize];
        assert_eq!(look(&full), (vec!["ecs/entity"], [0].into()));
        assert_eq!(
            look(&[(Op::BudgetRefusal, 3, tags::SCRATCH)]),
            (vec!["ecs/entity", "frame/scratch"], [0, 3].into())
        );
        assert_eq!(look(&[(Op::RunStart, 0, arenascope_telemetry::event::NOBODY)]), (vec![], [0].into()));
    }
}
