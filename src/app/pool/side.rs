//! The two pools that the panel looks at, and what the engine answered of both.

use crate::telemetry::metrics::{Metrics, PoolMetrics};
use crate::telemetry::pool_detail::{PoolDetail, PoolSide};
use leptos::prelude::RwSignal;

/// What the engine answered last.
pub(super) type Detail = RwSignal<PoolDetail>;

/// Which of the two pools is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Buffers and textures.
    Gpu,
    /// Tensors of the neural-network device.
    Tensors,
}

impl Side {
    /// Both, in order.
    pub const ALL: [Self; 2] = [Self::Gpu, Self::Tensors];

    /// The name for people.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Gpu => "GPU buffers and textures",
            Self::Tensors => "NPU tensors",
        }
    }

    /// The figures of this pool among all metrics.
    pub fn pool(self, metrics: &Metrics) -> &PoolMetrics {
        match self {
            Self::Gpu => &metrics.pool,
            Self::Tensors => &metrics.nn.pool,
        }
    }

    /// Its part of the answer.
    pub fn detail(self, detail: &PoolDetail) -> &PoolSide {
        match self {
            Self::Gpu => &detail.gpu,
            Self::Tensors => &detail.tensors,
        }
    }
}
