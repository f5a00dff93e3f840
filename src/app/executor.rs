//! The executor of the page's tasks, with a stopwatch: Leptos runs effects as
//! tasks, outside the animation frame, and their time is the page's cost too.

use crate::platform::clock::now_ms;
use any_spawner::{CustomExecutor, Executor, PinnedFuture, PinnedLocalFuture};
use std::cell::Cell;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

thread_local! {
    static POLLED_MS: Cell<f64> = const { Cell::new(0.0) };
}

/// Makes Leptos run its tasks here. Call before the page is mounted; a second
/// call changes nothing.
pub fn install() {
    // Only a second call fails, and it finds what it wanted.
    let _ = Executor::init_custom_executor(Timed);
}

/// Time spent in tasks since the last call, ms.
pub fn take_polled_ms() -> f64 {
    POLLED_MS.replace(0.0)
}

struct Timed;

impl CustomExecutor for Timed {
    fn spawn(&self, task: PinnedFuture<()>) {
        wasm_bindgen_futures::spawn_local(Stopwatch(task));
    }

    fn spawn_local(&self, task: PinnedLocalFuture<()>) {
        wasm_bindgen_futures::spawn_local(Stopwatch(task));
    }

    /// The browser polls.
    fn poll_local(&self) {}
}

struct Stopwatch<F: ?Sized>(Pin<Box<F>>);

impl<F: Future<Output = ()> + ?Sized> Future for Stopwatch<F> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let begun = now_ms();
        let polled = self.0.as_mut().poll(context);
        POLLED_MS.set(POLLED_MS.get() + (now_ms() - begun));
        polled
    }
}
