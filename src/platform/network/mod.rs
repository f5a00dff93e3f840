//! Who runs the networks: a WebNN context; where there is none, compute passes
//! on the WebGPU device; where there is neither, the CPU. The page says which.

mod cpu;
mod webgpu;
mod webnn;
mod webnn_api;

use super::device::Device;
use crate::arena::AllocationId;
use crate::session::Session;
use crate::session::request::{ModelId, NnMode, TensorId};
use crate::telemetry::capabilities::WebNnCapability;
use crate::workload::mlp::MlpShape;
use cpu::CpuNetworks;
use webgpu::WebGpuNetworks;
use webnn::WebNn;

/// The networks' executor.
pub(super) enum Networks {
    WebNn(WebNn),
    WebGpu(WebGpuNetworks),
    Cpu(CpuNetworks),
}

/// A run's input and output in the arena.
#[derive(Clone, Copy)]
pub(super) struct Io {
    pub(super) input: AllocationId,
    pub(super) output: AllocationId,
}

impl Networks {
    /// WebNN if a context can be made, else an emulation on `device`.
    pub(super) async fn open(device: &Device) -> (Self, WebNnCapability) {
        let (context, capability) = WebNn::open().await;
        (context.map_or_else(|| Self::emulation(device), Self::WebNn), capability)
    }

    fn emulation(device: &Device) -> Self {
        match device {
            Device::WebGpu(gpu) => Self::WebGpu(WebGpuNetworks::new(gpu.device(), gpu.queue())),
            Device::Cpu(_) => Self::Cpu(CpuNetworks::default()),
        }
    }

    /// The device is another one: what was emulated on the old one is gone.
    pub(super) fn follow(&mut self, device: &Device) {
        if !matches!(self, Self::WebNn(_)) {
            *self = Self::emulation(device);
        }
    }

    pub(super) fn mode(&self) -> NnMode {
        match self {
            Self::WebNn(_) => NnMode::WebNn,
            Self::WebGpu(_) => NnMode::WebGpuEmulated,
            Self::Cpu(_) => NnMode::CpuEmulated,
        }
    }

    pub(super) async fn build(
        &mut self,
        session: &Session<'_>,
        model: ModelId,
        shape: MlpShape,
        stage: AllocationId,
    ) -> Result<(), String> {
        let weights = session.with_payload(stage, floats).ok_or(GONE)?;
        match self {
            Self::WebNn(context) => context.build(model, shape, &weights).await,
            Self::WebGpu(networks) => networks.build(model, shape, &weights),
            Self::Cpu(networks) => networks.build(model, weights),
        }
    }

    pub(super) async fn run(
        &mut self,
        session: &Session<'_>,
        model: ModelId,
        shape: MlpShape,
        io: Io,
    ) -> Result<(), String> {
        match self {
            Self::WebNn(context) => context.run(session, model, shape, io).await,
            Self::WebGpu(networks) => networks.run(session, model, shape, io).await,
            Self::Cpu(networks) => networks.run(session, model, shape, io),
        }
    }

    pub(super) fn drop_model(&mut self, model: ModelId) {
        match self {
            Self::WebNn(context) => context.drop_model(model),
            Self::WebGpu(networks) => networks.drop_model(model),
            Self::Cpu(networks) => networks.drop_model(model),
        }
    }

    pub(super) async fn create_tensor(
        &mut self,
        session: &Session<'_>,
        tensor: TensorId,
        elements: u32,
        stage: AllocationId,
    ) -> Result<(), String> {
        match self {
            Self::WebNn(context) => context.create_tensor(session, tensor, elements, stage).await,
            Self::WebGpu(networks) => networks.create_tensor(session, tensor, stage),
            Self::Cpu(networks) => networks.create_tensor(session, tensor, stage),
        }
    }

    pub(super) fn drop_tensor(&mut self, tensor: TensorId) {
        match self {
            Self::WebNn(context) => context.drop_tensor(tensor),
            Self::WebGpu(networks) => networks.drop_tensor(tensor),
            Self::Cpu(networks) => networks.drop_tensor(tensor),
        }
    }
}

/// A stage that is not there: the session never asks for that.
const GONE: &str = "its stage in the arena is gone";

fn floats(bytes: &[u8]) -> Vec<f32> {
    bytes.as_chunks().0.iter().map(|&bits| f32::from_le_bytes(bits)).collect()
}
