//! The state at a position from the key frame before it, whatever the state was.

use super::alive::{AliveThing, key_of};
use super::chunk::Chunk;
use super::kind::Kind;
use super::reader::Reader;
use arenascope_telemetry::event::{Op, Role};
use arenascope_units::owner::Heap;

/// What an event of some kind means for who passes over it.
#[derive(Clone, Copy, Debug)]
pub(super) enum Way {
    /// Nothing: what ends here is not heard of again.
    Over,
    /// Something is alive after it.
    Into(Heap),
    /// Nothing of these heaps is.
    Clear(&'static [Heap]),
}

impl Way {
    #[inline]
    pub(super) fn of(kind: Kind) -> Self {
        match kind.role() {
            Role::Begins(heap) | Role::Changes(heap) => Self::Into(heap),
            Role::Ends(_) => Self::Over,
            Role::Notes => match kind.op() {
                Op::RunStart => Self::Clear(&Heap::ALL),
                Op::ArenaReset => Self::Clear(&[Heap::Arena]),
                _ => Self::Over,
            },
        }
    }
}

/// What is alive at `to`, by heap: of the key frame's things and of those that
/// began or changed since, each that is not heard of again before. O(events since
/// the key frame + alive).
pub(super) fn jump(reader: &Reader<'_>, key: &Chunk, to: u64) -> [Vec<AliveThing>; 3] {
    let mut last_heard: [Vec<u64>; 3] = core::array::from_fn(|heap| {
        let events = key.head.key.iter().flat_map(|frame| frame.last_events(key.head.first, heap));
        events.filter(|&event| reader.next(event).is_none_or(|next| next >= to)).collect()
    });
    for (chunk, places) in reader.pieces(key.head.first..to) {
        let ways: Option<Vec<Way>> = chunk.kinds().map(|kinds| kinds.iter().map(|kind| Way::of(*kind)).collect());
        for place in places {
            // Most are heard of again: the rest of the event is not looked at.
            if chunk.head.next(place).is_some_and(|next| next < to) {
                continue;
            }
            let way = match (&ways, chunk.kind_place(place)) {
                (Some(ways), Some(kind)) => ways[kind],
                _ => Way::of(chunk.kind(place)),
            };
            match way {
                Way::Over => {}
                Way::Into(heap) => last_heard[heap.index()].push(chunk.head.first + place as u64),
                Way::Clear(heaps) => heaps.iter().for_each(|heap| last_heard[heap.index()].clear()),
            }
        }
    }
    let mut heaps = Heap::ALL.into_iter();
    last_heard.map(|events| heaps.next().map_or_else(Vec::new, |heap| in_order(reader, heap, &events)))
}

/// The things that events are about, in their heap's order.
fn in_order(reader: &Reader<'_>, heap: Heap, events: &[u64]) -> Vec<AliveThing> {
    let things: Vec<AliveThing> = events.iter().filter_map(|event| reader.alive_thing(*event)).collect();
    let is_sortable = heap == Heap::Arena && things.iter().all(|thing| thing.offset_bytes < OFFSET_END);
    let mut things = if is_sortable { by_address(&things) } else { things };
    // Others than ranges are few; ranges of no bytes may share an address.
    if !things.is_sorted_by_key(|thing| key_of(heap, thing)) {
        things.sort_unstable_by_key(|thing| key_of(heap, thing));
    }
    things
}

/// Bits of a digit: three of them hold any offset in a wasm memory, none of which is
/// larger than 2^32.
const DIGIT: u32 = 11;
const OFFSET_AT: u32 = 31;
/// Address spaces that others recorded may be larger; those are compared.
const OFFSET_END: u64 = 1 << (3 * DIGIT);

/// A radix sort by offset, of numbers that say where each thing is: 33 bits of
/// offset, 31 of place. O(things).
fn by_address(things: &[AliveThing]) -> Vec<AliveThing> {
    let keys = things.iter().zip(0_u64..).map(|(thing, place)| thing.offset_bytes << OFFSET_AT | place);
    let mut keys: Vec<u64> = keys.collect();
    let mut sorted = vec![0; keys.len()];
    for digit in 0..3 {
        let at = OFFSET_AT + digit * DIGIT;
        let digit_of = |key: u64| (key >> at) as usize & ((1 << DIGIT) - 1);
        let mut starts = [0_u32; 1 << DIGIT];
        keys.iter().for_each(|key| starts[digit_of(*key)] += 1);
        let mut next = 0;
        for start in &mut starts {
            next += core::mem::replace(start, next);
        }
        for key in &keys {
            let start = &mut starts[digit_of(*key)];
            sorted[*start as usize] = *key;
            *start += 1;
        }
        core::mem::swap(&mut keys, &mut sorted);
    }
    keys.into_iter().map(|key| things[(key & ((1 << OFFSET_AT) - 1)) as usize]).collect()
}
