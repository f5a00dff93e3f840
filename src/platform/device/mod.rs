//! Who runs the GPU's work: a WebGPU device, or, where there is none, the CPU
//! in its place, so that the accounting always has something to account for.

mod cpu;
mod formats;
mod inbox;
mod refusal;
mod webgpu;

pub(super) use cpu::CpuDevice;
pub(super) use inbox::Inbox;
pub(super) use webgpu::WebGpuDevice;

use crate::pool::{DeviceLimits, ResourceId, ResourceSpec, Serial};
use crate::session::request::GpuMode;
use crate::telemetry::capabilities::WebGpuCapability;

/// The device at work.
pub(super) enum Device {
    WebGpu(WebGpuDevice),
    Cpu(CpuDevice),
}

impl Device {
    /// A WebGPU device if there is one, else the CPU; and what was found.
    pub(super) async fn open(inbox: &Inbox) -> (Self, WebGpuCapability) {
        match WebGpuDevice::open(inbox).await {
            Ok(device) => {
                let capability = device.capability();
                (Self::WebGpu(device), capability)
            }
            Err(refusal) => {
                let capability =
                    WebGpuCapability { state: refusal.state(), reason: Some(refusal.reason()), ..Default::default() };
                (Self::Cpu(CpuDevice::new(inbox)), capability)
            }
        }
    }

    pub(super) fn mode(&self) -> GpuMode {
        match self {
            Self::WebGpu(_) => GpuMode::WebGpu,
            Self::Cpu(_) => GpuMode::CpuEmulated,
        }
    }

    pub(super) fn limits(&self) -> DeviceLimits {
        match self {
            Self::WebGpu(device) => device.limits(),
            Self::Cpu(_) => DeviceLimits::default(),
        }
    }

    pub(super) fn create(&mut self, resource: ResourceId, spec: &ResourceSpec, label: &str) {
        match self {
            Self::WebGpu(device) => device.create(resource, spec, label),
            Self::Cpu(device) => device.create(resource, spec),
        }
    }

    pub(super) fn destroy(&mut self, resource: ResourceId) {
        match self {
            Self::WebGpu(device) => device.destroy(resource),
            Self::Cpu(device) => device.destroy(resource),
        }
    }

    pub(super) fn write(&mut self, resource: ResourceId, bytes: &[u8]) {
        match self {
            Self::WebGpu(device) => device.write(resource, bytes),
            Self::Cpu(device) => device.write(resource, bytes),
        }
    }

    pub(super) fn dispatch(&mut self, input: ResourceId, output: ResourceId, bytes: u64) {
        match self {
            Self::WebGpu(device) => device.dispatch(input, output, bytes),
            Self::Cpu(device) => device.dispatch(input, output, bytes),
        }
    }

    pub(super) fn submit(&mut self, serial: Serial) {
        match self {
            Self::WebGpu(device) => device.submit(serial),
            Self::Cpu(device) => device.submit(serial),
        }
    }

    /// Ends the device as a driver would. The CPU cannot be lost.
    pub(super) fn lose(&self) -> Result<(), String> {
        match self {
            Self::WebGpu(device) => {
                device.lose();
                Ok(())
            }
            Self::Cpu(_) => Err("there is no GPU device to lose: the CPU emulates it".into()),
        }
    }
}
