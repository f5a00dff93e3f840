//! Events of one order taken in: linked, what must have ended is ended, what is missing is
//! counted.

use super::kind::{CORRECTED, INFERRED};
use super::live::Live;
use super::log::EventLog;
use super::things::Thing;
use super::writer::Writer;
use arenascope_telemetry::event::{Event, Op, Role};
use arenascope_telemetry::manifest::ManifestBoard;
use arenascope_telemetry::tally::Tally;
use arenascope_units::owner::{Heap, MemoryCategory, Owner};

/// What is recorded so far, and what is alive after it.
pub(super) struct Intake<'l> {
    pub(super) writer: Writer<'l>,
    pub(super) live: Live,
    tally_events: u64,
    /// Events that [`Op::Lost`] says are missing.
    lost_said: u64,
    /// The newest run is one that was read: what threads say belongs to an older one,
    /// until they begin the next.
    is_opened: bool,
    /// The number of a run that began, whose manifest was not seen yet.
    begun: Option<u64>,
    /// The call stack of the event that is taken in; 0 where nobody said.
    site: u32,
}

impl<'l> Intake<'l> {
    pub(super) fn new(log: &'l EventLog) -> Self {
        let (writer, live) = (Writer::new(log), Live::default());
        Self { writer, live, tally_events: 0, lost_said: 0, is_opened: false, begun: None, site: 0 }
    }

    /// Of a run that others recorded.
    pub(super) fn of_others(log: &'l EventLog) -> Self {
        Self { live: Live::of_others(), ..Self::new(log) }
    }

    /// What the engine says that the run is which began last. Said before the run's first
    /// event; another run's, where that has begun since.
    pub(super) fn note_manifest(&mut self, said: &ManifestBoard) {
        let Some(number) = self.begun else { return };
        if let Some(text) = said.of_run(number) {
            self.writer.log().set_manifest(self.writer.standing().run_start, Some(&text));
            self.begun = None;
        }
    }

    /// Takes in one event: see [`super::Recorder::take`].
    pub(super) fn take(&mut self, event: Event) {
        if event.offset_bytes.saturating_add(event.size_bytes) > self.live.offset_max()
            && matches!(event.op.role(), Role::Begins(Heap::Arena) | Role::Changes(Heap::Arena))
        {
            self.writer.figures.malformed += 1;
            return;
        }
        // A run that begins is taken in whatever the cap: earlier ones make room for it.
        if !self.writer.make_ready(&self.live, event.op == Op::RunStart) {
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

    /// As [`Self::take`], from a call stack.
    pub(super) fn take_at(&mut self, event: Event, site: u32) {
        self.site = site;
        self.take(event);
        self.site = 0;
    }

    /// As [`Self::take_at`], for an event that was recorded before: what was made up
    /// or put right then is counted again.
    pub(super) fn retake(&mut self, event: Event, site: u32) {
        let figures = &mut self.writer.figures;
        match (event.op.role(), event.detail) {
            (Role::Ends(_), INFERRED) => figures.inferred += 1,
            (Role::Ends(_), CORRECTED) => figures.corrected += 1,
            _ => {}
        }
        self.take_at(event, site);
    }

    /// What comes is the newest run, read from a file that says what it is. Readers see the
    /// run while it is read.
    pub(super) fn begin_opened(&mut self, manifest: Option<&str>) {
        self.is_opened = true;
        self.begun = None;
        // Its first event is the next.
        self.writer.log().set_manifest(self.writer.length(), manifest);
        self.writer.log().set_opened(true);
    }

    /// True while the newest run is one that was read: until threads begin the next.
    pub(super) const fn is_opened(&self) -> bool {
        self.is_opened
    }

    /// Takes in an event that a thread said just now.
    pub(super) fn hear(&mut self, event: Event) {
        if self.is_opened && event.op == Op::RunStart {
            self.is_opened = false;
            self.writer.log().set_opened(false);
        }
        if event.op == Op::RunStart {
            self.begun = Some(event.id);
        }
        if !self.is_opened {
            self.take(event);
        }
    }

    /// Counts an event that is of another run than the one that is recorded.
    pub(super) fn leave_out(&mut self, event: Event) {
        match event.op {
            Op::Lost => self.note_lost(event.size_bytes),
            _ => self.writer.figures.other_runs += 1,
        }
    }

    fn note_lost(&mut self, count: u64) {
        self.lost_said += count;
        self.writer.figures.lost = self.writer.figures.lost.max(self.lost_said);
    }

    /// Counts a record that made no sense.
    pub(super) fn take_malformed(&mut self) {
        self.writer.figures.malformed += 1;
    }

    /// An independent count, to be held against the engine's own figures: so of the
    /// engine's own categories.
    pub(super) fn tally(&self) -> Tally {
        let standing = self.writer.standing();
        let of_engine = |heap: Heap| MemoryCategory::ALL.map(|category| standing.bytes[heap.index()][category.index()]);
        Tally {
            events_total: self.tally_events,
            malformed_total: self.writer.figures.malformed,
            by_op: standing.by_op,
            arena_bytes: of_engine(Heap::Arena),
            pool_bytes: of_engine(Heap::Device),
            npu_bytes: of_engine(Heap::Npu),
        }
    }

    fn begin(&mut self, heap: Heap, event: &Event) {
        if let Some(thing) = self.live.get(heap, event.id) {
            self.infer_end(heap, event, event.id, thing);
        }
        self.clear_range(heap, event, None);
        self.append(event, None, None);
        self.live.begin(heap, self.writer.length() - 1, event);
    }

    fn change(&mut self, heap: Heap, event: &Event) {
        let before = self.live.get(heap, event.id);
        // Where it takes nothing new, nothing can stand there.
        if before.is_none_or(|before| !before.holds(event.offset_bytes, event.size_bytes)) {
            self.clear_range(heap, event, Some(event.id));
        }
        let Some(before) = before else {
            self.writer.figures.unmatched += 1;
            self.append(event, None, None);
            self.live.begin(heap, self.writer.length() - 1, event);
            return;
        };
        self.append(event, Some(before.event), Some(before.size));
        self.live.change(heap, self.writer.length() - 1, event, before);
    }

    fn end(&mut self, heap: Heap, mut event: Event) {
        let Some(thing) = self.live.remove(heap, event.id) else {
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
            Op::ArenaReset => self.live.clear(Heap::Arena),
            Op::RunStart => Heap::ALL.into_iter().for_each(|heap| self.live.clear(heap)),
            Op::Lost => self.note_lost(event.size_bytes),
            _ => {}
        }
        self.append(event, None, None);
    }

    /// Ends every range that stands where this one begins.
    fn clear_range(&mut self, heap: Heap, event: &Event, except: Option<u64>) {
        let (offset, size) = (event.offset_bytes, event.size_bytes);
        if heap != Heap::Arena || !self.live.is_taken(offset, size, except) {
            return;
        }
        for (id, thing) in self.live.overlapping(offset, size, except) {
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
        self.writer.make_ready(&self.live, true);
        self.live.remove(heap, id);
        self.writer.figures.inferred += 1;
        let end = ended(Event { op, ..*event }, INFERRED, id, thing);
        self.writer.append(end, 0, Some(thing.event), Some(thing.size));
    }

    fn append(&mut self, event: &Event, previous: Option<u64>, before: Option<u64>) {
        if event.op != Op::Lost {
            self.tally_events += 1;
        }
        self.writer.make_ready(&self.live, true);
        self.writer.append(*event, self.site, previous, before);
    }
}

/// The end of `thing` at the time and by the thread of `event`.
fn ended(event: Event, detail: u8, id: u64, thing: Thing) -> Event {
    let owner = Owner::new(thing.category, thing.owner.tag);
    Event { detail, id, owner, offset_bytes: thing.offset, size_bytes: thing.size, ..event }
}
