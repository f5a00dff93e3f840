//! Where charts read: the shared memory, as soon as there is one.

use crate::app::store::{EngineSlot, SharedMemory, Store};
use crate::telemetry::Shared;
use leptos::prelude::*;

/// The contexts that lead to the shared memory. A chart may be on screen before
/// the engine is up.
#[derive(Clone, Copy)]
pub(super) struct Source {
    memory: Option<SharedMemory>,
    engine: Option<EngineSlot>,
    store: Option<Store>,
}

impl Source {
    /// From the contexts of the current owner.
    pub(super) fn from_context() -> Self {
        Self { memory: use_context(), engine: use_context(), store: use_context() }
    }

    /// The engine's time of the figures that the page shows, µs, without subscribing to
    /// it: legends tell of the same moment as the figures beside them.
    pub(super) fn told_us(self) -> Option<u64> {
        self.store.map(|store| store.metrics.with_untracked(|metrics| metrics.time_us))
    }

    /// What the engine publishes; `None` before it is up.
    pub(super) fn shared(self) -> Option<&'static Shared> {
        let given = self.memory.map(|SharedMemory(shared)| shared);
        given.or_else(|| self.engine?.0.with_untracked(|engine| engine.as_ref().map(|engine| engine.shared())))
    }
}
