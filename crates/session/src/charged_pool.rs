//! A pool whose every resource is paid for, from its creation to its destruction. The
//! session has two: of buffers and textures on the GPU, of tensors on the neural-network
//! device.

use super::events::Said;
use super::outbox::Outbox;
use super::request::Request;
use arenascope_budget::{Charge, Freed};
use arenascope_pool::{
    Acquired, BufferHandle, Contents, Eviction, HandleError, NextUse, Pool, PoolConfig, PoolError, Pressure,
    ResourceId, ResourceSpec, Serial,
};
use arenascope_telemetry::event::{NOBODY, Op};
use arenascope_units::owner::Owner;
use arenascope_units::{Bytes, Micros};
use std::collections::BTreeMap;

/// What a pool's resources are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Buffers and textures of the WebGPU device.
    Gpu,
    /// Tensors: flat buffers of `f32`, which graphs give their shape.
    Tensors,
}

/// The events of a kind.
struct Ops {
    create: Op,
    reuse: Op,
    release: Op,
    destroy: Op,
}

impl Kind {
    const fn ops(self) -> Ops {
        match self {
            Self::Gpu => {
                Ops { create: Op::PoolCreate, reuse: Op::PoolReuse, release: Op::PoolRelease, destroy: Op::PoolDestroy }
            }
            Self::Tensors => Ops {
                create: Op::TensorCreate,
                reuse: Op::TensorReuse,
                release: Op::TensorRelease,
                destroy: Op::TensorDestroy,
            },
        }
    }

    const fn creation(self, resource: ResourceId, spec: ResourceSpec, label: &'static str) -> Request {
        match (self, spec) {
            (Self::Tensors, ResourceSpec::Buffer(spec)) => Request::CreateTensor { tensor: resource, spec },
            _ => Request::Create { resource, spec, label },
        }
    }

    const fn destruction(self, resource: ResourceId) -> Request {
        match self {
            Self::Gpu => Request::Destroy { resource },
            Self::Tensors => Request::DestroyTensor { tensor: resource },
        }
    }
}

/// The pool, and what pays for each of its resources.
pub(crate) struct ChargedPool {
    kind: Kind,
    pool: Pool,
    charges: BTreeMap<ResourceId, Charge>,
}

impl ChargedPool {
    /// A pool in which nothing exists yet.
    pub(crate) fn new(kind: Kind, config: PoolConfig) -> Self {
        Self { kind, pool: Pool::new(config), charges: BTreeMap::new() }
    }

    /// The pool itself, to be looked at: what changes it goes through the charges.
    pub(crate) const fn pool(&self) -> &Pool {
        &self.pool
    }

    /// One that lies idle, or a fresh one, which is to be [admitted](Self::admit) or
    /// [withdrawn](Self::withdraw) next.
    ///
    /// # Errors
    /// As [`Pool::acquire_for`].
    pub(crate) fn acquire(
        &mut self,
        next: NextUse,
        spec: &ResourceSpec,
        (owner, now): (Owner, Micros),
        out: &mut Outbox<'_>,
    ) -> Result<Acquired, PoolError> {
        let acquired = self.pool.acquire_for(next, spec, Contents::Undefined, owner, now)?;
        if let Acquired::Reused { .. } = acquired {
            let handle = acquired.handle();
            let size = self.size_of(handle);
            self.note_reused(handle);
            out.emit(Said::of(self.kind.ops().reuse, owner, handle.resource().number(), size));
        }
        Ok(acquired)
    }

    /// Tells the budget's history that what lay idle is in use. The scenario asks for
    /// its buffers and textures by itself, and for tensors only with what it got before.
    fn note_reused(&self, handle: BufferHandle) {
        let Some(charge) = self.charges.get(&handle.resource()) else { return };
        match self.kind {
            Kind::Gpu => charge.note_needed(self.requested_of(handle)),
            Kind::Tensors => charge.note_used(),
        }
    }

    /// A fresh resource is paid for: it exists from now on, and the device is asked.
    pub(crate) fn admit(
        &mut self,
        resource: ResourceId,
        spec: ResourceSpec,
        (charge, label): (Charge, &'static str),
        out: &mut Outbox<'_>,
    ) {
        out.emit(Said::of(self.kind.ops().create, charge.owner(), resource.number(), charge.bytes()));
        self.charges.insert(resource, charge);
        // It is fresh, so it was not confirmed before.
        let _ = self.pool.confirm(resource);
        out.request(self.kind.creation(resource, spec, label));
    }

    /// Nobody pays for a fresh resource: it never existed, and the device was not asked.
    pub(crate) fn withdraw(&mut self, resource: ResourceId) {
        // What is returned is what was never made.
        let _ = self.pool.fail(resource).map(|undone| undone.size);
    }

    /// The device could not create a resource that was admitted: it counts as destroyed.
    /// What it was to be; `None` where it is gone already.
    pub(crate) fn fail(&mut self, resource: ResourceId, out: &mut Outbox<'_>) -> Option<(ResourceSpec, Bytes)> {
        let undone = self.pool.fail(resource).ok()?;
        let what = (undone.spec, undone.size);
        self.destroy(vec![undone], out);
        Some(what)
    }

    /// Gives a resource back. It is reused once `last_use` is done.
    ///
    /// # Errors
    /// As [`Pool::release`].
    pub(crate) fn release(
        &mut self,
        handle: BufferHandle,
        (owner, last_use, now): (Owner, Serial, Micros),
        out: &mut Outbox<'_>,
    ) -> Result<(), HandleError> {
        let size = self.size_of(handle);
        self.pool.release(handle, last_use, now)?;
        self.charges.get(&handle.resource()).into_iter().for_each(Charge::note_idle);
        out.emit(Said::of(self.kind.ops().release, owner, handle.resource().number(), size));
        Ok(())
    }

    /// Carries out what the pool decided: charges end, the device destroys. Whose bytes
    /// came back.
    pub(crate) fn destroy(&mut self, evictions: Vec<Eviction>, out: &mut Outbox<'_>) -> Freed {
        let mut freed = Freed::default();
        for Eviction { resource, size, reason, .. } in evictions {
            let charge = self.charges.remove(&resource);
            let owner = charge.as_ref().map_or(NOBODY, |charge| Owner::new(charge.category(), NOBODY.tag));
            charge.iter().for_each(|charge| freed.add(charge.category(), charge.bytes()));
            let detail = reason.index() as u8 + 1;
            out.emit(Said { detail, ..Said::of(self.kind.ops().destroy, owner, resource.number(), size) });
            out.request(self.kind.destruction(resource));
        }
        freed
    }

    /// Destroys everything, as a new run begins.
    pub(crate) fn drop_all(&self, out: &mut Outbox<'_>) {
        for info in self.pool.buffers() {
            out.emit(Said::of(self.kind.ops().destroy, info.owner, info.resource.number(), info.size));
            out.request(self.kind.destruction(info.resource));
        }
    }

    /// Idle ones go until `wanted` bytes came back, least recently used first, whosever
    /// they are.
    pub(crate) fn reclaim(&mut self, wanted: Bytes, out: &mut Outbox<'_>) -> Freed {
        let evictions = self.pool.reclaim(wanted);
        self.destroy(evictions, out)
    }

    /// The same among those of the use of `spec`.
    pub(crate) fn reclaim_like(&mut self, spec: &ResourceSpec, wanted: Bytes, out: &mut Outbox<'_>) -> Freed {
        let evictions = self.pool.reclaim_like(spec, wanted);
        self.destroy(evictions, out)
    }

    /// Makes room for a fresh resource under the pool's own limits.
    pub(crate) fn make_room(&mut self, spec: &ResourceSpec, out: &mut Outbox<'_>) {
        let evictions = self.pool.make_room(spec);
        self.destroy(evictions, out);
    }

    /// All that lies idle goes; how many that were.
    pub(crate) fn trim_all_idle(&mut self, out: &mut Outbox<'_>) -> usize {
        let evictions = self.pool.trim_all_idle();
        let count = evictions.len();
        self.destroy(evictions, out);
        count
    }

    /// The housekeeping of a frame.
    pub(crate) fn trim(&mut self, now: Micros, out: &mut Outbox<'_>) {
        let evictions = self.pool.trim(now);
        self.destroy(evictions, out);
    }

    /// Gives way to pressure.
    pub(crate) fn relieve(&mut self, pressure: Pressure, out: &mut Outbox<'_>) {
        let evictions = self.pool.relieve(pressure);
        self.destroy(evictions, out);
    }

    /// The device is gone with everything on it; how much that was.
    pub(crate) fn lose(&mut self, out: &mut Outbox<'_>) -> usize {
        let gone = self.pool.device_lost();
        let count = gone.len();
        self.destroy(gone, out);
        count
    }

    /// The queue has got everything up to `serial`.
    pub(crate) fn submit(&mut self, serial: Serial) {
        self.pool.submit(serial);
    }

    /// The device has finished everything up to `serial`.
    pub(crate) fn complete(&mut self, serial: Serial) {
        self.pool.complete(serial);
    }

    /// The device took so long to answer for a creation.
    pub(crate) fn note_creation(&mut self, took: Micros) {
        self.pool.note_creation(took);
    }

    /// Bytes that were asked for; zero for a stale handle.
    pub(crate) fn requested_of(&self, handle: BufferHandle) -> Bytes {
        self.pool.lookup(handle).map_or(Bytes::ZERO, |info| info.requested)
    }

    /// Bytes of the resource itself, rounded to its class; zero for a stale handle.
    pub(crate) fn size_of(&self, handle: BufferHandle) -> Bytes {
        self.pool.lookup(handle).map_or(Bytes::ZERO, |info| info.size)
    }
}
