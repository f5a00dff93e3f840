//! The executor of the page's tasks, with a stopwatch: Leptos runs effects as
//! tasks, outside the animation frame, and their time is the page's cost too.
//!
//! All that is woken by one callback runs in one microtask after it, before the
//! browser draws. The executor of wasm-bindgen, which tasks on any thread may wake,
//! waits on a word of shared memory for each of them: a promise and a task of the
//! browser's own for every effect.

use crate::platform::clock::now_ms;
use any_spawner::{CustomExecutor, Executor, PinnedFuture, PinnedLocalFuture};
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Wake, Waker};
use wasm_bindgen::prelude::*;

thread_local! {
    static TASKS: Tasks = Tasks::new();
}

/// Makes Leptos run its tasks here. Call before the page is mounted; a second
/// call changes nothing.
pub fn install() {
    // Only a second call fails, and it finds what it wanted.
    let _ = Executor::init_custom_executor(OnPage);
}

/// Time spent in tasks since the last call, ms.
pub fn take_polled_ms() -> f64 {
    TASKS.with(|tasks| tasks.polled_ms.replace(0.0))
}

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_name = queueMicrotask)]
    fn queue_microtask(work: &Closure<dyn FnMut()>);
}

struct OnPage;

impl CustomExecutor for OnPage {
    fn spawn(&self, task: PinnedFuture<()>) {
        TASKS.with(|tasks| tasks.spawn(task));
    }

    fn spawn_local(&self, task: PinnedLocalFuture<()>) {
        TASKS.with(|tasks| tasks.spawn(task));
    }

    /// The browser polls.
    fn poll_local(&self) {}
}

/// The page's tasks. What wakes them are signals of the page and the browser's
/// callbacks, all of them on the page's own thread.
struct Tasks {
    waiting: RefCell<BTreeMap<u64, Task>>,
    woken: RefCell<VecDeque<u64>>,
    next: Cell<u64>,
    is_queued: Cell<bool>,
    polled_ms: Cell<f64>,
    run: Closure<dyn FnMut()>,
}

/// What is to be polled, and what says when.
type Task = (PinnedLocalFuture<()>, Arc<Alarm>);

/// Wakes one task where its future says so.
struct Alarm {
    task: u64,
    is_woken: AtomicBool,
}

impl Wake for Alarm {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if !self.is_woken.swap(true, Ordering::Relaxed) {
            TASKS.with(|tasks| tasks.wake(self.task));
        }
    }
}

impl Tasks {
    fn new() -> Self {
        Self {
            waiting: RefCell::default(),
            woken: RefCell::default(),
            next: Cell::new(0),
            is_queued: Cell::new(false),
            polled_ms: Cell::new(0.0),
            run: Closure::new(|| TASKS.with(Self::run)),
        }
    }

    fn spawn(&self, task: PinnedLocalFuture<()>) {
        let id = self.next.replace(self.next.get() + 1);
        let alarm = Arc::new(Alarm { task: id, is_woken: AtomicBool::new(true) });
        self.waiting.borrow_mut().insert(id, (task, alarm));
        self.wake(id);
    }

    fn wake(&self, task: u64) {
        self.woken.borrow_mut().push_back(task);
        if !self.is_queued.replace(true) {
            queue_microtask(&self.run);
        }
    }

    /// Polls everything that is woken, and what that wakes in turn.
    fn run(&self) {
        let begun = now_ms();
        loop {
            // The borrow ends here: what is polled wakes and spawns others.
            let Some(task) = self.woken.borrow_mut().pop_front() else { break };
            self.poll(task);
        }
        self.is_queued.set(false);
        self.polled_ms.set(self.polled_ms.get() + (now_ms() - begun));
    }

    fn poll(&self, id: u64) {
        // Gone where it ended after it was woken.
        let Some((mut task, alarm)) = self.waiting.borrow_mut().remove(&id) else { return };
        alarm.is_woken.store(false, Ordering::Relaxed);
        let waker = Waker::from(Arc::clone(&alarm));
        if task.as_mut().poll(&mut Context::from_waker(&waker)).is_pending() {
            self.waiting.borrow_mut().insert(id, (task, alarm));
        }
    }
}
