//! A worker's end of its messages with the page: JSON text both ways.

use serde::Serialize;
use serde::de::DeserializeOwned;
use wasm_bindgen::prelude::*;
use web_sys::{DedicatedWorkerGlobalScope, MessageEvent};

fn scope() -> DedicatedWorkerGlobalScope {
    js_sys::global().unchecked_into()
}

/// Tells the page.
pub(super) fn say(message: &impl Serialize) {
    if let Ok(text) = serde_json::to_string(message) {
        // Only a closed worker cannot post, and then nobody listens.
        let _ = scope().post_message(&JsValue::from_str(&text));
    }
}

/// From now on `take` hears the page, for as long as the worker lives. What
/// cannot be read is left out: both ends are of one build.
pub(super) fn listen<T: DeserializeOwned>(mut take: impl FnMut(T) + 'static) {
    let heard = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
        if let Some(message) = event.data().as_string().and_then(|text| serde_json::from_str(&text).ok()) {
            take(message);
        }
    });
    scope().set_onmessage(Some(heard.as_ref().unchecked_ref()));
    heard.forget();
}
