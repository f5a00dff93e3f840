//! Where memory lies, before and after: at the same place, resized there, moved, new, gone.
//!
//! Within one run a thing is known by its birth. Between two runs nothing is the same thing:
//! what has the same owner and size stands for the same, first at the same address, then
//! wherever it is, in the order of addresses.

use super::change::{Change, When};
use super::fate::Fate;
use super::side::{OwnerKey, Place, Side, Thing};
use super::strip::Strip;
use super::table::Amounts;
use core::cmp::Reverse;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};

/// Rows of the table.
const ROWS: usize = 100;

/// All places of one fate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FateRow {
    /// What became of them.
    pub fate: Fate,
    /// How many, and their bytes.
    #[serde(flatten)]
    pub amounts: Amounts,
}

/// One of the largest places that are not the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlaceRow {
    /// What became of it.
    pub fate: Fate,
    /// Whose it is.
    #[serde(flatten)]
    pub owner: OwnerKey,
    /// Its bytes.
    pub bytes: Change,
    /// Space and address before: `CUDA device 0 0x7f00 0120 4000`.
    pub before_address: Option<String>,
    /// Space and address after.
    pub after_address: Option<String>,
}

/// The places of both.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Places {
    /// Whether things are known by their births: moments of one run.
    pub is_by_birth: bool,
    /// By fate, in the order of [`Fate::ALL`].
    pub fates: Vec<FateRow>,
    /// The largest that are not the same.
    pub largest: Vec<PlaceRow>,
    /// The spaces of the older document on a line.
    pub before: Strip,
    /// Those of the newer one, on the same scale.
    pub after: Strip,
}

/// A thing with an address on both sides, or on one.
#[derive(Clone, Copy, Debug)]
struct Pair<'t> {
    fate: Fate,
    before: Option<&'t Thing>,
    after: Option<&'t Thing>,
}

/// The places of two sides; `is_one_run` where they are moments of one. `None` where
/// neither has addresses. O(things · log things).
pub fn places(before: &Side, after: &Side, is_one_run: bool) -> Option<Places> {
    let placed = |side: &'_ Side| side.things.iter().any(|thing| thing.place.is_some());
    if !placed(before) && !placed(after) {
        return None;
    }
    let pairs = if is_one_run { by_birth(before, after) } else { by_size(before, after) };
    let cell_bytes = Strip::cell_bytes(before.line_bytes.max(after.line_bytes));
    let strip = |of: fn(&Pair<'_>) -> Option<Thing>, line_bytes| {
        let ranges = pairs.iter().filter_map(|pair| Some((of(pair)?, pair.fate)));
        let ranges = ranges.filter_map(|(thing, fate)| Some((thing.place?.offset, thing.bytes, fate)));
        Strip::of(ranges, line_bytes, cell_bytes)
    };
    Some(Places {
        is_by_birth: is_one_run,
        fates: fates(&pairs),
        largest: largest(before, after, &pairs),
        before: strip(|pair| pair.before.copied(), before.line_bytes),
        after: strip(|pair| pair.after.copied(), after.line_bytes),
    })
}

impl PlaceRow {
    /// Where it was and is: `0x1000`, `0x1000 → 0x2000`.
    pub fn way(&self) -> String {
        match (&self.before_address, &self.after_address) {
            (Some(before), Some(after)) if before != after => format!("{before} → {after}"),
            (one, other) => one.as_ref().or(other.as_ref()).cloned().unwrap_or_default(),
        }
    }
}

impl Places {
    /// Whether everything lies where it lay.
    pub fn is_same(&self) -> bool {
        self.fates.iter().all(|row| row.fate == Fate::Same || row.amounts == Amounts::default())
    }
}

fn with_place(side: &Side) -> impl Iterator<Item = (&Thing, Place)> {
    side.things.iter().filter_map(|thing| Some((thing, thing.place?)))
}

/// Things of one run.
fn by_birth<'t>(before: &'t Side, after: &'t Side) -> Vec<Pair<'t>> {
    let mut known: HashMap<u64, (&Thing, Place)> =
        with_place(before).map(|(thing, place)| (thing.identity, (thing, place))).collect();
    let mut pairs = Vec::new();
    for (thing, place) in with_place(after) {
        let former = known.remove(&thing.identity);
        let fate = match former {
            None => Fate::New,
            Some((_, old)) if (old.space, old.address) != (place.space, place.address) => Fate::Moved,
            Some((old, _)) if old.bytes != thing.bytes => Fate::Resized,
            Some(_) => Fate::Same,
        };
        pairs.push(Pair { fate, before: former.map(|(thing, _)| thing), after: Some(thing) });
    }
    // In the order of the older document: a hash map has none.
    let gone = with_place(before).filter(|(thing, _)| known.contains_key(&thing.identity));
    pairs.extend(gone.map(|(thing, _)| Pair { fate: Fate::Gone, before: Some(thing), after: None }));
    pairs
}

/// What stands for the same in two runs.
type Alike<'s> = (&'s OwnerKey, u64);

/// By space and address.
type Placed<'s> = BTreeMap<(&'s str, u64, u64), &'s Thing>;

/// Things of two runs, by owner and size.
fn by_size<'t>(before: &'t Side, after: &'t Side) -> Vec<Pair<'t>> {
    let mut groups: BTreeMap<Alike<'t>, [Placed<'t>; 2]> = BTreeMap::new();
    for (at, side) in [before, after].into_iter().enumerate() {
        for (thing, place) in with_place(side) {
            let key = (side.space(place), place.address, thing.identity);
            let group = groups.entry((side.owner(thing), thing.bytes)).or_default();
            group[at].insert(key, thing);
        }
    }
    groups.into_values().flat_map(|[before, after]| matched(before, after)).collect()
}

/// Those at the same address, then pairs in the order of addresses, then what is left.
fn matched<'t>(mut before: Placed<'t>, mut after: Placed<'t>) -> Vec<Pair<'t>> {
    let mut pairs = Vec::new();
    let stays: Vec<_> = before.keys().filter_map(|key| Some((*key, at_address(&after, *key)?))).collect();
    for (old, new) in stays {
        // Of several at one address, as of no bytes, each is taken once.
        if let Some(thing) = after.remove(&new) {
            pairs.push(Pair { fate: Fate::Same, before: before.remove(&old), after: Some(thing) });
        }
    }
    let (mut before, mut after) = (before.into_values(), after.into_values());
    loop {
        let fate = match (before.len(), after.len()) {
            (0, 0) => return pairs,
            (0, _) => Fate::New,
            (_, 0) => Fate::Gone,
            _ => Fate::Moved,
        };
        pairs.push(Pair { fate, before: before.next(), after: after.next() });
    }
}

fn at_address<'t>(placed: &Placed<'t>, (space, address, _): (&'t str, u64, u64)) -> Option<(&'t str, u64, u64)> {
    placed.range((space, address, 0)..=(space, address, u64::MAX)).next().map(|(key, _)| *key)
}

fn fates(pairs: &[Pair<'_>]) -> Vec<FateRow> {
    let mut rows = Fate::ALL.map(|fate| FateRow { fate, amounts: Amounts::default() });
    for pair in pairs {
        let amounts = &mut rows[pair.fate as usize].amounts;
        for (when, thing) in [(When::Before, pair.before), (When::After, pair.after)] {
            if let Some(thing) = thing {
                amounts.bytes.add(when, thing.bytes);
                amounts.count.add(when, 1);
            }
        }
    }
    rows.into()
}

fn largest(before: &Side, after: &Side, pairs: &[Pair<'_>]) -> Vec<PlaceRow> {
    let mut changed: Vec<&Pair<'_>> = pairs.iter().filter(|pair| pair.fate != Fate::Same).collect();
    let bytes = |pair: &Pair<'_>| Change {
        before: pair.before.map_or(0, |thing| thing.bytes),
        after: pair.after.map_or(0, |thing| thing.bytes),
    };
    // Stable: equals in the order of pairs.
    changed.sort_by_key(|pair| Reverse(bytes(pair).most()));
    let address = |side: &Side, thing: Option<&Thing>| {
        let place = thing?.place?;
        Some(address_text(side, place))
    };
    let row = |pair: &&Pair<'_>| {
        let owner = pair.after.map(|thing| after.owner(thing)).or_else(|| pair.before.map(|thing| before.owner(thing)));
        PlaceRow {
            fate: pair.fate,
            owner: owner.cloned().unwrap_or_default(),
            bytes: bytes(pair),
            before_address: address(before, pair.before),
            after_address: address(after, pair.after),
        }
    };
    changed.iter().take(ROWS).map(row).collect()
}

fn address_text(side: &Side, place: Place) -> String {
    let address = format!("0x{:x}", place.address);
    if side.spaces.len() > 1 { format!("{} {address}", side.space(place)) } else { address }
}
