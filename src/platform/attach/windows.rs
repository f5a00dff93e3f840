//! Pages in windows that this one opened, or in frames of its own: their probes greet it by
//! `postMessage`, and get a port to tell their memory through.

use super::message::{Said, object};
use js_sys::{Array, Function, Reflect};
use wasm_bindgen::prelude::*;
use web_sys::{MessageChannel, MessageEvent, MessagePort};

/// A page that greets, from another window.
pub struct Greeting {
    /// The number of its run.
    pub run: String,
    /// Its origin.
    pub origin: String,
    /// Its window. Of another origin: it can be posted to, and no more.
    source: JsValue,
}

impl Greeting {
    /// Answers: this end of a port, of which the page gets the other.
    ///
    /// # Errors
    /// Where the window is gone.
    pub fn accept(&self) -> Result<MessagePort, JsValue> {
        let channel = MessageChannel::new()?;
        let attach = object("attach", &[("run", self.run.as_str().into())]);
        let post: Function = Reflect::get(&self.source, &"postMessage".into())?.dyn_into()?;
        post.call3(&self.source, &attach, &self.origin.as_str().into(), &Array::of1(&channel.port2()))?;
        Ok(channel.port1())
    }
}

/// Calls `hear` for each page that greets this window, for as long as the page lives.
pub fn listen(mut hear: impl FnMut(Greeting) + 'static) {
    let heard = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
        let said = Said::of(&event.data()).filter(|said| said.kind() == "hello");
        let source = Reflect::get(&event, &"source".into()).unwrap_or_default();
        if let Some(said) = said.filter(|_| source.is_object()) {
            hear(Greeting { run: said.text("run"), origin: event.origin(), source });
        }
    });
    let window: web_sys::EventTarget = js_sys::global().unchecked_into();
    // Fails only for a listener that is none.
    let _ = window.add_event_listener_with_callback("message", heard.as_ref().unchecked_ref());
    heard.forget();
}
