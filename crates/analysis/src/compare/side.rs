//! All that is compared of one document, counted once.

use super::about::About;
use super::align::Landings;
use super::figure::Fact;
use super::table::Sums;
use arenascope_recording::Tables;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Whose memory: names, so that those of two runs can be the same.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct OwnerKey {
    /// The category for people.
    pub category: String,
    /// The tag: a label, a function.
    pub owner: String,
}

/// Something alive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Thing {
    /// What tells it from all others of its run; of a snapshot its number.
    pub identity: u64,
    /// Whose it is: a position in [`Side::owners`].
    pub owner: u32,
    /// Where; `None` in a space without addresses.
    pub place: Option<Place>,
    /// How much, bytes.
    pub bytes: u64,
    /// The call stack that it came from; 0 where nobody said.
    pub site: u32,
}

/// Where something lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The space: a position in [`Side::spaces`].
    pub space: u8,
    /// The address in it.
    pub address: u64,
    /// Where on the line of all spaces.
    pub offset: u64,
}

/// A category.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CategoryFacts {
    /// Its name for people.
    pub label: String,
    /// Live bytes.
    pub bytes: u64,
    /// Live things.
    pub count: u64,
    /// The most bytes at once, up to the moment; `None` where nobody told.
    pub peak_bytes: Option<u64>,
    /// When that was first so, µs.
    pub peak_us: Option<u64>,
}

/// A limit, and what is under it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LimitFacts {
    /// The name of what is limited.
    pub label: String,
    /// Of which kind it is: `total`, `heap`, `category`, `space`.
    pub level: &'static str,
    /// Live bytes.
    pub bytes: u64,
    /// The most that there may be; `None` for no limit, or where nobody told.
    pub limit_bytes: Option<u64>,
    /// Refused requests; `None` where nobody told.
    pub refusals: Option<u64>,
}

/// Something in a pool, or on a device: by whose and how large it is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ObjectKey {
    /// Whose.
    #[serde(flatten)]
    pub owner: OwnerKey,
    /// Whether somebody holds it; else it lies idle.
    pub is_held: bool,
    /// Bytes of each.
    pub size_bytes: u64,
}

/// What was refused.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct FailureKey {
    /// By whom, and why.
    pub cause: String,
    /// Who asked.
    #[serde(flatten)]
    pub owner: OwnerKey,
}

/// Something that deserves a look.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct FindingKey {
    /// What it is: `grows without release`.
    pub finding: String,
    /// Whose memory.
    pub what: String,
}

/// Amounts of one side by key: bytes, count.
pub type ByKey<K> = Vec<(K, u64, u64)>;

/// What a side has, or why it has none: in the words of the document.
pub type Had<T> = Result<T, String>;

/// How long things lived: by doublings of µs, bytes and count of each, and how many ended
/// whose beginning nobody saw.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ended {
    /// By doublings of lifetime.
    pub by_lifetime: Vec<(u64, u64)>,
    /// Ends whose beginning is not kept.
    pub unknown: u64,
}

/// One document at a moment.
#[derive(Clone, Debug)]
pub struct Side {
    /// What it is.
    pub about: About,
    /// Tells one run from another, whatever their names: moments of one have the same.
    pub run: u64,
    /// Figures of all of it.
    pub facts: Vec<Fact>,
    /// In the run's order.
    pub categories: Vec<CategoryFacts>,
    /// Owners of `things`.
    pub owners: Vec<OwnerKey>,
    /// Address spaces, by name.
    pub spaces: Vec<String>,
    /// Where the line of all spaces ends, bytes.
    pub line_bytes: u64,
    /// All that is alive.
    pub things: Vec<Thing>,
    /// Call stacks.
    pub tables: Had<Arc<Tables>>,
    /// Figures of its pools; empty without any.
    pub pool: Vec<Fact>,
    /// What is on a device, or lies in a pool.
    pub objects: ByKey<ObjectKey>,
    /// The budget, or the sizes of spaces.
    pub limits: Vec<LimitFacts>,
    /// How long things lived.
    pub lifetimes: Had<Ended>,
    /// What deserves a look.
    pub findings: Had<ByKey<FindingKey>>,
    /// What was refused.
    pub failures: Had<ByKey<FailureKey>>,
    /// Where frames and markers are.
    pub landings: Landings,
}

impl Side {
    /// Live bytes and things.
    pub fn live(&self) -> (u64, u64) {
        let bytes = self.things.iter().fold(0_u64, |sum, thing| sum.saturating_add(thing.bytes));
        (bytes, self.things.len() as u64)
    }

    /// The name of a space; a damaged recording may have places in spaces that it does not
    /// name.
    pub fn space(&self, place: Place) -> &str {
        self.spaces.get(usize::from(place.space)).map_or("unknown space", String::as_str)
    }

    /// Whose something is.
    pub fn owner(&self, thing: &Thing) -> &OwnerKey {
        &self.owners[thing.owner as usize]
    }
}

/// Adds what both sides have to one table.
pub(super) fn sums<K: Ord + Clone>(before: &ByKey<K>, after: &ByKey<K>) -> Sums<K> {
    use super::change::When;
    let mut sums = Sums::default();
    for (when, rows) in [(When::Before, before), (When::After, after)] {
        rows.iter().for_each(|(key, bytes, count)| sums.add(key.clone(), when, *bytes, *count));
    }
    sums
}
