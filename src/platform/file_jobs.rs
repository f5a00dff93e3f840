//! The page's end of a worker that reads or writes files: one after another, on a thread
//! that is started for the first and kept for the next.

use super::thread::{self, Heard};
use futures_channel::oneshot;
use js_sys::Array;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use thiserror::Error;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::Worker;

/// What the worker says.
#[derive(Serialize, Deserialize)]
#[serde(tag = "say", rename_all = "snake_case")]
pub(super) enum Message<T> {
    /// It takes files from now on.
    Ready,
    /// What became of one.
    Read {
        /// Its number.
        id: u32,
        /// What it holds, or why it was not read.
        result: Result<T, String>,
    },
    /// It cannot go on.
    Failed {
        /// Why the thread stopped.
        reason: String,
    },
}

/// Why a file was not read.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum FileError {
    /// It is nothing known, or damaged, or the browser could not read it; or somebody ended
    /// the reading.
    #[error("{reason}")]
    Refused {
        /// Why it could not be read.
        reason: String,
    },
    /// The worker stopped: where a file does not fit the memory, for example.
    #[error("the thread that works on files stopped: {reason}")]
    Stopped {
        /// What it said last.
        reason: String,
    },
}

type Outcome<T> = Result<T, FileError>;

/// A worker that makes a `T` of each file.
pub(super) struct FileJobs<T> {
    /// The thread's name, and the function that it enters.
    name: &'static str,
    entry: &'static str,
    worker: RefCell<Option<Worker>>,
    is_ready: Cell<bool>,
    next_id: Cell<u32>,
    jobs: RefCell<BTreeMap<u32, Job<T>>>,
    /// What is no text was posted before the answer to it: by number.
    attached: RefCell<BTreeMap<u32, JsValue>>,
}

struct Job<T> {
    /// Until the worker has it: a file or a word, and a number that goes with it.
    asked: Option<(JsValue, u32)>,
    outcome: oneshot::Sender<Outcome<(T, JsValue)>>,
}

impl<T: DeserializeOwned + 'static> FileJobs<T> {
    /// Of a worker that is not started yet.
    pub(super) fn new(name: &'static str, entry: &'static str) -> Rc<Self> {
        Rc::new(Self {
            name,
            entry,
            worker: RefCell::default(),
            is_ready: Cell::default(),
            next_id: Cell::default(),
            jobs: RefCell::new(BTreeMap::new()),
            attached: RefCell::default(),
        })
    }

    /// Asks for what can be made of a file or a word; a number goes with it. Other answers
    /// come all the same where this one does not. With what was attached to the answer, a
    /// file, or undefined.
    ///
    /// # Errors
    /// [`FileError`].
    pub(super) async fn ask(this: Rc<Self>, what: JsValue, with: u32) -> Outcome<(T, JsValue)> {
        let id = this.next_id.replace(this.next_id.get().wrapping_add(1));
        let (outcome, read) = oneshot::channel();
        this.jobs.borrow_mut().insert(id, Job { asked: Some((what, with)), outcome });
        Self::hand_over(&this);
        read.await.unwrap_or_else(|_| Err(FileError::Stopped { reason: "it gave no answer".into() }))
    }

    /// Gives the worker what it has not yet; starts it where there is none.
    fn hand_over(this: &Rc<Self>) {
        if this.worker.borrow().is_none()
            && let Err(error) = Self::start(this)
        {
            return this.fail(&error.to_string());
        }
        if !this.is_ready.get() {
            return;
        }
        for (id, job) in this.jobs.borrow_mut().iter_mut() {
            if let (Some((what, with)), Some(worker)) = (job.asked.take(), this.worker.borrow().as_ref()) {
                // Blobs and texts can always be posted.
                let _ = worker.post_message(&Array::of3(&(*id).into(), &what, &with.into()));
            }
        }
    }

    fn start(this: &Rc<Self>) -> Result<(), super::failure::StartError> {
        let inner = Rc::clone(this);
        let worker = thread::start(this.name, this.entry, move |heard| match heard {
            Heard::Message(text) => match serde_json::from_str(&text) {
                Ok(Message::Ready) => {
                    inner.is_ready.set(true);
                    Self::hand_over(&inner);
                }
                Ok(Message::Read { id, result }) => {
                    inner.finish(id, result.map_err(|reason| FileError::Refused { reason }));
                }
                Ok(Message::Failed { reason }) => inner.fail(&reason),
                Err(error) => inner.fail(&error.to_string()),
            },
            Heard::Value(value) => inner.attach(&value),
            Heard::Failure(reason) => inner.fail(&reason),
        })?;
        *this.worker.borrow_mut() = Some(worker);
        Ok(())
    }

    /// A worker that failed is left behind; the next file has another.
    fn fail(&self, reason: &str) {
        let worker = self.worker.borrow_mut().take();
        self.is_ready.set(false);
        if let Some(worker) = worker {
            worker.set_onmessage(None);
            worker.set_onerror(None);
        }
        let ids: Vec<u32> = self.jobs.borrow().keys().copied().collect();
        for id in ids {
            self.finish(id, Err(FileError::Stopped { reason: reason.into() }));
        }
    }

    /// A pair: the number of a job, and what belongs to its answer. Others are of the
    /// thread's own making.
    fn attach(&self, value: &JsValue) {
        if let Some(pair) = value.dyn_ref::<Array>()
            && let Some(id) = pair.get(0).as_f64()
        {
            self.attached.borrow_mut().insert(id as u32, pair.get(1));
        }
    }

    fn finish(&self, id: u32, outcome: Outcome<T>) {
        let attached = self.attached.borrow_mut().remove(&id).unwrap_or(JsValue::UNDEFINED);
        let outcome = outcome.map(|made| (made, attached));
        let job = self.jobs.borrow_mut().remove(&id);
        if let Some(job) = job {
            // Whoever asked may have stopped waiting.
            let _ = job.outcome.send(outcome);
        }
    }
}
