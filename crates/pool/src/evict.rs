//! What goes, and why. Plan, then act: what is returned here is accounted as
//! destroyed already, and the executor must call `destroy()` on each. On the
//! web, dropping the object alone frees nothing until garbage collection.

use super::class_key::ClassKind;
use super::destroyed::{DestroyReason, Eviction};
use super::entry::Entry;
use super::lifecycle::Pool;
use super::spec::ResourceSpec;
use arenascope_units::pressure::Pressure;
use arenascope_units::{Bytes, Micros};

impl Pool {
    /// The pool's own housekeeping, once a frame: it also counts the frames.
    /// What lies idle above the limit goes at once. Then, at most as many as
    /// configured: what is too old, and, from the high water down to the low
    /// water, what is surplus, least recently used first; a drain that the bound
    /// or a lack of surplus cuts short goes on at the next trim. The baselines
    /// only keep their count caps. O(1) each.
    ///
    /// Surplus is what lay idle through the last W trims. Hits take the most
    /// recently used of a class, so the ones that were never taken in that time
    /// are exactly the oldest ones, as many as the least that ever lay idle:
    /// their age in frames alone tells them.
    #[must_use = "the executor must destroy these: the pool has forgotten them already"]
    pub fn trim(&mut self, now: Micros) -> Vec<Eviction> {
        self.frame += 1;
        let mut evictions = self.keep_caps();
        if !self.config.mode.trims() {
            return evictions;
        }
        let limit = self.config.idle_limit;
        evictions.extend(self.evict(DestroyReason::Limit, usize::MAX, |pool, _| pool.stats.idle.bytes > limit));
        let most = self.destroys_per_trim();
        let aged = self.evict(DestroyReason::Age, most, |pool, oldest| pool.is_old(oldest, now));
        let drained = self.drain(most - aged.len());
        evictions.extend(aged);
        evictions.extend(drained);
        evictions
    }

    /// What goes before a fresh resource is created as `created`: one that it
    /// outgrows, and, so that the pool stays within its byte limit, what was used
    /// least recently; nothing where the limit holds or nothing is idle. The
    /// baselines know neither. O(classes of the doubling), and O(1) each.
    #[must_use = "the executor must destroy these: the pool has forgotten them already"]
    pub fn make_room(&mut self, created: &ResourceSpec) -> Vec<Eviction> {
        let Some(size) = created.size().filter(|_| self.config.mode.trims()) else { return Vec::new() };
        let mut evictions: Vec<Eviction> = self.outgrown(created, size).into_iter().collect();
        // The fresh one is not counted yet.
        let keep = self.config.byte_limit.saturating_sub(size);
        let above = |pool: &Self, _: &Entry| pool.stats.allocated().bytes > keep;
        evictions.extend(self.evict(DestroyReason::Limit, usize::MAX, above));
        evictions
    }

    fn outgrown(&mut self, created: &ResourceSpec, size: Bytes) -> Option<Eviction> {
        let ResourceSpec::Buffer(buffer) = created else { return None };
        let (least, most) = self.config.mode.outgrown(size)?;
        let class = self.index.smallest_idle_class(ClassKind::Buffer(buffer.usage), least, most)?;
        // The least recently used of the class: hits take the other end.
        let slot = self.index.class(class).idle.first?;
        Some(self.remove(slot, DestroyReason::Outgrown))
    }

    /// Everything idle that was not used for `max_age` goes, however many that
    /// are. O(1) each.
    #[must_use = "the executor must destroy these: the pool has forgotten them already"]
    pub fn cleanup_old_buffers(&mut self, now: Micros, max_age: Micros) -> Vec<Eviction> {
        self.evict(DestroyReason::Age, usize::MAX, |_, oldest| now.since(oldest.last_used) >= max_age)
    }

    /// What goes under the budget's pressure, once a frame while it lasts. At
    /// elevated pressure surplus, at high pressure whatever was used least
    /// recently down to the low water, both at most as many as a trim destroys;
    /// at critical pressure everything idle. The baselines heed only the last.
    /// O(1) each.
    #[must_use = "the executor must destroy these: the pool has forgotten them already"]
    pub fn relieve(&mut self, pressure: Pressure) -> Vec<Eviction> {
        let (most, low) = (self.destroys_per_trim(), self.config.low_water);
        match pressure {
            Pressure::Critical => self.evict(DestroyReason::Pressure, usize::MAX, |_, _| true),
            _ if !self.config.mode.trims() => Vec::new(),
            Pressure::Normal => Vec::new(),
            Pressure::Elevated => self.evict(DestroyReason::Pressure, most, Self::is_surplus),
            Pressure::High => self.evict(DestroyReason::Pressure, most, |pool, _| pool.stats.idle.bytes > low),
        }
    }

    /// Frees at least `wanted` bytes, or all that is idle: for a budget that is
    /// exceeded by so much. Least recently used first. O(1) each.
    #[must_use = "the executor must destroy these: the pool has forgotten them already"]
    pub fn reclaim(&mut self, wanted: Bytes) -> Vec<Eviction> {
        let keep = self.stats.idle.bytes.saturating_sub(wanted);
        self.evict(DestroyReason::OutOfMemory, usize::MAX, |pool, _| pool.stats.idle.bytes > keep)
    }

    /// The same, among those of the same use as `spec` only: buffers of its
    /// usage, whatever their size, or textures of its descriptor. O(idle).
    #[must_use = "the executor must destroy these: the pool has forgotten them already"]
    pub fn reclaim_like(&mut self, spec: &ResourceSpec, wanted: Bytes) -> Vec<Eviction> {
        let kind = ClassKind::of(spec);
        let mut left = wanted.get();
        let mut chosen = Vec::new();
        for slot in self.index.idle() {
            let entry = self.slots.live(slot);
            if left > 0 && self.index.class(entry.class).key.kind == kind {
                left = left.saturating_sub(entry.size.get());
                chosen.push(slot);
            }
        }
        chosen.into_iter().map(|slot| self.remove(slot, DestroyReason::OutOfMemory)).collect()
    }

    /// Everything idle goes: the last resort before an out-of-memory error is
    /// passed on.
    #[must_use = "the executor must destroy these: the pool has forgotten them already"]
    pub fn trim_all_idle(&mut self) -> Vec<Eviction> {
        self.evict(DestroyReason::OutOfMemory, usize::MAX, |_, _| true)
    }

    /// The device is gone, and everything on it: every handle of before is
    /// stale. The pool can be used with the next device at once. Also returns
    /// those that were being created, so that nothing stays charged. O(slots).
    #[must_use = "the executor must destroy these: the pool has forgotten them already"]
    pub fn device_lost(&mut self) -> Vec<Eviction> {
        let slots: Vec<u32> = self.slots.iter().map(|(resource, _)| resource.slot).collect();
        self.draining = false;
        slots.into_iter().map(|slot| self.remove(slot, DestroyReason::DeviceLoss)).collect()
    }

    /// What lay idle through the last W trims: how many, and their bytes.
    /// O(surplus).
    pub fn surplus(&self) -> super::Amount {
        let idle = self.index.idle().map(|slot| self.slots.live(slot));
        idle.take_while(|entry| self.is_surplus(entry)).fold(super::Amount::default(), |mut sum, entry| {
            sum.add(entry.size);
            sum
        })
    }

    fn destroys_per_trim(&self) -> usize {
        usize::try_from(self.config.max_destroys_per_trim).unwrap_or(usize::MAX)
    }

    fn idle_frames(&self, entry: &Entry) -> u64 {
        self.frame.saturating_sub(entry.released_frame)
    }

    fn is_surplus(&self, entry: &Entry) -> bool {
        self.idle_frames(entry) >= self.config.surplus_frames
    }

    fn is_old(&self, entry: &Entry, now: Micros) -> bool {
        now.since(entry.last_used) >= self.config.max_age && self.idle_frames(entry) >= self.config.max_idle_frames
    }

    /// From the high water down to the low water, at most `most` of them.
    fn drain(&mut self, most: usize) -> Vec<Eviction> {
        let low = self.config.low_water;
        if !self.draining && self.stats.idle.bytes <= self.config.high_water {
            return Vec::new();
        }
        let surplus = |pool: &Self, oldest: &Entry| pool.stats.idle.bytes > low && pool.is_surplus(oldest);
        let drained = self.evict(DestroyReason::Surplus, most, surplus);
        self.draining = self.stats.idle.bytes > low;
        drained
    }

    /// What a baseline's free lists would not have taken: the newest of each
    /// class above its cap.
    fn keep_caps(&mut self) -> Vec<Eviction> {
        let mut evictions = Vec::new();
        for id in self.index.take_grown() {
            while let Some(slot) = self.above_cap(id) {
                evictions.push(self.remove(slot, DestroyReason::Overflow));
            }
        }
        evictions
    }

    fn above_cap(&self, class: u32) -> Option<u32> {
        let class = self.index.get(class)?;
        let cap = self.config.mode.idle_cap(&class.key.kind, class.key.size)?;
        class.idle.last.filter(|_| class.idle.count > cap)
    }

    /// Evicts the least recently used while `wanted` says so, at most `most`.
    fn evict(&mut self, reason: DestroyReason, most: usize, wanted: impl Fn(&Self, &Entry) -> bool) -> Vec<Eviction> {
        let mut evictions = Vec::new();
        while evictions.len() < most
            && let Some(oldest) = self.index.least_recent()
            && wanted(self, self.slots.live(oldest))
        {
            evictions.push(self.remove(oldest, reason));
        }
        evictions
    }
}
