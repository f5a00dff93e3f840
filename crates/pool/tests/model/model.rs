//! What a pool must do, with a list and linear scans.

use arenascope_pool::{BufferHandle, BufferUsage, PoolConfig, PoolMode, Pressure, ResourceId, Serial, State};

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
    /// The frame of its last release.
    pub(super) frame: u64,
    /// The handle that is good for it now, if any is.
    pub(super) holder: Option<BufferHandle>,
}

pub(super) struct Model {
    config: PoolConfig,
    pub(super) things: Vec<Thing>,
    pub(super) completed: Serial,
    pub(super) releases: u64,
    pub(super) draining: bool,
    pub(super) frame: u64,
    pub(super) hits: u64,
    pub(super) misses: u64,
    pub(super) failed: u64,
}

impl Model {
    pub(super) fn new(config: PoolConfig) -> Self {
        let (completed, things) = (Serial(0), Vec::new());
        Self { config, things, completed, releases: 0, draining: false, frame: 0, hits: 0, misses: 0, failed: 0 }
    }

    /// Bytes of the buffer that a request creates: walks up the sizes of the
    /// mode, one after another, until one is large enough.
    pub(super) fn class(&self, size: u64) -> u64 {
        match self.config.mode {
            PoolMode::Exact | PoolMode::Tfjs | PoolMode::BestFit { .. } => size.div_ceil(4) * 4,
            PoolMode::Pow2 => (2..).map(|power| 1 << power).find(|power| *power >= size).expect("one is"),
            // Of the baseline's table, what the programs here can ask for.
            PoolMode::OrtBuckets => (6..).map(|power| 1 << power).find(|p| *p >= size && *p != 1_024).expect("one is"),
            PoolMode::Classes { steps_per_doubling } => stepped(size, steps_per_doubling.into()),
        }
    }

    pub(super) fn reusable(&self, size: u64, usage: BufferUsage) -> Option<ResourceId> {
        let most = match self.config.mode {
            PoolMode::BestFit { max_waste_percent } => size * 100 / (100 - u64::from(max_waste_percent)),
            PoolMode::Classes { .. } => size.next_power_of_two(),
            _ => size,
        };
        let fits =
            |thing: &&Thing| thing.state == State::Idle && thing.usage == usage && (size..=most).contains(&thing.size);
        let found = self.things.iter().filter(fits);
        found
            .min_by_key(|thing| (thing.size, u64::MAX - thing.last_used, u64::MAX - thing.released))
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

    fn trims(&self) -> bool {
        !matches!(self.config.mode, PoolMode::OrtBuckets | PoolMode::Tfjs)
    }

    fn is_surplus(&self, thing: &Thing) -> bool {
        self.frame - thing.frame >= self.config.surplus_frames
    }

    fn is_old(&self, thing: &Thing, now: u64) -> bool {
        now - thing.last_used >= self.config.max_age.get() && self.frame - thing.frame >= self.config.max_idle_frames
    }

    pub(super) fn trim(&mut self, now: u64) -> Vec<ResourceId> {
        self.frame += 1;
        if !self.trims() {
            return self.overflow();
        }
        let most = self.config.max_destroys_per_trim as usize;
        let mut gone = self.evict_above(usize::MAX, self.config.idle_limit.get());
        let aged = self.evict(most, |model, oldest| model.is_old(oldest, now));
        let left = most - aged.len();
        gone.extend(aged);
        let low = self.config.low_water.get();
        if self.draining || self.bytes(State::Idle) > self.config.high_water.get() {
            gone.extend(self.evict(left, |model, oldest| model.bytes(State::Idle) > low && model.is_surplus(oldest)));
            self.draining = self.bytes(State::Idle) > low;
        }
        gone
    }

    /// One idle smaller one of the doubling, then the least recently used until
    /// the new one fits.
    pub(super) fn make_room(&mut self, size: u64, usage: BufferUsage) -> Vec<ResourceId> {
        if !self.trims() {
            return Vec::new();
        }
        let floor = size.next_power_of_two() / 2;
        let is_outgrown = |thing: &&Thing| {
            thing.state == State::Idle && thing.usage == usage && (floor + 1..size).contains(&thing.size)
        };
        let smaller = self.things.iter().filter(is_outgrown);
        let outgrown = smaller.min_by_key(|thing| (thing.size, thing.last_used, thing.released)).copied();
        let outgrown = outgrown.filter(|_| matches!(self.config.mode, PoolMode::Classes { .. }));
        let mut gone: Vec<ResourceId> = outgrown.into_iter().map(|thing| thing.resource).collect();
        gone.iter().for_each(|resource| self.things.retain(|thing| thing.resource != *resource));
        let keep = self.config.byte_limit.get().saturating_sub(size);
        let alive = |model: &Self| {
            model.things.iter().filter(|thing| thing.state != State::Creating).map(|thing| thing.size).sum::<u64>()
        };
        gone.extend(self.evict(usize::MAX, |model, _| alive(model) > keep));
        gone
    }

    pub(super) fn relieve(&mut self, pressure: Pressure) -> Vec<ResourceId> {
        let (most, low) = (self.config.max_destroys_per_trim as usize, self.config.low_water.get());
        match pressure {
            Pressure::Critical => self.evict_all(),
            Pressure::Elevated if self.trims() => self.evict(most, |model, oldest| model.is_surplus(oldest)),
            Pressure::High if self.trims() => self.evict_above(most, low),
            _ => Vec::new(),
        }
    }

    /// Those of one usage, least recently used first, until so much is freed.
    pub(super) fn reclaim_like(&mut self, usage: BufferUsage, wanted: u64) -> Vec<ResourceId> {
        let mut like: Vec<Thing> =
            self.things.iter().filter(|thing| thing.state == State::Idle && thing.usage == usage).copied().collect();
        like.sort_by_key(|thing| (thing.last_used, thing.released));
        let mut freed = 0;
        let needed = like.iter().take_while(|thing| {
            let more = freed < wanted;
            freed += thing.size;
            more
        });
        let gone: Vec<ResourceId> = needed.map(|thing| thing.resource).collect();
        self.things.retain(|thing| !gone.contains(&thing.resource));
        gone
    }

    /// The newest of each bucket beyond its count: none of the buckets here is
    /// ever that full, and vertex buffers are never kept.
    fn overflow(&mut self) -> Vec<ResourceId> {
        let is_kept = |thing: &Thing| {
            self.config.mode == PoolMode::Tfjs || thing.state != State::Idle || thing.usage == BufferUsage::STORAGE
        };
        let gone: Vec<ResourceId> =
            self.things.iter().filter(|thing| !is_kept(thing)).map(|thing| thing.resource).collect();
        self.things.retain(|thing| !gone.contains(&thing.resource));
        gone
    }
}

fn stepped(size: u64, coarse: u64) -> u64 {
    let (mut doubling, mut class) = (1, 4);
    while class < size {
        while class >= doubling * 2 {
            doubling *= 2;
        }
        let steps = if class >= 1 << 20 { 2 * coarse } else { coarse };
        class += (doubling / steps).max(4);
    }
    class
}
