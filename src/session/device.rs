//! Buffers and textures: acquired from the pool, paid for from creation to
//! destruction, filled from stages in the arena, given back with the
//! submission that used them last.

use super::engine::{NOBODY, Session};
use super::host::name;
use super::live::{HeldResource, Live};
use super::request::{GpuMode, NnMode, Request};
use super::run::InFlight;
use crate::owner::Owner;
use crate::pool::{
    Acquired, BufferSpec, BufferUsage, Contents, DeviceLimits, Eviction, NextUse, ResourceId, ResourceInfo,
    ResourceSpec, Rung, Serial,
};
use crate::telemetry::event::Op;
use crate::telemetry::notice::Level;
use crate::units::Bytes;
use crate::workload::step::Slot;

impl Session<'_> {
    pub(super) fn acquire_buffer(&mut self, slot: Slot, size: Bytes, usage: BufferUsage, owner: Owner) -> Option<()> {
        self.acquire(slot, BufferSpec::new(size, usage).into(), owner)
    }

    pub(super) fn acquire(&mut self, slot: Slot, spec: ResourceSpec, owner: Owner) -> Option<()> {
        self.acquire_from(slot, spec, owner, Some(Rung::TrimClass))
    }

    /// The same; `next_rung` is what is tried should the device fail.
    pub(super) fn acquire_from(
        &mut self,
        slot: Slot,
        spec: ResourceSpec,
        owner: Owner,
        next_rung: Option<Rung>,
    ) -> Option<()> {
        // Written by the queue or by a dispatch first: ordered behind the last
        // use as soon as that is submitted.
        let (next, contents) = (NextUse::QueueWrite, Contents::Undefined);
        let acquired = match self.run.pool.acquire_for(next, &spec, contents, owner, self.run.time) {
            Ok(acquired) => acquired,
            Err(error) => {
                self.say(Level::Error, format!("{} got no buffer or texture: {error}", name(owner)));
                return None;
            }
        };
        let handle = acquired.handle();
        match acquired {
            Acquired::Reused { .. } => {
                let size = self.run.pool.lookup(handle).map_or(Bytes::ZERO, |info| info.size);
                self.emit(Op::PoolReuse, owner, handle.resource().number(), 0, size);
            }
            Acquired::Fresh { created, size, .. } => self.create(handle.resource(), created, size, owner)?,
        }
        self.run.live.insert(slot, Live::Resource(HeldResource { handle, spec, owner, next_rung }));
        Some(())
    }

    /// Pays for a fresh resource and asks for its creation; where the budget
    /// refuses to the last, the acquire is undone.
    fn create(&mut self, resource: ResourceId, spec: ResourceSpec, size: Bytes, owner: Owner) -> Option<()> {
        let evictions = self.run.pool.make_room(&spec);
        self.destroy(evictions);
        match self.pay_for(&spec, size, owner) {
            Ok(charge) => {
                self.run.device_charges.insert(resource, charge);
                let _ = self.run.pool.confirm(resource);
                self.emit(Op::PoolCreate, owner, resource.number(), 0, size);
                self.requests.push_back(Request::Create { resource, spec, label: name(owner) });
                Some(())
            }
            Err(error) => {
                // Nothing was asked of the device yet: the eviction is void.
                let _ = self.run.pool.fail(resource).map(|undone| undone.size);
                self.budget_refused(owner, size, &error);
                None
            }
        }
    }

    /// Carries out what the pool decided: charges end, the device destroys.
    pub(super) fn destroy(&mut self, evictions: Vec<Eviction>) {
        for Eviction { resource, size, reason, .. } in evictions {
            let owner = match self.run.device_charges.remove(&resource) {
                Some(charge) => Owner::new(charge.category(), NOBODY.tag),
                None => NOBODY,
            };
            self.emit_with(Op::PoolDestroy, reason.index() as u8 + 1, owner, resource.number(), 0, size);
            self.requests.push_back(Request::Destroy { resource });
        }
    }

    pub(super) fn upload(&mut self, slot: Slot) -> Option<()> {
        let (info, owner, wanted) = self.resource(slot)?;
        let stage = self.stage(wanted, owner)?;
        self.write_stage(stage, |bytes| fill(bytes, info.resource.number()));
        let resource = info.resource;
        self.requests.push_back(match info.spec {
            ResourceSpec::Buffer(_) => Request::WriteBuffer { resource, stage },
            ResourceSpec::Texture(spec) => Request::WriteTexture { resource, spec, stage },
        });
        self.run.counters.uploaded_bytes += wanted.get();
        Some(())
    }

    pub(super) fn dispatch(&mut self, input: Slot, output: Slot) -> Option<()> {
        let (input, _, from) = self.resource(input)?;
        let (output, _, to) = self.resource(output)?;
        let (input, output, size) = (input.resource, output.resource, from.min(to));
        self.requests.push_back(Request::Dispatch { input, output, size });
        self.run.counters.dispatches += 1;
        Some(())
    }

    /// The resource of a slot, its owner, and the bytes that were asked for.
    fn resource(&self, slot: Slot) -> Option<(ResourceInfo, Owner, Bytes)> {
        let Live::Resource(held) = self.run.live.get(&slot)? else { return None };
        let info = self.run.pool.lookup(held.handle).ok()?;
        Some((info, held.owner, info.requested))
    }

    pub(super) fn release(&mut self, slot: Slot) -> Option<()> {
        let Live::Resource(held) = self.run.live.get(&slot)? else { return None };
        let (handle, owner) = (held.handle, held.owner);
        self.run.live.remove(&slot);
        let size = self.run.pool.lookup(handle).map_or(Bytes::ZERO, |info| info.size);
        // Used last by the frame being recorded, whose serial comes next.
        let last_use = Serial(self.last_serial.0 + 1);
        match self.run.pool.release(handle, last_use, self.run.time) {
            Ok(()) => self.emit(Op::PoolRelease, owner, handle.resource().number(), 0, size),
            Err(error) => self.say(Level::Error, format!("a resource of {} was not released: {error}", name(owner))),
        }
        Some(())
    }

    pub(super) fn submit(&mut self) {
        let serial = self.next_serial();
        let stages = std::mem::take(&mut self.run.stages);
        self.run.staging.ring.submit(serial);
        self.run.in_flight.push_back(InFlight { serial, stages });
        self.run.pool.submit(serial);
        self.run.counters.submits += 1;
        self.emit(Op::Submit, NOBODY, serial.0, 0, Bytes::ZERO);
        self.requests.push_back(Request::Submit { serial });
    }

    /// The GPU has finished `serial` and everything before it.
    pub(super) fn complete(&mut self, serial: Serial) {
        self.run.pool.complete(serial);
        self.run.staging.ring.complete(serial);
        self.emit(Op::Complete, NOBODY, serial.0, 0, Bytes::ZERO);
        while self.run.in_flight.front().is_some_and(|oldest| oldest.serial <= serial) {
            if let Some(done) = self.run.in_flight.pop_front() {
                done.stages.into_iter().for_each(|stage| self.give_range_back(stage));
            }
        }
    }

    pub(super) fn open_devices(&mut self, gpu: GpuMode, nn: NnMode, limits: DeviceLimits) {
        let reopened = self.gpu != GpuMode::Off;
        (self.gpu, self.nn, self.limits.device, self.devices_open) = (gpu, nn, limits, true);
        if reopened {
            self.rebuild_resources();
            self.rebuild_tensors();
        }
    }

    /// Everything on the device is gone: charges end, stages are done, handles
    /// of before are stale. What the scenario holds is created anew when there
    /// is a device again.
    pub(super) fn lose_device(&mut self, reason: &str) {
        self.run.counters.device_losses += 1;
        self.devices_open = false;
        self.emit(Op::DeviceLoss, NOBODY, 0, 0, Bytes::ZERO);
        let gone = self.run.pool.device_lost();
        let count = gone.len();
        self.destroy(gone);
        self.complete(self.last_serial);
        if self.nn == NnMode::WebGpuEmulated {
            self.forget_networks();
        }
        self.requests.push_back(Request::OpenDevice);
        self.say(
            Level::Error,
            format!("the GPU device was lost ({reason}) with {count} buffers and textures; asking for another"),
        );
    }

    fn rebuild_resources(&mut self) {
        let held: Vec<(Slot, ResourceSpec, Owner)> = (self.run.live.iter())
            .filter_map(|(slot, live)| match live {
                Live::Resource(held) => Some((*slot, held.spec, held.owner)),
                _ => None,
            })
            .collect();
        let count = held.len();
        for (slot, spec, owner) in held {
            self.run.live.remove(&slot);
            self.acquire(slot, spec, owner);
        }
        self.say(Level::Info, format!("the GPU device is back; {count} buffers and textures in use were created anew"));
    }
}

/// Contents that differ from stage to stage: a counter, scrambled by a seed.
pub(super) fn fill(bytes: &mut [u8], seed: u64) {
    let step = (seed << 1 | 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mut word = step;
    for chunk in bytes.chunks_exact_mut(8) {
        chunk.copy_from_slice(&word.to_le_bytes());
        word = word.wrapping_add(step);
    }
}
