//! A run that others recorded taken into a log of its own: what a reader tells, as events.
//!
//! Ranges with an address become ranges of one line, on which the parts of all address
//! spaces lie side by side ([`Extents`]); what has none becomes a thing of the second heap.

use super::log::EventLog;
use super::owner_frame::owner_frame;
use super::recorder::Recorder;
use super::tables::Tables;
use arenascope_telemetry::event::{Event, FailureReason, NOBODY, Op, THREADS};
use arenascope_trace::{Action, CategoryId, Event as Told, Manifest, NoteKind, Sink, Site, SpaceId, Stacks, Stopped};
use arenascope_units::owner::{Heap, MemoryCategory, Owner, Tag};
use std::collections::HashMap;
use std::sync::Arc;

/// Events between two looks of [`Import::goes_on`], and between two publications.
const EVENTS_PER_LOOK: u64 = 1 << 12;
/// Most names of tags: the last number is nobody's.
const TAGS_MAX: usize = u16::MAX as usize;
/// The reason of a refusal whose file names none but that there was too little.
const FAIL_DETAIL_FULL: u8 = FailureReason::Full as u8;

/// A run on its way into a log. Readers of the log see it grow.
pub struct Import<'l, G> {
    recorder: Recorder<'l>,
    tables: Tables,
    tag_of_site: Vec<Option<Tag>>,
    tag_of_name: HashMap<Box<str>, Tag>,
    capacity_bytes: u64,
    /// Bytes with memory behind them, so far.
    reserved_bytes: u64,
    /// Bytes that were released, and that nobody had reserved.
    unreserved_bytes: u64,
    /// Events that name an address in no range that was said.
    astray: u64,
    events: u64,
    /// Asked now and then with the number of events: false ends the reading.
    goes_on: G,
}

impl<'l, G: FnMut(u64) -> bool> Import<'l, G> {
    /// Into an empty log that has no recorder. `goes_on` is asked every some thousand
    /// events.
    pub fn new(log: &'l EventLog, goes_on: G) -> Self {
        Self {
            recorder: Recorder::of_others(log),
            tables: Tables::default(),
            tag_of_site: Vec::new(),
            tag_of_name: HashMap::new(),
            capacity_bytes: 0,
            reserved_bytes: 0,
            unreserved_bytes: 0,
            astray: 0,
            events: 0,
            goes_on,
        }
    }

    /// The run is read, or as much of it as there is: shows all of it. Returns the number
    /// of its events.
    pub fn finish(mut self) -> u64 {
        if self.astray > 0 {
            let text =
                format!("{} events name addresses in no range of their address space; they are left out", self.astray);
            self.tables.manifest.note(NoteKind::Contradiction, text);
        }
        if self.unreserved_bytes > 0 {
            let text =
                format!("{} bytes are released that were not reserved; they are left out", self.unreserved_bytes);
            self.tables.manifest.note(NoteKind::Contradiction, text);
        }
        self.recorder.publish();
        self.recorder.log().set_tables(Arc::new(self.tables));
        self.events
    }

    /// Shows all that came so far, call stacks and address ranges included: for a run that
    /// is recorded as it happens. O(tables), which are copied.
    pub fn show_all(&mut self) {
        self.recorder.publish();
        self.recorder.log().set_tables(Arc::new(self.tables.clone()));
    }

    /// Shows the events that came so far. O(1).
    pub fn publish(&mut self) {
        self.recorder.publish();
    }

    /// Events that came so far.
    pub const fn events(&self) -> u64 {
        self.events
    }

    /// Shows what is read so far, names included: now and then, of a run that is still being
    /// recorded. O(tags).
    pub fn show(&mut self) {
        self.recorder.publish();
        let manifest = self.tables.manifest.clone();
        let tables = Tables { manifest, tags: self.tables.tags.clone(), ..Tables::default() };
        self.recorder.log().set_tables(Arc::new(tables));
    }

    fn take(&mut self, told: &Told, event: Event) {
        let thread = told.thread.min(THREADS as u16 - 1) as u8;
        self.recorder.take_at(Event { time_us: told.time_us, thread, ..event }, told.site.0);
    }

    fn note(&mut self, told: &Told, op: Op, event: Event) {
        self.take(told, Event { op, owner: NOBODY, ..event });
    }

    fn owner(&mut self, category: CategoryId, site: Site) -> Owner {
        // A manifest has at most as many.
        let category = MemoryCategory::from_index(category.0.into()).unwrap_or(MemoryCategory::TEMPORARY);
        Owner::new(category, self.tag(site))
    }

    /// The tag of a call stack. O(1) but for the first of each stack.
    fn tag(&mut self, site: Site) -> Tag {
        let place = site.0 as usize;
        if place >= self.tag_of_site.len() {
            self.tag_of_site.resize(self.tables.stacks.len().max(place + 1), None);
        }
        if let Some(tag) = self.tag_of_site[place] {
            return tag;
        }
        let name = owner_frame(&self.tables.stacks, site).map(|frame| frame.function.clone());
        let tag = name.map_or(Tag::NONE, |name| self.named(name));
        self.tag_of_site[place] = Some(tag);
        tag
    }

    fn named(&mut self, name: Box<str>) -> Tag {
        if let Some(tag) = self.tag_of_name.get(&name) {
            return *tag;
        }
        if self.tables.tags.len() >= TAGS_MAX {
            return Tag::NONE;
        }
        let tag = Tag(self.tables.tags.len() as u16);
        self.tables.tags.push(name.clone());
        self.tag_of_name.insert(name, tag);
        tag
    }

    /// Where an address lies on the line, in a space that has addresses.
    fn offset(&mut self, space: SpaceId, address: u64) -> Option<Option<u64>> {
        let has_addresses =
            self.tables.manifest.spaces.get(usize::from(space.0)).is_some_and(|space| space.has_addresses);
        if !has_addresses {
            return Some(None);
        }
        let offset = self.tables.extents.offset_of(space, address);
        self.astray += u64::from(offset.is_none());
        offset.map(Some)
    }

    /// The line became longer.
    fn grow(&mut self, told: &Told) {
        let end = self.tables.extents.end_bytes();
        if end > self.capacity_bytes {
            self.capacity_bytes = end;
            self.note(told, Op::Capacity, Event { size_bytes: end, ..Event::note(0, Op::Capacity) });
        }
    }

    /// What is alive under a number, with its heap.
    fn alive(&self, id: u64) -> Option<(Heap, Event)> {
        [Heap::Arena, Heap::Device].into_iter().find_map(|heap| Some((heap, self.recorder.alive(heap, id)?)))
    }

    fn allocate(&mut self, told: &Told, id: u64, place: (SpaceId, u64), bytes: u64, category: CategoryId) {
        let Some(offset) = self.offset(place.0, place.1) else { return };
        let owner = self.owner(category, told.site);
        // What has no address keeps its space in the place of one.
        let op = if offset.is_some() { Op::ArenaAllocate } else { Op::Allocate };
        let event = Event {
            op,
            owner,
            id,
            offset_bytes: offset.unwrap_or_else(|| place.0.0.into()),
            size_bytes: bytes,
            ..Event::note(0, op)
        };
        self.take(told, event);
    }

    /// Something happens to what lives under a number; what nobody allocated is counted.
    fn change(&mut self, told: &Told, id: u64, ops: [Op; 2], bytes: Option<u64>) {
        let [in_arena, elsewhere] = ops;
        let event = match self.alive(id) {
            Some((heap, thing)) => {
                let op = if heap == Heap::Arena { in_arena } else { elsewhere };
                Event { op, size_bytes: bytes.unwrap_or(thing.size_bytes), ..thing }
            }
            None => Event { id, size_bytes: bytes.unwrap_or(0), ..Event::note(0, elsewhere) },
        };
        self.take(told, event);
    }

    fn tell(&mut self, told: &Told) {
        match told.action {
            Action::Allocate { id, space, address, bytes, category } => {
                self.allocate(told, id, (space, address), bytes, category);
            }
            Action::Free { id } => self.change(told, id, [Op::ArenaFree, Op::Free], None),
            Action::FreeRequested { id } => self.change(told, id, [Op::ArenaFreeRequest, Op::FreeRequest], None),
            Action::Resize { id, bytes } => self.change(told, id, [Op::ArenaResize, Op::Resize], Some(bytes)),
            Action::Reserve { space, address, bytes } => self.reserve(told, Op::Reserve, (space, address), bytes),
            Action::Release { space, address, bytes } => self.reserve(told, Op::Release, (space, address), bytes),
            Action::Fail { space, bytes, free_bytes } => {
                // The record of a refusal keeps what was free in the place of a number.
                let id = free_bytes.unwrap_or(0);
                let event = Event {
                    id,
                    size_bytes: bytes,
                    offset_bytes: space.0.into(),
                    detail: FAIL_DETAIL_FULL,
                    ..Event::note(0, Op::ArenaFailure)
                };
                let owner = self.owner(CategoryId(0), told.site);
                self.take(told, Event { owner, ..event });
            }
            Action::Mark { marker } => {
                self.note(told, Op::Mark, Event { id: marker.into(), ..Event::note(0, Op::Mark) })
            }
            Action::Lost { count } => self.recorder.take(Event::lost(told.time_us, count)),
        }
    }

    /// What of it can be reserved or released, so that the sum stays one.
    fn account(&mut self, op: Op, bytes: u64) -> u64 {
        if op == Op::Reserve {
            let bytes = bytes.min(u64::MAX - self.reserved_bytes);
            self.reserved_bytes += bytes;
            return bytes;
        }
        let released = bytes.min(self.reserved_bytes);
        self.unreserved_bytes = self.unreserved_bytes.saturating_add(bytes - released);
        self.reserved_bytes -= released;
        released
    }

    fn reserve(&mut self, told: &Told, op: Op, place: (SpaceId, u64), bytes: u64) {
        let offset = self.offset(place.0, place.1).flatten().unwrap_or(0);
        let bytes = self.account(op, bytes);
        self.note(
            told,
            op,
            Event { offset_bytes: offset, size_bytes: bytes, id: place.0.0.into(), ..Event::note(0, op) },
        );
    }
}

impl<G: FnMut(u64) -> bool> Sink for Import<'_, G> {
    fn manifest(&mut self) -> &mut Manifest {
        &mut self.tables.manifest
    }

    fn stacks(&mut self) -> &mut Stacks {
        &mut self.tables.stacks
    }

    fn extent(&mut self, space: SpaceId, address: u64, bytes: u64) {
        self.tables.extents.add(space, address, bytes);
    }

    fn begin(&mut self) -> Result<(), Stopped> {
        self.recorder.begin_others();
        self.capacity_bytes = self.tables.extents.end_bytes();
        self.recorder.take(Event { size_bytes: self.capacity_bytes, ..Event::note(0, Op::RunStart) });
        self.show();
        Ok(())
    }

    fn event(&mut self, event: Told) -> Result<(), Stopped> {
        self.grow(&event);
        self.tell(&event);
        self.events += 1;
        if self.events.is_multiple_of(EVENTS_PER_LOOK) {
            self.recorder.publish();
            if !(self.goes_on)(self.events) {
                return Err(Stopped);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Cursor, Metric, Reader, Retold, spill};
    use super::*;
    use arenascope_trace::{Frame, Run, Space};

    fn space(label: &str, has_addresses: bool) -> Space {
        Space { label: label.into(), has_addresses, capacity_bytes: None, granule_bytes: 1 }
    }

    /// A run of two spaces, far apart and without addresses, with one stack.
    fn read(sink: &mut dyn Sink) -> Result<(), Stopped> {
        *sink.manifest() = Manifest::of("test", "Test");
        let far = sink.manifest().add_space(space("device 0", true));
        let plain = sink.manifest().add_space(space("heap", false));
        let category = sink.manifest().category("Stream 0");
        let load = ["main", "load", "malloc"]
            .map(|name| sink.stacks().intern(Frame { function: name.into(), ..Frame::default() }));
        let site = sink.stacks().stack(load);
        sink.extent(far, 0x7f00_0000_0000, 1 << 20);
        sink.begin()?;
        let base = 0x7f00_0000_0000;
        let allocate = |id, space, address, bytes| Action::Allocate { id, space, address, bytes, category };
        let mut at = 0;
        let mut tell = |sink: &mut dyn Sink, action| {
            at += 10;
            sink.event(Told { time_us: at, thread: 99, site, action })
        };
        tell(sink, Action::Reserve { space: far, address: base, bytes: 1 << 20 })?;
        tell(sink, allocate(1, far, base, 700))?;
        tell(sink, allocate(2, far, base + 701, 299))?;
        tell(sink, allocate(3, plain, 0, 5_000))?;
        tell(sink, Action::Resize { id: 3, bytes: 8_000 })?;
        tell(sink, Action::FreeRequested { id: 1 })?;
        tell(sink, Action::Free { id: 1 })?;
        tell(sink, Action::Free { id: 77 })?;
        // A range that was not said at first, on the same line.
        sink.extent(far, 0x7fff_0000_0000, 1 << 33);
        tell(sink, allocate(4, far, 0x7fff_0000_0000, 1 << 33))?;
        tell(sink, allocate(5, far, 0x1000, 16))?;
        tell(sink, Action::Fail { space: far, bytes: 1 << 40, free_bytes: Some(12) })
    }

    #[test]
    fn what_others_recorded_is_found_again() {
        let log = EventLog::default();
        let mut import = Import::new(&log, |_| true);
        read(&mut import).unwrap();
        assert_eq!(import.finish(), 11);
        let tables = log.tables().unwrap();
        assert_eq!((tables.tags.as_slice(), tables.manifest.notes.len()), (&["load".into()][..], 1));
        let mut reader = Reader::new(&log);
        reader.refresh();
        let mut cursor = Cursor::new();
        let state = cursor.seek(&reader, reader.events().end).unwrap();
        let ranges: Vec<_> =
            state.ranges().iter().map(|range| (range.id, range.size_bytes, range.owner.tag.0)).collect();
        assert_eq!(ranges, [(2, 299, 0), (4, 1 << 33, 0)]);
        let (space, address) = tables.extents.address_of(state.ranges()[0].offset_bytes).unwrap();
        assert_eq!((space.0, address), (0, 0x7f00_0000_0000 + 701));
        assert_eq!(state.resources().iter().map(|thing| thing.size_bytes).collect::<Vec<_>>(), [8_000]);
        assert_eq!(state.standing.heap_bytes(Heap::Arena), 299 + (1 << 33));
        assert_eq!(state.standing.category_bytes(MemoryCategory::ALL[0]), 299 + (1 << 33) + 8_000);
        assert_eq!(state.standing.capacity_bytes, tables.extents.end_bytes());
        assert_eq!((state.standing.reserved_bytes, reader.metric(Metric::ReservedBytes, 2)), (1 << 20, Some(1 << 20)));
        assert_eq!((state.standing.gaps.unmatched, state.standing.count(Op::ArenaFailure)), (1, 1));
        assert_eq!(reader.metric(Metric::DeviceBytes, reader.events().end), Some(8_000));
        // Each event has its stack, and the thread that has room in a record.
        let kind = reader.kind(2).unwrap();
        assert_eq!((kind.site(), kind.thread()), (3, 15));
    }

    #[test]
    fn what_was_read_is_told_again_event_by_event() {
        let (log, mut told) = (EventLog::default(), arenascope_trace::Collected::default());
        read(&mut told).unwrap();
        let mut import = Import::new(&log, |_| true);
        read(&mut import).unwrap();
        import.finish();
        let mut reader = Reader::new(&log);
        reader.refresh();
        let retold = Retold::of(&reader, |_| String::new());
        let mut events = Vec::new();
        let collected = retold.each(&mut |event| {
            events.push(*event);
            Ok(())
        });
        collected.unwrap();
        // Without the one whose address is in no range; the free of nobody is one of the heap without addresses.
        told.events.retain(|event| !matches!(event.action, Action::Allocate { id: 5, .. }));
        for (event, expected) in events.iter().zip(&told.events) {
            let is_of_heap = |id: u64| id & !(3 << 62);
            match (event.action, expected.action) {
                (
                    Action::Allocate { id, space, address, bytes, category },
                    Action::Allocate {
                        id: id_2,
                        space: space_2,
                        address: address_2,
                        bytes: bytes_2,
                        category: category_2,
                    },
                ) => {
                    assert_eq!(
                        (is_of_heap(id), space, address, bytes, category),
                        (id_2, space_2, address_2, bytes_2, category_2)
                    );
                }
                (Action::Free { id }, Action::Free { id: expected }) => assert_eq!(is_of_heap(id), expected),
                (Action::FreeRequested { id }, Action::FreeRequested { id: expected }) => {
                    assert_eq!(is_of_heap(id), expected)
                }
                (Action::Resize { id, bytes }, Action::Resize { id: id_2, bytes: bytes_2 }) => {
                    assert_eq!((is_of_heap(id), bytes), (id_2, bytes_2))
                }
                (action, expected) => assert_eq!(action, expected),
            }
            assert_eq!((event.time_us, event.site), (expected.time_us, expected.site));
        }
        assert_eq!(events.len(), told.events.len());
        assert_eq!(retold.manifest().categories, told.manifest.categories);
    }

    #[test]
    fn a_file_of_it_is_the_same_run() {
        let (log, copy) = (EventLog::default(), EventLog::default());
        let mut import = Import::new(&log, |_| true);
        read(&mut import).unwrap();
        import.finish();
        let mut reader = Reader::new(&log);
        reader.refresh();
        let mut file = Vec::new();
        let written = spill::write(&reader, |bytes| {
            file.extend(bytes);
            Ok::<(), ()>(())
        });
        written.unwrap();
        let opened = spill::FileReader::begin(file.as_slice()).unwrap();
        let mut recorder = Recorder::for_file(&copy, &opened);
        let mut opening = spill::Opening::new(opened);
        while opening.step(&mut recorder).unwrap() {}
        let mut again = Reader::new(&copy);
        again.refresh();
        assert_eq!(again.events(), reader.events());
        for index in reader.events().start..reader.events().end {
            assert_eq!((again.event(index), again.kind(index)), (reader.event(index), reader.kind(index)));
        }
        let (tables, expected) = (copy.tables().unwrap(), log.tables().unwrap());
        assert_eq!(
            (&tables.manifest, &tables.tags, &tables.extents),
            (&expected.manifest, &expected.tags, &expected.extents)
        );
    }

    #[test]
    fn a_log_that_was_cleared_takes_another_run() {
        let log = EventLog::default();
        for _ in 0..2 {
            let mut import = Import::new(&log, |_| true);
            read(&mut import).unwrap();
            assert_eq!((import.finish(), log.events()), (11, 0..12));
            log.clear();
            assert!(log.events().is_empty() && log.tables().is_none() && !log.is_opened());
        }
    }

    #[test]
    fn nobody_waits_for_a_reading_that_is_ended() {
        let log = EventLog::default();
        let mut import = Import::new(&log, |events| events < 8_000);
        let mut rounds = 0;
        while read(&mut import).is_ok() {
            rounds += 1;
        }
        assert!(rounds > 100 && import.events == 8_192);
    }
}
