//! Appends events to the recording: chunks, links between the events of one
//! thing, key frames, room.

use super::append::Appender;
use super::chunk::{Body, CHUNK, Chunk, Head, KeyFrame, distance};
use super::kind::Kind;
use super::log::{Carried, EventLog, LogFigures, WhenFull};
use super::rows::{Packed, Row};
use super::standing::{Said, Standing};
use super::summary::{BLOCKS, Block, Blocks, Gathering};
use arenascope_telemetry::event::{Event, Op, Role};
use arenascope_units::owner::Heap;
use core::sync::atomic::{AtomicU64, Ordering};
use std::collections::VecDeque;
use std::sync::{Arc, Weak};

/// A key frame costs four bytes for each thing alive; it is made when so many
/// events have come since the last for each of them. So key frames cost at most
/// a byte per event, and a jump replays at most so many events.
const EVENTS_PER_ALIVE: u64 = 4;
/// Chunks that are kept whatever the cap.
const CHUNKS_MIN: usize = 2;

/// What is alive, as the writer asks when a chunk begins: the last events of
/// each thing, by heap, in order.
pub(super) trait Alive {
    /// Things that are alive.
    fn count(&self) -> u64;
    /// The last event of each, by heap.
    fn last_events(&self) -> [Vec<u64>; 3];
}

/// The one writer of an [`EventLog`].
pub(super) struct Writer<'l> {
    log: &'l EventLog,
    standing: Standing,
    gathering: Gathering,
    rows: Appender<Row>,
    blocks: Appender<Block>,
    /// Chunks that are kept, the growing one last.
    chunks: VecDeque<Chunk>,
    bytes: VecDeque<u64>,
    carried: Arc<[Carried]>,
    /// Dropped chunks that readers still held when this was looked at, and their bytes.
    held: Vec<(Weak<Head>, u64)>,
    keyed_at: u64,
    /// Events that ended every range of the arena; true: everything else as well.
    resets: Vec<(u64, bool)>,
    last_time_us: u64,
    pub(super) figures: LogFigures,
}

impl<'l> Writer<'l> {
    /// Goes on at the end of an empty log.
    pub(super) fn new(log: &'l EventLog) -> Self {
        let mut writer = Self {
            log,
            standing: Standing::default(),
            gathering: Gathering::default(),
            rows: Appender::with_capacity(CHUNK as usize),
            blocks: Appender::with_capacity(BLOCKS as usize),
            chunks: VecDeque::new(),
            bytes: VecDeque::new(),
            carried: Arc::new([]),
            held: Vec::new(),
            keyed_at: 0,
            resets: Vec::new(),
            last_time_us: 0,
            figures: LogFigures::default(),
        };
        writer.begin_chunk(Some(KeyFrame::default()));
        writer
    }

    /// The recording that it writes.
    pub(super) const fn log(&self) -> &'l EventLog {
        self.log
    }

    /// The number of the next event.
    pub(super) const fn length(&self) -> u64 {
        self.figures.length
    }

    /// Bytes held beside the log's chunks: lists of them, and of resets.
    pub(super) fn own_bytes(&self) -> u64 {
        let lists = self.chunks.capacity() * size_of::<Chunk>() + self.bytes.capacity() * size_of::<u64>();
        let held = self.held.capacity() * size_of::<(Weak<Head>, u64)>();
        (lists + held + self.resets.capacity() * size_of::<(u64, bool)>()) as u64
    }

    /// Goes on with event `index`, which begins a chunk, as if all events between had been
    /// taken in and dropped. At the beginning of a chunk.
    #[cfg(test)]
    pub(super) fn skip_to(&mut self, alive: &impl Alive, index: u64) {
        let empty = self.chunks.pop_back().filter(|chunk| chunk.count() == 0);
        self.log.put(empty.expect("a chunk begins here").head.first / CHUNK, None);
        self.bytes.pop_back();
        self.figures.length = index;
        self.begin_chunk(Some(self.key_frame(alive)));
        self.drop_chunks(self.chunks.len() - 1);
    }

    pub(super) const fn standing(&self) -> &Standing {
        &self.standing
    }

    /// Makes room for one event, by packing a full chunk and beginning the next:
    /// call it before `alive` is changed by what is appended. False where the cap
    /// says stop, unless it `must` be.
    pub(super) fn make_ready(&mut self, alive: &impl Alive, must: bool) -> bool {
        let has_room = (self.rows.len() as u64) < CHUNK || self.make_room() || must;
        if has_room && self.rows.len() as u64 == CHUNK {
            self.turn(alive);
        }
        has_room
    }

    /// Adds an event, the next after `previous` of the same thing, which had
    /// `before` bytes then, from the call stack `site`. There is room
    /// ([`Self::make_ready`]). O(1).
    pub(super) fn append(&mut self, mut event: Event, site: u32, previous: Option<u64>, before: Option<u64>) {
        let index = self.figures.length;
        match event.op {
            Op::RunStart => {
                self.resets.push((index, true));
                self.last_time_us = 0;
            }
            Op::ArenaReset => self.resets.push((index, false)),
            _ => {}
        }
        if event.time_us < self.last_time_us {
            // Readers search by time, so it never goes back.
            self.figures.late += 1;
            event.time_us = self.last_time_us;
        }
        self.last_time_us = event.time_us;
        let back = previous.map_or(0, |previous| self.link(previous, index));
        let words = event.to_words();
        let row = Row { words, back, site };
        self.rows.push(row);
        let kind = row.kind();
        let said = Said { index, kind, offset: event.offset_bytes, size: event.size_bytes, before };
        let block = match self.standing.apply(said) {
            Some(effect) => self.gathering.note(effect),
            None => self.gathering.note_all(ends_all(event.op).then(|| self.standing.metrics())),
        };
        if let Some(block) = block {
            self.blocks.push(block);
        }
        self.figures.length += 1;
    }

    /// Shows readers everything so far.
    pub(super) fn publish(&mut self) {
        self.rows.publish();
        self.blocks.publish();
        self.held.retain(|(chunk, _)| chunk.strong_count() > 0);
        self.figures.held_bytes = self.held.iter().map(|(_, bytes)| bytes).sum();
        self.log.publish(&self.figures, self.standing.run_start);
    }

    /// Notes at `previous` that its thing is heard of next at `index`; returns
    /// the distance.
    fn link(&self, previous: u64, index: u64) -> u32 {
        match self.chunk_of(previous) {
            Some(chunk) => chunk.head.link((previous % CHUNK) as usize, index),
            None => {
                if let Ok(place) = self.carried.binary_search_by_key(&previous, |carried| carried.index) {
                    self.carried[place].next.store(index, Ordering::Relaxed);
                }
            }
        }
        distance(index - previous)
    }

    fn chunk_of(&self, index: u64) -> Option<&Chunk> {
        let first = self.chunks.front()?.head.first;
        self.chunks.get((index.checked_sub(first)? / CHUNK) as usize)
    }

    /// Packs the full chunk and begins the next. O(chunk); O(alive · log) where a
    /// key frame is due.
    fn turn(&mut self, alive: &impl Alive) {
        // Readers that hold the growing chunk see its end as well.
        self.rows.publish();
        self.blocks.publish();
        let packed = Packed::pack(self.rows.written());
        let blocks = Blocks::pack(self.blocks.written());
        if let (Some(full), Some(bytes)) = (self.chunks.back_mut(), self.bytes.back_mut()) {
            full.body = Body::Packed(Arc::new((packed, blocks)));
            *bytes = full.bytes();
            self.log.put(full.head.first / CHUNK, Some(full.clone()));
        }
        let is_due = self.figures.length - self.keyed_at >= EVENTS_PER_ALIVE * alive.count();
        self.begin_chunk(is_due.then(|| self.key_frame(alive)));
    }

    fn key_frame(&self, alive: &impl Alive) -> KeyFrame {
        KeyFrame::new(self.figures.length, alive.last_events())
    }

    fn begin_chunk(&mut self, key: Option<KeyFrame>) {
        if key.is_some() {
            self.keyed_at = self.figures.length;
        }
        self.rows.renew();
        self.blocks.renew();
        let head = Arc::new(Head::new(self.figures.length, self.standing.clone(), key));
        let chunk = Chunk { head, body: Body::Open(self.rows.list().clone(), self.blocks.list().clone()) };
        self.log.put(self.figures.length / CHUNK, Some(chunk.clone()));
        self.bytes.push_back(chunk.bytes());
        self.chunks.push_back(chunk);
        self.count_bytes();
    }

    fn count_bytes(&mut self) {
        let carried = size_of_val(&*self.carried) as u64;
        self.figures.bytes = self.bytes.iter().sum::<u64>() + carried;
    }

    /// Drops old chunks until the next fits, or says that it must not.
    fn make_room(&mut self) -> bool {
        let limits = self.log.limits();
        while self.figures.bytes > limits.bytes || self.chunks.len() as u64 >= EventLog::slots() {
            // A recording begins with a key frame, so chunks go up to the next one.
            let next_key = (1..self.chunks.len()).find(|&chunk| self.chunks[chunk].head.key.is_some());
            match next_key.filter(|&count| limits.when_full == WhenFull::DropOldest || self.is_past(count)) {
                Some(count) if self.chunks.len() - count >= CHUNKS_MIN => self.drop_chunks(count),
                _ if limits.when_full == WhenFull::Stop => return false,
                _ => return (self.chunks.len() as u64) < EventLog::slots(),
            }
        }
        true
    }

    /// True where so many chunks hold earlier runs alone.
    fn is_past(&self, count: usize) -> bool {
        self.chunks[count].head.first <= self.standing.run_start
    }

    fn drop_chunks(&mut self, count: usize) {
        let first = self.chunks[count].head.first;
        let oldest = self.chunks[0].head.first;
        let resets = core::mem::take(&mut self.resets);
        let is_needed = |index: u64, kind: Kind, next: Option<u64>| {
            let end = next.or_else(|| reset_after(&resets, index, kind));
            end.is_none_or(|end| end >= first)
        };
        let mut carried: Vec<Carried> = (self.carried.iter())
            .filter_map(|Carried { index, row, next }| {
                let next = next.load(Ordering::Relaxed);
                let is_needed = is_needed(*index, row.kind(), (next != 0).then_some(next));
                is_needed.then(|| Carried { index: *index, row: *row, next: next.into() })
            })
            .collect();
        for chunk in self.chunks.iter().take(count) {
            carried.extend((0..CHUNK as usize).filter_map(|place| carry(chunk, place, is_needed)));
        }
        self.resets = resets.into_iter().filter(|reset| reset.0 >= first).collect();
        self.carried = carried.into();
        // Readers learn what is kept of the chunks before these are gone.
        self.log.carry(self.carried.clone(), first);
        for (chunk, bytes) in self.chunks.drain(..count).zip(self.bytes.drain(..count)) {
            self.log.put(chunk.head.first / CHUNK, None);
            self.held.push((Arc::downgrade(&chunk.head), bytes));
        }
        self.figures.dropped += first - oldest;
        self.figures.first = first;
        self.count_bytes();
    }
}

/// True for an event after which every metric may be another.
const fn ends_all(op: Op) -> bool {
    matches!(op, Op::RunStart | Op::ArenaReset)
}

/// What is kept of an event of a chunk that goes.
fn carry(chunk: &Chunk, place: usize, is_needed: impl Fn(u64, Kind, Option<u64>) -> bool) -> Option<Carried> {
    let (index, kind, next) = (chunk.head.first + place as u64, chunk.kind(place), chunk.head.next(place));
    if !matches!(kind.role(), Role::Begins(_) | Role::Changes(_)) || !is_needed(index, kind, next) {
        return None;
    }
    Some(Carried { index, row: chunk.row(place), next: AtomicU64::new(next.unwrap_or(0)) })
}

/// The first reset after an event that ended what it began.
fn reset_after(resets: &[(u64, bool)], index: u64, kind: Kind) -> Option<u64> {
    let is_range = matches!(kind.role(), Role::Begins(Heap::Arena) | Role::Changes(Heap::Arena));
    let later = resets.iter().filter(|reset| reset.0 > index);
    later.filter(|reset| is_range || reset.1).map(|reset| reset.0).next()
}
