//! The one [`Shared`] of the module. A static of a module whose memory is
//! shared is one object for all its threads.

use crate::telemetry::Shared;
use std::sync::OnceLock;

static SHARED: OnceLock<Shared> = OnceLock::new();

/// Made by the page before it starts a worker, so that no thread ever waits
/// for another here.
pub(super) fn shared() -> &'static Shared {
    SHARED.get_or_init(Shared::new)
}
