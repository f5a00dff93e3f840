//! What is alive while events come in: which event each thing was last heard of
//! in, so that events can be linked; and which granules of the arena are taken,
//! so that a missing free is seen when its bytes are given out again.

use super::things::{Thing, Things};
use super::writer::Alive;
use arenascope_telemetry::event::Event;
use arenascope_units::owner::{Heap, MemoryCategory};
use std::collections::BTreeMap;

/// No wasm memory is larger.
const OFFSET_MAX: u64 = 4 << 30;
/// What a record has room for.
const OTHERS_OFFSET_MAX: u64 = 1 << 56;
const GRANULE: u64 = 16;

/// What is alive on each heap, by number; ranges of the arena by address as well.
#[derive(Default)]
pub(super) struct Live {
    things: [Things; 3],
    taken: Taken,
}

impl Live {
    /// What is alive in address spaces that others recorded: of any size, to the byte.
    pub(super) fn of_others() -> Self {
        let taken = Taken { ends: Some(BTreeMap::new()), ..Taken::default() };
        Self { taken, ..Self::default() }
    }

    /// Offsets beyond this make no sense.
    pub(super) const fn offset_max(&self) -> u64 {
        if self.taken.ends.is_some() { OTHERS_OFFSET_MAX } else { OFFSET_MAX }
    }

    #[inline]
    pub(super) fn get(&self, heap: Heap, id: u64) -> Option<Thing> {
        self.things[heap.index()].get(id)
    }

    /// Notes that `event`, number `index`, begins a thing: who holds it pays for it.
    pub(super) fn begin(&mut self, heap: Heap, index: u64, event: &Event) {
        self.put(heap, event.id, thing(index, event, event.owner.category));
    }

    /// Notes that `event`, number `index`, changes what stood as `before`: who paid
    /// for it goes on paying.
    pub(super) fn change(&mut self, heap: Heap, index: u64, event: &Event, before: Thing) {
        if heap == Heap::Arena {
            self.taken.set(before.offset, before.size, false);
        }
        self.put(heap, event.id, thing(index, event, before.category));
    }

    fn put(&mut self, heap: Heap, id: u64, thing: Thing) {
        self.things[heap.index()].insert(id, thing);
        if heap == Heap::Arena {
            self.taken.set(thing.offset, thing.size, true);
        }
    }

    /// Takes out a thing that ends; `None` where it is not alive.
    pub(super) fn remove(&mut self, heap: Heap, id: u64) -> Option<Thing> {
        let thing = self.things[heap.index()].remove(id)?;
        if heap == Heap::Arena {
            self.taken.set(thing.offset, thing.size, false);
        }
        Some(thing)
    }

    /// Ends all things of a heap.
    pub(super) fn clear(&mut self, heap: Heap) {
        self.things[heap.index()].clear();
        if heap == Heap::Arena {
            self.taken.clear();
        }
    }

    /// Bytes of memory held.
    pub(super) fn bytes(&self) -> u64 {
        self.things.iter().map(Things::bytes).sum::<u64>() + self.taken.bytes() as u64
    }

    /// True where some byte of a range is taken, by anything but `except`.
    pub(super) fn is_taken(&self, offset: u64, size: u64, except: Option<u64>) -> bool {
        if !self.taken.any(offset, size) {
            return false;
        }
        except.is_none() || !self.overlapping(offset, size, except).is_empty()
    }

    /// The ranges that share a byte with this one, by address; not `except`.
    /// O(ranges): for damage alone.
    pub(super) fn overlapping(&self, offset: u64, size: u64, except: Option<u64>) -> Vec<(u64, Thing)> {
        let place = |offset: u64, size: u64| match self.taken.ends {
            Some(_) => (offset, offset.saturating_add(size)),
            None => granules(offset, size),
        };
        let (from, to) = place(offset, size);
        let ranges = self.things[Heap::Arena.index()].iter().filter(|(id, _)| Some(*id) != except);
        let mut found: Vec<(u64, Thing)> = ranges
            .filter(|(_, thing)| {
                let (start, end) = place(thing.offset, thing.size);
                start < to && from < end && start < end
            })
            .collect();
        found.sort_unstable_by_key(|(id, thing)| (thing.offset, *id));
        found
    }
}

impl Alive for Live {
    fn count(&self) -> u64 {
        self.things.iter().map(|table| table.len() as u64).sum()
    }

    fn last_events(&self) -> [Vec<u64>; 3] {
        core::array::from_fn(|heap| {
            let mut events: Vec<u64> = self.things[heap].iter().map(|(_, thing)| thing.event).collect();
            events.sort_unstable();
            events
        })
    }
}

const fn thing(index: u64, event: &Event, category: MemoryCategory) -> Thing {
    Thing { event: index, offset: event.offset_bytes, size: event.size_bytes, category, owner: event.owner }
}

/// Which bytes are taken: a bit for each granule of our arena; to the byte, where each
/// range ends by where it begins, in address spaces that others recorded.
#[derive(Default)]
struct Taken {
    words: Vec<u64>,
    ends: Option<BTreeMap<u64, u64>>,
}

impl Taken {
    fn set(&mut self, offset: u64, size: u64, taken: bool) {
        if let Some(ends) = &mut self.ends {
            match taken {
                _ if size == 0 => {}
                true => drop(ends.insert(offset, offset.saturating_add(size))),
                false => drop(ends.remove(&offset)),
            }
            return;
        }
        let (from, to) = granules(offset, size);
        if self.words.len() < to.div_ceil(64) as usize {
            self.words.resize(to.div_ceil(64) as usize, 0);
        }
        for_words(from, to, |word, mask| {
            if taken {
                self.words[word] |= mask;
            } else {
                self.words[word] &= !mask;
            }
        });
    }

    fn any(&self, offset: u64, size: u64) -> bool {
        if let Some(ends) = &self.ends {
            let before = ends.range(..offset.saturating_add(size)).next_back();
            return size > 0 && before.is_some_and(|(_, end)| *end > offset);
        }
        let (from, to) = granules(offset, size);
        let mut any = false;
        for_words(from, to, |word, mask| any |= self.words.get(word).is_some_and(|bits| bits & mask != 0));
        any
    }

    fn clear(&mut self) {
        self.words.fill(0);
        self.ends.iter_mut().for_each(BTreeMap::clear);
    }

    fn bytes(&self) -> usize {
        // A node of the tree holds some ten pairs, three quarters full.
        self.words.capacity() * 8 + self.ends.as_ref().map_or(0, BTreeMap::len) * 24
    }
}

const fn granules(offset: u64, size: u64) -> (u64, u64) {
    (offset / GRANULE, offset.saturating_add(size).div_ceil(GRANULE))
}

/// Calls `each` with every word that holds one of the bits, and their mask.
fn for_words(from: u64, to: u64, mut each: impl FnMut(usize, u64)) {
    let mut at = from;
    while at < to {
        let end = to.min((at / 64 + 1) * 64);
        let mask = u64::MAX >> (64 - (end - at)) << (at % 64);
        each((at / 64) as usize, mask);
        at = end;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use arenascope_telemetry::event::Op;

    fn range(id: u64, offset_bytes: u64, size_bytes: u64) -> Event {
        Event { id, offset_bytes, size_bytes, ..Event::note(0, Op::ArenaAllocate) }
    }

    #[test]
    fn taken_granules_are_seen_and_given_back() {
        let mut live = Live::default();
        live.begin(Heap::Arena, 0, &range(1, 160, 16 * 200));
        live.begin(Heap::Arena, 1, &range(2, 16, 1));
        assert!(live.is_taken(3344, 16, None) && live.is_taken(0, 17, None) && live.is_taken(160, 1, None));
        assert!(!live.is_taken(3360, 1 << 20, None) && !live.is_taken(32, 128, None));
        assert!(!live.is_taken(160, 4096, Some(1)));
        let found = live.overlapping(0, 4096, None);
        assert_eq!(found.iter().map(|(id, _)| *id).collect::<Vec<_>>(), [2, 1]);
        live.remove(Heap::Arena, 1);
        assert!(!live.is_taken(160, 4096, None));
        live.clear(Heap::Arena);
        assert!(!live.is_taken(0, 1 << 20, None));
        assert_eq!(live.count(), 0);
    }

    #[test]
    fn key_frames_are_in_order_of_events() {
        let mut live = Live::default();
        [(7, 640), (3, 1280), (9, 0)].iter().zip(0..).for_each(|(&(id, offset), index)| {
            live.begin(Heap::Arena, index, &range(id, offset, 16));
            live.begin(Heap::Npu, index + 10, &range(id, 0, 16));
        });
        assert_eq!(live.last_events(), [vec![0, 1, 2], vec![], vec![10, 11, 12]]);
    }
}
