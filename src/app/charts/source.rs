//! Where charts read: the shared memory, as soon as there is one.

use crate::app::store::{EngineSlot, SharedMemory};
use crate::telemetry::Shared;
use leptos::prelude::*;

/// The contexts that lead to the shared memory. A chart may be on screen before
/// the engine is up.
#[derive(Clone, Copy)]
pub(super) struct Source {
    memory: Option<SharedMemory>,
    engine: Option<EngineSlot>,
}

impl Source {
    /// From the contexts of the current owner.
    pub(super) fn from_context() -> Self {
        Self { memory: use_context(), engine: use_context() }
    }

    /// What the engine publishes; `None` before it is up.
    pub(super) fn shared(self) -> Option<&'static Shared> {
        let given = self.memory.map(|SharedMemory(shared)| shared);
        given.or_else(|| self.engine?.0.with_untracked(|engine| engine.as_ref().map(|engine| engine.shared())))
    }
}
