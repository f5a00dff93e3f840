//! The relay's sockets: `/relay?token=…` for probes, with `&as=profiler` for the page.

use super::hub::{Delivery, Hub, ProbeId, ProfilerId};
use super::token::Token;
use super::words::{ToProbe, of_probe, of_profiler, text_of};
use axum::body::Bytes;
use axum::extract::State;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::http::header::{HOST, ORIGIN};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::mpsc::Receiver;

/// Most bytes of a message: a batch, with room for what later versions add.
const MESSAGE_BYTES_MAX: usize = 128 << 10;

/// The relay, as every connection shares it.
#[derive(Clone)]
pub(crate) struct Relay {
    token: Token,
    hub: Arc<Mutex<Hub>>,
}

/// Which end a connection is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    Probe,
    Profiler,
}

impl Relay {
    /// One that lets in who has the token.
    pub(crate) fn new(token: Token) -> Self {
        Self { token, hub: Arc::default() }
    }

    fn hub(&self) -> MutexGuard<'_, Hub> {
        self.hub.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Which end asks; nothing where it may not. A page cannot lie about its origin, so no
    /// other page than ours is ever the profiler, token or not.
    fn side_of(&self, query: &str, headers: &HeaderMap) -> Option<Side> {
        let pairs = || query.split('&').filter_map(|pair| pair.split_once('='));
        let value = |name: &str| pairs().find(|(key, _)| *key == name).map(|(_, value)| value);
        if !value("token").is_some_and(|token| self.token.is(token)) {
            return None;
        }
        match value("as") {
            None | Some("probe") => Some(Side::Probe),
            Some("profiler") => is_own(headers).then_some(Side::Profiler),
            Some(_) => None,
        }
    }
}

/// Whether a request is of a page that this server served.
fn is_own(headers: &HeaderMap) -> bool {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let (Some(host), Some(origin)) = (text(HOST), text(ORIGIN)) else { return false };
    origin.strip_prefix("http://") == Some(host)
}

/// Answers a request to connect.
pub(crate) async fn connect(
    State(relay): State<Relay>,
    uri: Uri,
    headers: HeaderMap,
    upgrade: Result<WebSocketUpgrade, axum::extract::ws::rejection::WebSocketUpgradeRejection>,
) -> Response {
    let Some(side) = relay.side_of(uri.query().unwrap_or_default(), &headers) else {
        return (StatusCode::FORBIDDEN, "not without the token, and not from there\n").into_response();
    };
    let upgrade = match upgrade {
        Ok(upgrade) => upgrade.max_message_size(MESSAGE_BYTES_MAX).max_frame_size(MESSAGE_BYTES_MAX),
        Err(rejection) => return rejection.into_response(),
    };
    match side {
        Side::Profiler => {
            let (id, queue) = relay.hub().add_profiler();
            upgrade.on_upgrade(move |socket| profiler(socket, relay, id, queue))
        }
        Side::Probe => {
            let origin = headers.get(ORIGIN).and_then(|origin| origin.to_str().ok()).unwrap_or_default();
            let added = relay.hub().add_probe(origin.to_owned());
            match added {
                Some((id, queue)) => upgrade.on_upgrade(move |socket| probe(socket, relay, id, queue)),
                None => (StatusCode::SERVICE_UNAVAILABLE, "there are too many probes\n").into_response(),
            }
        }
    }
}

async fn probe(mut socket: WebSocket, relay: Relay, id: ProbeId, mut queue: Receiver<ToProbe>) {
    loop {
        tokio::select! {
            message = socket.recv() => match message {
                Some(Ok(Message::Binary(batch))) => relay.hub().sent_by_probe(id, batch),
                Some(Ok(Message::Text(text))) => {
                    if let Some(words) = of_probe(&text) {
                        relay.hub().said_by_probe(id, words);
                    }
                }
                Some(Ok(_)) => {}
                Some(Err(_)) | None => break,
            },
            words = queue.recv() => {
                let Some(words) = words else { break };
                if socket.send(Message::text(text_of(&words))).await.is_err() {
                    break;
                }
            }
        }
    }
    relay.hub().remove_probe(id);
}

async fn profiler(mut socket: WebSocket, relay: Relay, id: ProfilerId, mut queue: Receiver<Delivery>) {
    loop {
        tokio::select! {
            message = socket.recv() => match message {
                Some(Ok(Message::Text(text))) => {
                    if let Some(words) = of_profiler(&text) {
                        relay.hub().said_by_profiler(id, words);
                    }
                }
                Some(Ok(_)) => {}
                Some(Err(_)) | None => break,
            },
            delivery = queue.recv() => {
                let Some(delivery) = delivery else { break };
                if socket.send(message_of(delivery)).await.is_err() {
                    break;
                }
            }
        }
    }
    relay.hub().remove_profiler(id);
}

/// A batch goes behind the number of its probe.
fn message_of(delivery: Delivery) -> Message {
    match delivery {
        Delivery::Words(words) => Message::text(text_of(&words)),
        Delivery::Batch(probe, batch) => {
            Message::Binary(Bytes::from([probe.0.to_le_bytes().as_slice(), &batch].concat()))
        }
    }
}
