//! Reads the recording from any thread, at one moment of it.

use super::chunk::{CHUNK, Chunk, FAR};
use super::kind::Kind;
use super::log::{Carried, EventLog};
use super::standing::{Metric, Said, Standing};
use super::summary::{BLOCK, BLOCKS, Extremes};
use arenascope_telemetry::event::{Event, Op, Role};
use core::ops::Range;
use core::sync::atomic::Ordering;
use std::sync::Arc;

/// A reader's own references to the chunks, up to the length it last saw.
/// Between two [`Self::refresh`]es everything it says is of one moment.
///
/// Events are numbered from the first ever taken in. A *position* is a number of
/// events: position `k` is the moment after event `k − 1` and before event `k`.
pub struct Reader<'l> {
    log: &'l EventLog,
    first: u64,
    length: u64,
    run_start: u64,
    chunks: Vec<Chunk>,
    /// Chunks from the left that are packed here.
    packed: usize,
    carried: Arc<[Carried]>,
}

/// One event with its place in the life of its thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// The event's number, from the first that was ever recorded.
    pub index: u64,
    /// The event itself.
    pub event: Event,
    /// The previous event of the same thing.
    pub previous: Option<u64>,
    /// The next event of the same thing, as far as this reader sees.
    pub next: Option<u64>,
}

impl<'l> Reader<'l> {
    /// A reader that sees nothing yet.
    pub fn new(log: &'l EventLog) -> Self {
        let carried: Arc<[Carried]> = Arc::new([]);
        Self { log, first: 0, length: 0, run_start: 0, chunks: Vec::new(), packed: 0, carried }
    }

    /// Goes on to the newest moment. O(new chunks); never waits: where the writer
    /// is just exchanging a chunk, it sees that one next time.
    pub fn refresh(&mut self) {
        let Range { start, end } = self.log.events();
        let run_start = self.log.run_start();
        let Some(carried) = self.log.carried() else { return };
        if self.log.events().start != start {
            // Chunks were dropped just now: what is kept of them may be newer.
            return;
        }
        let gone = ((start.saturating_sub(self.first)) / CHUNK) as usize;
        let kept = self.chunks.len().saturating_sub(gone);
        let mut chunks = self.chunks.split_off(self.chunks.len() - kept);
        self.packed = self.packed.saturating_sub(gone);
        for at in self.packed..(end.div_ceil(CHUNK).saturating_sub(start / CHUNK)) as usize {
            let Some(chunk) = self.log.chunk(start / CHUNK + at as u64) else { break };
            chunks.truncate(at);
            chunks.push(chunk);
        }
        self.packed = chunks.iter().take_while(|chunk| chunk.kinds().is_some()).count();
        let seen = chunks.last().map_or(start, |chunk| chunk.head.first + chunk.count());
        (self.chunks, self.carried) = (chunks, carried);
        (self.first, self.length, self.run_start) = (start, end.min(seen), run_start);
    }

    /// Events that can be read.
    pub const fn events(&self) -> Range<u64> {
        self.first..self.length
    }

    /// Events of the newest run that can be read.
    pub fn run(&self) -> Range<u64> {
        let start = self.run_start.max(self.first);
        start.min(self.length)..self.length
    }

    /// The event with which the newest run began, kept or not: its events are
    /// counted from there.
    pub const fn run_start(&self) -> u64 {
        self.run_start
    }

    /// What the newest run is, as JSON text; `None` where nobody said.
    pub fn manifest(&self) -> Option<Arc<str>> {
        self.log.manifest(self.run_start)
    }

    /// The recording that it reads.
    pub const fn log(&self) -> &'l EventLog {
        self.log
    }

    /// One event; `None` where it is not kept. O(1).
    pub fn event(&self, index: u64) -> Option<Event> {
        match self.find(index) {
            Some((chunk, place)) => Some(chunk.event(place)),
            None => Event::from_words(self.carried_at(index)?.row.words),
        }
    }

    /// One event with its neighbours in the life of its thing. O(1).
    pub fn recorded(&self, index: u64) -> Option<Recorded> {
        let event = self.event(index)?;
        Some(Recorded { index, event, previous: self.previous(index), next: self.next(index) })
    }

    /// The kind of an event: cheaper than the event. O(1).
    pub fn kind(&self, index: u64) -> Option<Kind> {
        match self.find(index) {
            Some((chunk, place)) => Some(chunk.kind(place)),
            None => self.carried_at(index).map(|carried| carried.row.kind()),
        }
    }

    /// The time of an event, µs since its run's start. O(1).
    pub fn time_us(&self, index: u64) -> Option<u64> {
        self.find(index).map(|(chunk, place)| chunk.time(place)).or_else(|| Some(self.event(index)?.time_us))
    }

    /// The next event of the same thing. O(1).
    pub fn next(&self, index: u64) -> Option<u64> {
        let next = match self.find(index) {
            Some((chunk, place)) => chunk.head.next(place),
            None => {
                self.carried_at(index).map(|carried| carried.next.load(Ordering::Relaxed)).filter(|&next| next != 0)
            }
        };
        next.filter(|next| *next < self.length)
    }

    /// The previous event of the same thing, kept or not. O(1).
    pub fn previous(&self, index: u64) -> Option<u64> {
        match self.find(index) {
            Some((chunk, place)) => self.previous_in(chunk, place),
            None => self.back_from(index, self.carried_at(index)?.row.back),
        }
    }

    /// As [`Self::previous`], of an event of a chunk.
    #[inline]
    pub(super) fn previous_in(&self, chunk: &Chunk, place: usize) -> Option<u64> {
        self.back_from(chunk.head.first + place as u64, chunk.back(place))
    }

    #[inline]
    fn back_from(&self, index: u64, back: u32) -> Option<u64> {
        match back {
            0 => None,
            FAR => self.far_back(index),
            back => index.checked_sub(u64::from(back)),
        }
    }

    /// The event before one that a distance does not reach. O(carried): there are few such.
    #[cold]
    fn far_back(&self, index: u64) -> Option<u64> {
        let is_before = |carried: &&Carried| carried.next.load(Ordering::Relaxed) == index;
        self.carried.iter().find(is_before).map(|carried| carried.index)
    }

    /// The event with which the life of an event's thing began; `None` where it
    /// is not kept. O(changes in between).
    pub fn origin(&self, index: u64) -> Option<u64> {
        let mut at = index;
        loop {
            match self.kind(at)?.role() {
                Role::Begins(_) => return Some(at),
                Role::Notes => return None,
                Role::Changes(_) | Role::Ends(_) => at = self.previous(at)?,
            }
        }
    }

    /// The position at which a moment of the newest run begins: events before it
    /// are older than `time_us`. O(log events).
    pub fn position_at(&self, time_us: u64) -> u64 {
        let run = self.run();
        self.position_within(run, time_us)
    }

    /// The first event of a range of one run that is not older than `time_us`; the
    /// range's end where all are. O(log events).
    pub fn position_within(&self, range: Range<u64>, time_us: u64) -> u64 {
        let Range { start: mut low, end: mut high } = range;
        while low < high {
            let middle = low + (high - low) / 2;
            match self.time_us(middle) {
                Some(time) if time < time_us => low = middle + 1,
                _ => high = middle,
            }
        }
        low
    }

    /// Where things stand at a position; `None` outside of what is kept.
    /// O(chunk): at most 16 384 events are looked at.
    pub fn standing(&self, position: u64) -> Option<Standing> {
        if position < self.first || position > self.length {
            return None;
        }
        // The end of a full recording is the end of its last chunk.
        let chunk = self.chunk_of(position).or_else(|| self.chunks.last())?;
        let mut standing = chunk.head.standing.clone();
        self.apply(&mut standing, chunk.head.first..position);
        Some(standing)
    }

    /// Takes the events of a range into where things stand before it.
    pub(super) fn apply(&self, standing: &mut Standing, range: Range<u64>) {
        for (chunk, places) in self.pieces(range) {
            for place in places {
                standing.apply(self.said(chunk, place));
            }
        }
    }

    pub(super) fn said(&self, chunk: &Chunk, place: usize) -> Said {
        let (kind, size, index) = (chunk.kind(place), chunk.size(place), chunk.head.first + place as u64);
        let back = chunk.back(place);
        let (offset, before) = match (kind.role(), back) {
            (Role::Notes, _) if kind.op() == Op::RunStart => (chunk.event(place).offset_bytes, None),
            (Role::Changes(_), 1..) => {
                let before = self.back_from(index, back).and_then(|previous| self.size(previous));
                (0, before.or(Some(size)))
            }
            // Only whether there is one matters to an end.
            (_, back) => (0, (back != 0).then_some(size)),
        };
        Said { index, kind, offset, size, before }
    }

    fn size(&self, index: u64) -> Option<u64> {
        match self.find(index) {
            Some((chunk, place)) => Some(chunk.size(place)),
            None => self.carried_at(index).map(|carried| carried.row.words[3] >> 16),
        }
    }

    /// The extremes of a whole block; `None` while its chunk grows.
    pub(super) fn block(&self, metric: Metric, block: u64) -> Option<Extremes> {
        self.chunk_of(block * BLOCK)?.block(metric, (block % BLOCKS) as usize)
    }

    /// Blocks that are whole.
    pub(super) const fn blocks(&self) -> Range<u64> {
        self.first / BLOCK..self.length / BLOCK
    }

    /// The end of an event's chunk, where that is full: no event will join it.
    pub fn sealed(&self, index: u64) -> Option<u64> {
        let chunk = self.chunk_of(index)?;
        let end = chunk.head.first + CHUNK;
        (chunk.kinds().is_some() && end <= self.length).then_some(end)
    }

    pub(super) fn chunks(&self) -> &[Chunk] {
        &self.chunks
    }

    pub(super) fn chunk_of(&self, index: u64) -> Option<&Chunk> {
        self.chunks.get((index.checked_sub(self.first)? / CHUNK) as usize)
    }

    fn find(&self, index: u64) -> Option<(&Chunk, usize)> {
        if index >= self.length {
            return None;
        }
        self.chunk_of(index).map(|chunk| (chunk, (index % CHUNK) as usize))
    }

    fn carried_at(&self, index: u64) -> Option<&Carried> {
        let place = self.carried.binary_search_by_key(&index, |carried| carried.index).ok()?;
        self.carried.get(place)
    }
}
