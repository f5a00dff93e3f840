//! The recorder: brings what all threads say into one order, takes it in, and shows it. One
//! thread; readers follow through the [`EventLog`].

use super::intake::Intake;
use super::log::{EventLog, LogFigures};
use super::merge::Merge;
use super::standing::Standing;
use arenascope_telemetry::Shared;
use arenascope_telemetry::event::{Event, Op};
use arenascope_telemetry::rings::Rings;
use arenascope_telemetry::tally::Tally;
use arenascope_units::owner::{Heap, Owner};
use core::sync::atomic::Ordering;

/// The one writer of an [`EventLog`].
///
/// ```
/// use arenascope_recording::{EventLog, Reader, Recorder};
/// use arenascope_telemetry::event::{Event, Op};
///
/// let log = EventLog::default();
/// let mut recorder = Recorder::new(&log);
/// recorder.take(Event { id: 7, size_bytes: 48, ..Event::note(10, Op::ArenaAllocate) });
/// recorder.take(Event { id: 7, size_bytes: 48, ..Event::note(25, Op::ArenaFree) });
/// recorder.publish();
/// let mut reader = Reader::new(&log);
/// reader.refresh();
/// assert_eq!(reader.next(0), Some(1));
/// ```
pub struct Recorder<'l> {
    intake: Intake<'l>,
    merge: Merge,
}

impl<'l> Recorder<'l> {
    /// A recorder into an empty log; a log has one for its life.
    pub fn new(log: &'l EventLog) -> Self {
        Self { intake: Intake::new(log), merge: Merge::default() }
    }

    /// A recorder of a run that others recorded: addresses may be of any size, and what
    /// overlaps does so to the byte.
    pub(super) fn of_others(log: &'l EventLog) -> Self {
        Self { intake: Intake::of_others(log), merge: Merge::default() }
    }

    /// The recording that it writes.
    pub(super) const fn log(&self) -> &'l EventLog {
        self.intake.writer.log()
    }

    /// What lives under a number, as the end of it would say.
    pub(super) fn alive(&self, heap: Heap, id: u64) -> Option<Event> {
        let thing = self.intake.live.get(heap, id)?;
        let owner = Owner::new(thing.category, thing.owner.tag);
        let event = Event::note(0, Op::ArenaFree);
        Some(Event { id, owner, offset_bytes: thing.offset, size_bytes: thing.size, ..event })
    }

    /// What comes is a run that others recorded.
    pub(super) fn begin_others(&mut self) {
        self.intake.begin_opened(None);
    }

    /// Takes in everything that waits in the rings, merged by time, and shows it
    /// to readers; returns the number of events. O(events).
    pub fn round(&mut self, shared: &Shared) -> u64 {
        let before = self.intake.writer.length();
        let drained = self.take_from(&shared.events);
        self.intake.note_manifest(&shared.manifest);
        if drained > 0 || self.intake.writer.length() > before {
            // The board is made for exactly this many words.
            let _ = shared.tally.publish(&self.tally().to_words());
        }
        shared.recording_bytes.store(self.intake.writer.log().bytes(), Ordering::Relaxed);
        drained
    }

    /// As [`Self::round`], without the tally.
    pub fn take_from(&mut self, rings: &Rings) -> u64 {
        let drained = self.merge.round(rings, &mut self.intake);
        // What a ring lost last, or a thread without a ring, is said by no event.
        let figures = &mut self.intake.writer.figures;
        figures.lost = figures.lost.max(rings.lost());
        self.publish();
        drained
    }

    /// Takes in one event; `event.thread` says whose. O(1) amortised.
    ///
    /// What cannot be follows from what is missing, and is put in and counted:
    /// the end of what stood where something else begins, or under whose number.
    pub fn take(&mut self, event: Event) {
        self.intake.take(event);
    }

    /// As [`Self::take`], from a call stack: a [`arenascope_trace::Site`].
    pub fn take_at(&mut self, event: Event, site: u32) {
        self.intake.take_at(event, site);
    }

    /// As [`Self::take_at`], for an event that was recorded before: what was made up
    /// or put right then is counted again.
    pub(super) fn retake(&mut self, event: Event, site: u32) {
        self.intake.retake(event, site);
    }

    /// What comes is the newest run, read from a file that says what it is. Readers see the
    /// run while it is read.
    pub(super) fn begin_opened(&mut self, manifest: Option<&str>) {
        self.intake.begin_opened(manifest);
    }

    /// True while the newest run is one that was read: until threads begin the next.
    pub const fn is_opened(&self) -> bool {
        self.intake.is_opened()
    }

    /// True before the first event.
    pub(super) const fn is_empty(&self) -> bool {
        self.intake.writer.length() == 0
    }

    /// Counts a record that made no sense.
    pub fn take_malformed(&mut self) {
        self.intake.take_malformed();
    }

    /// Shows readers everything taken in so far: one release store.
    pub fn publish(&mut self) {
        self.intake.writer.figures.recorder_bytes = self.bytes();
        self.intake.writer.publish();
    }

    /// Where things stand after the last event.
    pub fn standing(&self) -> &Standing {
        self.intake.writer.standing()
    }

    /// Figures of the recording itself.
    pub fn figures(&self) -> LogFigures {
        self.intake.writer.figures
    }

    /// Bytes of the recorder's own memory, beside the log's: what it knows to be alive,
    /// and events that wait for their place in the order.
    pub fn bytes(&self) -> u64 {
        self.intake.live.bytes() + self.merge.bytes() + self.intake.writer.own_bytes()
    }

    /// An independent count, to be held against the engine's own figures.
    pub fn tally(&self) -> Tally {
        self.intake.tally()
    }
}

#[cfg(test)]
mod tests {
    use super::super::chunk::CHUNK;
    use super::super::{Cursor, Reader};
    use super::*;

    fn event(op: Op, id: u64) -> Event {
        Event { id, offset_bytes: id * 4_096, size_bytes: 64, ..Event::note(9, op) }
    }

    /// A thing that is heard of again more than 2^32 events later is neither forgotten
    /// before nor left standing after.
    #[test]
    fn things_outlive_distances_that_have_no_room() {
        let log = EventLog::default();
        let mut recorder = Recorder::new(&log);
        recorder.take(Event { size_bytes: 1 << 20, ..Event::note(0, Op::RunStart) });
        (1..=3).for_each(|id| recorder.take(event(Op::ArenaAllocate, id)));
        recorder.take(event(Op::PoolCreate, 7));
        while recorder.figures().length < CHUNK {
            recorder.take(event(Op::Submit, 0));
        }
        recorder.intake.writer.make_ready(&recorder.intake.live, true);
        let base = (5 << 32) / CHUNK * CHUNK;
        recorder.intake.writer.skip_to(&recorder.intake.live, base);
        recorder.take(event(Op::ArenaFree, 1));
        recorder.take(Event { size_bytes: 128, ..event(Op::ArenaResize, 2) });
        recorder.take(event(Op::PoolRelease, 7));
        recorder.take(event(Op::ArenaFree, 2));
        while recorder.figures().length < base + 2 * CHUNK + 9 {
            recorder.take(event(Op::Submit, 0));
        }
        recorder.publish();
        assert!(!recorder.figures().has_gaps() || recorder.figures().dropped > 0);
        let mut reader = Reader::new(&log);
        reader.refresh();
        assert_eq!(reader.events(), base..base + 2 * CHUNK + 9);
        let expected = [
            (0, vec![(1, 64), (2, 64), (3, 64)], true),
            (1, vec![(2, 64), (3, 64)], true),
            (2, vec![(2, 128), (3, 64)], true),
            (3, vec![(2, 128), (3, 64)], false),
            (4, vec![(3, 64)], false),
            (CHUNK + 5, vec![(3, 64)], false),
        ];
        // Jumps from key frames, steps onwards, and steps back.
        let mut stepping = Cursor::new();
        for (after, ranges, is_held) in expected.iter().chain(expected.iter().rev()) {
            for cursor in [&mut Cursor::new(), &mut stepping] {
                let state = cursor.seek(&reader, base + after).unwrap();
                let seen: Vec<_> = state.ranges().iter().map(|range| (range.id, range.size_bytes)).collect();
                assert_eq!((&seen, state.resources()[0].is_held), (ranges, *is_held), "{after} events on");
                let bytes: u64 = ranges.iter().map(|range| range.1).sum();
                assert_eq!(
                    (state.standing.heap_bytes(Heap::Arena), state.standing.alive[0]),
                    (bytes, ranges.len() as u64)
                );
            }
        }
        assert_eq!([0, 1, 2].map(|after| reader.previous(base + after)), [Some(1), Some(2), Some(4)]);
        assert_eq!((reader.next(1), reader.next(4), reader.next(3)), (Some(base), Some(base + 2), None));
    }
}
