//! What the page's memory is: what the browser reports of it
//! (`measureUserAgentSpecificMemory`, of Chromium, for isolated pages: JavaScript, DOM
//! and the shared memory; nothing on a GPU), and what the module itself has.

use crate::analysis::budget::module_memory::counted_once;
use crate::units::Bytes;
use js_sys::{Array, Function, Promise, Reflect};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

/// Bytes of a page of WebAssembly memory.
const PAGE_BYTES: u64 = 1 << 16;
/// What `public/boot.js` asks for first.
pub const WANTED: Bytes = Bytes::mib(4_096);

/// The bytes of the whole page, the memory that all threads share counted once. The
/// browser answers when it next collects garbage, seconds from now. `None` where it has
/// no such interface, or refuses.
pub async fn measure() -> Option<Bytes> {
    let performance = Reflect::get(&js_sys::global(), &"performance".into()).ok()?;
    let measure = Reflect::get(&performance, &"measureUserAgentSpecificMemory".into()).ok()?;
    // Before it is asked: it only grows.
    let module = module_bytes();
    let asked = measure.dyn_into::<Function>().ok()?.call0(&performance).ok()?;
    let answer = JsFuture::from(asked.dyn_into::<Promise>().ok()?).await.ok()?;
    let breakdown = Reflect::get(&answer, &"breakdown".into()).ok()?.dyn_into::<Array>().ok()?;
    let bytes_of = |part: JsValue| Reflect::get(&part, &"bytes".into()).ok()?.as_f64();
    let parts: Option<Vec<u64>> = breakdown.iter().map(|part| bytes_of(part).map(|bytes| bytes as u64)).collect();
    Some(counted_once(&parts?, module))
}

/// What the module's memory takes: never less than before.
pub fn module_bytes() -> Bytes {
    Bytes::new(core::arch::wasm32::memory_size::<0>() as u64 * PAGE_BYTES)
}

/// What the memory may grow to, where that is less than was wanted: `public/boot.js`
/// writes down what the browser granted.
pub fn granted_less() -> Option<Bytes> {
    let root = web_sys::window()?.document()?.document_element()?;
    let granted = Bytes::mib(root.get_attribute("data-memory-max-mib")?.parse().ok()?);
    (granted < WANTED).then_some(granted)
}
