//! The one [`Shared`] of the module. A static of a module whose memory is
//! shared is one object for all its threads.

use crate::recording::EventLog;
use crate::telemetry::Shared;
use std::sync::OnceLock;

static SHARED: OnceLock<Shared> = OnceLock::new();

/// Made by the page before it starts a worker, so that no thread ever waits
/// for another here.
pub(super) fn shared() -> &'static Shared {
    SHARED.get_or_init(Shared::new)
}

static EVENT_LOG: OnceLock<EventLog> = OnceLock::new();

/// The recording of the module; made by the page too, before any worker.
pub(super) fn event_log() -> &'static EventLog {
    EVENT_LOG.get_or_init(EventLog::default)
}
