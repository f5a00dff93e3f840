//! A worker's sign of life, apart from its work: only a thread that is stuck, or gone,
//! leaves it out.

use crate::platform::panic;
use crate::telemetry::heartbeat::Heartbeat;
use gloo_timers::future::TimeoutFuture;

/// Several times between two looks of the page.
const BEAT_MS: u32 = 100;

/// Beats from now on, until the thread panics or ends.
pub(super) fn keep(heart: &'static Heartbeat) {
    wasm_bindgen_futures::spawn_local(async move {
        while !panic::has_happened() {
            heart.beat();
            TimeoutFuture::new(BEAT_MS).await;
        }
    });
}
