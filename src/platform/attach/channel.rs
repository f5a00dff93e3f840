//! Pages of this origin: they say that they are there, and that they go.

use super::message::{Said, object};
use wasm_bindgen::prelude::*;
use web_sys::{BroadcastChannel, MessageEvent};

/// The channel on which pages and profilers of an origin find each other.
pub(super) const NAME: &str = "arenascope-probe";

/// What a page of this origin says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum News {
    /// It is there, and can be attached.
    Hello(Announced),
    /// It goes, with the number of its run.
    Bye(String),
}

/// A page that has a probe.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Announced {
    /// The number of its run, as 16 hexadecimal digits: another after each load.
    pub run: String,
    /// Its address.
    pub url: String,
    /// Its title; empty where it has none.
    pub title: String,
}

/// Listens for pages of this origin, for as long as it is kept.
pub struct Announcements {
    channel: BroadcastChannel,
    _heard: Closure<dyn FnMut(MessageEvent)>,
}

impl Announcements {
    /// Listens from now on, and asks who is there.
    ///
    /// # Errors
    /// Where the browser has no such channels.
    pub fn listen(mut hear: impl FnMut(News) + 'static) -> Result<Self, JsValue> {
        let channel = BroadcastChannel::new(NAME)?;
        let heard = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
            if let Some(news) = Said::of(&event.data()).and_then(|said| news_of(&said)) {
                hear(news);
            }
        });
        channel.set_onmessage(Some(heard.as_ref().unchecked_ref()));
        let announcements = Self { channel, _heard: heard };
        announcements.ask();
        Ok(announcements)
    }

    /// Asks who is there: each answers with a [`News::Hello`].
    pub fn ask(&self) {
        // An open channel takes any plain object.
        let _ = self.channel.post_message(&object("who", &[]));
    }
}

impl Drop for Announcements {
    fn drop(&mut self) {
        self.channel.close();
    }
}

fn news_of(said: &Said) -> Option<News> {
    let run = said.text("run");
    match said.kind().as_str() {
        _ if run.is_empty() => None,
        "hello" => Some(News::Hello(Announced { run, url: said.text("url"), title: said.text("title") })),
        "bye" => Some(News::Bye(run)),
        _ => None,
    }
}
