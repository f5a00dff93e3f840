//! The page's end of the throughput worker: one run at a time, on a thread of its
//! own, which is started for the first run and kept for the next.

use super::engine::check_threads;
use super::thread::{self, Heard};
use crate::throughput::{Bench, BenchRow, RecordingCosts};
use core::fmt;
use futures_channel::oneshot;
use serde::{Deserialize, Serialize};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use web_sys::Worker;

/// What the page asks of the worker.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub(super) enum Order {
    /// Measure. Answered by progress and one of the other messages.
    Measure { asked: Asked },
    /// Stop measuring.
    Cancel,
}

/// What is to be measured.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Asked {
    /// The policies against the reference.
    Policies(Bench),
    /// What recording costs.
    Recording,
}

/// What was measured, as it was asked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Measured {
    /// For [`Asked::Policies`].
    Policies(Vec<BenchRow>),
    /// For [`Asked::Recording`].
    Recording(RecordingCosts),
}

/// What the worker says.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "say", rename_all = "snake_case")]
pub(super) enum Message {
    /// It takes orders from now on.
    Ready,
    /// How far the measurement is.
    Progress { progress: Progress },
    /// It is done.
    Done { measured: Measured },
    /// It stopped because it was told to.
    Cancelled,
    /// It could not go on.
    Failed { reason: String },
}

/// How far a run is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Progress {
    /// The part that is over, 0 to 1.
    pub part: f64,
    /// Whose turn it is; nothing where there are no turns.
    pub contestant: String,
}

/// Why there are no figures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BenchError {
    /// A run is in progress.
    Busy,
    /// It was cancelled.
    Cancelled,
    /// The worker did not start, had no memory, or stopped.
    Failed {
        /// Why it could not be measured.
        reason: String,
    },
}

impl fmt::Display for BenchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Busy => f.write_str("throughput is being measured already: await that run, or call cancel_bench()"),
            Self::Cancelled => f.write_str("the throughput measurement was cancelled"),
            Self::Failed { reason } => write!(f, "throughput was not measured: {reason}"),
        }
    }
}

impl std::error::Error for BenchError {}

type Outcome = Result<Measured, BenchError>;

/// The worker and the run in progress.
#[derive(Clone, Default)]
pub struct BenchRunner {
    inner: Rc<Inner>,
}

#[derive(Default)]
struct Inner {
    worker: RefCell<Option<Worker>>,
    is_ready: Cell<bool>,
    job: RefCell<Option<Job>>,
}

struct Job {
    /// Until the worker has it.
    order: Option<Asked>,
    on_progress: Box<dyn Fn(Progress)>,
    outcome: oneshot::Sender<Outcome>,
}

impl BenchRunner {
    /// Measures, and tells how it goes on.
    ///
    /// # Errors
    /// [`BenchError`]; [`BenchError::Busy`] leaves the run in progress alone.
    pub async fn run(&self, asked: Asked, on_progress: impl Fn(Progress) + 'static) -> Outcome {
        if self.inner.job.borrow().is_some() {
            return Err(BenchError::Busy);
        }
        check_threads().map_err(|error| BenchError::Failed { reason: error.to_string() })?;
        let (outcome, finished) = oneshot::channel();
        let job = Job { order: Some(asked), on_progress: Box::new(on_progress), outcome };
        *self.inner.job.borrow_mut() = Some(job);
        Inner::start(&self.inner);
        finished.await.unwrap_or(Err(BenchError::Cancelled))
    }

    /// Stops the run in progress, if there is one: it ends as
    /// [`BenchError::Cancelled`] within some hundredths of a second.
    pub fn cancel(&self) {
        let unheard = self.inner.job.borrow().as_ref().is_some_and(|job| job.order.is_some());
        if unheard {
            self.inner.finish(Err(BenchError::Cancelled));
        } else {
            self.inner.send(&Order::Cancel);
        }
    }
}

impl Inner {
    /// Starts the worker where there is none, and hands it the order.
    fn start(this: &Rc<Self>) {
        if this.worker.borrow().is_none() {
            let inner = Rc::clone(this);
            let started = thread::start("arenascope throughput", "enter_throughput", move |heard| match heard {
                Heard::Message(text) => {
                    if let Ok(message) = serde_json::from_str(&text) {
                        inner.hear(message);
                    }
                }
                Heard::Value(_) => {}
                Heard::Failure(reason) => inner.fail(reason),
            });
            match started {
                Ok(worker) => *this.worker.borrow_mut() = Some(worker),
                Err(error) => return this.fail(error.to_string()),
            }
        }
        this.hand_over();
    }

    fn hand_over(&self) {
        if !self.is_ready.get() {
            return;
        }
        let asked = self.job.borrow_mut().as_mut().and_then(|job| job.order.take());
        if let Some(asked) = asked {
            self.send(&Order::Measure { asked });
        }
    }

    fn send(&self, order: &Order) {
        if let (Some(worker), Ok(text)) = (self.worker.borrow().as_ref(), serde_json::to_string(order)) {
            // Text can always be posted.
            let _ = worker.post_message(&JsValue::from_str(&text));
        }
    }

    fn hear(&self, message: Message) {
        match message {
            Message::Ready => {
                self.is_ready.set(true);
                self.hand_over();
            }
            Message::Progress { progress } => {
                if let Some(job) = self.job.borrow().as_ref() {
                    (job.on_progress)(progress);
                }
            }
            Message::Done { measured } => self.finish(Ok(measured)),
            Message::Cancelled => self.finish(Err(BenchError::Cancelled)),
            Message::Failed { reason } => self.fail(reason),
        }
    }

    /// A worker that failed is left behind: ending it could take the memory's lock
    /// with it. The next run starts another.
    fn fail(&self, reason: String) {
        let worker = self.worker.borrow_mut().take();
        self.is_ready.set(false);
        if let Some(worker) = worker {
            worker.set_onmessage(None);
            worker.set_onerror(None);
        }
        self.finish(Err(BenchError::Failed { reason }));
    }

    fn finish(&self, outcome: Outcome) {
        let job = self.job.borrow_mut().take();
        if let Some(job) = job {
            // Whoever asked may have stopped waiting.
            let _ = job.outcome.send(outcome);
        }
    }
}
