//! The one [`Shared`] of the module. A static of a module whose memory is
//! shared is one object for all its threads.

use crate::recording::EventLog;
use crate::session::crew::MutatorBoard;
use crate::telemetry::Shared;
use core::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

/// Where mutators find their orders, once the engine has a session.
static MUTATORS: OnceLock<Arc<MutatorBoard>> = OnceLock::new();

static SHARED: OnceLock<Shared> = OnceLock::new();

/// Made by the page before it starts a worker, so that no thread ever waits
/// for another here.
pub(super) fn shared() -> &'static Shared {
    SHARED.get_or_init(Shared::new)
}

/// Says where mutators find their orders. By the engine worker, before it is ready.
pub(super) fn set_mutators(board: Arc<MutatorBoard>) {
    // There is one session in the life of a page.
    let _ = MUTATORS.set(board);
}

/// Where mutators find their orders; `None` before the engine is ready.
pub(super) fn mutators() -> Option<&'static Arc<MutatorBoard>> {
    MUTATORS.get()
}

static EVENT_LOG: OnceLock<EventLog> = OnceLock::new();

/// The recording of the module; made by the page too, before any worker.
pub(super) fn event_log() -> &'static EventLog {
    EVENT_LOG.get_or_init(EventLog::default)
}

static SPILLS: AtomicBool = AtomicBool::new(false);

/// Whether the recorder keeps the run as a file too.
pub(super) fn is_spilling() -> bool {
    // Acquire: the start of the run that asks for it is in its ring.
    SPILLS.load(Ordering::Acquire)
}

/// Chooses whether it does.
pub(super) fn set_spilling(spills: bool) {
    SPILLS.store(spills, Ordering::Release);
}
