//! Time travel: what is alive at any position of the recording.
//!
//! A state is moved to another position in the cheapest of three ways: onwards or
//! backwards over the events in between, each of which is linked to the previous
//! and the next event of its thing, so that it can be done and undone; or from the
//! nearest key frame before. Key frames lie at most four events for each thing
//! alive, or one chunk, apart. So a jump looks at that many events at most and at
//! everything alive once; a step looks at the events stepped over, and copies
//! what is alive.

use super::alive::{AliveThing, key_of};
use super::chunk::{CHUNK, Chunk, KeyFrame};
use super::jump::{Way, jump};
use super::reader::Reader;
use super::standing::Standing;
use arenascope_telemetry::event::{Op, Role};
use arenascope_units::owner::Heap;
use core::ops::Range;

/// Reading a thing costs as much as passing over so many events.
const READS_PER_THING: u64 = 4;

/// Everything alive at a position.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct State {
    /// The position: the number of events before it.
    pub position: u64,
    /// Sums and counts at the position.
    pub standing: Standing,
    /// By heap ([`Heap::ALL`]): ranges by address, others by number.
    alive: [Vec<AliveThing>; 3],
}

impl State {
    /// Ranges of the arena, by address.
    pub fn ranges(&self) -> &[AliveThing] {
        self.of(Heap::Arena)
    }

    /// Buffers and textures, by number.
    pub fn resources(&self) -> &[AliveThing] {
        self.of(Heap::Device)
    }

    /// What is alive in a heap.
    pub fn of(&self, heap: Heap) -> &[AliveThing] {
        &self.alive[heap.index()]
    }

    /// The range that holds a byte of the arena. O(log ranges).
    pub fn range_at(&self, offset_bytes: u64) -> Option<&AliveThing> {
        let ranges = self.ranges();
        let after = ranges.partition_point(|range| range.offset_bytes <= offset_bytes);
        let range = ranges.get(after.checked_sub(1)?)?;
        (offset_bytes - range.offset_bytes < range.size_bytes).then_some(range)
    }

    /// True where events are missing before this position of its run, so that
    /// what is shown may differ from what was.
    pub fn is_approximate(&self) -> bool {
        !self.standing.gaps.is_empty()
    }
}

/// A state that is moved about: the time cursor.
#[derive(Clone, Debug, Default)]
pub struct Cursor {
    state: State,
    /// False before the first seek.
    is_set: bool,
    changes: Changes,
}

/// What lies between two states.
#[derive(Clone, Debug, Default)]
struct Changes {
    /// Order and event of what comes, by heap.
    comes: [Vec<(u64, u64, u64)>; 3],
    /// Order and event of what goes, by heap.
    goes: [Vec<(u64, u64, u64)>; 3],
    /// Heaps of which nothing remains.
    cleared: [bool; 3],
}

impl Cursor {
    /// At no position yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// The state of the last successful seek.
    pub const fn state(&self) -> &State {
        &self.state
    }

    /// Moves to a position and returns the state there; `None`, with nothing
    /// changed, where the recording does not reach.
    ///
    /// Cost: see [the module](self).
    pub fn seek(&mut self, reader: &Reader<'_>, position: u64) -> Option<&State> {
        let standing = self.standing(reader, position)?;
        let key = key_before(reader, position)?;
        let near = self.state.position;
        // A jump reads every thing anew, each with its columns.
        let afar = position - key.head.first + alive_at(key) * READS_PER_THING;
        let is_near = self.is_set && reader.events().start <= near.min(position) && near.abs_diff(position) <= afar;
        let is_done = is_near
            && if near <= position {
                self.onwards(reader, near, position)
            } else {
                self.backwards(reader, near, position)
            };
        if !is_done {
            self.state.alive = jump(reader, key, position);
        }
        self.is_set = true;
        self.state.position = position;
        self.state.standing = standing;
        Some(&self.state)
    }

    /// Where things stand at a position: from here, where that is less far.
    fn standing(&self, reader: &Reader<'_>, position: u64) -> Option<Standing> {
        let Range { start, end } = reader.events();
        let near = self.state.position;
        let is_less_far = (start..=position).contains(&near) && position - near < position % CHUNK;
        if !self.is_set || !is_less_far || position > end {
            return reader.standing(position);
        }
        let mut standing = self.state.standing.clone();
        reader.apply(&mut standing, near..position);
        Some(standing)
    }

    /// Does the events of `from..to`.
    fn onwards(&mut self, reader: &Reader<'_>, from: u64, to: u64) -> bool {
        self.changes.clear();
        for (chunk, places) in reader.pieces(from..to) {
            for place in places {
                let (kind, index) = (chunk.kind(place), chunk.head.first + place as u64);
                match kind.role() {
                    Role::Notes => {
                        if let Way::Clear(heaps) = Way::of(kind) {
                            self.changes.clear_heaps(heaps);
                        }
                    }
                    Role::Begins(heap) => self.come(reader, heap, index, to),
                    Role::Changes(heap) => {
                        self.go(reader, heap, index, chunk, from);
                        self.come(reader, heap, index, to);
                    }
                    Role::Ends(heap) => self.go(reader, heap, index, chunk, from),
                }
            }
        }
        self.apply(reader);
        true
    }

    /// Undoes the events of `to..from`; false, with nothing changed, where
    /// everything ended at once in between: that cannot be undone.
    fn backwards(&mut self, reader: &Reader<'_>, from: u64, to: u64) -> bool {
        self.changes.clear();
        for (chunk, places) in reader.pieces(to..from) {
            for place in places {
                let (kind, index) = (chunk.kind(place), chunk.head.first + place as u64);
                let role = kind.role();
                if matches!(Way::of(kind), Way::Clear(_)) {
                    return false;
                }
                if let Role::Begins(heap) | Role::Changes(heap) = role
                    && chunk.head.next(place).is_none_or(|next| next >= from)
                {
                    self.changes.goes[heap.index()].push(order(reader, heap, index));
                }
                if let Role::Changes(heap) | Role::Ends(heap) = role
                    && let Some(previous) = reader.previous_in(chunk, place)
                    && previous < to
                {
                    self.changes.comes[heap.index()].push(order(reader, heap, previous));
                }
            }
        }
        self.apply(reader);
        true
    }

    /// What an event began or changed, if it is still so at `to`.
    fn come(&mut self, reader: &Reader<'_>, heap: Heap, index: u64, to: u64) {
        if reader.next(index).is_none_or(|next| next >= to) {
            self.changes.comes[heap.index()].push(order(reader, heap, index));
        }
    }

    /// What stood before an event, if that was before `from`.
    fn go(&mut self, reader: &Reader<'_>, heap: Heap, index: u64, chunk: &Chunk, from: u64) {
        if let Some(previous) = reader.previous_in(chunk, (index % CHUNK) as usize)
            && previous < from
        {
            self.changes.goes[heap.index()].push(order(reader, heap, previous));
        }
    }

    fn apply(&mut self, reader: &Reader<'_>) {
        for heap in Heap::ALL {
            let at = heap.index();
            let (comes, goes) = (&mut self.changes.comes[at], &mut self.changes.goes[at]);
            if self.changes.cleared[at] {
                self.state.alive[at].clear();
            }
            if comes.is_empty() && goes.is_empty() {
                continue;
            }
            comes.sort_unstable();
            goes.sort_unstable();
            let before = core::mem::take(&mut self.state.alive[at]);
            self.state.alive[at] = merged(reader, heap, &before, comes, goes);
        }
    }
}

impl Changes {
    fn clear(&mut self) {
        self.comes.iter_mut().chain(&mut self.goes).for_each(Vec::clear);
        self.cleared = [false; 3];
    }

    fn clear_heaps(&mut self, heaps: &[Heap]) {
        for heap in heaps {
            self.comes[heap.index()].clear();
            self.goes[heap.index()].clear();
            self.cleared[heap.index()] = true;
        }
    }
}

/// `before` without what goes and with what comes, in order.
fn merged(
    reader: &Reader<'_>,
    heap: Heap,
    before: &[AliveThing],
    comes: &[(u64, u64, u64)],
    goes: &[(u64, u64, u64)],
) -> Vec<AliveThing> {
    let mut after = Vec::with_capacity((before.len() + comes.len()).saturating_sub(goes.len()));
    let (mut comes, mut goes) = (comes.iter().peekable(), goes.iter().peekable());
    for thing in before {
        let key = key_of(heap, thing);
        while let Some(come) = comes.next_if(|come| **come < key) {
            after.extend(reader.alive_thing(come.2));
        }
        while goes.next_if(|go| **go < key).is_some() {}
        if goes.next_if(|go| **go == key).is_none() {
            after.push(*thing);
        }
    }
    after.extend(comes.filter_map(|come| reader.alive_thing(come.2)));
    after
}

fn order(reader: &Reader<'_>, heap: Heap, index: u64) -> (u64, u64, u64) {
    reader.alive_thing(index).map_or((u64::MAX, u64::MAX, index), |thing| key_of(heap, &thing))
}

impl Reader<'_> {
    /// What an event began or changed; `None` where it is not kept.
    #[inline]
    pub(super) fn alive_thing(&self, index: u64) -> Option<AliveThing> {
        let event = self.event(index)?;
        Some(AliveThing {
            id: event.id,
            offset_bytes: event.offset_bytes,
            size_bytes: event.size_bytes,
            owner: event.owner,
            thread: event.thread,
            time_us: event.time_us,
            event: index,
            is_held: !matches!(event.op, Op::PoolRelease | Op::TensorRelease | Op::FreeRequest | Op::ArenaFreeRequest),
        })
    }
}

/// The last chunk with a key frame that begins at a position or before.
fn key_before<'r>(reader: &'r Reader<'_>, position: u64) -> Option<&'r Chunk> {
    let chunks = reader.chunks();
    let begun = chunks.partition_point(|chunk| chunk.head.first <= position);
    chunks[..begun].iter().rev().find(|chunk| chunk.head.key.is_some())
}

fn alive_at(key: &Chunk) -> u64 {
    key.head.key.as_ref().map_or(0, KeyFrame::count)
}
