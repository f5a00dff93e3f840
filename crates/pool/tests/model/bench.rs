//! Pool, model and device side by side: every step is done to all three, and
//! what they say must agree.

use super::device::Device;
use super::model::{Model, Thing};
use super::{OWNER, START};
use arenascope_pool::*;
use arenascope_units::{Bytes, Micros};
use proptest::sample::Index;
use std::collections::{BTreeMap, BTreeSet};

/// One step of a program. Handles are picked from all that were ever given out,
/// so most of a long program's are stale.
#[derive(Clone, Debug)]
pub(super) enum Op {
    Acquire { size: u64, storage: bool, confirm: bool },
    Confirm(Index),
    Fail(Index),
    Release(Index),
    Submit,
    Complete { behind: u64 },
    Pass(u64),
    Trim,
    Cleanup { age: u64 },
    Reclaim { wanted: u64 },
    ReclaimLike { storage: bool, wanted: u64 },
    Relieve(Pressure),
    Flush,
    Lose,
}

fn usage(storage: bool) -> BufferUsage {
    if storage { BufferUsage::STORAGE } else { BufferUsage::VERTEX | BufferUsage::COPY_DST }
}

pub(super) struct Bench {
    pub(super) pool: Pool,
    pub(super) device: Device,
    pub(super) handles: Vec<BufferHandle>,
    model: Model,
    now: Micros,
}

impl Bench {
    pub(super) fn new(config: PoolConfig) -> Self {
        let (pool, model) = (Pool::new(config), Model::new(config));
        Self { pool, model, device: Device::default(), handles: Vec::new(), now: START }
    }

    pub(super) fn step(&mut self, op: &Op) {
        match op {
            Op::Acquire { size, storage, confirm } => self.acquire(*size, *storage, *confirm),
            Op::Confirm(index) => self.with_handle(index, Self::confirm),
            Op::Fail(index) => self.with_handle(index, Self::fail),
            Op::Release(index) => self.with_handle(index, Self::release),
            Op::Submit => self.device.submitted.0 += 1,
            Op::Complete { behind } => self.complete(Serial(self.device.submitted.0.saturating_sub(*behind))),
            Op::Pass(span) => self.now = self.now.after(Micros::new(*span)),
            Op::Lose => self.lose(),
            _ => self.evict(op),
        }
    }

    fn with_handle(&mut self, index: &Index, act: fn(&mut Self, BufferHandle)) {
        if !self.handles.is_empty() {
            act(self, *index.get(&self.handles));
        }
    }

    pub(super) fn acquire(&mut self, size: u64, storage: bool, confirm: bool) {
        let usage = usage(storage);
        let class = self.model.class(size);
        let expected = self.model.reusable(class, usage);
        let spec = BufferSpec::new(Bytes::new(size), usage).into();
        let acquired = self.pool.acquire(&spec, Contents::Zeroed, OWNER, self.now).expect("within limits");
        let handle = acquired.handle();
        self.handles.push(handle);
        match acquired {
            Acquired::Reused { needs_clear, .. } => {
                assert_eq!((Some(handle.resource()), needs_clear), (expected, true));
                self.note_reused(handle, size);
            }
            Acquired::Fresh { created, size: bytes, .. } => {
                assert_eq!(expected, None, "one lay idle");
                assert_eq!((created, bytes.get()), (BufferSpec::new(bytes, usage).into(), class));
                self.note_fresh(handle, class, usage, size);
                let (plan, expected) = (self.pool.make_room(&created), self.model.make_room(class, usage));
                assert_eq!(plan.iter().map(|gone| gone.resource).collect::<Vec<_>>(), expected);
                plan.into_iter().for_each(|gone| self.device.destroy(gone.resource, gone.size));
                if confirm {
                    self.confirm(handle);
                }
            }
        }
    }

    fn note_reused(&mut self, handle: BufferHandle, requested: u64) {
        assert!(!self.device.is_busy(handle.resource()), "reused while the GPU works on it");
        self.device.touch(handle.resource());
        self.model.hits += 1;
        let thing = self.model.thing(handle.resource()).expect("alive");
        (thing.state, thing.requested, thing.last_used) = (State::InUse, requested, self.now.get());
        thing.holder = Some(handle);
    }

    fn note_fresh(&mut self, handle: BufferHandle, size: u64, usage: BufferUsage, requested: u64) {
        self.model.misses += 1;
        self.model.things.push(Thing {
            resource: handle.resource(),
            size,
            usage,
            requested,
            state: State::Creating,
            last_used: self.now.get(),
            released: 0,
            frame: 0,
            holder: Some(handle),
        });
    }

    fn confirm(&mut self, handle: BufferHandle) {
        let resource = handle.resource();
        let answer = self.pool.confirm(resource);
        match self.model.thing(resource) {
            Some(thing) if thing.state == State::Creating => {
                assert_eq!(answer, Ok(()));
                thing.state = State::InUse;
                self.device.create(resource, Bytes::new(thing.size));
                self.device.touch(resource);
            }
            Some(_) => assert_eq!(answer, Err(HandleError::Confirmed { resource })),
            None => assert!(matches!(answer, Err(HandleError::Destroyed { .. }))),
        }
    }

    fn fail(&mut self, handle: BufferHandle) {
        let answer = self.pool.fail(handle.resource());
        match self.model.remove(handle.resource()) {
            Some(thing) => {
                assert_eq!(answer.map(|gone| gone.size), Ok(Bytes::new(thing.size)));
                self.forget(thing);
            }
            None => assert!(matches!(answer, Err(HandleError::Destroyed { .. }))),
        }
    }

    pub(super) fn release(&mut self, handle: BufferHandle) {
        let last_use = self.device.last_use(handle.resource());
        let answer = self.pool.release(handle, last_use, self.now);
        let (completed, released, frame) = (self.model.completed, self.model.releases + 1, self.model.frame);
        match self.model.thing(handle.resource()) {
            None => assert!(matches!(answer, Err(HandleError::Destroyed { .. }))),
            Some(thing) if thing.holder != Some(handle) => {
                assert!(matches!(answer, Err(HandleError::Released { .. })));
            }
            Some(thing) if thing.state == State::Creating => {
                assert!(matches!(answer, Err(HandleError::Unconfirmed { .. })));
            }
            Some(thing) => {
                assert_eq!(answer, Ok(()));
                thing.state = if last_use <= completed { State::Idle } else { State::Pending { last_use } };
                (thing.last_used, thing.released, thing.frame) = (self.now.get(), released, frame);
                thing.holder = None;
                self.model.releases = released;
            }
        }
    }

    pub(super) fn complete(&mut self, serial: Serial) {
        self.pool.complete(serial);
        self.device.complete(serial);
        self.model.complete(serial);
    }

    fn evict(&mut self, op: &Op) {
        let now = self.now.get();
        let (plan, expected) = match op {
            Op::Trim => (self.pool.trim(self.now), self.model.trim(now)),
            Op::Cleanup { age } => (
                self.pool.cleanup_old_buffers(self.now, Micros::new(*age)),
                self.model.evict_aged(usize::MAX, now, *age),
            ),
            Op::Reclaim { wanted } => {
                let keep = self.model.bytes(State::Idle).saturating_sub(*wanted);
                (self.pool.reclaim(Bytes::new(*wanted)), self.model.evict_above(usize::MAX, keep))
            }
            Op::ReclaimLike { storage, wanted } => {
                let like = BufferSpec::new(Bytes::new(1), usage(*storage)).into();
                (self.pool.reclaim_like(&like, Bytes::new(*wanted)), self.model.reclaim_like(usage(*storage), *wanted))
            }
            Op::Relieve(pressure) => (self.pool.relieve(*pressure), self.model.relieve(*pressure)),
            _ => (self.pool.trim_all_idle(), self.model.evict_all()),
        };
        let overflowed = plan.first().is_some_and(|gone| gone.reason == DestroyReason::Overflow);
        let mut resources: Vec<_> = plan.iter().map(|gone| gone.resource).collect();
        if overflowed {
            // Bucket by bucket; the model goes through its list.
            resources.sort_unstable_by_key(|resource| expected.iter().position(|other| other == resource));
        }
        assert_eq!(resources, expected);
        plan.into_iter().for_each(|gone| self.device.destroy(gone.resource, gone.size));
    }

    fn lose(&mut self) {
        let gone: BTreeSet<_> = self.pool.device_lost().into_iter().map(|gone| gone.resource).collect();
        let expected: BTreeSet<_> = self.model.things.iter().map(|thing| thing.resource).collect();
        assert_eq!(gone, expected);
        self.model.draining = false;
        std::mem::take(&mut self.model.things).into_iter().for_each(|thing| self.forget(thing));
    }

    fn forget(&mut self, thing: Thing) {
        match thing.state {
            State::Creating => {
                self.model.failed += 1;
                self.model.misses -= 1;
            }
            _ => self.device.destroy(thing.resource, Bytes::new(thing.size)),
        }
    }

    /// Audits the pool and compares all that can be seen.
    pub(super) fn check(&self) {
        self.pool.audit().expect("audit");
        self.check_figures();
        self.check_lists();
        for handle in &self.handles {
            let good = self.model.things.iter().any(|thing| thing.holder == Some(*handle));
            assert_eq!(self.pool.lookup(*handle).is_ok(), good, "{handle}");
        }
    }

    fn check_figures(&self) {
        let (stats, model, device) = (self.pool.statistics(), &self.model, &self.device);
        assert_eq!(stats.allocated(), device.allocated());
        assert_eq!((stats.created.count, stats.destroyed.total().count), (device.created, device.destroyed));
        assert_eq!((stats.hits, stats.misses, stats.creations_failed), (model.hits, model.misses, model.failed));
        assert_eq!(stats.in_use.bytes.get(), model.bytes(State::InUse));
        assert_eq!(stats.idle.bytes.get(), model.bytes(State::Idle));
        let held = model.things.iter().filter(|thing| thing.state == State::InUse);
        assert_eq!(stats.requested.get(), held.map(|thing| thing.requested).sum::<u64>());
    }

    fn check_lists(&self) {
        let listed: BTreeMap<_, _> = self.pool.buffers().map(|info| (info.resource, info.state)).collect();
        let known: BTreeMap<_, _> = self.model.things.iter().map(|thing| (thing.resource, thing.state)).collect();
        assert_eq!(listed, known);
        let classes: BTreeSet<_> =
            self.model.things.iter().map(|thing| (thing.size, thing.usage.to_string())).collect();
        let rows: Vec<_> = self.pool.rows().into_iter().map(|row| (row.size.get(), row.label)).collect();
        assert_eq!(rows, Vec::from_iter(classes), "one row per class with anything alive, in order");
    }
}
