//! Finds events by kind without reading them: a chunk whose few kinds do not
//! match is passed over at once, in others one byte per event is looked at.

use super::chunk::{CHUNK, Chunk};
use super::kind::Kind;
use super::reader::Reader;
use core::ops::Range;

/// The numbers of the events of a range whose kind matches, from either end.
pub struct Scan<'r, 'l, M> {
    reader: &'r Reader<'l>,
    range: Range<u64>,
    matches: M,
    /// The chunk that was looked at last, and which of its kinds match.
    mask: Option<(u64, Vec<bool>)>,
}

impl<'l> Reader<'l> {
    /// The events of `range` whose kind matches, first to last; reversed, last to
    /// first. Nothing is gathered: each step goes on to the next match. O(events
    /// passed over), a nanosecond or two each; O(kinds) for a chunk without any.
    pub fn scan<M: Fn(Kind) -> bool>(&self, range: Range<u64>, matches: M) -> Scan<'_, 'l, M> {
        let kept = self.events();
        let start = range.start.clamp(kept.start, kept.end);
        Scan { reader: self, range: start..range.end.clamp(start, kept.end), matches, mask: None }
    }
}

impl<M: Fn(Kind) -> bool> Scan<'_, '_, M> {
    /// Which kinds of a full chunk match; `None` for a chunk that grows.
    fn mask(&mut self, chunk: &Chunk) -> Option<&[bool]> {
        let kinds = chunk.kinds()?;
        if self.mask.as_ref().is_none_or(|(first, _)| *first != chunk.head.first) {
            self.mask = Some((chunk.head.first, kinds.iter().map(|kind| (self.matches)(*kind)).collect()));
        }
        self.mask.as_ref().map(|(_, mask)| &**mask)
    }

    fn is_match(&self, chunk: &Chunk, place: usize) -> bool {
        match (&self.mask, chunk.kind_place(place)) {
            (Some((_, mask)), Some(kind)) => mask[kind],
            _ => (self.matches)(chunk.kind(place)),
        }
    }

    /// The chunk of an event, and whether it may hold a match.
    fn enter(&mut self, index: u64) -> Option<(Chunk, bool)> {
        let chunk = self.reader.chunk_of(index)?.clone();
        let may_match = self.mask(&chunk).is_none_or(|mask| mask.contains(&true));
        Some((chunk, may_match))
    }
}

impl<M: Fn(Kind) -> bool> Iterator for Scan<'_, '_, M> {
    type Item = u64;

    fn next(&mut self) -> Option<u64> {
        while !self.range.is_empty() {
            let (chunk, may_match) = self.enter(self.range.start)?;
            let end = (chunk.head.first + CHUNK).min(self.range.end);
            let mut places = if may_match { self.range.start..end } else { end..end };
            let found = places.find(|index| self.is_match(&chunk, (index % CHUNK) as usize));
            self.range.start = found.map_or(end, |found| found + 1);
            if found.is_some() {
                return found;
            }
        }
        None
    }
}

impl<M: Fn(Kind) -> bool> DoubleEndedIterator for Scan<'_, '_, M> {
    fn next_back(&mut self) -> Option<u64> {
        while !self.range.is_empty() {
            let (chunk, may_match) = self.enter(self.range.end - 1)?;
            let start = chunk.head.first.max(self.range.start);
            let mut places = if may_match { start..self.range.end } else { start..start };
            let found = places.rfind(|index| self.is_match(&chunk, (index % CHUNK) as usize));
            self.range.end = found.unwrap_or(start);
            if found.is_some() {
                return found;
            }
        }
        None
    }
}
