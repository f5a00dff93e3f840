//! The page's end of the engine: starts the workers, sends commands, awaits
//! answers. Everything frequent is read from [`Engine::shared`].

use super::failure::StartError;
use super::thread::{self, Heard};
use super::{clock, shared};
use crate::recording::EventLog;
use crate::session::command::{Call, Command, Message, RecorderCall, RecorderCommand};
use crate::telemetry::Shared;
use crate::telemetry::capabilities::Capabilities;
use crate::telemetry::notice::{Level, Notice};
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::Worker;

/// How long the engine worker may take to report. Adapter and context requests
/// take seconds on a machine under load.
const START_PATIENCE_MS: u32 = 30_000;
const POLL_MS: u32 = 10;

/// Called on the page for what the workers say on their own.
pub trait Listener: 'static {
    /// A line for the console.
    fn notice(&self, notice: Notice);
    /// What the machine offers changed.
    fn capabilities(&self, capabilities: Capabilities);
    /// The engine worker cannot go on.
    fn failed(&self, error: StartError);
}

/// The running engine, as the page sees it. Cheap to clone.
#[derive(Clone)]
pub struct Engine {
    inner: Rc<Inner>,
}

struct Inner {
    engine: RefCell<Option<Worker>>,
    recorder: RefCell<Option<Worker>>,
    /// Those of all runs: a mutator waits between two.
    mutators: RefCell<Vec<Worker>>,
    next_call: Cell<u32>,
    waiting: RefCell<BTreeMap<u32, js_sys::Function>>,
    answers: RefCell<BTreeMap<u32, Result<String, String>>>,
    capabilities: RefCell<Option<Capabilities>>,
    failure: RefCell<Option<StartError>>,
    listener: Box<dyn Listener>,
}

impl Engine {
    /// Starts the workers and waits until the engine takes commands.
    ///
    /// # Errors
    /// [`StartError`], with the cause and the fix.
    pub async fn launch(listener: impl Listener) -> Result<Self, StartError> {
        check_threads()?;
        clock::share_origin();
        shared::shared();
        shared::event_log();
        let inner = Rc::new(Inner {
            engine: RefCell::default(),
            recorder: RefCell::default(),
            mutators: RefCell::default(),
            next_call: Cell::new(1),
            waiting: RefCell::default(),
            answers: RefCell::default(),
            capabilities: RefCell::default(),
            failure: RefCell::default(),
            listener: Box::new(listener),
        });
        *inner.recorder.borrow_mut() = Some(Inner::start(&inner, "arenascope recorder", "enter_recorder")?);
        *inner.engine.borrow_mut() = Some(Inner::start(&inner, "arenascope engine", "enter_engine")?);
        let engine = Self { inner };
        engine.wait_until_ready().await?;
        Ok(engine)
    }

    async fn wait_until_ready(&self) -> Result<(), StartError> {
        let begun = clock::now_ms();
        loop {
            if let Some(error) = self.inner.failure.borrow().clone() {
                return Err(error);
            }
            if self.inner.capabilities.borrow().is_some() {
                return Ok(());
            }
            if clock::now_ms() - begun > f64::from(START_PATIENCE_MS) {
                return Err(StartError::Silent { waited_ms: START_PATIENCE_MS });
            }
            gloo_timers::future::TimeoutFuture::new(POLL_MS).await;
        }
    }

    /// Sends a command and awaits its answer, a JSON text.
    ///
    /// # Errors
    /// The engine's message for people.
    pub async fn call(&self, command: Command) -> Result<String, String> {
        let id = self.next_id();
        let text = serde_json::to_string(&Call { id, command }).map_err(|error| error.to_string())?;
        self.ask(&self.inner.engine, id, &text).await
    }

    /// Sends the recorder a command and awaits its answer, a JSON text.
    ///
    /// # Errors
    /// The recorder's message for people.
    pub async fn call_recorder(&self, command: RecorderCommand) -> Result<String, String> {
        let id = self.next_id();
        let text = serde_json::to_string(&RecorderCall { id, command }).map_err(|error| error.to_string())?;
        self.ask(&self.inner.recorder, id, &text).await
    }

    fn next_id(&self) -> u32 {
        self.inner.next_call.replace(self.inner.next_call.get().wrapping_add(1))
    }

    async fn ask(&self, worker: &RefCell<Option<Worker>>, id: u32, text: &str) -> Result<String, String> {
        if let Some(error) = self.inner.failure.borrow().as_ref() {
            return Err(error.to_string());
        }
        let answered = js_sys::Promise::new(&mut |resolve, _| {
            self.inner.waiting.borrow_mut().insert(id, resolve);
        });
        match worker.borrow().as_ref() {
            Some(worker) => {
                worker.post_message(&JsValue::from_str(text)).map_err(|error| super::failure::reason_of(&error))?;
            }
            None => return Err("the worker is not running".into()),
        }
        let _ = JsFuture::from(answered).await;
        self.inner.answers.borrow_mut().remove(&id).unwrap_or_else(|| Err("the worker stopped".into()))
    }

    /// Starts mutator workers until there are `count`. One that does not start, or
    /// stops, is told to the listener, and the run goes on.
    pub fn hire(&self, count: u32) {
        let there = self.inner.mutators.borrow().len() as u32;
        for number in there + 1..=count {
            let inner = Rc::clone(&self.inner);
            let failed = move |reason: String| inner.mutator_failed(number, &reason);
            let told = failed.clone();
            let name = format!("arenascope mutator {number}");
            let started = thread::start(&name, "enter_mutator", move |heard| match heard {
                Heard::Failure(reason) => told(reason),
                Heard::Message(text) => {
                    if let Ok(Message::Failed { reason }) = serde_json::from_str(&text) {
                        told(reason);
                    }
                }
            });
            match started {
                Ok(worker) => self.inner.mutators.borrow_mut().push(worker),
                Err(error) => return failed(error.to_string()),
            }
        }
    }

    /// What the workers publish.
    pub fn shared(&self) -> &'static Shared {
        shared::shared()
    }

    /// Every event, as the recorder keeps them.
    pub fn event_log(&self) -> &'static EventLog {
        shared::event_log()
    }

    /// What the machine offers.
    pub fn capabilities(&self) -> Capabilities {
        self.inner.capabilities.borrow().clone().unwrap_or_default()
    }
}

impl Inner {
    fn start(this: &Rc<Self>, name: &str, entry: &str) -> Result<Worker, StartError> {
        let inner = Rc::clone(this);
        thread::start(name, entry, move |heard| match heard {
            Heard::Message(text) => {
                if let Ok(message) = serde_json::from_str(&text) {
                    inner.hear(message);
                }
            }
            Heard::Failure(reason) => inner.fail(reason),
        })
    }

    fn hear(&self, message: Message) {
        match message {
            Message::Ready { capabilities } => *self.capabilities.borrow_mut() = Some(capabilities),
            Message::Capabilities { capabilities } => {
                *self.capabilities.borrow_mut() = Some(capabilities.clone());
                self.listener.capabilities(capabilities);
            }
            Message::Answer { id, result } => self.answer(id, result),
            Message::Notice { notice } => self.listener.notice(notice),
            Message::Failed { reason } => self.fail(reason),
        }
    }

    fn answer(&self, id: u32, result: Result<String, String>) {
        let waiting = self.waiting.borrow_mut().remove(&id);
        if let Some(resolve) = waiting {
            self.answers.borrow_mut().insert(id, result);
            let _ = resolve.call0(&JsValue::UNDEFINED);
        }
    }

    fn mutator_failed(&self, number: u32, reason: &str) {
        let text = format!("mutator {number} stopped: {reason}; the run goes on without it");
        self.listener.notice(Notice { time_us: 0, level: Level::Error, text });
    }

    /// The first reason counts: what follows a panic is its echo.
    fn fail(&self, reason: String) {
        if self.failure.borrow().is_some() {
            return;
        }
        let ready = self.capabilities.borrow().is_some();
        let error = if ready { StartError::Stopped { reason } } else { StartError::Worker { reason } };
        *self.failure.borrow_mut() = Some(error.clone());
        let waiting = std::mem::take(&mut *self.waiting.borrow_mut());
        for (_, resolve) in waiting {
            let _ = resolve.call0(&JsValue::UNDEFINED);
        }
        if ready {
            self.listener.failed(error);
        }
    }
}

/// Whether this page can run workers on its memory at all.
///
/// # Errors
/// [`StartError::NotIsolated`] or [`StartError::NoThreads`].
pub fn check_threads() -> Result<(), StartError> {
    let global = js_sys::global();
    let property = |name: &str| js_sys::Reflect::get(&global, &name.into()).unwrap_or(JsValue::UNDEFINED);
    if property("Atomics").is_undefined() || property("WebAssembly").is_undefined() {
        return Err(StartError::NoThreads);
    }
    if !property("crossOriginIsolated").is_truthy() {
        return Err(StartError::NotIsolated);
    }
    if property("SharedArrayBuffer").is_undefined() {
        return Err(StartError::NoThreads);
    }
    Ok(())
}
