//! What is alive while events come in: which event each thing was last heard of
//! in, so that events can be linked; and which granules of the arena are taken,
//! so that a missing free is seen when its bytes are given out again.

use super::things::{Thing, Things};
use super::writer::Alive;
use crate::owner::{Heap, MemoryCategory};
use crate::telemetry::event::Event;

/// Offsets beyond this make no sense: no wasm memory is larger.
pub(super) const OFFSET_MAX: u64 = 4 << 30;
const GRANULE: u64 = 16;

/// Everything alive.
#[derive(Default)]
pub(super) struct Books {
    things: [Things; 3],
    taken: Taken,
}

impl Books {
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

    /// Ends a thing.
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
            self.taken.words.fill(0);
        }
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
        let (from, to) = granules(offset, size);
        let ranges = self.things[Heap::Arena.index()].iter().filter(|(id, _)| Some(*id) != except);
        let mut found: Vec<(u64, Thing)> = ranges
            .filter(|(_, thing)| {
                let (start, end) = granules(thing.offset, thing.size);
                start < to && from < end
            })
            .collect();
        found.sort_unstable_by_key(|(id, thing)| (thing.offset, *id));
        found
    }
}

impl Alive for Books {
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

/// A bit for each granule of the arena.
#[derive(Default)]
struct Taken {
    words: Vec<u64>,
}

impl Taken {
    fn set(&mut self, offset: u64, size: u64, taken: bool) {
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
        let (from, to) = granules(offset, size);
        let mut any = false;
        for_words(from, to, |word, mask| any |= self.words.get(word).is_some_and(|bits| bits & mask != 0));
        any
    }
}

const fn granules(offset: u64, size: u64) -> (u64, u64) {
    (offset / GRANULE, (offset + size).div_ceil(GRANULE))
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
    use crate::telemetry::event::Op;

    fn range(id: u64, offset_bytes: u64, size_bytes: u64) -> Event {
        Event { id, offset_bytes, size_bytes, ..Event::note(0, Op::ArenaAllocate) }
    }

    #[test]
    fn taken_granules_are_seen_and_given_back() {
        let mut books = Books::default();
        books.begin(Heap::Arena, 0, &range(1, 160, 16 * 200));
        books.begin(Heap::Arena, 1, &range(2, 16, 1));
        assert!(books.is_taken(3344, 16, None) && books.is_taken(0, 17, None) && books.is_taken(160, 1, None));
        assert!(!books.is_taken(3360, 1 << 20, None) && !books.is_taken(32, 128, None));
        assert!(!books.is_taken(160, 4096, Some(1)));
        let found = books.overlapping(0, 4096, None);
        assert_eq!(found.iter().map(|(id, _)| *id).collect::<Vec<_>>(), [2, 1]);
        books.remove(Heap::Arena, 1);
        assert!(!books.is_taken(160, 4096, None));
        books.clear(Heap::Arena);
        assert!(!books.is_taken(0, 1 << 20, None));
        assert_eq!(books.count(), 0);
    }

    #[test]
    fn key_frames_are_in_order_of_events() {
        let mut books = Books::default();
        [(7, 640), (3, 1280), (9, 0)].iter().zip(0..).for_each(|(&(id, offset), index)| {
            books.begin(Heap::Arena, index, &range(id, offset, 16));
            books.begin(Heap::Npu, index + 10, &range(id, 0, 16));
        });
        assert_eq!(books.last_events(), [vec![0, 1, 2], vec![], vec![10, 11, 12]]);
    }
}
