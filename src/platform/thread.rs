//! Workers on the module's own memory.

use super::failure::StartError;
use wasm_bindgen::prelude::*;
use web_sys::{ErrorEvent, MessageEvent, Worker};

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

/// What a worker lets the page hear.
pub(super) enum Heard {
    /// Text that it posted.
    Message(String),
    /// Something else that it posted: a file.
    Value(JsValue),
    /// It did not start, or stopped: why.
    Failure(String),
}

/// Starts a worker that calls the exported function `entry`; `hear` is called for
/// as long as it lives. The caller must keep the `Worker`: a collected one is
/// stopped by some browsers.
///
/// # Errors
/// Where the browser does not hand shared memory to a worker.
pub(super) fn start(name: &str, entry: &str, hear: impl Fn(Heard) + Clone + 'static) -> Result<Worker, StartError> {
    let glue = GLUE_URL.with(String::clone);
    let worker = spawn_thread(name, &glue, &wasm_bindgen::module(), &wasm_bindgen::memory(), entry, STACK_BYTES)
        .map_err(|error| StartError::Worker { reason: super::failure::reason_of(&error) })?;
    let hear_too = hear.clone();
    let heard = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
        let data = event.data();
        match data.as_string() {
            Some(text) => hear(Heard::Message(text)),
            None => hear(Heard::Value(data)),
        }
    });
    worker.set_onmessage(Some(heard.as_ref().unchecked_ref()));
    heard.forget();
    let broke = Closure::<dyn Fn(ErrorEvent)>::new(move |event: ErrorEvent| {
        // A script that does not load gives a plain event without a message.
        let reason = js_sys::Reflect::get(&event, &"message".into()).ok().and_then(|text| text.as_string());
        hear_too(Heard::Failure(reason.unwrap_or_else(|| "its script did not load".into())));
    });
    worker.set_onerror(Some(broke.as_ref().unchecked_ref()));
    broke.forget();
    Ok(worker)
}
