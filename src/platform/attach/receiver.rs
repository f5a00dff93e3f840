//! The page's end of the attached worker, which decodes what probes tell into logs.

use crate::platform::runs::RunSlot;
use crate::platform::thread::{self, Heard};
use js_sys::{Array, Uint8Array};
use serde::{Deserialize, Serialize};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use wasm_bindgen::JsValue;
use web_sys::Worker;

/// What the worker says.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "say", rename_all = "snake_case")]
pub enum Told {
    /// It takes batches from now on.
    Ready,
    /// A batch was taken in: so many bytes, and what was wrong with it.
    Taken {
        /// The slot of its run.
        slot: usize,
        /// The batch, bytes.
        bytes: u32,
        /// Why it, or a part of it, was left out.
        trouble: Option<String>,
        /// The page of the run is gone, by its own words.
        is_last: bool,
    },
    /// It cannot go on: every run that it records has ended.
    Failed {
        /// Why the thread stopped.
        reason: String,
    },
}

/// Takes in what probes tell, on a thread of its own that is started for the first. Cheap to
/// clone.
#[derive(Clone)]
pub struct Receiver(Rc<Inner>);

struct Inner {
    worker: RefCell<Option<Worker>>,
    is_ready: Cell<bool>,
    /// Until the worker takes them.
    waiting: RefCell<Vec<JsValue>>,
    hear: Box<dyn Fn(Told)>,
}

impl Receiver {
    /// Of a worker that is not started yet; `hear` gets all that it says.
    pub fn new(hear: impl Fn(Told) + 'static) -> Self {
        let (worker, is_ready, waiting) = Default::default();
        Self(Rc::new(Inner { worker, is_ready, waiting, hear: Box::new(hear) }))
    }

    /// A run begins, in a slot that is empty.
    pub fn begin(&self, slot: RunSlot) {
        slot.begin(0);
        self.post(slot, &JsValue::TRUE);
    }

    /// A batch of its page.
    pub fn take(&self, slot: RunSlot, batch: &Uint8Array) {
        self.post(slot, batch);
    }

    /// Nothing came for a while: what is known is shown all the same.
    pub fn look(&self, slot: RunSlot) {
        self.post(slot, &JsValue::NULL);
    }

    /// The run is over; what was received of it stays.
    pub fn end(&self, slot: RunSlot) {
        self.post(slot, &JsValue::FALSE);
    }

    fn post(&self, slot: RunSlot, what: &JsValue) {
        self.0.waiting.borrow_mut().push(Array::of2(&(slot.number() as u32).into(), what).into());
        if self.0.worker.borrow().is_none() {
            self.start();
        }
        self.0.hand_over();
    }

    fn start(&self) {
        let inner = Rc::clone(&self.0);
        let started = thread::start("arenascope attached", "enter_attached", move |heard| match heard {
            Heard::Message(text) => match serde_json::from_str(&text) {
                Ok(Told::Ready) => {
                    inner.is_ready.set(true);
                    inner.hand_over();
                }
                Ok(Told::Failed { reason }) => inner.fail(reason),
                Ok(told) => (inner.hear)(told),
                Err(error) => inner.fail(error.to_string()),
            },
            Heard::Value(_) => {}
            Heard::Failure(reason) => inner.fail(reason),
        });
        match started {
            Ok(worker) => drop(self.0.worker.borrow_mut().replace(worker)),
            Err(error) => self.0.fail(error.to_string()),
        }
    }
}

impl Inner {
    fn hand_over(&self) {
        if let (true, Some(worker)) = (self.is_ready.get(), self.worker.borrow().as_ref()) {
            for message in self.waiting.borrow_mut().drain(..) {
                // Arrays of numbers and bytes can always be posted.
                let _ = worker.post_message(&message);
            }
        }
    }

    /// A worker that failed is left behind; the next run has another.
    fn fail(&self, reason: String) {
        let worker = self.worker.borrow_mut().take();
        self.is_ready.set(false);
        self.waiting.borrow_mut().clear();
        if let Some(worker) = worker {
            worker.set_onmessage(None);
            worker.set_onerror(None);
        }
        (self.hear)(Told::Failed { reason });
    }
}
