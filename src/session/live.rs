//! What a slot of the scenario stands for while it lives, with what pays for
//! it: dropping an entry gives its charge back.

use super::request::{ModelId, Sizes};
use crate::arena::Allocation;
use crate::budget::Charge;
use crate::owner::Owner;
use crate::pool::{BufferHandle, ResourceSpec, Rung};
use crate::workload::network::Network;
use std::rc::Rc;

/// A range of the arena and what pays for it.
#[derive(Debug)]
pub(super) struct Held {
    pub(super) allocation: Allocation,
    pub(super) owner: Owner,
    /// `None` for what the budget refused once it was placed, and could not be undone
    /// at once.
    pub(super) charge: Option<Charge>,
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

/// A network, and the graphs that were built of it.
#[derive(Debug)]
pub(super) struct Model {
    pub(super) network: Network,
    /// The constants again, for the reference and for further graphs.
    pub(super) weights: Rc<[f32]>,
    /// Used last, last.
    pub(super) graphs: Vec<Graph>,
}

/// A network built for tensors of given sizes: its constants are on the device
/// once per graph.
#[derive(Debug)]
pub(super) struct Graph {
    pub(super) id: ModelId,
    pub(super) sizes: Sizes,
    pub(super) charge: Charge,
}

/// A tensor that outlives a run. What it costs is paid by the pool's resource.
#[derive(Debug)]
pub(super) struct HeldTensor {
    /// `None` while the device does not have it: its creation failed, a run that
    /// was to fill it failed, or its context was lost. It is made anew, from
    /// `contents`, when it is needed.
    pub(super) handle: Option<BufferHandle>,
    /// Numbers that were asked for, before rounding to a class.
    pub(super) elements: u32,
    pub(super) owner: Owner,
    pub(super) contents: Contents,
}

/// What a tensor holds, so that it can be held against the device, and be
/// written anew where the device forgot it.
#[derive(Debug)]
pub(super) enum Contents {
    /// Numbers made from a seed.
    Seeded(u64),
    /// These.
    Numbers(Vec<f32>),
}

impl Contents {
    /// Bytes held on the host.
    pub(super) fn bytes(&self) -> u64 {
        match self {
            Self::Seeded(_) => 0,
            Self::Numbers(numbers) => numbers.len() as u64 * 4,
        }
    }
}

/// What a slot stands for.
#[derive(Debug)]
pub(super) enum Live {
    Range(Held),
    Resource(HeldResource),
    Model(Model),
    Tensor(HeldTensor),
}
