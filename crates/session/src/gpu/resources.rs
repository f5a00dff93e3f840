//! Buffers and textures: acquired from the pool, paid for from creation to
//! destruction, filled from stages in the arena, given back with the
//! submission that used them last.

use super::InFlight;
use crate::events::Said;
use crate::live::{HeldResource, Live};
use crate::ranges::name;
use crate::request::{GpuMode, NnMode, Request};
use crate::session::Session;
use arenascope_pool::{
    Acquired, BufferHandle, BufferSpec, BufferUsage, DeviceLimits, FallbackStep, NextUse, ResourceInfo, ResourceSpec,
    Serial,
};
use arenascope_telemetry::event::{NOBODY, Op};
use arenascope_telemetry::notice::Level;
use arenascope_units::Bytes;
use arenascope_units::owner::Owner;
use arenascope_workload::step::Slot;

impl Session<'_> {
    pub(crate) fn acquire_buffer(&mut self, slot: Slot, size: Bytes, usage: BufferUsage, owner: Owner) -> Option<()> {
        self.acquire(slot, BufferSpec::new(size, usage).into(), owner)
    }

    pub(crate) fn acquire(&mut self, slot: Slot, spec: ResourceSpec, owner: Owner) -> Option<()> {
        self.acquire_from(slot, spec, owner, Some(FallbackStep::TrimClass))
    }

    /// The same; `next_step` is what is tried should the device fail.
    pub(crate) fn acquire_from(
        &mut self,
        slot: Slot,
        spec: ResourceSpec,
        owner: Owner,
        next_step: Option<FallbackStep>,
    ) -> Option<()> {
        // Written by the queue or by a dispatch first: ordered behind the last
        // use as soon as that is submitted.
        let who = (owner, self.run.time);
        let acquired = match self.run.gpu.pool.acquire(NextUse::QueueWrite, &spec, who, &mut self.out) {
            Ok(acquired) => acquired,
            Err(error) => {
                self.say(Level::Error, format!("{} got no buffer or texture: {error}", name(owner)));
                return None;
            }
        };
        let handle = acquired.handle();
        if let Acquired::Fresh { created, size, .. } = acquired {
            self.create(handle, created, size, owner)?;
        }
        self.run.live.insert(slot, Live::Resource(HeldResource { handle, spec, owner, next_step }));
        Some(())
    }

    /// Pays for a fresh resource and asks for its creation; where the budget
    /// refuses to the last, the acquire is undone.
    fn create(&mut self, handle: BufferHandle, spec: ResourceSpec, size: Bytes, owner: Owner) -> Option<()> {
        let (resource, needed) = (handle.resource(), self.run.gpu.pool.requested_of(handle));
        self.run.gpu.pool.make_room(&spec, &mut self.out);
        match self.pay_for(&spec, (size, needed), owner) {
            Ok(charge) => {
                self.run.gpu.pool.admit(resource, spec, (charge, name(owner)), &mut self.out);
                Some(())
            }
            Err(error) => {
                self.run.gpu.pool.withdraw(resource);
                self.budget_refused(owner, size, &error);
                None
            }
        }
    }

    pub(crate) fn upload(&mut self, slot: Slot) -> Option<()> {
        let (info, owner, wanted) = self.resource(slot)?;
        let stage = self.stage(wanted, owner)?;
        self.write_stage(stage, |bytes| fill(bytes, info.resource.number()));
        let resource = info.resource;
        self.out.request(match info.spec {
            ResourceSpec::Buffer(_) => Request::WriteBuffer { resource, stage },
            ResourceSpec::Texture(spec) => Request::WriteTexture { resource, spec, stage },
        });
        self.run.gpu.counters.uploaded_bytes += wanted.get();
        Some(())
    }

    pub(crate) fn dispatch(&mut self, input: Slot, output: Slot) -> Option<()> {
        let (input, _, from) = self.resource(input)?;
        let (output, _, to) = self.resource(output)?;
        let (input, output, size) = (input.resource, output.resource, from.min(to));
        self.out.request(Request::Dispatch { input, output, size });
        self.run.gpu.counters.dispatches += 1;
        Some(())
    }

    /// The resource of a slot, its owner, and the bytes that were asked for.
    fn resource(&self, slot: Slot) -> Option<(ResourceInfo, Owner, Bytes)> {
        let Live::Resource(held) = self.run.live.get(&slot)? else { return None };
        let info = self.run.gpu.pool.pool().lookup(held.handle).ok()?;
        Some((info, held.owner, info.requested))
    }

    pub(crate) fn release(&mut self, slot: Slot) -> Option<()> {
        let Live::Resource(held) = self.run.live.get(&slot)? else { return None };
        let (handle, owner) = (held.handle, held.owner);
        self.run.live.remove(&slot);
        // Used last by the frame being recorded, whose serial comes next.
        let last_use = Serial(self.devices.last_serial.0 + 1);
        let use_of = (owner, last_use, self.run.time);
        if let Err(error) = self.run.gpu.pool.release(handle, use_of, &mut self.out) {
            self.say(Level::Error, format!("a resource of {} was not released: {error}", name(owner)));
        }
        Some(())
    }

    pub(crate) fn submit(&mut self) {
        let serial = self.devices.next_serial();
        let gpu = &mut self.run.gpu;
        let stages = std::mem::take(&mut gpu.stages);
        gpu.staging.ring.submit(serial);
        gpu.in_flight.push_back(InFlight { serial, stages });
        gpu.pool.submit(serial);
        self.run.gpu.counters.submits += 1;
        self.out.emit(Said::of(Op::Submit, NOBODY, serial.0, Bytes::ZERO));
        self.out.request(Request::Submit { serial });
    }

    /// The GPU has finished `serial` and everything before it.
    pub(crate) fn complete(&mut self, serial: Serial) {
        self.run.gpu.pool.complete(serial);
        self.run.gpu.staging.ring.complete(serial);
        self.out.emit(Said::of(Op::Complete, NOBODY, serial.0, Bytes::ZERO));
        while self.run.gpu.in_flight.front().is_some_and(|oldest| oldest.serial <= serial) {
            if let Some(done) = self.run.gpu.in_flight.pop_front() {
                done.stages.into_iter().for_each(|stage| self.give_range_back(stage));
            }
        }
    }

    pub(crate) fn open_devices(&mut self, gpu: GpuMode, nn: NnMode, limits: DeviceLimits) {
        let devices = &mut self.devices;
        let reopened = devices.gpu != GpuMode::Off;
        (devices.gpu, devices.nn, devices.caps.device, devices.is_device_open) = (gpu, nn, limits, true);
        if reopened {
            self.rebuild_resources();
            self.rebuild_tensors();
        }
    }

    /// Everything on the device is gone: charges end, stages are done, handles
    /// of before are stale. What the scenario holds is created anew when there
    /// is a device again.
    pub(crate) fn lose_device(&mut self, reason: &str) {
        self.run.gpu.counters.device_losses += 1;
        self.devices.is_device_open = false;
        self.out.emit(Said::note(Op::DeviceLoss));
        let count = self.run.gpu.pool.lose(&mut self.out);
        self.complete(self.devices.last_serial);
        if self.devices.nn == NnMode::WebGpuEmulated {
            self.forget_networks();
        }
        self.out.request(Request::OpenDevice);
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
pub(crate) fn fill(bytes: &mut [u8], seed: u64) {
    let step = (seed << 1 | 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mut word = step;
    for chunk in bytes.chunks_exact_mut(8) {
        chunk.copy_from_slice(&word.to_le_bytes());
        word = word.wrapping_add(step);
    }
}
