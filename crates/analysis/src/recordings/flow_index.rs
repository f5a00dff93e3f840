//! The flows of each full chunk of the recording, so that those between any two
//! moments are sums: at most two chunks are looked at event by event, whatever the
//! length of the range and whatever the rate of events.

use super::flow::{Counted, Flows};
use arenascope_recording::{CHUNK, Reader};
use core::ops::Range;
use std::collections::VecDeque;

/// The index. Kept between frames.
#[derive(Clone, Debug)]
pub struct FlowIndex {
    counted: Counted,
    /// The chunk of the first entry.
    first: u64,
    /// By chunk; `None` where it was not looked at yet.
    chunks: VecDeque<Option<Flows>>,
}

impl FlowIndex {
    /// An index that covers no events yet.
    pub const fn new(counted: Counted) -> Self {
        Self { counted, first: 0, chunks: VecDeque::new() }
    }

    /// Takes in at most `most` of the full chunks from `since` on, the newest first:
    /// these are kept longest. Forgets what is no longer kept. True where none is
    /// missing. O(chunks + events of those taken in).
    pub fn advance(&mut self, reader: &Reader<'_>, since: u64, most: usize) -> bool {
        self.forget(reader.events().start / CHUNK);
        let full = reader.events().end / CHUNK;
        while self.first + (self.chunks.len() as u64) < full {
            self.chunks.push_back(None);
        }
        let mut left = most;
        for chunk in (since.max(reader.events().start) / CHUNK..full).rev() {
            let events = chunk * CHUNK..(chunk + 1) * CHUNK;
            let place = (chunk - self.first) as usize;
            if self.chunks[place].is_some() || reader.sealed(events.start).is_none() {
                continue;
            }
            if left == 0 {
                return false;
            }
            left -= 1;
            self.chunks[place] = Some(Flows::of(reader, self.counted, events));
        }
        true
    }

    /// What came and went in a range of events. O(chunks · accounts + events of the
    /// range that are in no full chunk that was taken in).
    pub fn between(&self, reader: &Reader<'_>, range: Range<u64>) -> Flows {
        let (mut flows, mut at) = (Flows::default(), range.start);
        while at < range.end {
            let end = (at / CHUNK + 1) * CHUNK;
            match self.whole(at).filter(|_| at % CHUNK == 0 && end <= range.end) {
                Some(known) => flows.add(known),
                None => flows.add(&Flows::of(reader, self.counted, at..end.min(range.end))),
            }
            at = end;
        }
        flows
    }

    /// The part of a range that is taken in or needs no taking in, from 0 to 1.
    pub fn progress(&self, range: Range<u64>) -> f64 {
        let chunks = range.start.div_ceil(CHUNK)..(range.end / CHUNK).max(range.start.div_ceil(CHUNK));
        let known = chunks.clone().filter(|chunk| self.whole(chunk * CHUNK).is_some()).count();
        if chunks.is_empty() { 1.0 } else { known as f64 / (chunks.end - chunks.start) as f64 }
    }

    /// Bytes of memory held.
    pub fn bytes(&self) -> u64 {
        let rows: u64 = self.chunks.iter().flatten().map(Flows::bytes).sum();
        rows + (self.chunks.capacity() * size_of::<Option<Flows>>()) as u64
    }

    fn whole(&self, index: u64) -> Option<&Flows> {
        self.chunks.get((index / CHUNK).checked_sub(self.first)? as usize)?.as_ref()
    }

    fn forget(&mut self, first: u64) {
        while self.first < first && self.chunks.pop_front().is_some() {
            self.first += 1;
        }
        if self.chunks.is_empty() {
            self.first = first;
        }
    }
}
