//! The orders in which the pool finds things: idle and pending ones by class,
//! idle ones by age, pending ones by the submission they wait for. Nothing here
//! is hashed, so what is chosen is the same on every machine.

use super::chain::{Chain, Ends, Rank};
use super::class_key::{ClassKey, ClassKind};
use super::destroyed::DestroyReason;
use super::entry::{Entry, State};
use super::handle::Serial;
use arenascope_units::Bytes;
use std::collections::BTreeMap;

/// Classes of which nothing is alive that are remembered, to tell a cold miss
/// from one that an eviction caused. Beyond it the longest gone is forgotten.
pub(super) const DEPARTED_MAX: u32 = 4_096;

/// What is alive of one class, how often it helped, and what it has lost.
#[derive(Clone, Debug)]
pub(super) struct Class {
    pub(super) key: ClassKey,
    pub(super) creating: u64,
    pub(super) in_use: u64,
    pub(super) pending: Ends,
    pub(super) idle: Ends,
    pub(super) hits: u64,
    pub(super) misses: u64,
    /// Destroyed ones that no miss has been blamed on yet, by reason.
    ghosts: [u32; DestroyReason::ALL.len()],
    /// True while it is listed among those of which nothing is alive.
    is_departed: bool,
}

/// All the orders. Each change is O(1), but for finding a class, O(log classes).
#[derive(Debug, Default)]
pub(super) struct Index {
    ids: BTreeMap<ClassKey, u32>,
    classes: Vec<Option<Class>>,
    vacant: Vec<u32>,
    by_class: Chain,
    by_age: Chain,
    idle: Ends,
    pending: Ends,
    /// Classes of which nothing is alive, longest gone first.
    departures: Chain,
    departed: Ends,
    departures_total: u64,
    /// Classes that got an idle one more than their count cap may allow.
    grown: Vec<u32>,
}

/// Idle ones by their last use, least recent first; pending ones by their
/// submission; both then by the order of release.
pub(super) fn rank(entry: &Entry) -> Rank {
    match entry.state {
        State::Pending { last_use } => (last_use.0, entry.released),
        _ => (entry.last_used.get(), entry.released),
    }
}

impl Class {
    fn new(key: ClassKey) -> Self {
        let (pending, idle) = (Ends::default(), Ends::default());
        let ghosts = Default::default();
        Self { key, creating: 0, in_use: 0, pending, idle, hits: 0, misses: 0, ghosts, is_departed: false }
    }

    /// True where nothing of it is alive.
    pub(super) fn is_empty(&self) -> bool {
        self.creating == 0 && self.in_use == 0 && self.pending.count == 0 && self.idle.count == 0
    }

    /// Remembers one that was destroyed.
    pub(super) fn leave_ghost(&mut self, reason: DestroyReason) {
        let count = &mut self.ghosts[reason.index()];
        *count = count.saturating_add(1);
    }

    /// Why one is missing that there was; each is told once.
    pub(super) fn take_ghost(&mut self) -> Option<DestroyReason> {
        let reason = DestroyReason::ALL.into_iter().find(|reason| self.ghosts[reason.index()] > 0)?;
        self.ghosts[reason.index()] -= 1;
        Some(reason)
    }
}

impl Index {
    /// The class of a key, if anything of it is alive or remembered.
    pub(super) fn find(&self, key: &ClassKey) -> Option<u32> {
        self.ids.get(key).copied()
    }

    /// The class of a key, made where there is none.
    pub(super) fn find_or_add(&mut self, key: ClassKey) -> u32 {
        if let Some(id) = self.find(&key) {
            return id;
        }
        let id = self.vacant.pop().unwrap_or_else(|| {
            self.classes.push(None);
            // At most one class per resource and departed class.
            (self.classes.len() - 1) as u32
        });
        self.classes[id as usize] = Some(Class::new(key));
        self.ids.insert(key, id);
        self.depart(id);
        id
    }

    /// # Panics
    /// Where there is no such class: entries name live classes only, which
    /// [`Pool::audit`](super::Pool::audit) checks.
    pub(super) fn class(&self, id: u32) -> &Class {
        self.classes[id as usize].as_ref().expect("entries name classes that are there")
    }

    /// The class, unless it is forgotten.
    pub(super) fn get(&self, id: u32) -> Option<&Class> {
        self.classes.get(id as usize)?.as_ref()
    }

    /// # Panics
    /// As [`Self::class`].
    pub(super) fn class_mut(&mut self, id: u32) -> &mut Class {
        self.classes[id as usize].as_mut().expect("entries name classes that are there")
    }

    /// Files an entry under its state.
    pub(super) fn enter(&mut self, slot: u32, entry: &Entry) {
        let class = self.classes[entry.class as usize].as_mut().expect("entries name classes that are there");
        if std::mem::take(&mut class.is_departed) {
            self.departures.remove(&mut self.departed, entry.class);
        }
        match entry.state {
            State::Creating => class.creating += 1,
            State::InUse => class.in_use += 1,
            State::Pending { .. } => {
                self.by_class.insert(&mut class.pending, slot, rank(entry));
                self.by_age.insert(&mut self.pending, slot, rank(entry));
            }
            State::Idle => {
                self.by_class.insert(&mut class.idle, slot, rank(entry));
                self.by_age.insert(&mut self.idle, slot, rank(entry));
                if entry.is_capped {
                    self.grown.push(entry.class);
                }
            }
        }
    }

    /// Takes an entry out from under its state. Its class stays, if empty, until
    /// [`Self::settle`].
    pub(super) fn leave(&mut self, slot: u32, entry: &Entry) {
        let class = self.classes[entry.class as usize].as_mut().expect("entries name classes that are there");
        match entry.state {
            State::Creating => class.creating -= 1,
            State::InUse => class.in_use -= 1,
            State::Pending { .. } => {
                self.by_class.remove(&mut class.pending, slot);
                self.by_age.remove(&mut self.pending, slot);
            }
            State::Idle => {
                self.by_class.remove(&mut class.idle, slot);
                self.by_age.remove(&mut self.idle, slot);
            }
        }
    }

    /// Lets a class depart of which nothing is alive.
    pub(super) fn settle(&mut self, id: u32) {
        if self.class(id).is_empty() {
            self.depart(id);
        }
    }

    /// Lists a class as empty, its hits and misses forgotten; where too many
    /// are, the longest gone is forgotten altogether.
    fn depart(&mut self, id: u32) {
        self.departures_total += 1;
        self.departures.insert(&mut self.departed, id, (self.departures_total, 0));
        let class = self.class_mut(id);
        (class.hits, class.misses, class.is_departed) = (0, 0, true);
        if self.departed.count > DEPARTED_MAX
            && let Some(longest) = self.departed.first
        {
            self.departures.remove(&mut self.departed, longest);
            if let Some(class) = self.classes[longest as usize].take() {
                self.ids.remove(&class.key);
            }
            self.vacant.push(longest);
        }
    }

    /// The idle one of a class that was used last: the likeliest to be in the
    /// GPU's caches, while the others grow old enough to go.
    pub(super) fn most_recent(&self, id: u32) -> Option<u32> {
        self.class(id).idle.last
    }

    /// The pending one of a class that waits for the earliest submission.
    pub(super) fn earliest_pending_of(&self, id: u32) -> Option<(Serial, u32)> {
        let slot = self.class(id).pending.first?;
        Some((Serial(self.by_class.rank(slot).0), slot))
    }

    /// The classes of a kind from `least` to `most` bytes, smallest first.
    pub(super) fn classes_between(&self, kind: ClassKind, least: Bytes, most: Bytes) -> impl Iterator<Item = u32> {
        let key = |size| ClassKey { kind, size };
        self.ids.range(key(least)..=key(most.max(least))).map(|(_, id)| *id)
    }

    /// The smallest class of them with something idle. O(classes in between).
    pub(super) fn smallest_idle_class(&self, kind: ClassKind, least: Bytes, most: Bytes) -> Option<u32> {
        self.classes_between(kind, least, most).find(|id| self.class(*id).idle.count > 0)
    }

    /// The idle one that was used least recently, of all classes.
    pub(super) fn least_recent(&self) -> Option<u32> {
        self.idle.first
    }

    /// Every idle one, least recently used first.
    pub(super) fn idle(&self) -> impl Iterator<Item = u32> {
        self.by_age.iter(&self.idle)
    }

    /// Every pending one, by submission.
    pub(super) fn pending(&self) -> impl Iterator<Item = u32> {
        self.by_age.iter(&self.pending)
    }

    /// The slots of one list of a class, in order.
    pub(super) fn listed(&self, ends: &Ends) -> impl Iterator<Item = u32> {
        self.by_class.iter(ends)
    }

    /// The pending one that waits for the earliest submission, and for which.
    pub(super) fn earliest_pending(&self) -> Option<(Serial, u32)> {
        let slot = self.pending.first?;
        Some((Serial(self.by_age.rank(slot).0), slot))
    }

    /// Classes that may hold more idle ones than their cap, since last asked.
    pub(super) fn take_grown(&mut self) -> Vec<u32> {
        std::mem::take(&mut self.grown)
    }

    /// Every class of which something is alive, by kind, then by size.
    pub(super) fn classes(&self) -> impl Iterator<Item = (u32, &Class)> {
        self.ids.values().map(|id| (*id, self.class(*id))).filter(|(_, class)| !class.is_empty())
    }

    /// Classes remembered of which nothing is alive, as listed and as counted.
    pub(super) fn departed(&self) -> (usize, usize) {
        let counted = self.ids.values().filter(|id| self.class(**id).is_empty()).count();
        (self.departures.iter(&self.departed).count(), counted)
    }
}
