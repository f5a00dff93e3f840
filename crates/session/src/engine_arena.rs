//! The arena of a run, as the engine has it.

use super::ledger::Ledger;
use arenascope_arena::{SharedArena, ThreadArena};
use core::cell::RefCell;
use std::sync::Arc;

/// The arena of a run, and the engine's part of it.
pub(crate) struct EngineArena {
    pub(crate) shared: Arc<SharedArena>,
    /// In a cell: who reads a payload goes through it too.
    pub(crate) thread: RefCell<ThreadArena>,
    pub(crate) ledger: Ledger,
}

impl EngineArena {
    /// Of an arena that is the engine's alone so far.
    pub(crate) fn new(shared: Arc<SharedArena>, thread: ThreadArena, is_guarded: bool) -> Self {
        Self { shared, thread: RefCell::new(thread), ledger: Ledger::new(is_guarded) }
    }
}
