//! A mutator worker: works on the arena in batches, and comes back to its event loop
//! after each.

use super::link;
use crate::platform::clock::shared_now;
use crate::platform::panic;
use crate::platform::shared::{mutators, shared};
use crate::session::command::Message;
use crate::session::mutator::{Mutator, Turn};
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
    let failed = |reason: &str| link::say(&Message::Failed { reason: reason.into() });
    panic::listen(failed);
    let Some(board) = mutators() else { return failed("there is no engine to work beside") };
    let Some(mut mutator) = Mutator::enlist(Arc::clone(board), shared()) else {
        return failed("there are as many mutators as can be");
    };
    let number = mutator.number();
    panic::listen(move |reason| {
        // Nobody waits for it from now on.
        board.give_up(number);
        failed(reason);
    });
    wasm_bindgen_futures::spawn_local(async move {
        loop {
            let pause = match mutator.turn(&mut shared_now) {
                Turn::Worked => PAUSE_MS,
                Turn::Idle => IDLE_MS,
            };
            TimeoutFuture::new(pause).await;
        }
    });
}
