//! The only clock: `performance.now()` of the thread that asks.

use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = performance)]
    fn now() -> f64;
}

/// Milliseconds since the thread's time origin, to the browser's resolution
/// (5 µs where isolated). Origins differ between threads: compare only times
/// of one thread.
pub fn now_ms() -> f64 {
    now()
}
