//! A worker's end of its messages with the page: JSON text both ways.

use crate::session::command::Message;
use serde::Serialize;
use serde::de::DeserializeOwned;
use wasm_bindgen::prelude::*;
use web_sys::{DedicatedWorkerGlobalScope, MessageEvent};

fn scope() -> DedicatedWorkerGlobalScope {
    js_sys::global().unchecked_into()
}

/// Sends the page a message.
pub(super) fn say(message: &impl Serialize) {
    if let Ok(text) = serde_json::to_string(message) {
        // Only a closed worker cannot post, and then nobody listens.
        let _ = scope().post_message(&JsValue::from_str(&text));
    }
}

/// Posts the page what is no text.
pub(super) fn post(value: &JsValue) {
    // As above.
    let _ = scope().post_message(value);
}

/// From now on `take` hears the page, for as long as the worker lives. A call that
/// cannot be read is answered all the same, so that nobody waits for it.
pub(super) fn listen<T: DeserializeOwned>(mut take: impl FnMut(T) + 'static) {
    listen_to_values(move |value| {
        let Some(text) = value.as_string() else { return };
        match serde_json::from_str(&text) {
            Ok(message) => take(message),
            Err(_) => refuse(&text),
        }
    });
}

/// Both ends are of one build, so only a value can be wrong: no number, or one too large.
fn refuse(text: &str) {
    let call = serde_json::from_str::<serde_json::Value>(text).unwrap_or_default();
    let Some(id) = call.get("id").and_then(serde_json::Value::as_u64) else { return };
    let what = call.pointer("/command/do").and_then(serde_json::Value::as_str).unwrap_or("the call");
    let reason = format!("a value of `{what}` is missing, no number, or out of range");
    say(&Message::Answer { id: id as u32, result: Err(reason) });
}

/// As [`listen`], for what is no text: files cross as they are.
pub(super) fn listen_to_values(mut take: impl FnMut(JsValue) + 'static) {
    let heard = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| take(event.data()));
    scope().set_onmessage(Some(heard.as_ref().unchecked_ref()));
    heard.forget();
}
