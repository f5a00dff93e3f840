//! The only clock: `performance.now()` of the thread that asks, and what makes the
//! threads' clocks one.

use crate::units::Micros;
use core::sync::atomic::{AtomicU64, Ordering};
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = performance)]
    fn now() -> f64;
}

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(thread_local_v2, js_namespace = performance, js_name = timeOrigin)]
    static TIME_ORIGIN: f64;
}

/// The page's time origin, ms since 1970, as the bits of an `f64`: what all threads
/// count from. Written once, before there are workers.
static BASE: AtomicU64 = AtomicU64::new(0);

/// Makes the calling thread's time origin the one that all threads share. For the
/// page, before it starts a worker.
pub(super) fn share_origin() {
    BASE.store(TIME_ORIGIN.with(|origin| origin.to_bits()), Ordering::Relaxed);
}

/// Time since the page's time origin, the same on every thread to the browser's
/// resolution.
pub(super) fn shared_now() -> Micros {
    let since_ms = TIME_ORIGIN.with(|origin| *origin) - f64::from_bits(BASE.load(Ordering::Relaxed)) + now();
    Micros::new((since_ms * 1000.0) as u64)
}

/// Milliseconds since the thread's time origin, to the browser's resolution
/// (5 µs where isolated). Origins differ between threads: compare only times
/// of one thread.
pub fn now_ms() -> f64 {
    now()
}

/// Time since a moment of [`now_ms`] on this thread.
pub(super) fn since(begun_ms: f64) -> Micros {
    Micros::new(((now_ms() - begun_ms).max(0.0) * 1_000.0) as u64)
}
