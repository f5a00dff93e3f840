//! The recorder worker: takes every thread's events into the recording, and keeps
//! the files of recordings.

use super::archive::Archive;
use super::{heartbeat, link};
use crate::platform::clock::now_ms;
use crate::platform::panic;
use crate::platform::shared::{RECORDERS, event_log, is_spilling, recorder, shared};
use crate::recording::Recorder;
use crate::session::command::{Message, RecorderCall, RecorderCommand};
use crate::telemetry::notice::{Level, Notice};
use gloo_timers::future::TimeoutFuture;
use serde::Serialize;
use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;
use std::sync::MutexGuard;
use wasm_bindgen::prelude::*;

/// A round this often: the ring holds the events of many rounds.
const ROUND_MS: u32 = 8;

type Calls = Rc<RefCell<VecDeque<RecorderCall>>>;

/// Enters the recorder worker; called by the worker's script.
#[wasm_bindgen]
pub fn enter_recorder() {
    panic::listen(|reason| {
        // Nobody makes room from now on: threads must not wait for it.
        shared().events.set_lossless(false);
        super::engine::say_failed(reason);
    });
    heartbeat::keep(&shared().heartbeats.recorder);
    let calls = Calls::default();
    let heard = Rc::clone(&calls);
    link::listen(move |call| heard.borrow_mut().push_back(call));
    wasm_bindgen_futures::spawn_local(async {
        if run(calls).await.is_none() {
            super::engine::say_failed("a recorder before it ended in the middle of a write");
        }
    });
}

/// The recorder, for as long as a round or a command takes; `None` where one that held it
/// ended then.
fn lock() -> Option<MutexGuard<'static, Recorder<'static>>> {
    recorder().try_lock().ok()
}

/// Works until the page starts another; `None` where there is no recorder to work with.
#[expect(clippy::await_holding_lock, reason = "this task alone takes it, and a recorder that follows only tries")]
async fn run(calls: Calls) -> Option<()> {
    let (mut archive, is_newest) = (Archive::new(event_log()), RECORDERS.enter());
    while is_newest() {
        // Asked first: where a run is to be kept, this round takes in its start.
        let is_kept = is_spilling();
        let begun = now_ms();
        let taken = lock()?.round(shared());
        shared().recorder.add(taken, now_ms() - begun);
        if let Err(error) = archive.follow(is_kept).await {
            let text = format!("this run is no longer kept as a file: {error}");
            link::say(&Message::Notice { notice: Notice { time_us: 0, level: Level::Error, text } });
        }
        loop {
            // The borrow ends here: answers may be followed by new calls.
            let Some(RecorderCall { id, command }) = calls.borrow_mut().pop_front() else { break };
            let result = carry_out(command, &mut archive, &mut *lock()?).await;
            link::say(&Message::Answer { id, result });
        }
        TimeoutFuture::new(ROUND_MS).await;
    }
    Some(())
}

async fn carry_out(
    command: RecorderCommand,
    archive: &mut Archive<'_>,
    recorder: &mut Recorder<'_>,
) -> Result<String, String> {
    let text = |error: crate::platform::storage::StorageError| error.to_string();
    match command {
        RecorderCommand::Recordings => json(&archive.list().await.map_err(text)?),
        RecorderCommand::Save => json(&archive.save().await.map_err(text)?),
        RecorderCommand::Open { name } => {
            // What the engine said last belongs before it.
            recorder.round(shared());
            json(&archive.open(name, recorder).await?)
        }
        RecorderCommand::Delete { name } => {
            archive.delete(&name).await.map_err(text)?;
            Ok("null".into())
        }
    }
}

fn json(value: &impl Serialize) -> Result<String, String> {
    serde_json::to_string(value).map_err(|error| error.to_string())
}
