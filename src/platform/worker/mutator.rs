//! A mutator worker: works on the arena in batches, and comes back to its event loop
//! after each.

use super::link;
use crate::platform::clock::shared_now;
use crate::platform::panic;
use crate::platform::shared::{mutator_mark, mutators, shared};
use crate::session::command::Message;
use crate::session::mutators::{Activity, Mutator, MutatorBoard};
use crate::telemetry::heartbeat::MUTATORS;
use crate::telemetry::ring::mark_thread;
use gloo_timers::future::TimeoutFuture;
use std::sync::Arc;
use wasm_bindgen::prelude::*;

/// Between two batches: some hundred thousand operations a second, as a busy thread
/// of an engine does. Without it eight of them make more events than one recorder can
/// take, and every run of theirs would be a run with losses; how fast the arena can be
/// is for the throughput card to say.
const PAUSE_MS: u32 = 8;
/// Between two looks at the board while there is nothing to do.
const IDLE_MS: u32 = 16;

/// Enters a mutator worker; called by the worker's script.
#[wasm_bindgen]
pub fn enter_mutator() {
    panic::listen(failed);
    wasm_bindgen_futures::spawn_local(async {
        loop {
            let Some(board) = mutators() else { return failed("there is no engine to work beside") };
            let Some(mutator) = register(board) else { return failed("there are as many mutators as can be") };
            work(mutator, board).await;
        }
    });
}

fn failed(reason: &str) {
    link::say(&Message::Failed { reason: reason.into() });
}

/// The mutator of this thread on a board; says which.
fn register(board: &'static Arc<MutatorBoard>) -> Option<Mutator<'static>> {
    let mutator = Mutator::register(Arc::clone(board), shared())?;
    let number = mutator.number();
    mark_thread(mutator_mark(number));
    panic::listen(move |reason| {
        // Nobody waits for it from now on.
        board.give_up(number);
        failed(reason);
    });
    link::say(&Message::Registered { number });
    Some(mutator)
}

/// Does what the board says, until another engine has another board.
async fn work(mut mutator: Mutator<'static>, board: &'static Arc<MutatorBoard>) {
    let heart = &shared().heartbeats.mutators[mutator.number() as usize % MUTATORS];
    while mutators().is_some_and(|newest| Arc::ptr_eq(newest, board)) {
        heart.beat();
        let pause = match mutator.turn(&mut shared_now) {
            Activity::Worked => PAUSE_MS,
            Activity::Idle => IDLE_MS,
        };
        TimeoutFuture::new(pause).await;
    }
}
