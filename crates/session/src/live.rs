//! What a slot of the scenario stands for while it lives, with what pays for
//! it: dropping an entry gives its charge back.

use super::ledger::Range;
use super::request::{ModelId, Sizes};
use arenascope_budget::Charge;
use arenascope_pool::{BufferHandle, FallbackStep, ResourceSpec};
use arenascope_units::owner::Owner;
use arenascope_workload::network::Network;
use std::rc::Rc;

/// A buffer or texture held from the pool. What it costs is paid by the pool's
/// resource, which outlives the holding.
#[derive(Debug)]
pub(crate) struct HeldResource {
    pub(crate) handle: BufferHandle,
    /// What was asked for, before rounding to a class.
    pub(crate) spec: ResourceSpec,
    pub(crate) owner: Owner,
    /// What is tried where the device turns out not to have created it.
    pub(crate) next_step: Option<FallbackStep>,
}

/// A network, and the graphs that were built of it.
#[derive(Debug)]
pub(crate) struct Model {
    pub(crate) network: Network,
    /// The constants again, for the reference and for further graphs.
    pub(crate) weights: Rc<[f32]>,
    /// Its graphs, the one that was used last at the end.
    pub(crate) graphs: Vec<Graph>,
}

/// A network built for tensors of given sizes: its constants are on the device
/// once per graph.
#[derive(Debug)]
pub(crate) struct Graph {
    pub(crate) id: ModelId,
    pub(crate) sizes: Sizes,
    pub(crate) charge: Charge,
}

/// A tensor that outlives a run. What it costs is paid by the pool's resource.
#[derive(Debug)]
pub(crate) struct HeldTensor {
    /// `None` while the device does not have it: its creation failed, a run that
    /// was to fill it failed, or its context was lost. It is made anew, from
    /// `contents`, when it is needed.
    pub(crate) handle: Option<BufferHandle>,
    /// Numbers that were asked for, before rounding to a class.
    pub(crate) elements: u32,
    pub(crate) owner: Owner,
    pub(crate) contents: Contents,
}

/// What a tensor holds, so that it can be held against the device, and be
/// written anew where the device forgot it.
#[derive(Debug)]
pub(crate) enum Contents {
    /// Numbers made from a seed.
    Seeded(u64),
    /// These numbers, to be written before the run.
    Numbers(Vec<f32>),
}

impl Contents {
    /// Bytes held on the host.
    pub(crate) fn bytes(&self) -> u64 {
        match self {
            Self::Seeded(_) => 0,
            Self::Numbers(numbers) => numbers.len() as u64 * 4,
        }
    }
}

/// What a slot stands for.
#[derive(Debug)]
pub(crate) enum Live {
    Range(Range),
    Resource(HeldResource),
    Model(Model),
    Tensor(HeldTensor),
}
