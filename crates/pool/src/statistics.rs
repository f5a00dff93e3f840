//! The pool's figures.

use super::cause::{HitCause, HitCauses, MissCause, MissCauses};
use super::destroyed::DestroyReason;
use super::entry::{Entry, State};
use super::histogram::Log2Histogram;
use arenascope_units::{Bytes, Ratio};

/// How many, and their bytes on the device by our own accounting.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Amount {
    /// How many there are.
    pub count: u64,
    /// Bytes of all of them.
    pub bytes: Bytes,
}

impl Amount {
    /// One more, of `size`. Bytes saturate, as sums of [`Bytes`] do.
    pub(super) fn add(&mut self, size: Bytes) {
        self.count += 1;
        self.bytes = [self.bytes, size].into_iter().sum();
    }

    /// One less, of `size`, which was added before.
    fn remove(&mut self, size: Bytes) {
        debug_assert!(self.count > 0 && self.bytes >= size, "removed {size} that was never added to {self:?}");
        self.count = self.count.saturating_sub(1);
        self.bytes = self.bytes.saturating_sub(size);
    }

    /// The sum of several.
    pub fn sum(amounts: impl IntoIterator<Item = Self>) -> Self {
        amounts.into_iter().fold(Self::default(), |sum, next| Self {
            count: sum.count + next.count,
            bytes: [sum.bytes, next.bytes].into_iter().sum(),
        })
    }
}

/// The most bytes there ever were at once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Peaks {
    /// Held by the engine.
    pub in_use: Bytes,
    /// Released, the GPU may still work on them.
    pub pending: Bytes,
    /// Idle: reusable now.
    pub idle: Bytes,
    /// What callers asked for of those in use.
    pub requested: Bytes,
    /// In use, pending and idle together.
    pub allocated: Bytes,
}

/// Bytes that ever came into a state, each time they did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Bytes of resources that were given out.
    pub in_use: Bytes,
    /// Released while the GPU worked on them.
    pub pending: Bytes,
    /// Bytes of resources that became reusable.
    pub idle: Bytes,
    /// Bytes that acquires asked for.
    pub requested: Bytes,
}

/// Destroyed ones by the reason why.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Destroyed([Amount; DestroyReason::ALL.len()]);

impl Destroyed {
    /// Those destroyed for one reason.
    pub fn by(&self, reason: DestroyReason) -> Amount {
        self.0[reason.index()]
    }

    /// Everything that was destroyed, for whatever reason.
    pub fn total(&self) -> Amount {
        Amount::sum(self.0)
    }

    /// Those that the pool chose to destroy.
    pub fn evictions(&self) -> Amount {
        Amount::sum(DestroyReason::ALL.into_iter().filter(|reason| reason.is_eviction()).map(|reason| self.by(reason)))
    }
}

/// The pool's figures at one moment: plain data, the only part of a pool that
/// may leave its worker.
///
/// Always, in counts and bytes: created − destroyed = in use + pending + idle.
/// Always: acquires = hits + misses, each the sum of its causes, and misses =
/// created + those being created: a creation that the budget or the device refuses
/// before it is confirmed serves nobody, and counts as a failed creation alone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Statistics {
    /// Given out, not yet confirmed by the device; in no other amount.
    pub creating: Amount,
    /// Held by the engine.
    pub in_use: Amount,
    /// Released, the GPU may still work on them.
    pub pending: Amount,
    /// Idle: reusable now.
    pub idle: Amount,
    /// What callers asked for of those in use.
    pub requested: Bytes,
    /// The most bytes there ever were at once.
    pub peaks: Peaks,
    /// Bytes that ever came into a state.
    pub totals: Totals,
    /// Acquires that were served.
    pub acquires: u64,
    /// Of them by a pooled one.
    pub hits: u64,
    /// Of them by a new one, created for it.
    pub misses: u64,
    /// The hits by their cause.
    pub hits_by: HitCauses,
    /// The misses by their cause.
    pub misses_by: MissCauses,
    /// Acquires that were served between the release of a resource and its next
    /// use: how long one must be kept to be of use again.
    pub reuse_distance: Log2Histogram,
    /// How long the device took to answer for a creation, µs.
    pub creation_latency: Log2Histogram,
    /// Acquires that were refused.
    pub refusals: u64,
    /// Creations that the device confirmed.
    pub created: Amount,
    /// Creations that failed, or were lost with the device, before they were
    /// confirmed.
    pub creations_failed: u64,
    /// What was destroyed, by reason.
    pub destroyed: Destroyed,
    /// Refused releases: double, stale, foreign or too early.
    pub refused_releases: u64,
    /// Refused look-ups and reports by stale or foreign names.
    pub refused_uses: u64,
}

impl Statistics {
    /// What exists on the device: in use, pending and idle.
    pub fn allocated(&self) -> Amount {
        Amount::sum([self.in_use, self.pending, self.idle])
    }

    /// Bytes in use that nobody asked for: what rounding to classes costs now.
    pub fn internal_waste(&self) -> Bytes {
        self.in_use.bytes.saturating_sub(self.requested)
    }

    /// The part of all bytes ever given out that nobody had asked for; `None`
    /// before the first acquire.
    pub fn waste_ratio(&self) -> Option<Ratio> {
        self.totals.in_use.saturating_sub(self.totals.requested).ratio_of(self.totals.in_use)
    }

    /// Released ones that a count cap would not keep.
    pub fn overflow(&self) -> Amount {
        self.destroyed.by(DestroyReason::Overflow)
    }

    /// Hits ÷ acquires; `None` before the first acquire.
    pub fn hit_ratio(&self) -> Option<Ratio> {
        Bytes::new(self.hits).ratio_of(Bytes::new(self.acquires))
    }

    /// Counts an entry under its state.
    pub(super) fn enter(&mut self, entry: &Entry) {
        self.amount(entry.state).add(entry.size);
        if entry.state == State::InUse {
            raise(&mut self.requested, entry.requested);
        }
        self.raise_totals(entry);
        self.raise_peaks();
    }

    /// Takes an entry out of the figures of its state.
    pub(super) fn leave(&mut self, entry: &Entry) {
        self.amount(entry.state).remove(entry.size);
        if entry.state == State::InUse {
            self.requested = self.requested.saturating_sub(entry.requested);
        }
    }

    pub(super) fn note_destroyed(&mut self, size: Bytes, reason: DestroyReason) {
        self.destroyed.0[reason.index()].add(size);
    }

    /// Acquires answered with a buffer, also those whose creation failed later: never
    /// falls, so that two readings have a distance.
    pub(super) const fn answered(&self) -> u64 {
        self.acquires + self.creations_failed
    }

    pub(super) fn note_hit(&mut self, cause: HitCause) {
        self.hits += 1;
        self.hits_by.note(cause);
    }

    pub(super) fn note_miss(&mut self, cause: MissCause) {
        self.misses += 1;
        self.misses_by.note(cause);
    }

    /// The acquire came to nothing, before its creation was confirmed.
    pub(super) fn undo_miss(&mut self, cause: MissCause) {
        self.acquires -= 1;
        self.misses -= 1;
        self.misses_by.undo(cause);
        self.creations_failed += 1;
    }

    fn raise_totals(&mut self, entry: &Entry) {
        match entry.state {
            State::Creating => {}
            State::InUse => {
                raise(&mut self.totals.in_use, entry.size);
                raise(&mut self.totals.requested, entry.requested);
            }
            State::Pending { .. } => raise(&mut self.totals.pending, entry.size),
            State::Idle => raise(&mut self.totals.idle, entry.size),
        }
    }

    fn amount(&mut self, state: State) -> &mut Amount {
        match state {
            State::Creating => &mut self.creating,
            State::InUse => &mut self.in_use,
            State::Pending { .. } => &mut self.pending,
            State::Idle => &mut self.idle,
        }
    }

    fn raise_peaks(&mut self) {
        let allocated = self.allocated().bytes;
        let rows = [
            (&mut self.peaks.in_use, self.in_use.bytes),
            (&mut self.peaks.pending, self.pending.bytes),
            (&mut self.peaks.idle, self.idle.bytes),
            (&mut self.peaks.requested, self.requested),
            (&mut self.peaks.allocated, allocated),
        ];
        for (peak, now) in rows {
            *peak = (*peak).max(now);
        }
    }
}

/// Adds; bytes saturate, as sums of [`Bytes`] do.
fn raise(total: &mut Bytes, size: Bytes) {
    *total = [*total, size].into_iter().sum();
}
