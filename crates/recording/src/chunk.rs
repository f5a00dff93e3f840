//! A chunk of the recording: 16 384 events, with where things stood before them.
//! Chunks never move and their events never change; what is written later is
//! only, for each event, how far on its thing is heard of next.

use super::append::Appended;
use super::kind::Kind;
use super::rows::{Packed, Row};
use super::standing::{Metric, Standing};
use super::summary::{BLOCK, BLOCKS, Block, Blocks, Extremes};
use arenascope_telemetry::event::Event;
use core::sync::atomic::{AtomicU32, Ordering};
use std::sync::Arc;

/// Events of a chunk.
pub const CHUNK: u64 = BLOCKS * BLOCK;

/// In the place of a distance back: the previous event is further back than 32 bits can
/// say. Its chunk was dropped long before, so it is among the carried ones, by its next.
pub(super) const FAR: u32 = u32::MAX;

/// A distance back as events keep it.
pub(super) fn distance(events: u64) -> u32 {
    u32::try_from(events).unwrap_or(FAR)
}

/// Everything alive before the first event of a chunk: how many events before it
/// each thing was last heard of. By heap, oldest first: so a jump reads them in the
/// order of memory.
#[derive(Debug, Default)]
pub(super) struct KeyFrame {
    alive: [Box<[u32]>; 3],
    /// Those of which a distance cannot say it, before all others: the events themselves.
    far: [Box<[u64]>; 3],
}

impl KeyFrame {
    /// Before event `first`, of the last events of all that is alive, each oldest first.
    pub(super) fn new(first: u64, last_events: [Vec<u64>; 3]) -> Self {
        let far = |events: &Vec<u64>| events.partition_point(|event| distance(first - event) == FAR);
        let parts = last_events.each_ref().map(|events| events.split_at(far(events)));
        Self {
            alive: parts.map(|(_, near)| near.iter().map(|event| distance(first - event)).collect()),
            far: parts.map(|(far, _)| far.into()),
        }
    }

    /// The last events of what is alive in a heap before event `first`.
    pub(super) fn last_events(&self, first: u64, heap: usize) -> impl Iterator<Item = u64> {
        let near = self.alive[heap].iter().map(move |distance| first - u64::from(*distance));
        self.far[heap].iter().copied().chain(near)
    }

    /// How many things are alive.
    pub(super) fn count(&self) -> u64 {
        let far = self.far.iter().map(|list| list.len() as u64);
        self.alive.iter().map(|list| list.len() as u64).chain(far).sum()
    }

    pub(super) fn bytes(&self) -> u64 {
        let far = self.far.iter().map(|list| size_of_val(&**list) as u64);
        self.alive.iter().map(|list| size_of_val(&**list) as u64).chain(far).sum::<u64>() + size_of::<Self>() as u64
    }
}

/// What is known when a chunk begins.
#[derive(Debug)]
pub(super) struct Head {
    /// The number of its first event.
    pub(super) first: u64,
    /// Where things stood before it.
    pub(super) standing: Standing,
    /// What was alive before it; not in every chunk.
    pub(super) key: Option<KeyFrame>,
    /// For each event, the distance to the next event of the same thing; 0 while
    /// there is none.
    next: Box<[AtomicU32]>,
}

impl Head {
    pub(super) fn new(first: u64, standing: Standing, key: Option<KeyFrame>) -> Self {
        Self { first, standing, key, next: (0..CHUNK).map(|_| AtomicU32::new(0)).collect() }
    }

    /// The next event of the same thing.
    #[inline]
    pub(super) fn next(&self, place: usize) -> Option<u64> {
        // Relaxed: a reader knows its own length; a link beyond it is as good as none.
        let distance = self.next[place].load(Ordering::Relaxed);
        (distance != 0).then(|| self.first + place as u64 + u64::from(distance))
    }

    /// Notes the next event of the same thing. From the writer alone, while this chunk is
    /// kept: so many chunks are not kept that a distance would not do.
    pub(super) fn link(&self, place: usize, to: u64) {
        let distance = distance(to - self.first - place as u64);
        self.next[place].store(distance, Ordering::Relaxed);
    }

    pub(super) fn bytes(&self) -> u64 {
        size_of::<Self>() as u64 + size_of_val(&*self.next) as u64 + self.key.as_ref().map_or(0, KeyFrame::bytes)
    }
}

/// A chunk as a reader holds it.
#[derive(Clone)]
pub(super) struct Chunk {
    pub(super) head: Arc<Head>,
    pub(super) body: Body,
}

/// Its events.
#[derive(Clone)]
pub(super) enum Body {
    /// Still growing, with the blocks that are whole.
    Open(Arc<Appended<Row>>, Arc<Appended<Block>>),
    /// Full, with the extremes of its metrics.
    Packed(Arc<(Packed, Blocks)>),
}

impl Chunk {
    /// What was published last of the events when this was asked.
    pub(super) fn count(&self) -> u64 {
        match &self.body {
            Body::Open(rows, _) => rows.as_slice().len() as u64,
            Body::Packed(_) => CHUNK,
        }
    }

    #[inline]
    pub(super) fn kind(&self, place: usize) -> Kind {
        match &self.body {
            Body::Open(rows, _) => rows.as_slice()[place].kind(),
            Body::Packed(packed) => packed.0.kind(place),
        }
    }

    /// The kinds of its events, each once; `None` while it grows.
    pub(super) fn kinds(&self) -> Option<&[Kind]> {
        match &self.body {
            Body::Open(..) => None,
            Body::Packed(packed) => Some(&packed.0.kinds),
        }
    }

    /// The position of an event's kind among [`Self::kinds`].
    #[inline]
    pub(super) fn kind_place(&self, place: usize) -> Option<usize> {
        match &self.body {
            Body::Open(..) => None,
            Body::Packed(packed) => Some(packed.0.kind.get(place) as usize),
        }
    }

    #[inline]
    pub(super) fn time(&self, place: usize) -> u64 {
        match &self.body {
            Body::Open(rows, _) => rows.as_slice()[place].words[0] >> 16,
            Body::Packed(packed) => packed.0.time.get(place),
        }
    }

    #[inline]
    pub(super) fn size(&self, place: usize) -> u64 {
        match &self.body {
            Body::Open(rows, _) => rows.as_slice()[place].words[3] >> 16,
            Body::Packed(packed) => packed.0.size.get(place),
        }
    }

    /// Distance back to the previous event of the same thing, 0 where there is none, or
    /// [`FAR`].
    #[inline]
    pub(super) fn back(&self, place: usize) -> u32 {
        match &self.body {
            Body::Open(rows, _) => rows.as_slice()[place].back,
            Body::Packed(packed) => packed.0.back.get(place) as u32,
        }
    }

    #[inline]
    pub(super) fn event(&self, place: usize) -> Event {
        match &self.body {
            // What the recorder writes is an event.
            Body::Open(rows, _) => {
                let words = rows.as_slice()[place].words;
                let kind = Kind::of_words(&words);
                kind.event(words[0] >> 16, words[1], words[2] & ((1 << 56) - 1), words[3] >> 16)
            }
            Body::Packed(packed) => packed.0.event(place),
        }
    }

    /// The event as it is while its chunk grows.
    pub(super) fn row(&self, place: usize) -> Row {
        Row { words: self.event(place).to_words(), back: self.back(place), site: self.kind(place).site() }
    }

    /// Lowest, highest and last value of a metric after the events of a block;
    /// `None` while it grows.
    pub(super) fn block(&self, metric: Metric, block: usize) -> Option<Extremes> {
        match &self.body {
            Body::Open(_, blocks) => blocks.as_slice().get(block).map(|block| block[metric.index()]),
            Body::Packed(packed) => Some(packed.1.get(metric, block)),
        }
    }

    pub(super) fn bytes(&self) -> u64 {
        self.head.bytes()
            + match &self.body {
                Body::Open(rows, blocks) => rows.bytes() + blocks.bytes(),
                Body::Packed(packed) => packed.0.bytes() as u64 + packed.1.bytes() as u64,
            }
    }
}
