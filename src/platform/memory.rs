//! What the browser says the page holds: `measureUserAgentSpecificMemory`, of
//! Chromium, for isolated pages. It counts JavaScript, DOM and the shared linear
//! memory of page and workers; nothing on a GPU.

use crate::units::Bytes;
use js_sys::{Function, Promise, Reflect};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

/// The bytes of the whole page. The browser answers when it next collects
/// garbage, seconds from now. `None` where it has no such interface, or refuses.
pub async fn measure() -> Option<Bytes> {
    let performance = Reflect::get(&js_sys::global(), &"performance".into()).ok()?;
    let measure = Reflect::get(&performance, &"measureUserAgentSpecificMemory".into()).ok()?;
    let asked = measure.dyn_into::<Function>().ok()?.call0(&performance).ok()?;
    let answer = JsFuture::from(asked.dyn_into::<Promise>().ok()?).await.ok()?;
    let bytes = Reflect::get(&answer, &"bytes".into()).ok()?.as_f64()?;
    (bytes >= 0.0).then_some(Bytes::new(bytes as u64))
}
