//! The orders in which the pool finds things: idle ones by class and by age,
//! pending ones by the submission they wait for. Ordered maps throughout, so
//! that what is chosen never depends on a hash.

use super::admission::ClassKey;
use super::entry::{Entry, State};
use super::handle::Serial;
use crate::units::Micros;
use std::collections::{BTreeMap, BTreeSet};

/// Orders idle resources by their last use; the least recent is the smallest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Recency {
    pub(super) last_used: Micros,
    released: u64,
    pub(super) slot: u32,
}

/// What is alive of one class, and how often it helped.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Class {
    pub(super) creating: u64,
    pub(super) in_use: u64,
    pub(super) pending: u64,
    pub(super) idle: BTreeSet<Recency>,
    pub(super) hits: u64,
    pub(super) misses: u64,
}

/// All the orders. Each change is O(log n).
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Index {
    classes: BTreeMap<ClassKey, Class>,
    idle: BTreeSet<Recency>,
    /// Waiting, by submission, then by order of release.
    pending: BTreeSet<(Serial, u64, u32)>,
}

impl Recency {
    fn of(entry: &Entry, slot: u32) -> Self {
        Self { last_used: entry.last_used, released: entry.released, slot }
    }
}

impl Class {
    fn is_empty(&self) -> bool {
        self.creating == 0 && self.in_use == 0 && self.pending == 0 && self.idle.is_empty()
    }
}

impl Index {
    /// Files an entry under its state.
    pub(super) fn enter(&mut self, slot: u32, entry: &Entry) {
        let class = self.classes.entry(entry.key).or_default();
        match entry.state {
            State::Creating => class.creating += 1,
            State::InUse => class.in_use += 1,
            State::Pending { last_use } => {
                class.pending += 1;
                self.pending.insert((last_use, entry.released, slot));
            }
            State::Idle => {
                class.idle.insert(Recency::of(entry, slot));
                self.idle.insert(Recency::of(entry, slot));
            }
        }
    }

    /// Takes an entry out from under its state. Its class stays, if empty,
    /// until [`Self::drop_if_empty`].
    pub(super) fn leave(&mut self, slot: u32, entry: &Entry) {
        let Some(class) = self.classes.get_mut(&entry.key) else { return };
        match entry.state {
            State::Creating => class.creating -= 1,
            State::InUse => class.in_use -= 1,
            State::Pending { last_use } => {
                class.pending -= 1;
                self.pending.remove(&(last_use, entry.released, slot));
            }
            State::Idle => {
                class.idle.remove(&Recency::of(entry, slot));
                self.idle.remove(&Recency::of(entry, slot));
            }
        }
    }

    /// Forgets a class of which nothing is alive, so that shapes which never
    /// come again leave nothing behind.
    pub(super) fn drop_if_empty(&mut self, key: &ClassKey) {
        if self.classes.get(key).is_some_and(Class::is_empty) {
            self.classes.remove(key);
        }
    }

    /// The idle one of a class that was used last: the likeliest to be in the
    /// GPU's caches, while the others grow old enough to go.
    pub(super) fn most_recent(&self, key: &ClassKey) -> Option<u32> {
        self.classes.get(key)?.idle.last().map(|recency| recency.slot)
    }

    /// The idle one that was used least recently, of all classes.
    pub(super) fn least_recent(&self) -> Option<Recency> {
        self.idle.first().copied()
    }

    /// The pending one that waits for the earliest submission, and for which.
    pub(super) fn earliest_pending(&self) -> Option<(Serial, u32)> {
        self.pending.first().map(|(serial, _, slot)| (*serial, *slot))
    }

    /// Counts an acquire that a class could serve.
    pub(super) fn note_hit(&mut self, key: &ClassKey) {
        if let Some(class) = self.classes.get_mut(key) {
            class.hits += 1;
        }
    }

    /// Counts an acquire that a class could not serve.
    pub(super) fn note_miss(&mut self, key: &ClassKey) {
        if let Some(class) = self.classes.get_mut(key) {
            class.misses += 1;
        }
    }

    /// Every class, in their order.
    pub(super) fn classes(&self) -> impl Iterator<Item = (&ClassKey, &Class)> {
        self.classes.iter()
    }

    /// True where a class was kept of which nothing is alive.
    pub(super) fn has_empty_class(&self) -> bool {
        self.classes.values().any(Class::is_empty)
    }

    /// The same without the counts of hits and misses, which entries alone
    /// cannot tell: for the audit.
    pub(super) fn without_history(&self) -> Self {
        let mut plain = Self { classes: self.classes.clone(), idle: self.idle.clone(), pending: self.pending.clone() };
        for class in plain.classes.values_mut() {
            (class.hits, class.misses) = (0, 0);
        }
        plain
    }
}
