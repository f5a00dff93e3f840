//! What a slot of the scenario stands for while it lives, with what pays for
//! it: dropping an entry gives its charge back.

use super::request::{ModelId, TensorId};
use crate::arena::Allocation;
use crate::budget::Charge;
use crate::owner::Owner;
use crate::pool::{BufferHandle, ResourceSpec, Rung};
use crate::workload::mlp::MlpShape;

/// A range of the arena and what pays for it.
#[derive(Debug)]
pub(super) struct Held {
    pub(super) allocation: Allocation,
    pub(super) owner: Owner,
    pub(super) charge: Charge,
}

/// A buffer or texture held from the pool. What it costs is paid by the pool's
/// resource, which outlives the holding.
#[derive(Debug)]
pub(super) struct HeldResource {
    pub(super) handle: BufferHandle,
    /// What was asked for, before rounding to a class.
    pub(super) spec: ResourceSpec,
    pub(super) owner: Owner,
    /// What is tried where the device turns out not to have created it.
    pub(super) next_rung: Option<Rung>,
}

/// A network on the neural-network device.
#[derive(Debug)]
pub(super) struct Model {
    pub(super) id: ModelId,
    pub(super) shape: MlpShape,
    pub(super) weights_seed: u64,
    /// The weights again, for the reference.
    pub(super) weights: Vec<f32>,
    pub(super) charge: Charge,
}

/// A lasting tensor.
#[derive(Debug)]
pub(super) struct Tensor {
    pub(super) id: TensorId,
    pub(super) elements: u32,
    pub(super) owner: Owner,
    pub(super) charge: Charge,
}

/// What a slot stands for.
#[derive(Debug)]
pub(super) enum Live {
    Range(Held),
    Resource(HeldResource),
    Model(Model),
    Tensor(Tensor),
}
