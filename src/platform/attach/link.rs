//! What comes of one page, over whichever way it comes, and what is answered.

use super::message::{Said, object};
use super::relay::{Answer, Relay};
use js_sys::Uint8Array;
use wasm_bindgen::prelude::*;
use web_sys::{BroadcastChannel, MessageEvent, MessagePort};

/// A connection to a page's probe. Dropped, it is closed, and the probe stops telling.
pub struct Link {
    ends: Ends,
    run: String,
    /// Kept for as long as something may be heard. The relay keeps its own.
    _heard: Option<Closure<dyn FnMut(MessageEvent)>>,
}

enum Ends {
    /// The channel of all, and the one of its run.
    Channels([BroadcastChannel; 2]),
    Port(MessagePort),
    /// The relay, and the page's connection to it.
    Relay(Relay, u32),
}

impl Link {
    /// To a page of this origin, by the number of its run. Everything that it tells from
    /// here on goes to `take`.
    ///
    /// # Errors
    /// Where the browser has no such channels.
    pub fn over_channel(run: &str, take: impl FnMut(Uint8Array) + 'static) -> Result<Self, JsValue> {
        let all = BroadcastChannel::new(super::channel::NAME)?;
        let own = BroadcastChannel::new(&format!("{}/{run}", super::channel::NAME))?;
        let heard = hearing(take);
        own.set_onmessage(Some(heard.as_ref().unchecked_ref()));
        all.post_message(&object("attach", &[("run", run.into())]))?;
        Ok(Self { ends: Ends::Channels([all, own]), run: run.into(), _heard: Some(heard) })
    }

    /// To a page that has the other end of this port.
    pub fn over_port(run: &str, port: MessagePort, take: impl FnMut(Uint8Array) + 'static) -> Self {
        let heard = hearing(take);
        port.set_onmessage(Some(heard.as_ref().unchecked_ref()));
        Self { ends: Ends::Port(port), run: run.into(), _heard: Some(heard) }
    }

    /// To a page that is connected to the relay as `probe`.
    pub fn over_relay(run: &str, relay: Relay, probe: u32, take: impl FnMut(Uint8Array) + 'static) -> Self {
        relay.attach(probe, Box::new(take));
        Self { ends: Ends::Relay(relay, probe), run: run.into(), _heard: None }
    }

    /// The number of the page's run.
    pub fn run(&self) -> &str {
        &self.run
    }

    /// So many bytes were taken in: the probe may send as many more.
    pub fn taken(&self, bytes: u32) {
        let taken = object("taken", &[("bytes", bytes.into())]);
        // A page that is gone hears nothing, and needs nothing.
        let _ = match &self.ends {
            Ends::Channels([_, own]) => own.post_message(&taken),
            Ends::Port(port) => port.post_message(&taken),
            Ends::Relay(relay, probe) => {
                relay.say(Answer::Taken { probe: *probe, bytes });
                Ok(())
            }
        };
    }
}

fn hearing(mut take: impl FnMut(Uint8Array) + 'static) -> Closure<dyn FnMut(MessageEvent)> {
    Closure::new(move |event: MessageEvent| {
        let batch = Said::of(&event.data()).filter(|said| said.kind() == "batch").and_then(|said| said.bytes());
        if let Some(bytes) = batch {
            take(bytes);
        }
    })
}

impl Drop for Link {
    fn drop(&mut self) {
        let detach = object("detach", &[("run", self.run.as_str().into())]);
        // As above.
        match &self.ends {
            Ends::Channels([all, own]) => {
                let _ = all.post_message(&detach);
                all.close();
                own.close();
            }
            Ends::Port(port) => {
                let _ = port.post_message(&detach);
                port.close();
            }
            Ends::Relay(relay, probe) => relay.detach(*probe),
        }
    }
}
