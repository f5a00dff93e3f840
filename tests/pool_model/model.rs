//! What a pool must do, with a list and linear scans.

use arenascope::pool::{BufferHandle, BufferUsage, PoolConfig, PoolMode, ResourceId, Serial, State};

/// One live resource.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Thing {
    pub(super) resource: ResourceId,
    pub(super) size: u64,
    pub(super) usage: BufferUsage,
    pub(super) requested: u64,
    pub(super) state: State,
    pub(super) last_used: u64,
    /// Counts the releases, to tell those of one microsecond apart.
    pub(super) released: u64,
    /// The handle that is good for it now, if any is.
    pub(super) holder: Option<BufferHandle>,
}

pub(super) struct Model {
    config: PoolConfig,
    pub(super) things: Vec<Thing>,
    pub(super) completed: Serial,
    pub(super) releases: u64,
    pub(super) draining: bool,
    pub(super) hits: u64,
    pub(super) misses: u64,
    pub(super) failed: u64,
}

impl Model {
    pub(super) fn new(config: PoolConfig) -> Self {
        let (completed, things) = (Serial(0), Vec::new());
        Self { config, things, completed, releases: 0, draining: false, hits: 0, misses: 0, failed: 0 }
    }

    /// Walks up the classes, one after another, until one is large enough.
    pub(super) fn class(&self, size: u64) -> u64 {
        if self.config.mode == PoolMode::Exact {
            return size.div_ceil(4) * 4;
        }
        let (mut doubling, mut class) = (1, 4);
        while class < size {
            while class >= doubling * 2 {
                doubling *= 2;
            }
            let steps = if class >= 1 << 20 { 8 } else { 4 };
            class += (doubling / steps).max(4);
        }
        class
    }

    pub(super) fn reusable(&self, size: u64, usage: BufferUsage) -> Option<ResourceId> {
        let fits = |thing: &&Thing| thing.state == State::Idle && (thing.size, thing.usage) == (size, usage);
        self.things
            .iter()
            .filter(fits)
            .max_by_key(|thing| (thing.last_used, thing.released))
            .map(|thing| thing.resource)
    }

    pub(super) fn thing(&mut self, resource: ResourceId) -> Option<&mut Thing> {
        self.things.iter_mut().find(|thing| thing.resource == resource)
    }

    pub(super) fn remove(&mut self, resource: ResourceId) -> Option<Thing> {
        let at = self.things.iter().position(|thing| thing.resource == resource)?;
        Some(self.things.remove(at))
    }

    pub(super) fn complete(&mut self, serial: Serial) {
        self.completed = self.completed.max(serial);
        for thing in &mut self.things {
            if matches!(thing.state, State::Pending { last_use } if last_use <= serial) {
                thing.state = State::Idle;
            }
        }
    }

    pub(super) fn bytes(&self, wanted: State) -> u64 {
        self.things.iter().filter(|thing| thing.state == wanted).map(|thing| thing.size).sum()
    }

    /// Evicts the least recently used, one at a time, while `more` says so.
    fn evict(&mut self, most: usize, more: impl Fn(&Self, &Thing) -> bool) -> Vec<ResourceId> {
        let mut gone = Vec::new();
        while gone.len() < most {
            let idle = self.things.iter().filter(|thing| thing.state == State::Idle);
            let oldest = idle.min_by_key(|thing| (thing.last_used, thing.released)).copied();
            let Some(oldest) = oldest.filter(|thing| more(self, thing)) else { break };
            self.remove(oldest.resource);
            gone.push(oldest.resource);
        }
        gone
    }

    pub(super) fn evict_above(&mut self, most: usize, bytes: u64) -> Vec<ResourceId> {
        self.evict(most, |model, _| model.bytes(State::Idle) > bytes)
    }

    pub(super) fn evict_aged(&mut self, most: usize, now: u64, age: u64) -> Vec<ResourceId> {
        self.evict(most, |_, oldest| now - oldest.last_used >= age)
    }

    pub(super) fn evict_all(&mut self) -> Vec<ResourceId> {
        self.evict(usize::MAX, |_, _| true)
    }

    pub(super) fn trim(&mut self, now: u64) -> Vec<ResourceId> {
        let most = self.config.max_destroys_per_trim as usize;
        let mut gone = self.evict_above(usize::MAX, self.config.idle_limit.get());
        let aged = self.evict_aged(most, now, self.config.max_age.get());
        let left = most - aged.len();
        gone.extend(aged);
        let low = self.config.low_water.get();
        if self.draining || self.bytes(State::Idle) > self.config.high_water.get() {
            gone.extend(self.evict_above(left, low));
            self.draining = self.bytes(State::Idle) > low;
        }
        gone
    }
}
