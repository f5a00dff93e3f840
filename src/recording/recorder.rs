//! Takes events in: links them, ends what must have ended, counts what is
//! missing, appends. One thread; readers follow through the [`EventLog`].

use super::books::{Books, OFFSET_MAX};
use super::kind::{CORRECTED, INFERRED};
use super::log::{EventLog, LogFigures};
use super::merge::Merge;
use super::spill::SpillError;
use super::standing::Standing;
use super::things::Thing;
use super::writer::Writer;
use crate::owner::{Heap, Owner};
use crate::telemetry::Shared;
use crate::telemetry::event::{Event, Op, Role, Tally};
use crate::telemetry::rings::Rings;

/// The one writer of an [`EventLog`].
///
/// ```
/// use arenascope::recording::{EventLog, Reader, Recorder};
/// use arenascope::telemetry::event::{Event, Op};
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
    writer: Writer<'l>,
    books: Books,
    merge: Merge,
    tally_events: u64,
    /// Events that [`Op::Lost`] says are missing.
    lost_said: u64,
    /// The newest run is one that was read: what threads say belongs to an older one,
    /// until they begin the next.
    is_opened: bool,
}

impl<'l> Recorder<'l> {
    /// A recorder into an empty log; a log has one for its life.
    pub fn new(log: &'l EventLog) -> Self {
        let (books, merge) = (Books::default(), Merge::default());
        Self { writer: Writer::new(log), books, merge, tally_events: 0, lost_said: 0, is_opened: false }
    }

    /// Takes in everything that waits in the rings, merged by time, and shows it
    /// to readers; returns the number of events. O(events).
    pub fn round(&mut self, shared: &Shared) -> u64 {
        let before = self.writer.length();
        let drained = self.take_from(&shared.events);
        if drained > 0 || self.writer.length() > before {
            // The board is made for exactly this many words.
            let _ = shared.tally.publish(&self.tally().to_words());
        }
        drained
    }

    /// As [`Self::round`], without the tally.
    pub fn take_from(&mut self, rings: &Rings) -> u64 {
        let mut merge = core::mem::take(&mut self.merge);
        let drained = merge.round(rings, self);
        self.merge = merge;
        // What a ring lost last, or a thread without a ring, is said by no event.
        let figures = &mut self.writer.figures;
        figures.lost = figures.lost.max(rings.lost());
        self.publish();
        drained
    }

    /// Takes in one event; `event.thread` says whose. O(1) amortised.
    ///
    /// What cannot be follows from what is missing, and is put in and counted:
    /// the end of what stood where something else begins, or under whose number.
    pub fn take(&mut self, event: Event) {
        if event.offset_bytes.saturating_add(event.size_bytes) > OFFSET_MAX
            && matches!(event.op.role(), Role::Begins(Heap::Arena) | Role::Changes(Heap::Arena))
        {
            self.writer.figures.malformed += 1;
            return;
        }
        // A run that begins is taken in whatever the cap: earlier ones make room for it.
        if !self.writer.make_ready(&self.books, event.op == Op::RunStart) {
            self.writer.figures.refused += 1;
            return;
        }
        match event.op.role() {
            Role::Begins(heap) => self.begin(heap, &event),
            Role::Changes(heap) => self.change(heap, &event),
            Role::Ends(heap) => self.end(heap, event),
            Role::Notes => self.note(&event),
        }
    }

    /// As [`Self::take`], for an event that was recorded before: what was made up
    /// or put right then is counted again.
    pub(super) fn retake(&mut self, event: Event) {
        let figures = &mut self.writer.figures;
        match (event.op.role(), event.detail) {
            (Role::Ends(_), INFERRED) => figures.inferred += 1,
            (Role::Ends(_), CORRECTED) => figures.corrected += 1,
            _ => {}
        }
        self.take(event);
    }

    /// Reads a file's events as the newest run. What threads say is left out until
    /// they begin another.
    ///
    /// # Errors
    /// As [`super::spill::read`]: what comes before the damage is there.
    pub fn open(&mut self, file: &[u8]) -> Result<u64, SpillError> {
        let before = self.writer.length();
        // First: readers see the run while it is read.
        self.writer.log().set_opened(true);
        let result = super::spill::read(file, self);
        self.is_opened |= self.writer.length() > before;
        self.writer.log().set_opened(self.is_opened);
        self.publish();
        result
    }

    /// Takes in an event that a thread said just now.
    pub(super) fn hear(&mut self, event: Event) {
        if self.is_opened && event.op == Op::RunStart {
            self.is_opened = false;
            self.writer.log().set_opened(false);
        }
        if !self.is_opened {
            self.take(event);
        }
    }

    /// True before the first event.
    pub(super) const fn is_empty(&self) -> bool {
        self.writer.length() == 0
    }

    /// Counts a record that made no sense.
    pub fn take_malformed(&mut self) {
        self.writer.figures.malformed += 1;
    }

    /// Shows readers everything taken in so far: one release store.
    pub fn publish(&mut self) {
        self.writer.publish();
    }

    /// Where things stand after the last event.
    pub fn standing(&self) -> &Standing {
        self.writer.standing()
    }

    /// Figures of the recording itself.
    pub fn figures(&self) -> LogFigures {
        self.writer.figures
    }

    /// An independent count, to be held against the engine's own figures.
    pub fn tally(&self) -> Tally {
        let standing = self.writer.standing();
        Tally {
            events_total: self.tally_events,
            malformed_total: self.writer.figures.malformed,
            by_op: standing.by_op,
            arena_bytes: standing.bytes[Heap::Arena.index()],
            pool_bytes: standing.bytes[Heap::Device.index()],
            npu_bytes: standing.bytes[Heap::Npu.index()],
        }
    }

    fn begin(&mut self, heap: Heap, event: &Event) {
        if let Some(thing) = self.books.get(heap, event.id) {
            self.infer_end(heap, event, event.id, thing);
        }
        self.clear_range(heap, event, None);
        self.append(event, None, None);
        self.books.begin(heap, self.writer.length() - 1, event);
    }

    fn change(&mut self, heap: Heap, event: &Event) {
        self.clear_range(heap, event, Some(event.id));
        let Some(before) = self.books.get(heap, event.id) else {
            self.writer.figures.unmatched += 1;
            self.append(event, None, None);
            self.books.begin(heap, self.writer.length() - 1, event);
            return;
        };
        self.append(event, Some(before.event), Some(before.size));
        self.books.change(heap, self.writer.length() - 1, event, before);
    }

    fn end(&mut self, heap: Heap, mut event: Event) {
        let Some(thing) = self.books.remove(heap, event.id) else {
            self.writer.figures.unmatched += 1;
            self.append(&event, None, None);
            return;
        };
        let is_as_begun = thing.size == event.size_bytes && thing.category == event.owner.category;
        if !is_as_begun || heap == Heap::Arena && thing.offset != event.offset_bytes {
            self.writer.figures.corrected += 1;
            event = ended(event, CORRECTED, event.id, thing);
        }
        self.append(&event, Some(thing.event), Some(thing.size));
    }

    fn note(&mut self, event: &Event) {
        match event.op {
            Op::ArenaReset => self.books.clear(Heap::Arena),
            Op::RunStart => Heap::ALL.into_iter().for_each(|heap| self.books.clear(heap)),
            Op::Lost => {
                self.lost_said += event.size_bytes;
                self.writer.figures.lost = self.writer.figures.lost.max(self.lost_said);
            }
            _ => {}
        }
        self.append(event, None, None);
    }

    /// Ends every range that stands where this one begins.
    fn clear_range(&mut self, heap: Heap, event: &Event, except: Option<u64>) {
        let (offset, size) = (event.offset_bytes, event.size_bytes);
        if heap != Heap::Arena || !self.books.is_taken(offset, size, except) {
            return;
        }
        for (id, thing) in self.books.overlapping(offset, size, except) {
            self.infer_end(heap, event, id, thing);
        }
    }

    fn infer_end(&mut self, heap: Heap, event: &Event, id: u64, thing: Thing) {
        let op = match heap {
            Heap::Arena => Op::ArenaFree,
            Heap::Device => Op::PoolDestroy,
            Heap::Npu => Op::NpuRelease,
        };
        // A chunk that begins here begins before this end.
        self.writer.make_ready(&self.books, true);
        self.books.remove(heap, id);
        self.writer.figures.inferred += 1;
        let end = ended(Event { op, ..*event }, INFERRED, id, thing);
        self.writer.append(end, Some(thing.event), Some(thing.size));
    }

    fn append(&mut self, event: &Event, previous: Option<u64>, before: Option<u64>) {
        if event.op != Op::Lost {
            self.tally_events += 1;
        }
        self.writer.make_ready(&self.books, true);
        self.writer.append(*event, previous, before);
    }

    pub(super) fn books(&self) -> &Books {
        &self.books
    }
}

/// The end of `thing` at the time and by the thread of `event`.
fn ended(event: Event, detail: u8, id: u64, thing: Thing) -> Event {
    let owner = Owner::new(thing.category, thing.owner.tag);
    Event { detail, id, owner, offset_bytes: thing.offset, size_bytes: thing.size, ..event }
}
