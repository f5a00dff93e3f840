//! The recorder worker: takes every thread's events into the recording.

use crate::platform::panic;
use crate::platform::shared::{event_log, shared};
use crate::recording::Recorder;
use gloo_timers::future::TimeoutFuture;
use wasm_bindgen::prelude::*;

/// A round this often: the ring holds the events of many rounds.
const ROUND_MS: u32 = 8;

/// Enters the recorder worker; called by the worker's script.
#[wasm_bindgen]
pub fn enter_recorder() {
    panic::listen(super::engine::say_failed);
    wasm_bindgen_futures::spawn_local(async {
        let mut recorder = Recorder::new(event_log());
        loop {
            recorder.round(shared());
            TimeoutFuture::new(ROUND_MS).await;
        }
    });
}
