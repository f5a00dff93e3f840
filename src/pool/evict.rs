//! What goes, and why. Plan, then act: what is returned here is accounted as
//! destroyed already, and the executor must call `destroy()` on each. On the
//! web, dropping the object alone frees nothing until garbage collection.

use super::handle::ResourceId;
use super::index::Recency;
use super::lifecycle::Pool;
use super::spec::ResourceSpec;
use crate::units::{Bytes, Micros};

/// Why something was destroyed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DestroyReason {
    /// Too many idle bytes.
    Limit,
    /// Idle for too long.
    Age,
    /// Its bytes were needed elsewhere.
    Pressure,
    /// The device is gone, and everything with it.
    DeviceLoss,
    /// The device reported, after the confirmation, that it could not create it.
    CreationFailed,
}

impl DestroyReason {
    /// Every reason, in the order of tables.
    pub const ALL: [Self; 5] = [Self::Limit, Self::Age, Self::Pressure, Self::DeviceLoss, Self::CreationFailed];

    /// Position in [`Self::ALL`].
    pub const fn index(self) -> usize {
        self as usize
    }

    /// The name in files: `device_loss`.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Limit => "limit",
            Self::Age => "age",
            Self::Pressure => "pressure",
            Self::DeviceLoss => "device_loss",
            Self::CreationFailed => "creation_failed",
        }
    }
}

/// Something that the executor must destroy now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "the executor must destroy it: the pool has forgotten it already"]
pub struct Eviction {
    /// Which.
    pub resource: ResourceId,
    /// What it was created as.
    pub spec: ResourceSpec,
    /// Its bytes on the device: what to give back to the budget.
    pub size: Bytes,
    /// Why it goes.
    pub reason: DestroyReason,
}

impl Pool {
    /// The pool's own housekeeping, once a frame. What lies idle above the limit
    /// goes at once. Then, at most as many as configured: what is too old, and,
    /// from the high water down to the low water, what was used least recently;
    /// a drain that the bound cuts short goes on at the next trim. O(log n)
    /// each.
    #[must_use = "the executor must destroy these: the pool has forgotten them already"]
    pub fn trim(&mut self, now: Micros) -> Vec<Eviction> {
        let (limit, age) = (self.config.idle_limit, self.config.max_age);
        let mut evictions = self.evict(DestroyReason::Limit, usize::MAX, |pool, _| pool.stats.idle.bytes > limit);
        let most = usize::try_from(self.config.max_destroys_per_trim).unwrap_or(usize::MAX);
        let aged = self.evict(DestroyReason::Age, most, |_, oldest| now.since(oldest.last_used) >= age);
        let drained = self.drain(most - aged.len());
        evictions.extend(aged);
        evictions.extend(drained);
        evictions
    }

    /// Everything idle that was not used for `max_age` goes, however many that
    /// are. O(log n) each.
    #[must_use = "the executor must destroy these: the pool has forgotten them already"]
    pub fn cleanup_old_buffers(&mut self, now: Micros, max_age: Micros) -> Vec<Eviction> {
        self.evict(DestroyReason::Age, usize::MAX, |_, oldest| now.since(oldest.last_used) >= max_age)
    }

    /// Frees at least `wanted` bytes, or all that is idle: for a budget that is
    /// exceeded by so much. Least recently used first. O(log n) each.
    #[must_use = "the executor must destroy these: the pool has forgotten them already"]
    pub fn reclaim(&mut self, wanted: Bytes) -> Vec<Eviction> {
        let keep = self.stats.idle.bytes.saturating_sub(wanted);
        self.evict(DestroyReason::Pressure, usize::MAX, |pool, _| pool.stats.idle.bytes > keep)
    }

    /// Everything idle goes: the last resort before an out-of-memory error is
    /// passed on.
    #[must_use = "the executor must destroy these: the pool has forgotten them already"]
    pub fn trim_all_idle(&mut self) -> Vec<Eviction> {
        self.evict(DestroyReason::Pressure, usize::MAX, |_, _| true)
    }

    /// The device is gone, and everything on it: every handle of before is
    /// stale. The pool can be used with the next device at once. Also returns
    /// those that were being created, so that nothing stays charged. O(n log n).
    #[must_use = "the executor must destroy these: the pool has forgotten them already"]
    pub fn device_lost(&mut self) -> Vec<Eviction> {
        let slots: Vec<u32> = self.slots.iter().map(|(resource, _)| resource.slot).collect();
        self.draining = false;
        slots.into_iter().map(|slot| self.remove(slot, DestroyReason::DeviceLoss)).collect()
    }

    /// From the high water down to the low water, at most `most` of them.
    fn drain(&mut self, most: usize) -> Vec<Eviction> {
        let low = self.config.low_water;
        if !self.draining && self.stats.idle.bytes <= self.config.high_water {
            return Vec::new();
        }
        let drained = self.evict(DestroyReason::Limit, most, |pool, _| pool.stats.idle.bytes > low);
        self.draining = self.stats.idle.bytes > low;
        drained
    }

    /// Evicts the least recently used while `wanted` says so, at most `most`.
    fn evict(&mut self, reason: DestroyReason, most: usize, wanted: impl Fn(&Self, Recency) -> bool) -> Vec<Eviction> {
        let mut evictions = Vec::new();
        while evictions.len() < most
            && let Some(oldest) = self.index.least_recent()
            && wanted(self, oldest)
        {
            evictions.push(self.remove(oldest.slot, reason));
        }
        evictions
    }
}
