//! Lists and dictionaries while the machine builds them. Each has one place; what became a
//! record gives its place back, and whoever refers to it later finds what it became.

use super::entry::Entries;
use super::memo::Memo;
use super::segment::{Block, Segment};
use super::value::Value;
use super::words::Word;

/// Most values in lists and dictionaries at a time: a snapshot's are records before.
pub(super) const VALUES_MAX: usize = 1 << 23;
/// Most lists and dictionaries of one kind whose room is kept for the next.
const SPARE_MAX: usize = 1 << 11;
/// Most values of room that is kept.
const SPARE_LENGTH: usize = 1 << 9;

/// What a place holds.
#[derive(Debug)]
pub(super) enum Kind {
    /// Nothing, until it is taken.
    Spare,
    /// What it became, for those who still refer to it.
    Was(Value),
    List(Vec<Value>),
    Dict(Vec<(Word, Value)>),
    /// A list whose items were entries of a trace.
    Entries(Entries),
    /// One of blocks.
    Blocks(Vec<Block>),
    /// One of segments.
    Segments(Vec<Segment>),
}

#[derive(Debug)]
struct Place {
    kind: Kind,
    /// Its number in the memo, from 1; 0 without one.
    memo: u32,
    /// More than one refers to it, or might.
    is_shared: bool,
}

#[derive(Default)]
pub(super) struct Heap {
    places: Vec<Place>,
    spare_places: Vec<u32>,
    spare_lists: Vec<Vec<Value>>,
    spare_dicts: Vec<Vec<(Word, Value)>>,
    /// Values in lists and dictionaries.
    values: usize,
    /// What is left to be settled; empty in between.
    waiting: Vec<(u32, Value)>,
    pub(super) memo: Memo,
}

impl Heap {
    pub(super) fn new_list(&mut self) -> Value {
        let items = self.spare_lists.pop().unwrap_or_default();
        self.place(Kind::List(items))
    }

    pub(super) fn new_dict(&mut self) -> Value {
        let pairs = self.spare_dicts.pop().unwrap_or_default();
        self.place(Kind::Dict(pairs))
    }

    fn place(&mut self, kind: Kind) -> Value {
        let place = Place { kind, memo: 0, is_shared: false };
        Value::Object(match self.spare_places.pop() {
            Some(spare) => {
                self.places[spare as usize] = place;
                spare
            }
            None => {
                self.places.push(place);
                self.places.len() as u32 - 1
            }
        })
    }

    /// Whether no more can be taken in.
    pub(super) fn is_full(&self) -> bool {
        self.values + self.places.len() > VALUES_MAX
    }

    pub(super) fn kind(&self, object: u32) -> Option<&Kind> {
        self.places.get(object as usize).map(|place| &place.kind)
    }

    pub(super) fn kind_mut(&mut self, object: u32) -> Option<&mut Kind> {
        self.places.get_mut(object as usize).map(|place| &mut place.kind)
    }

    /// What a value is by now.
    pub(super) fn resolved(&self, value: Value) -> Value {
        match value {
            Value::Object(object) => match self.kind(object) {
                Some(Kind::Was(became)) => *became,
                _ => value,
            },
            _ => value,
        }
    }

    /// The pairs of a dictionary.
    pub(super) fn dict(&self, value: Value) -> Option<&[(Word, Value)]> {
        let Value::Object(object) = value else { return None };
        match self.kind(object)? {
            Kind::Dict(pairs) => Some(pairs),
            _ => None,
        }
    }

    /// The value of a key, resolved.
    pub(super) fn field(&self, value: Value, key: Word) -> Option<Value> {
        let pair = self.dict(value)?.iter().find(|(known, _)| *known == key)?;
        Some(self.resolved(pair.1))
    }

    /// Gives a value a number by which the pickle may refer to it.
    pub(super) fn memoize(&mut self, index: u64, value: Value) {
        if let Value::Object(object) = value {
            let place = &mut self.places[object as usize];
            if place.memo == 0 {
                place.memo = index as u32 + 1;
            } else {
                place.is_shared = true;
            }
        }
        self.memo.set(index, value);
    }

    /// More than one refers to it from now on.
    pub(super) fn share(&mut self, value: Value) {
        if let Value::Object(object) = value {
            self.places[object as usize].is_shared = true;
        }
    }

    /// Adds to a list that is one of plain values.
    pub(super) fn push(&mut self, list: u32, value: Value) {
        if let Some(Kind::List(items)) = self.places.get_mut(list as usize).map(|place| &mut place.kind) {
            items.push(value);
            self.values += 1;
        }
    }

    /// Sets a key of a dictionary; false where it is none.
    pub(super) fn set(&mut self, dict: u32, key: Word, value: Value) -> bool {
        let Some(Kind::Dict(pairs)) = self.places.get_mut(dict as usize).map(|place| &mut place.kind) else {
            return false;
        };
        match pairs.iter_mut().find(|(known, _)| *known == key) {
            Some(pair) => {
                let before = std::mem::replace(&mut pair.1, value);
                self.release(before);
            }
            None => {
                pairs.push((key, value));
                self.values += 1;
            }
        }
        true
    }

    /// Nobody wants a value any more, unless somebody else refers to it.
    pub(super) fn release(&mut self, value: Value) {
        if let Value::Object(object) = value
            && self.places.get(object as usize).is_some_and(|place| !place.is_shared)
        {
            self.settle(object, Value::Opaque);
        }
    }

    /// A list or dictionary became something else. Its room is given back, and what only it
    /// referred to.
    pub(super) fn settle(&mut self, object: u32, became: Value) {
        let mut waiting = std::mem::take(&mut self.waiting);
        waiting.push((object, became));
        while let Some((object, became)) = waiting.pop() {
            let Some(place) = self.places.get_mut(object as usize) else { continue };
            let kind = if place.is_shared { Kind::Was(became) } else { Kind::Spare };
            let before = std::mem::replace(&mut place.kind, kind);
            if matches!(before, Kind::Spare | Kind::Was(_)) {
                continue;
            }
            let (memo, is_shared) = (place.memo, place.is_shared);
            if memo != 0 && self.memo.get(u64::from(memo) - 1) == Some(Value::Object(object)) {
                self.memo.set(u64::from(memo) - 1, became);
            }
            if !is_shared {
                self.spare_places.push(object);
            }
            self.empty(before, &mut waiting);
        }
        self.waiting = waiting;
    }

    fn empty(&mut self, kind: Kind, waiting: &mut Vec<(u32, Value)>) {
        let mut leave = |value: Value| {
            if let Value::Object(object) = value
                && self.places.get(object as usize).is_some_and(|place| !place.is_shared)
            {
                waiting.push((object, Value::Opaque));
            }
        };
        match kind {
            Kind::List(mut items) => {
                self.values -= items.len();
                items.iter().copied().for_each(&mut leave);
                items.clear();
                if self.spare_lists.len() < SPARE_MAX && items.capacity() <= SPARE_LENGTH {
                    self.spare_lists.push(items);
                }
            }
            Kind::Dict(mut pairs) => {
                self.values -= pairs.len();
                pairs.iter().for_each(|&(_, value)| leave(value));
                pairs.clear();
                if self.spare_dicts.len() < SPARE_MAX && pairs.capacity() <= SPARE_LENGTH {
                    self.spare_dicts.push(pairs);
                }
            }
            _ => {}
        }
    }
}
