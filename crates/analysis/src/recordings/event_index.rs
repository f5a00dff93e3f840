//! A page's own index of the recording, one entry for each 256 events: when they
//! began, and how many events of each thread and how many failures, losses and
//! changes of pressure came before. So a chart tells the events of any span of
//! time, thread by thread, without passing over them.

use crate::timeline::landmarks::Landmark;
use arenascope_recording::{BLOCK, Kind, Reader};
use arenascope_telemetry::event::THREADS;
use core::ops::Range;
use std::collections::VecDeque;

/// Threads, and what is worth a mark.
const CLASSES: usize = THREADS + Landmark::MARKED.len();

/// How many events of a range are of which thread, and how many are worth a mark.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EventCounts([u32; CLASSES]);

impl EventCounts {
    /// Events of a thread.
    pub const fn of_thread(&self, thread: usize) -> u32 {
        self.0[thread]
    }

    /// Failures, losses and the like: in the order of [`Landmark::MARKED`].
    pub fn marks(&self) -> impl Iterator<Item = (Landmark, u32)> {
        Landmark::MARKED.into_iter().zip(self.0[THREADS..].iter().copied())
    }

    /// Events of all threads.
    pub fn total(&self) -> u32 {
        self.0[..THREADS].iter().sum()
    }

    fn add(&mut self, kind: Kind) {
        // A kind holds four bits of the thread.
        self.0[usize::from(kind.thread())] += 1;
        for (landmark, count) in Landmark::MARKED.into_iter().zip(&mut self.0[THREADS..]) {
            *count += u32::from(landmark.is_at(kind));
        }
    }

    fn then(mut self, other: &Self) -> Self {
        self.0.iter_mut().zip(other.0).for_each(|(sum, count)| *sum = sum.wrapping_add(count));
        self
    }

    fn since(mut self, before: &Self) -> Self {
        self.0.iter_mut().zip(before.0).for_each(|(sum, count)| *sum = sum.wrapping_sub(count));
        self
    }
}

#[derive(Clone, Copy, Debug)]
struct IndexedBlock {
    /// When the block's first event was.
    time_us: u64,
    /// Of all indexed events before the block; sums wrap, differences are right.
    before: EventCounts,
}

/// The index. Kept between frames.
#[derive(Clone, Debug, Default)]
pub struct EventIndex {
    /// The block of the first entry.
    first: u64,
    entries: VecDeque<IndexedBlock>,
    /// Of all indexed events.
    sum: EventCounts,
}

impl EventIndex {
    /// An index that covers no events yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes in at most `blocks_max` of the blocks that have become whole, and
    /// forgets those that are no longer kept. O(events of the new blocks).
    pub fn update(&mut self, reader: &Reader<'_>, blocks_max: u64) {
        let kept = reader.events();
        let whole = kept.start / BLOCK..kept.end / BLOCK;
        while self.first < whole.start && self.entries.pop_front().is_some() {
            self.first += 1;
        }
        if self.entries.is_empty() {
            self.first = whole.start;
        }
        for block in self.end()..whole.end.min(self.end().saturating_add(blocks_max)) {
            let events = block * BLOCK..(block + 1) * BLOCK;
            let Some(time_us) = reader.time_us(events.start) else { return };
            self.entries.push_back(IndexedBlock { time_us, before: self.sum });
            self.sum = self.sum.then(&look(reader, events));
        }
    }

    /// True where every whole block is in it: [`Self::counts`] is cheap.
    pub fn is_complete(&self, reader: &Reader<'_>) -> bool {
        self.end() >= reader.events().end / BLOCK
    }

    /// As [`Reader::position_at`], with most of the search in the index.
    pub fn position_at(&self, reader: &Reader<'_>, time_us: u64) -> u64 {
        let run = reader.run();
        // Times begin again with each run: blocks that begin in the newest.
        let blocks = run.start.div_ceil(BLOCK).max(self.first)..self.end();
        let entries = |block: u64| self.entries[(block - self.first) as usize].time_us;
        let (mut low, mut high) = (blocks.start, blocks.end.max(blocks.start));
        while low < high {
            let middle = low + (high - low) / 2;
            if entries(middle) < time_us { low = middle + 1 } else { high = middle }
        }
        let is_after_all = low >= blocks.end;
        let start = if low > blocks.start { (low - 1) * BLOCK } else { run.start };
        let end = if is_after_all { run.end } else { low * BLOCK };
        reader.position_within(start.max(run.start).min(run.end)..end.clamp(run.start, run.end), time_us)
    }

    /// The events of a range by thread, and its marks. O(block) where the index is
    /// complete.
    pub fn counts(&self, reader: &Reader<'_>, range: Range<u64>) -> EventCounts {
        let blocks = range.start.div_ceil(BLOCK).max(self.first)..(range.end / BLOCK).min(self.end());
        if blocks.start >= blocks.end {
            return look(reader, range);
        }
        let left = look(reader, range.start..blocks.start * BLOCK);
        let right = look(reader, blocks.end * BLOCK..range.end);
        self.before(blocks.end).since(&self.before(blocks.start)).then(&left).then(&right)
    }

    /// Bytes of memory held.
    pub fn bytes(&self) -> u64 {
        (self.entries.capacity() * size_of::<IndexedBlock>()) as u64
    }

    fn before(&self, block: u64) -> EventCounts {
        self.entries.get((block - self.first) as usize).map_or(self.sum, |entry| entry.before)
    }

    fn end(&self) -> u64 {
        self.first + self.entries.len() as u64
    }
}

fn look(reader: &Reader<'_>, range: Range<u64>) -> EventCounts {
    let mut counts = EventCounts::default();
    range.filter_map(|index| reader.kind(index)).for_each(|kind| counts.add(kind));
    counts
}
