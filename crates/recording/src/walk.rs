//! A short walk along one metric, event by event.

use super::chunk::{CHUNK, Chunk};
use super::kind::Kind;
use super::reader::Reader;
use super::standing::{Effect, Metric};
use super::summary::Extremes;
use arenascope_telemetry::event::{Op, Role};
use core::ops::Range;

/// What an event of some kind does to one metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Turn {
    Still,
    Up,
    /// If its thing was known.
    Down,
    /// Up, if its thing was not known.
    Kept,
    /// Depends on the size before.
    Resized,
    /// Says itself by how much.
    Reserved,
    /// Everything ended at once.
    Ended,
}

/// A walk along one metric.
pub(super) struct Walk<'r, 'l> {
    reader: &'r Reader<'l>,
    metric: Metric,
    /// The position, and the metric there.
    at: u64,
    value: u64,
}

impl<'r, 'l> Walk<'r, 'l> {
    /// From a position, where the metric has this value.
    pub(super) const fn new(reader: &'r Reader<'l>, metric: Metric, at: u64, value: u64) -> Self {
        Self { reader, metric, at, value }
    }

    /// The extremes after the events of a range that begins here or later. Short: it
    /// looks at each event.
    pub(super) fn look(&mut self, range: Range<u64>) -> Extremes {
        let mut sum = Extremes::of(self.value);
        self.walk(range.start + 1, &mut sum);
        sum = Extremes::of(self.value);
        self.walk(range.end, &mut sum);
        sum
    }

    /// Looks at every event up to a position.
    fn walk(&mut self, to: u64, sum: &mut Extremes) {
        for (chunk, places) in self.reader.pieces(self.at..to) {
            for place in places {
                self.step(chunk, place);
                sum.low = sum.low.min(self.value);
                sum.high = sum.high.max(self.value);
            }
        }
        self.at = self.at.max(to);
        sum.last = self.value;
    }

    #[inline]
    fn step(&mut self, chunk: &Chunk, place: usize) {
        match turn_of(chunk.kind(place), self.metric) {
            Turn::Still => {}
            Turn::Up => self.value = self.value.wrapping_add(self.amount(chunk, place)),
            Turn::Down if chunk.back(place) == 0 => {}
            Turn::Down => self.value = self.value.wrapping_sub(self.amount(chunk, place)),
            Turn::Kept if chunk.back(place) != 0 => {}
            Turn::Kept => self.value = self.value.wrapping_add(self.amount(chunk, place)),
            Turn::Resized => {
                let said = self.reader.said(chunk, place);
                let effect = Effect::of(said.kind, said.size, said.before);
                self.value = self.value.wrapping_add(effect.map_or(0, |effect| effect.on(self.metric)));
            }
            Turn::Reserved => {
                let effect = Effect::of(chunk.kind(place), chunk.size(place), None);
                self.value = self.value.wrapping_add(effect.map_or(0, |effect| effect.on(self.metric)));
            }
            Turn::Ended => {
                // How much of a category lay in the arena is known at the chunk's head.
                let after = self.reader.standing(chunk.head.first + place as u64 + 1);
                self.value = after.map_or(self.value, |standing| standing.metric(self.metric));
            }
        }
    }

    /// How much an event adds: a range, or its bytes.
    #[inline]
    fn amount(&self, chunk: &Chunk, place: usize) -> u64 {
        if self.metric == Metric::ArenaRanges { 1 } else { chunk.size(place) }
    }
}

fn turn_of(kind: Kind, metric: Metric) -> Turn {
    let concerns = |before| Effect::of(kind, 1, before).is_some_and(|effect| effect.on(metric) != 0);
    match kind.role() {
        Role::Notes if matches!(kind.op(), Op::RunStart | Op::ArenaReset) => Turn::Ended,
        Role::Notes if concerns(None) => Turn::Reserved,
        Role::Begins(_) if concerns(None) => Turn::Up,
        Role::Ends(_) if concerns(Some(1)) => Turn::Down,
        Role::Changes(_) if kind.resizes() && concerns(None) => Turn::Resized,
        Role::Changes(_) if concerns(None) => Turn::Kept,
        _ => Turn::Still,
    }
}

impl<'l> Reader<'l> {
    /// The chunks of a range of events, with the places of those in each.
    pub(super) fn pieces(&self, range: Range<u64>) -> impl Iterator<Item = (&Chunk, Range<usize>)> {
        let mut at = range.start;
        core::iter::from_fn(move || {
            if at >= range.end {
                return None;
            }
            let chunk = self.chunk_of(at)?;
            let end = range.end.min(chunk.head.first + CHUNK);
            let places = (at % CHUNK) as usize..(end - chunk.head.first) as usize;
            at = end;
            Some((chunk, places))
        })
    }
}
