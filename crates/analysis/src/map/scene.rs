//! Every byte of the arena at one moment, as the map shows it: from the newest walk,
//! which knows what threads have cached, or from the recording, which knows any moment
//! and who allocated what.

use crate::numbers::text::count;
use arenascope_formats::snapshot::{Document, RangeEntry};
use arenascope_recording::{AliveThing, Reader, State};
use arenascope_telemetry::event::Op;
use arenascope_telemetry::map::{MapRange, MapState, WORDS_PER_RANGE};
use arenascope_units::owner::Owner;
use arenascope_units::{Bytes, Micros};
use arenascope_workload::tags;

/// Who holds a range, and since when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Holder {
    /// Category and tag that it was allocated for.
    pub owner: Owner,
    /// When it was allocated, µs since the run's start.
    pub born_us: u64,
    /// What the recording adds; `None` where it does not know this allocation.
    pub birth: Option<Birth>,
}

/// How an allocation began, by the recording.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Birth {
    /// The number of the event.
    pub event: u64,
    /// The thread that allocated it: 0 is the engine.
    pub thread: u8,
}

/// What a range of the arena is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// The arena's own header and node table.
    Metadata,
    /// Free, in the hands of the placement policy.
    Free,
    /// Neither used nor free: in a thread's cache, or held back by guards.
    Cached,
    /// Not used; the recording does not tell free from cached.
    Unused,
    /// A live allocation, and who holds it.
    Used(Holder),
}

/// A range of the arena and what it is used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Piece {
    /// From the arena's base.
    pub offset_bytes: u64,
    /// Bytes of the range.
    pub size_bytes: u64,
    /// What the range is used for.
    pub what: What,
}

impl Piece {
    /// The first byte behind it.
    pub const fn end_bytes(&self) -> u64 {
        self.offset_bytes.saturating_add(self.size_bytes)
    }

    /// Who holds it, where somebody does.
    pub const fn holder(&self) -> Option<&Holder> {
        match &self.what {
            What::Used(holder) => Some(holder),
            _ => None,
        }
    }
}

/// The arena at one moment: pieces that tile it, in the order of addresses.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scene {
    pieces: Vec<Piece>,
    /// The moment: ages are of it.
    pub now: Micros,
    /// True where events are missing, so that it may differ from what was.
    pub is_approximate: bool,
}

impl Scene {
    /// The walk in the words of the board. Words that are no range are skipped: a
    /// picture with a hole is better than none.
    pub fn from_words(words: &[u64], now: Micros) -> Self {
        let (records, _) = words.as_chunks::<WORDS_PER_RANGE>();
        let ranges = records.iter().filter_map(|words| MapRange::from_words(*words));
        Self { pieces: ranges.map(piece_of).collect(), now, is_approximate: false }
    }

    /// The arena as the recording has it at a position; without pieces where no run
    /// had begun. O(ranges), and O(changes) for each that was resized.
    pub fn of_state(reader: &Reader<'_>, state: &State, now: Micros) -> Self {
        let (payload, capacity) = (state.standing.payload_bytes, state.standing.capacity_bytes);
        let mut scene = Self { now, is_approximate: state.is_approximate(), ..Self::default() };
        scene.push(0, payload, What::Metadata);
        let mut end = payload;
        for range in state.ranges() {
            scene.push(end, range.offset_bytes.saturating_sub(end), What::Unused);
            scene.push(range.offset_bytes, range.size_bytes, What::Used(holder_of(reader, range)));
            end = end.max(range.offset_bytes + range.size_bytes);
        }
        scene.push(end, capacity.saturating_sub(end), What::Unused);
        scene
    }

    /// The arena of a snapshot. What overlaps what lies before it is left out: a document
    /// may say anything. O(n log n).
    pub fn of_document(document: &Document) -> Self {
        let now = document.metrics.time_us;
        let arena = &document.arena;
        let used = arena.allocations.iter().map(|it| {
            let owner = tags::owner_of(&it.tag).filter(|owner| owner.category == it.category);
            let owner = owner.unwrap_or_else(|| Owner::from(it.category));
            let what = What::Used(Holder { owner, born_us: now.saturating_sub(it.age_us), birth: None });
            Piece { offset_bytes: it.offset, size_bytes: it.size, what }
        });
        let ranges = |ranges: &'_ [RangeEntry], what| {
            let piece = move |it: &RangeEntry| Piece { offset_bytes: it.offset, size_bytes: it.size, what };
            ranges.iter().map(piece).collect::<Vec<_>>()
        };
        let (free, cached) = (ranges(&arena.free_ranges, What::Free), ranges(&arena.cached_ranges, What::Cached));
        let mut pieces: Vec<Piece> = used.chain(free).chain(cached).collect();
        pieces.sort_by_key(|piece| piece.offset_bytes);
        let mut scene = Self { now: Micros::new(now), ..Self::default() };
        let mut end = 0;
        for piece in pieces.into_iter().filter(|piece| piece.end_bytes() <= document.metrics.arena.capacity_bytes) {
            let Some(gap) = piece.offset_bytes.checked_sub(end) else { continue };
            scene.push(end, gap, if end == 0 { What::Metadata } else { What::Unused });
            scene.push(piece.offset_bytes, piece.size_bytes, piece.what);
            end = piece.end_bytes();
        }
        scene.push(end, document.metrics.arena.capacity_bytes.saturating_sub(end), What::Unused);
        scene
    }

    fn push(&mut self, offset_bytes: u64, size_bytes: u64, what: What) {
        if size_bytes > 0 {
            self.pieces.push(Piece { offset_bytes, size_bytes, what });
        }
    }

    /// Adds what the recording knows of the allocations of a walk. An allocation is
    /// the same where place, owner and birth agree. O(ranges).
    pub fn add_births(&mut self, reader: &Reader<'_>, state: &State) {
        let mut ranges = state.ranges().iter().peekable();
        for piece in &mut self.pieces {
            let What::Used(holder) = &mut piece.what else { continue };
            while ranges.next_if(|range| range.offset_bytes < piece.offset_bytes).is_some() {}
            let Some(range) = ranges.next_if(|range| range.offset_bytes == piece.offset_bytes) else { continue };
            let recorded = holder_of(reader, range);
            if (recorded.owner, recorded.born_us) == (holder.owner, holder.born_us) {
                holder.birth = recorded.birth;
            }
        }
    }

    /// Every piece, in the order of addresses.
    pub fn pieces(&self) -> &[Piece] {
        &self.pieces
    }

    /// The end of the last piece: the arena's size.
    pub fn capacity(&self) -> Bytes {
        Bytes::new(self.pieces.last().map_or(0, Piece::end_bytes))
    }

    /// The bytes that allocations can get: those behind the metadata.
    pub fn payload(&self) -> core::ops::Range<u64> {
        let first = self.pieces.iter().find(|piece| piece.what != What::Metadata);
        first.map_or(0, |piece| piece.offset_bytes)..self.capacity().get()
    }

    /// The index of the first piece that ends behind an address. O(log pieces).
    pub fn first_behind(&self, offset: Bytes) -> usize {
        self.pieces.partition_point(|piece| piece.end_bytes() <= offset.get())
    }

    /// The piece that holds an address. O(log pieces).
    pub fn at(&self, offset: Bytes) -> Option<&Piece> {
        let piece = self.pieces.get(self.first_behind(offset))?;
        (piece.offset_bytes <= offset.get()).then_some(piece)
    }

    /// Live allocations, used bytes and unused ranges, for who does not see the map.
    pub fn summary(&self) -> String {
        if self.pieces.is_empty() {
            return "Arena map: no data yet".into();
        }
        let used = || self.pieces.iter().filter(|piece| piece.holder().is_some());
        let bytes: Bytes = used().map(|piece| Bytes::new(piece.size_bytes)).sum();
        let free = self.pieces.iter().filter(|piece| matches!(piece.what, What::Free | What::Unused)).count();
        let [used, free] = [used().count(), free].map(|number| count(number as u64));
        format!("Arena map: {bytes} of {} in {used} allocations, {free} free ranges", self.capacity())
    }
}

impl Piece {
    /// The piece with how it began, where the recording has it: an allocation at the
    /// same place, of the same owner, at the same time. O(log events + events of that
    /// microsecond).
    #[must_use]
    pub fn with_birth(self, reader: &Reader<'_>) -> Self {
        let What::Used(holder @ Holder { birth: None, .. }) = self.what else { return self };
        let begun = |index: u64| {
            let is_birth = reader.kind(index)?.op() == Op::ArenaAllocate && reader.kind(index)?.owner() == holder.owner;
            let event = reader.event(index).filter(|_| is_birth)?;
            (event.offset_bytes == self.offset_bytes).then_some(Birth { event: index, thread: event.thread })
        };
        let first = reader.position_at(holder.born_us);
        let then = (first..reader.events().end).take_while(|index| reader.time_us(*index) == Some(holder.born_us));
        let birth = then.filter_map(begun).next();
        Self { what: What::Used(Holder { birth, ..holder }), ..self }
    }
}

fn piece_of(range: MapRange) -> Piece {
    let what = match range.state {
        MapState::Metadata => What::Metadata,
        MapState::Free => What::Free,
        MapState::Cached => What::Cached,
        MapState::Used { owner, born_us } => What::Used(Holder { owner, born_us, birth: None }),
    };
    Piece { offset_bytes: range.offset_bytes, size_bytes: range.size_bytes, what }
}

/// The holder of a range by the recording: of one that was resized, by its origin.
fn holder_of(reader: &Reader<'_>, range: &AliveThing) -> Holder {
    let is_birth = reader.kind(range.event).is_some_and(|kind| kind.op() == Op::ArenaAllocate);
    if is_birth {
        let birth = Birth { event: range.event, thread: range.thread };
        return Holder { owner: range.owner, born_us: range.time_us, birth: Some(birth) };
    }
    let origin = reader.origin(range.event).and_then(|index| Some((index, reader.event(index)?)));
    match origin {
        Some((event, born)) => {
            let birth = Birth { event, thread: born.thread };
            Holder { owner: range.owner, born_us: born.time_us, birth: Some(birth) }
        }
        None => Holder { owner: range.owner, born_us: range.time_us, birth: None },
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use arenascope_recording::{Cursor, EventLog, Recorder};
    use arenascope_telemetry::event::Event;
    use arenascope_units::owner::{MemoryCategory, Tag};
    use proptest::prelude::*;

    pub(crate) fn holder(category: MemoryCategory, tag: u16, born_us: u64) -> Holder {
        Holder { owner: Owner::new(category, Tag(tag)), born_us, birth: None }
    }

    /// Pieces one after the other, from address 0.
    pub(crate) fn scene(pieces: &[(u64, What)]) -> Scene {
        let mut scene = Scene::default();
        for (size_bytes, what) in pieces {
            scene.push(scene.capacity().get(), *size_bytes, *what);
        }
        scene
    }

    const OWNER: Owner = Owner::new(MemoryCategory::GPU_BUFFERS, Tag(5));

    fn event(time_us: u64, op: Op, id: u64, offset_bytes: u64, size_bytes: u64) -> Event {
        Event { thread: (id % 3) as u8, owner: OWNER, id, offset_bytes, size_bytes, ..Event::note(time_us, op) }
    }

    /// Metadata of 64 of 1024 bytes; 3 at 128 from the start, 4 at 256 resized by
    /// another thread, 5 at 512 freed.
    fn recorded(log: &EventLog) {
        let mut recorder = Recorder::new(log);
        let resize = Event { thread: 2, ..event(50, Op::ArenaResize, 4, 256, 96) };
        let events = [
            event(0, Op::RunStart, 0, 64, 1024),
            event(10, Op::ArenaAllocate, 3, 128, 32),
            event(20, Op::ArenaAllocate, 4, 256, 64),
            event(30, Op::ArenaAllocate, 5, 512, 64),
            resize,
            event(60, Op::ArenaFree, 5, 512, 64),
        ];
        events.into_iter().for_each(|event| recorder.take(event));
        recorder.publish();
    }

    fn used(born_us: u64, birth: Option<(u64, u8)>) -> What {
        let birth = birth.map(|(event, thread)| Birth { event, thread });
        What::Used(Holder { owner: OWNER, born_us, birth })
    }

    #[test]
    fn a_recorded_moment_tiles_the_arena() {
        let log = EventLog::default();
        recorded(&log);
        let (mut reader, mut cursor) = (Reader::new(&log), Cursor::new());
        reader.refresh();
        let state = cursor.seek(&reader, 6).unwrap();
        let expected = [
            (64, What::Metadata),
            (64, What::Unused),
            (32, used(10, Some((1, 0)))),
            (96, What::Unused),
            (96, used(20, Some((2, 1)))),
            (672, What::Unused),
        ];
        assert_eq!(Scene::of_state(&reader, state, Micros::ZERO), scene(&expected));
        let before = cursor.seek(&reader, 4).unwrap();
        let there = Scene::of_state(&reader, before, Micros::ZERO);
        assert_eq!(there.at(Bytes::new(513)).map(|piece| piece.what), Some(used(30, Some((3, 2)))));
        assert_eq!(there.payload(), 64..1024);
        let nothing = cursor.seek(&reader, 0).unwrap();
        assert_eq!(Scene::of_state(&reader, nothing, Micros::ZERO), Scene::default());
    }

    #[test]
    fn a_walk_learns_who_allocated_what_it_has_in_common_with_the_recording() {
        let log = EventLog::default();
        recorded(&log);
        let (mut reader, mut cursor) = (Reader::new(&log), Cursor::new());
        reader.refresh();
        let walk = [
            (128, What::Metadata),
            (32, used(10, None)),
            (96, What::Cached),
            (96, used(20, None)),
            (64, used(9, None)),
        ];
        let mut live = scene(&walk);
        live.add_births(&reader, cursor.seek(&reader, 6).unwrap());
        let births: Vec<_> = live.pieces().iter().filter_map(Piece::holder).map(|holder| holder.birth).collect();
        let birth = |event, thread| Some(Birth { event, thread });
        assert_eq!(births, [birth(1, 0), birth(2, 1), None]);
        // The same place, but of another time: another allocation.
        let mut newer = scene(&[(128, What::Metadata), (32, used(11, None))]);
        newer.add_births(&reader, cursor.seek(&reader, 6).unwrap());
        assert_eq!(newer.pieces()[1].holder().unwrap().birth, None);
    }

    #[test]
    fn a_birth_is_found_by_place_owner_and_time_even_after_the_end() {
        let log = EventLog::default();
        recorded(&log);
        let mut reader = Reader::new(&log);
        let piece = |offset_bytes, born_us| Piece { offset_bytes, size_bytes: 64, what: used(born_us, None) };
        let birth =
            |reader: &Reader<'_>, offset, born_us| piece(offset, born_us).with_birth(reader).holder().unwrap().birth;
        assert_eq!(birth(&reader, 512, 30), None, "the reader has seen nothing yet");
        reader.refresh();
        let expected = |event, thread| Some(Birth { event, thread });
        assert_eq!(birth(&reader, 256, 20), expected(2, 1));
        assert_eq!(birth(&reader, 512, 30), expected(3, 2));
        assert_eq!([birth(&reader, 512, 31), birth(&reader, 256, 30), birth(&reader, 256, 50)], [None; 3]);
        let other = Piece { what: What::Used(holder(MemoryCategory::ECS, 5, 20)), ..piece(256, 20) };
        assert_eq!(other.with_birth(&reader), other);
    }

    #[test]
    fn words_survive_and_wrong_ones_are_skipped() {
        let state = MapState::Used { owner: OWNER, born_us: 9 };
        let ranges = [(0, 1024, MapState::Metadata), (1024, 64, state), (1088, 128, MapState::Free)];
        let ranges = ranges.map(|(offset_bytes, size_bytes, state)| MapRange { offset_bytes, size_bytes, state });
        let mut words: Vec<u64> = ranges.iter().flat_map(|range| range.to_words()).collect();
        words.extend([0, 17, 5]);
        let read = Scene::from_words(&words, Micros::ZERO);
        assert_eq!(read, scene(&[(1024, What::Metadata), (64, used(9, None)), (128, What::Free)]));
        assert_eq!(read.summary(), "Arena map: 64 B of 1.2 KiB in 1 allocations, 1 free ranges");
        assert_eq!(Scene::default().summary(), "Arena map: no data yet");
    }

    proptest! {
        #[test]
        fn the_piece_under_an_address_is_found(sizes in prop::collection::vec(1..50_u64, 1..80), part in 0.0..1.2) {
            let pieces: Vec<_> = sizes.iter().map(|size| (size * 16, What::Free)).collect();
            let scene = scene(&pieces);
            let offset = (part * scene.capacity().get() as f64) as u64;
            let holds = |piece: &&Piece| (piece.offset_bytes..piece.end_bytes()).contains(&offset);
            prop_assert_eq!(scene.at(Bytes::new(offset)), scene.pieces().iter().find(holds));
        }
    }

    #[test]
    fn a_snapshot_is_a_scene_that_tiles_its_arena() {
        let document = crate::snapshots::compare::tests::example();
        let scene = Scene::of_document(&document);
        let kinds: Vec<_> =
            scene.pieces().iter().map(|it| (it.offset_bytes, it.size_bytes, it.holder().is_some())).collect();
        let expected =
            [(0, 1_024, false), (1_024, 64, true), (1_088, 960, false), (2_048, 32, true), (2_080, 2_016, false)];
        assert_eq!(kinds, expected);
        assert_eq!((scene.pieces()[2].what, scene.pieces()[4].what), (What::Free, What::Unused));
        assert_eq!(scene.pieces()[1].holder().map(|holder| holder.born_us), Some(993));
        // Ranges over one another, and past the end: what is there stays in order.
        let mut wrong = document;
        wrong.arena.free_ranges[0].offset = 1_050;
        wrong.arena.allocations[1].size = 1 << 40;
        let scene = Scene::of_document(&wrong);
        assert!(scene.pieces().windows(2).all(|pair| pair[0].end_bytes() == pair[1].offset_bytes));
        assert_eq!(scene.capacity(), Bytes::new(4_096));
    }
}
