//! Workers on the module's own memory.

use super::failure::StartError;
use wasm_bindgen::prelude::*;
use web_sys::Worker;

/// Stack of each worker. The engine's deepest calls are shader translation and
/// JSON; both stay far below.
const STACK_BYTES: u32 = 2 << 20;

#[wasm_bindgen(module = "/src/platform/thread.js")]
extern "C" {
    #[wasm_bindgen(catch)]
    fn spawn_thread(
        name: &str,
        glue: &str,
        module: &JsValue,
        memory: &JsValue,
        entry: &str,
        stack_bytes: u32,
    ) -> Result<Worker, JsValue>;
}

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(thread_local_v2, js_namespace = ["import", "meta"], js_name = url)]
    static GLUE_URL: String;
}

/// Starts a worker that calls the exported function `entry`. The caller must
/// keep the `Worker`: a collected one is stopped by some browsers.
///
/// # Errors
/// Where the browser does not hand shared memory to a worker.
pub(super) fn spawn(name: &str, entry: &str) -> Result<Worker, StartError> {
    let glue = GLUE_URL.with(String::clone);
    spawn_thread(name, &glue, &wasm_bindgen::module(), &wasm_bindgen::memory(), entry, STACK_BYTES)
        .map_err(|error| StartError::Worker { reason: super::failure::reason_of(&error) })
}
