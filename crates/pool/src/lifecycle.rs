//! The way of a buffer through the pool: acquired, confirmed, released,
//! completed, acquired again.

use super::admission::{Admitted, admit};
use super::cause::{HitCause, MissCause};
use super::class_key::{ClassKey, ClassKind};
use super::classes::word_size;
use super::config::PoolConfig;
use super::destroyed::{DestroyReason, Eviction};
use super::entry::{Contents, Entry, ResourceInfo, State};
use super::error::{HandleError, PoolError};
use super::handle::{BufferHandle, PoolId, ResourceId, Serial};
use super::index::Index;
use super::misses::RecentMisses;
use super::next_use::NextUse;
use super::slots::Slots;
use super::spec::ResourceSpec;
use super::statistics::Statistics;
use arenascope_units::owner::Owner;
use arenascope_units::{Bytes, Micros};
use core::cell::Cell;
use core::sync::atomic::{AtomicU32, Ordering};

/// What an acquire got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Acquired {
    /// One that lay idle.
    Reused {
        /// The right to use it.
        handle: BufferHandle,
        /// True where zeros were asked for: clear what was asked for first.
        needs_clear: bool,
    },
    /// One that the executor must create, and that the caller must then
    /// [`confirm`](Pool::confirm) or [`fail`](Pool::fail).
    Fresh {
        /// The right to use it, once created.
        handle: BufferHandle,
        /// What to create, rounded to its class.
        created: ResourceSpec,
        /// Its bytes on the device: what to charge.
        size: Bytes,
    },
}

impl Acquired {
    /// The right to use what was acquired.
    pub const fn handle(&self) -> BufferHandle {
        match self {
            Self::Reused { handle, .. } | Self::Fresh { handle, .. } => *handle,
        }
    }
}

/// The policy of a pool of GPU buffers and textures. It decides and counts; the
/// objects themselves live with an executor, which does what it is told and
/// reports back.
///
/// A pool belongs to one worker, as its GPU objects do, and cannot be shared;
/// only its [`Statistics`] go elsewhere:
///
/// ```compile_fail,E0277
/// fn shared_between_threads<T: Sync>() {}
/// shared_between_threads::<arenascope_pool::Pool>();
/// ```
#[derive(Debug)]
pub struct Pool {
    pub(super) config: PoolConfig,
    pub(super) slots: Slots,
    pub(super) index: Index,
    pub(super) stats: Statistics,
    /// True from crossing the high water until the low water is reached.
    pub(super) draining: bool,
    /// Trims so far: the pool's own clock, beside the caller's.
    pub(super) frame: u64,
    submitted: Serial,
    completed: Serial,
    releases: u64,
    /// Counted by look-ups, which change nothing else.
    refused_lookups: Cell<u64>,
    /// The newest misses, one by one.
    pub(super) recent: RecentMisses,
}

impl Pool {
    /// A pool in which nothing exists yet.
    pub fn new(config: PoolConfig) -> Self {
        // Not a figure, only a name: it keeps handles of two pools apart.
        static POOLS: AtomicU32 = AtomicU32::new(0);
        let id = PoolId(POOLS.fetch_add(1, Ordering::Relaxed));
        Self {
            config: config.in_order(),
            slots: Slots::new(id, config.max_resources),
            index: Index::default(),
            stats: Statistics::default(),
            draining: false,
            frame: 0,
            submitted: Serial(0),
            completed: Serial(0),
            releases: 0,
            refused_lookups: Cell::new(0),
            recent: RecentMisses::default(),
        }
    }

    /// How the pool behaves, its waters in order.
    pub const fn config(&self) -> &PoolConfig {
        &self.config
    }

    /// The figures of now. O(1).
    pub fn statistics(&self) -> Statistics {
        Statistics { refused_uses: self.stats.refused_uses + self.refused_lookups.get(), ..self.stats }
    }

    /// Gives out a buffer or texture at least as large as `spec` with exactly
    /// its usage, once the GPU is done with it: the one of its class that was
    /// used last, or a new one. O(log classes); best fit may also pass by the
    /// classes of one usage.
    ///
    /// # Errors
    /// What the device would refuse, before it is asked; [`PoolError::TooMany`]
    /// at the configured count. Counted as refusals.
    pub fn acquire(
        &mut self,
        spec: &ResourceSpec,
        contents: Contents,
        owner: Owner,
        now: Micros,
    ) -> Result<Acquired, PoolError> {
        self.acquire_for(NextUse::CountAsFreed, spec, contents, owner, now)
    }

    /// The same for a caller who says what is done with it first: one that the
    /// GPU still works on is given out too, where [`NextUse::may_begin`].
    ///
    /// # Errors
    /// As [`Self::acquire`].
    pub fn acquire_for(
        &mut self,
        next: NextUse,
        spec: &ResourceSpec,
        contents: Contents,
        owner: Owner,
        now: Micros,
    ) -> Result<Acquired, PoolError> {
        let served = admit(spec, self.config.mode, &self.config.limits).and_then(|admitted| {
            match self.reusable(&admitted, next) {
                Some(slot) => Ok(self.reuse(slot, &admitted, contents, owner, now)),
                None => self.create(admitted, owner, now),
            }
        });
        match served {
            Ok(_) => self.stats.acquires += 1,
            Err(_) => self.stats.refusals += 1,
        }
        served
    }

    /// The slot that serves a request, if any does: of its own class, or else
    /// of the smallest larger one that the mode allows.
    fn reusable(&self, admitted: &Admitted, next: NextUse) -> Option<u32> {
        let ClassKey { kind, size } = admitted.key;
        let own = self.index.find(&admitted.key).and_then(|class| self.reusable_of(class, next));
        let most = match kind {
            ClassKind::Buffer(_) => self.config.mode.largest_fit(size),
            ClassKind::Texture(_) => size,
        };
        if own.is_some() || most <= size {
            return own;
        }
        self.index.classes_between(kind, size, most).find_map(|class| self.reusable_of(class, next))
    }

    /// The idle one of a class that was used last, or the pending one that has
    /// waited longest, where the next use need not wait.
    fn reusable_of(&self, class: u32, next: NextUse) -> Option<u32> {
        let next = self.config.mode.earliest(next);
        let waiting = self.index.earliest_pending_of(class);
        let early = waiting.filter(|(last_use, _)| next.may_begin(*last_use, self.submitted, self.completed));
        self.index.most_recent(class).or(early.map(|(_, slot)| slot))
    }

    fn reuse(&mut self, slot: u32, admitted: &Admitted, contents: Contents, owner: Owner, now: Micros) -> Acquired {
        let entry = self.slots.live(slot);
        self.stats.reuse_distance.note(self.stats.answered() - entry.released_answered);
        self.stats.note_hit(hit_cause(entry.size, admitted));
        self.index.class_mut(entry.class).hits += 1;
        let handle = self.change(slot, |entry| {
            (entry.state, entry.owner) = (State::InUse, owner);
            (entry.requested, entry.last_used) = (admitted.requested, now);
        });
        Acquired::Reused { handle, needs_clear: contents == Contents::Zeroed }
    }

    fn create(&mut self, admitted: Admitted, owner: Owner, now: Micros) -> Result<Acquired, PoolError> {
        let Admitted { key, requested } = admitted;
        let limit = self.config.max_resources;
        if self.slots.is_full() {
            return Err(PoolError::TooMany { limit });
        }
        let class = self.index.find_or_add(key);
        let cause = self.miss_cause(class);
        self.note_recent(class, cause, requested, owner, now);
        let entry = Entry {
            class,
            size: key.size,
            requested,
            state: State::Creating,
            owner,
            last_used: now,
            lease: 0,
            released: 0,
            released_frame: 0,
            released_answered: 0,
            is_capped: self.config.mode.idle_cap(&key.kind, key.size).is_some(),
            cause,
        };
        let resource = self.slots.insert(entry).ok_or(PoolError::TooMany { limit })?;
        self.file(resource.slot, &entry);
        self.stats.note_miss(cause);
        self.index.class_mut(class).misses += 1;
        let handle = BufferHandle { resource, lease: entry.lease };
        Ok(Acquired::Fresh { handle, created: key.created(), size: key.size })
    }

    /// Why nothing served. A destruction that is blamed is not blamed again.
    fn miss_cause(&mut self, class: u32) -> MissCause {
        if let Some(reason) = self.index.class_mut(class).take_ghost() {
            return MissCause::Evicted(reason);
        }
        let known = self.index.class(class);
        let ClassKey { kind, size } = known.key;
        if self.config.mode.bounds_waste() && self.index.smallest_idle_class(kind, size, Bytes::new(u64::MAX)).is_some()
        {
            MissCause::TooWasteful
        } else if known.pending.count > 0 {
            MissCause::Pending
        } else if known.in_use + known.creating > 0 {
            MissCause::Busy
        } else {
            MissCause::Cold
        }
    }

    /// The device has created a fresh resource, or is certain to be asked: from
    /// now on it counts. O(log n).
    ///
    /// WebGPU creates at once and tells of failure later; a caller that does not
    /// wait confirms at once and [`fail`](Self::fail)s when it hears.
    ///
    /// # Errors
    /// A stale or foreign name, or a resource confirmed before. Counted.
    pub fn confirm(&mut self, resource: ResourceId) -> Result<(), HandleError> {
        let entry = self.reported(resource)?;
        if entry.state != State::Creating {
            self.stats.refused_uses += 1;
            return Err(HandleError::Confirmed { resource });
        }
        self.stats.created.add(entry.size);
        self.change(resource.slot, |entry| entry.state = State::InUse);
        Ok(())
    }

    /// A resource could not be created: the budget refused it, or the device
    /// did. Returns what it was to be, so that its charge can be given back and
    /// the device's invalid object dropped. O(log n).
    ///
    /// Before its confirmation all figures go back to what they were, but for
    /// the count of failed creations. After it, in
    /// whatever state it is, it counts as destroyed with
    /// [`DestroyReason::CreationFailed`]. Handles of it are stale either way.
    ///
    /// # Errors
    /// A stale or foreign name. Counted.
    pub fn fail(&mut self, resource: ResourceId) -> Result<Eviction, HandleError> {
        self.reported(resource)?;
        Ok(self.remove(resource.slot, DestroyReason::CreationFailed))
    }

    /// Gives a resource back. `last_use` is the submission that used it last:
    /// where it is complete, the resource can be reused at once, otherwise after
    /// [`complete`](Self::complete) of it, or as soon as the next use allows.
    /// O(1).
    ///
    /// # Errors
    /// A handle that gives no right: released before, destroyed, foreign, or of
    /// a creation that is not confirmed. Counted; nothing else is changed.
    pub fn release(&mut self, handle: BufferHandle, last_use: Serial, now: Micros) -> Result<(), HandleError> {
        let checked = self.slots.held(handle).and_then(|entry| match entry.state {
            State::Creating => Err(HandleError::Unconfirmed { resource: handle.resource }),
            _ => Ok(()),
        });
        if checked.is_err() {
            self.stats.refused_releases += 1;
            return checked;
        }
        self.releases += 1;
        let (released, frame, answered) = (self.releases, self.frame, self.stats.answered());
        let state = if last_use <= self.completed { State::Idle } else { State::Pending { last_use } };
        self.change(handle.resource.slot, |entry| {
            (entry.state, entry.last_used, entry.released) = (state, now, released);
            (entry.released_frame, entry.released_answered) = (frame, answered);
            entry.lease += 1;
        });
        Ok(())
    }

    /// The queue has got every submission up to `serial`; an older serial changes
    /// nothing. Needed by callers who reuse before completion.
    pub fn submit(&mut self, serial: Serial) {
        self.submitted = self.submitted.max(serial);
    }

    /// The device took so long to answer for a creation. O(1).
    pub fn note_creation(&mut self, took: Micros) {
        self.stats.creation_latency.note(took.get());
    }

    /// The GPU has finished every submission up to `serial`: what was released
    /// with them becomes reusable. O(1) each; an older serial changes
    /// nothing.
    pub fn complete(&mut self, serial: Serial) {
        self.completed = self.completed.max(serial);
        while let Some((due, slot)) = self.index.earliest_pending()
            && due <= serial
        {
            self.change(slot, |entry| entry.state = State::Idle);
        }
    }

    /// What a handle gives the use of. O(1).
    ///
    /// # Errors
    /// A handle that gives no right. Counted.
    pub fn lookup(&self, handle: BufferHandle) -> Result<ResourceInfo, HandleError> {
        let found = self.slots.held(handle).map(|entry| self.info(handle.resource, entry));
        if found.is_err() {
            self.refused_lookups.set(self.refused_lookups.get() + 1);
        }
        found
    }

    pub(super) fn info(&self, resource: ResourceId, entry: &Entry) -> ResourceInfo {
        entry.info(resource, self.index.class(entry.class).key.created())
    }

    /// The entry that the executor reports about, or the counted refusal.
    fn reported(&mut self, resource: ResourceId) -> Result<Entry, HandleError> {
        let found = self.slots.resolve(resource).copied();
        if found.is_err() {
            self.stats.refused_uses += 1;
        }
        found
    }

    /// Changes a live entry and files it anew. Returns the handle that holds it.
    fn change(&mut self, slot: u32, edit: impl FnOnce(&mut Entry)) -> BufferHandle {
        let (resource, entry) = self.slots.live_mut(slot);
        let before = *entry;
        edit(entry);
        let after = *entry;
        self.unfile(slot, &before);
        self.file(slot, &after);
        BufferHandle { resource, lease: after.lease }
    }

    /// Takes a live entry out of everything; it counts as destroyed, or, where
    /// it was never confirmed, as a failed creation.
    pub(super) fn remove(&mut self, slot: u32, reason: DestroyReason) -> Eviction {
        let (resource, entry) = self.slots.remove(slot);
        let spec = self.index.class(entry.class).key.created();
        match entry.state {
            State::Creating => self.undo_miss(&entry),
            _ => {
                self.stats.note_destroyed(entry.size, reason);
                self.index.class_mut(entry.class).leave_ghost(reason);
            }
        }
        self.unfile(slot, &entry);
        self.index.settle(entry.class);
        Eviction { resource, spec, size: entry.size, reason }
    }

    /// Nothing came of an acquire: it was no miss, and whatever it was blamed on is
    /// what the next one is blamed on.
    fn undo_miss(&mut self, entry: &Entry) {
        self.stats.undo_miss(entry.cause);
        self.undo_recent(entry);
        let class = self.index.class_mut(entry.class);
        class.misses -= 1;
        if let MissCause::Evicted(reason) = entry.cause {
            class.leave_ghost(reason);
        }
    }

    fn file(&mut self, slot: u32, entry: &Entry) {
        self.index.enter(slot, entry);
        self.stats.enter(entry);
    }

    fn unfile(&mut self, slot: u32, entry: &Entry) {
        self.index.leave(slot, entry);
        self.stats.leave(entry);
    }
}

/// Exact to the word, by class, or larger than what would have been created.
fn hit_cause(size: Bytes, admitted: &Admitted) -> HitCause {
    let is_exact = match admitted.key.kind {
        ClassKind::Buffer(_) => word_size(admitted.requested) == Some(size),
        ClassKind::Texture(_) => true,
    };
    match is_exact {
        true => HitCause::Exact,
        false if size == admitted.key.size => HitCause::Class,
        false => HitCause::BestFit,
    }
}
