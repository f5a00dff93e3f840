//! Who runs the networks: a WebNN context; where there is none, compute passes
//! on the WebGPU device; where there is neither, the CPU. The page says which.

mod cpu;
mod stage;
mod webgpu;
mod webnn;
mod webnn_api;
mod webnn_graph;
mod webnn_limits;

use super::device::{Device, Inbox};
use crate::arena::AllocationId;
use crate::pool::{BufferSpec, ResourceId};
use crate::session::Session;
use crate::session::request::{Binding, ModelId, NnFailure, NnMode, Report, Sizes};
use crate::telemetry::capabilities::WebNnCapability;
use crate::workload::network::Network;
use cpu::CpuNetworks;
use stage::{GONE, floats};
use std::collections::BTreeMap;
use webgpu::WebGpuNetworks;
use webnn::WebNn;

/// The networks' executor.
pub(super) struct Networks {
    runner: Runner,
    models: BTreeMap<ModelId, Network>,
    /// Every tensor that exists, and whether it has contents: one that a failed
    /// run or write was to fill has none, and no run may read it.
    filled: BTreeMap<ResourceId, bool>,
}

enum Runner {
    WebNn(WebNn),
    WebGpu(WebGpuNetworks),
    Cpu(CpuNetworks),
}

impl Runner {
    fn emulation(device: &Device) -> Self {
        match device {
            Device::WebGpu(gpu) => Self::WebGpu(WebGpuNetworks::new(gpu.device(), gpu.queue())),
            Device::Cpu(_) => Self::Cpu(CpuNetworks::default()),
        }
    }
}

impl Networks {
    /// WebNN if a context can be made that takes the networks, else an
    /// emulation on `device`.
    pub(super) async fn open(device: &Device, inbox: &Inbox) -> (Self, WebNnCapability) {
        let (context, capability) = WebNn::open(inbox).await;
        (Self::with(context.map_or_else(|| Runner::emulation(device), Runner::WebNn)), capability)
    }

    fn with(runner: Runner) -> Self {
        Self { runner, models: BTreeMap::new(), filled: BTreeMap::new() }
    }

    /// The device is another one: what was emulated on the old one is gone.
    pub(super) fn follow(&mut self, device: &Device) {
        if !matches!(self.runner, Runner::WebNn(_)) {
            *self = Self::with(Runner::emulation(device));
        }
    }

    pub(super) fn mode(&self) -> NnMode {
        match self.runner {
            Runner::WebNn(_) => NnMode::WebNn,
            Runner::WebGpu(_) => NnMode::WebGpuEmulated,
            Runner::Cpu(_) => NnMode::CpuEmulated,
        }
    }

    /// What the session must know before it asks for networks.
    pub(super) fn ready(&self) -> Report {
        let tensor_limit = match &self.runner {
            Runner::WebNn(context) => context.tensor_limit(),
            Runner::WebGpu(networks) => networks.tensor_limit(),
            Runner::Cpu(_) => CpuNetworks::tensor_limit(),
        };
        Report::ContextReady { nn: self.mode(), tensor_limit }
    }

    /// Ends the WebNN context as the browser would; the emulations have none.
    pub(super) fn lose(&self) -> Result<(), String> {
        match &self.runner {
            Runner::WebNn(context) => context.lose(),
            _ => Err(format!("there is no WebNN context to lose: networks are {}", self.mode().key())),
        }
    }

    pub(super) async fn build(
        &mut self,
        session: &Session<'_>,
        model: ModelId,
        (network, sizes): (Network, &Sizes),
        stage: AllocationId,
    ) -> Result<(), NnFailure> {
        let weights = session.with_payload(stage, floats).ok_or_else(|| refused(GONE))?;
        let built = match &mut self.runner {
            Runner::WebNn(context) => context.build(model, network, sizes, &weights).await,
            Runner::WebGpu(networks) => networks.build(model, network, sizes, &weights),
            Runner::Cpu(networks) => networks.build(model, weights),
        };
        built.map_err(refused)?;
        self.models.insert(model, network);
        Ok(())
    }

    pub(super) async fn run(
        &mut self,
        session: &Session<'_>,
        model: ModelId,
        inputs: &[Binding],
        outputs: &[Binding],
    ) -> Result<(), NnFailure> {
        let ran = self.run_checked(session, model, inputs, outputs).await;
        for output in outputs {
            self.filled.entry(output.tensor).and_modify(|filled| *filled = ran.is_ok());
        }
        ran
    }

    async fn run_checked(
        &mut self,
        session: &Session<'_>,
        model: ModelId,
        inputs: &[Binding],
        outputs: &[Binding],
    ) -> Result<(), NnFailure> {
        let network = *self.models.get(&model).ok_or(NnFailure::Missing)?;
        let readable =
            |input: &Binding| self.filled.get(&input.tensor).is_some_and(|&filled| filled || input.stage.is_some());
        let there = outputs.iter().all(|output| self.filled.contains_key(&output.tensor));
        if !there || !inputs.iter().all(readable) {
            return Err(NnFailure::Missing);
        }
        let ran = match &mut self.runner {
            Runner::WebNn(context) => context.run(session, model, inputs, outputs).await,
            Runner::WebGpu(networks) => networks.run(session, model, inputs, outputs).await,
            Runner::Cpu(networks) => networks.run(session, (model, network), inputs, outputs),
        };
        ran.map_err(refused)
    }

    pub(super) fn drop_model(&mut self, model: ModelId) {
        self.models.remove(&model);
        match &mut self.runner {
            Runner::WebNn(context) => context.drop_model(model),
            Runner::WebGpu(networks) => networks.drop_model(model),
            Runner::Cpu(networks) => networks.drop_model(model),
        }
    }

    /// `None` where it worked, as the session expects.
    pub(super) async fn create_tensor(&mut self, tensor: ResourceId, spec: &BufferSpec) -> Option<Report> {
        let created = match &mut self.runner {
            Runner::WebNn(context) => context.create_tensor(tensor, spec).await,
            Runner::WebGpu(networks) => networks.create_tensor(tensor, spec).await,
            Runner::Cpu(networks) => networks.create_tensor(tensor, spec),
        };
        match created {
            Ok(()) => {
                self.filled.insert(tensor, false);
                None
            }
            Err(reason) => Some(Report::TensorCreationFailed { tensor, reason }),
        }
    }

    pub(super) fn write_tensor(
        &mut self,
        session: &Session<'_>,
        tensor: ResourceId,
        stage: AllocationId,
    ) -> Result<(), NnFailure> {
        let filled = self.filled.get_mut(&tensor).ok_or(NnFailure::Missing)?;
        let written = match &mut self.runner {
            Runner::WebNn(context) => context.write(session, tensor, stage),
            Runner::WebGpu(networks) => networks.write(session, tensor, stage),
            Runner::Cpu(networks) => networks.write(session, tensor, stage),
        };
        *filled = written.is_ok();
        written.map_err(refused)
    }

    pub(super) fn destroy_tensor(&mut self, tensor: ResourceId) {
        self.filled.remove(&tensor);
        match &mut self.runner {
            Runner::WebNn(context) => context.destroy_tensor(tensor),
            Runner::WebGpu(networks) => networks.destroy_tensor(tensor),
            Runner::Cpu(networks) => networks.destroy_tensor(tensor),
        }
    }
}

fn refused(reason: impl Into<String>) -> NnFailure {
    NnFailure::Refused { reason: reason.into() }
}
