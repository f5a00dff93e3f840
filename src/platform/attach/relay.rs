//! The relay of `arenascope serve`, through which pages of any origin tell their memory: one
//! socket for all of them, whose messages `docs/probe-protocol.md` describes.

use super::channel::Announced;
use js_sys::{ArrayBuffer, Uint8Array};
use serde::{Deserialize, Serialize};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use web_sys::{BinaryType, MessageEvent, WebSocket};

/// Bytes of the probe's number before a batch.
const NUMBER_BYTES: u32 = 4;

/// What is told of the relay and the pages on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RelayNews {
    /// It is connected.
    Open,
    /// A page is there, with the number of its connection.
    Hello(u32, Announced),
    /// That page is gone.
    Bye(u32),
    /// So much of what a page sent found no room on its way, and is lost.
    Lost {
        /// The page's connection.
        probe: u32,
        /// Batches of it.
        batches: u64,
        /// Their bytes.
        bytes: u64,
    },
    /// Another tab took this one's place.
    Replaced,
    /// It is gone, or was never there: no page on it tells anything any more.
    Closed,
}

/// What the relay says, as JSON.
#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Words {
    Hello { probe: u32, run: String, url: String, title: String },
    Bye { probe: u32 },
    Lost { probe: u32, batches: u64, bytes: u64 },
    Replaced,
}

/// What it is told.
#[derive(Clone, Copy, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum Answer {
    Attach { probe: u32 },
    Detach { probe: u32 },
    Taken { probe: u32, bytes: u32 },
}

type Take = Box<dyn FnMut(Uint8Array)>;
type Takers = Rc<RefCell<BTreeMap<u32, Take>>>;

/// A connection to the relay, for as long as it is kept; clones are of the same one.
#[derive(Clone)]
pub struct Relay(Rc<Inner>);

struct Inner {
    socket: WebSocket,
    takers: Takers,
    _heard: Closure<dyn FnMut(MessageEvent)>,
    _turned: [Closure<dyn FnMut()>; 2],
}

impl Relay {
    /// Connects to the relay at `address`, a `ws:` address with the token of it.
    ///
    /// # Errors
    /// Where the address is none.
    pub fn connect(address: &str, hear: impl Fn(RelayNews) + 'static) -> Result<Self, JsValue> {
        let socket = WebSocket::new(address)?;
        socket.set_binary_type(BinaryType::Arraybuffer);
        let (takers, hear) = (Takers::default(), Rc::new(hear));
        let heard = hearing(Rc::clone(&takers), Rc::clone(&hear));
        let turned = [RelayNews::Open, RelayNews::Closed].map(|news| {
            let hear = Rc::clone(&hear);
            Closure::<dyn FnMut()>::new(move || hear(news.clone()))
        });
        socket.set_onmessage(Some(heard.as_ref().unchecked_ref()));
        socket.set_onopen(Some(turned[0].as_ref().unchecked_ref()));
        socket.set_onclose(Some(turned[1].as_ref().unchecked_ref()));
        Ok(Self(Rc::new(Inner { socket, takers, _heard: heard, _turned: turned })))
    }

    /// Has a page tell its memory from here on, to `take`.
    pub(super) fn attach(&self, probe: u32, take: Take) {
        self.0.takers.borrow_mut().insert(probe, take);
        self.say(Answer::Attach { probe });
    }

    /// Lets a page go.
    pub(super) fn detach(&self, probe: u32) {
        self.0.takers.borrow_mut().remove(&probe);
        self.say(Answer::Detach { probe });
    }

    pub(super) fn say(&self, answer: Answer) {
        // Of plain fields: it cannot fail. A relay that is gone hears nothing, and needs nothing.
        let text = serde_json::to_string(&answer).unwrap_or_default();
        if self.0.socket.ready_state() == WebSocket::OPEN {
            let _ = self.0.socket.send_with_str(&text);
        }
    }
}

fn hearing(takers: Takers, hear: Rc<impl Fn(RelayNews) + 'static>) -> Closure<dyn FnMut(MessageEvent)> {
    Closure::new(move |event: MessageEvent| match event.data().dyn_into::<ArrayBuffer>() {
        Ok(buffer) => hand_over(&takers, &Uint8Array::new(&buffer)),
        Err(text) => {
            let words = text.as_string().and_then(|text| serde_json::from_str(&text).ok());
            if let Some(words) = words {
                hear(news_of(words));
            }
        }
    })
}

/// A batch behind the number of its probe. Of a page that was let go, it is nobody's.
fn hand_over(takers: &Takers, message: &Uint8Array) {
    if message.length() < NUMBER_BYTES {
        return;
    }
    let mut number = [0; NUMBER_BYTES as usize];
    message.subarray(0, NUMBER_BYTES).copy_to(&mut number);
    if let Some(take) = takers.borrow_mut().get_mut(&u32::from_le_bytes(number)) {
        // A copy: what is posted to the worker must not hold the number too.
        take(message.slice(NUMBER_BYTES, message.length()));
    }
}

fn news_of(words: Words) -> RelayNews {
    match words {
        Words::Hello { probe, run, url, title } => RelayNews::Hello(probe, Announced { run, url, title }),
        Words::Bye { probe } => RelayNews::Bye(probe),
        Words::Lost { probe, batches, bytes } => RelayNews::Lost { probe, batches, bytes },
        Words::Replaced => RelayNews::Replaced,
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.socket.set_onmessage(None);
        self.socket.set_onopen(None);
        self.socket.set_onclose(None);
        // It is closed already, or can be.
        let _ = self.socket.close();
    }
}
