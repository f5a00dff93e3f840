//! The page's end of the engine: starts the workers, sends commands, awaits
//! answers. Everything frequent is read from [`Engine::shared`].

mod watch;

use super::failure::{CallError, StartError, Thread};
use super::thread::{self, Heard};
use super::{clock, shared};
use crate::recording::EventLog;
use crate::session::command::{Call, Command, Message, RecorderCall, RecorderCommand};
use crate::telemetry::Shared;
use crate::telemetry::capabilities::Capabilities;
use crate::telemetry::notice::{Level, Notice};
use futures_channel::oneshot;
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use web_sys::Worker;

/// How long the engine worker may take to report. Adapter and context requests
/// take seconds on a machine under load.
const START_PATIENCE_MS: u32 = 30_000;
const POLL_MS: u32 = 10;
/// A recorder that ended is begun anew so often in the life of a page: one that ends
/// again and again would only fill the console.
const RECORDERS_MAX: u32 = 4;

/// Called on the page for what the workers say on their own.
pub trait Listener: 'static {
    /// A line for the console.
    fn notice(&self, notice: Notice);
    /// What the machine offers changed.
    fn capabilities(&self, capabilities: Capabilities);
    /// The engine worker cannot go on.
    fn failed(&self, error: StartError);
    /// A thread needs attention: it ended, or does not answer. `None` once the one that
    /// did not answer is there again.
    fn alert(&self, text: Option<String>);
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
    mutators: RefCell<Vec<MutatorWorker>>,
    /// Mutators started so far.
    mutators_started: Cell<u32>,
    next_call: Cell<u32>,
    waiting: RefCell<BTreeMap<u32, Waiting>>,
    capabilities: RefCell<Option<Capabilities>>,
    failure: RefCell<Option<StartError>>,
    listener: Box<dyn Listener>,
}

/// Who waits for an answer, and whose.
struct Waiting {
    thread: Thread,
    answer: oneshot::Sender<Result<String, CallError>>,
}

/// A mutator's worker, and whether it answers.
struct MutatorWorker {
    /// Counts from 1; the page's name for it.
    name: u32,
    /// Its number on the board, once it has one.
    number: Option<u32>,
    /// Kept: a worker that is collected is stopped by some browsers.
    _worker: Worker,
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
            mutators_started: Cell::new(0),
            next_call: Cell::new(1),
            waiting: RefCell::default(),
            capabilities: RefCell::default(),
            failure: RefCell::default(),
            listener: Box::new(listener),
        });
        shared::recorder();
        Inner::start_recorder(&inner)?;
        Inner::start_engine(&inner)?;
        let engine = Self { inner };
        engine.wait_until_ready().await?;
        Inner::watch(&engine.inner);
        Ok(engine)
    }

    /// Starts a new engine worker where the one before stopped; nothing where it did not.
    ///
    /// # Errors
    /// As [`Self::launch`]; the engine stays stopped then.
    pub async fn relaunch(&self) -> Result<(), StartError> {
        if self.inner.failure.borrow().is_none() {
            return Ok(());
        }
        if shared::ENGINES.count() as usize >= shared::ENGINES_MAX {
            let reason = format!("{} engines have ended on this page", shared::ENGINES_MAX);
            return Err(StartError::Worker { reason });
        }
        self.inner.failure.borrow_mut().take();
        self.inner.capabilities.borrow_mut().take();
        // SAFETY: it ended, or it panicked and does nothing any more.
        unsafe { shared::release_rings(shared::ENGINE_MARK) };
        let started = match Inner::start_engine(&self.inner) {
            Ok(()) => self.wait_until_ready().await,
            Err(error) => Err(error),
        };
        if let Err(error) = &started {
            self.inner.failure.borrow_mut().get_or_insert_with(|| error.clone());
        }
        started
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
        self.ask(Thread::Engine, id, &text).await.map_err(|error| error.to_string())
    }

    /// Sends the recorder a command and awaits its answer, a JSON text.
    ///
    /// # Errors
    /// The recorder's message for people.
    pub async fn call_recorder(&self, command: RecorderCommand) -> Result<String, String> {
        let id = self.next_id();
        let text = serde_json::to_string(&RecorderCall { id, command }).map_err(|error| error.to_string())?;
        self.ask(Thread::Recorder, id, &text).await.map_err(|error| error.to_string())
    }

    fn next_id(&self) -> u32 {
        self.inner.next_call.replace(self.inner.next_call.get().wrapping_add(1))
    }

    async fn ask(&self, thread: Thread, id: u32, text: &str) -> Result<String, CallError> {
        let stopped = |reason: &str| CallError::Stopped { thread, reason: reason.into() };
        if let Some(error) = self.inner.failure.borrow().as_ref().filter(|_| thread == Thread::Engine) {
            return Err(CallError::Refused { reason: error.to_string() });
        }
        let (answer, answered) = oneshot::channel();
        self.inner.waiting.borrow_mut().insert(id, Waiting { thread, answer });
        let posted = match self.inner.worker(thread).borrow().as_ref() {
            Some(worker) => worker
                .post_message(&JsValue::from_str(text))
                .map_err(|error| CallError::Refused { reason: super::failure::reason_of(&error) }),
            None => Err(stopped("it is not running")),
        };
        if let Err(error) = posted {
            self.inner.waiting.borrow_mut().remove(&id);
            return Err(error);
        }
        answered.await.unwrap_or_else(|_| Err(stopped("it gave no answer")))
    }

    /// Starts mutator workers until there are `count`. One that does not start, or
    /// stops, is told to the listener, and the run goes on.
    pub fn start_mutators(&self, count: u32) {
        while (self.inner.mutators.borrow().len() as u32) < count {
            if !Inner::start_mutator(&self.inner) {
                return;
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
    fn worker(&self, thread: Thread) -> &RefCell<Option<Worker>> {
        match thread {
            Thread::Engine => &self.engine,
            Thread::Recorder => &self.recorder,
        }
    }

    fn start_engine(this: &Rc<Self>) -> Result<(), StartError> {
        shared::ENGINES.replace();
        let inner = Rc::clone(this);
        Self::start(this, Thread::Engine, "arenascope engine", "enter_engine", move |reason| inner.fail(reason))
    }

    fn start_recorder(this: &Rc<Self>) -> Result<(), StartError> {
        shared::RECORDERS.replace();
        let inner = Rc::clone(this);
        Self::start(this, Thread::Recorder, "arenascope recorder", "enter_recorder", move |reason| {
            Self::recorder_failed(&inner, reason);
        })
    }

    fn start(
        this: &Rc<Self>,
        thread: Thread,
        name: &str,
        entry: &str,
        failed: impl Fn(String) + Clone + 'static,
    ) -> Result<(), StartError> {
        let inner = Rc::clone(this);
        let worker = thread::start(name, entry, move |heard| match heard {
            Heard::Message(text) => match serde_json::from_str(&text) {
                Ok(Message::Failed { reason }) => failed(reason),
                Ok(message) => inner.hear(message),
                Err(_) => {}
            },
            Heard::Value(_) => {}
            Heard::Failure(reason) => failed(reason),
        })?;
        *this.worker(thread).borrow_mut() = Some(worker);
        Ok(())
    }

    fn hear(&self, message: Message) {
        match message {
            Message::Ready { capabilities } => *self.capabilities.borrow_mut() = Some(capabilities),
            Message::Capabilities { capabilities } => {
                *self.capabilities.borrow_mut() = Some(capabilities.clone());
                self.listener.capabilities(capabilities);
            }
            Message::Answer { id, result } => {
                self.answer(id, result.map_err(|reason| CallError::Refused { reason }));
            }
            Message::Notice { notice } => self.listener.notice(notice),
            // Who started the worker hears these.
            Message::Failed { .. } | Message::Registered { .. } => {}
        }
    }

    fn answer(&self, id: u32, result: Result<String, CallError>) {
        let waiting = self.waiting.borrow_mut().remove(&id);
        if let Some(Waiting { answer, .. }) = waiting {
            // Whoever asked may have stopped waiting.
            let _ = answer.send(result);
        }
    }

    /// Answers everything that waits for a thread: it will not.
    fn reject(&self, thread: Thread, reason: &str) {
        let is_its = |(id, waiting): (&u32, &Waiting)| (waiting.thread == thread).then_some(*id);
        let ids: Vec<u32> = self.waiting.borrow().iter().filter_map(is_its).collect();
        for id in ids {
            self.answer(id, Err(CallError::Stopped { thread, reason: reason.into() }));
        }
    }

    /// Hears no more of a thread that stopped; false where it had stopped already. It is
    /// not ended: that could take the memory's lock with it.
    fn silence(&self, thread: Thread) -> bool {
        let worker = self.worker(thread).borrow_mut().take();
        if let Some(worker) = &worker {
            worker.set_onmessage(None);
            worker.set_onerror(None);
        }
        worker.is_some()
    }

    /// One mutator more; false where it did not start.
    fn start_mutator(this: &Rc<Self>) -> bool {
        let name = this.mutators_started.get() + 1;
        this.mutators_started.set(name);
        let inner = Rc::clone(this);
        let started = thread::start(&format!("arenascope mutator {name}"), "enter_mutator", move |heard| match heard {
            Heard::Value(_) => {}
            Heard::Failure(reason) => inner.mutator_failed(name, &reason),
            Heard::Message(text) => match serde_json::from_str(&text) {
                Ok(Message::Failed { reason }) => inner.mutator_failed(name, &reason),
                Ok(Message::Registered { number }) => inner.mutator_registered(name, number),
                _ => {}
            },
        });
        match started {
            Ok(worker) => {
                this.mutators.borrow_mut().push(MutatorWorker { name, number: None, _worker: worker });
                true
            }
            Err(error) => {
                this.mutator_failed(name, &error.to_string());
                false
            }
        }
    }

    fn mutator_registered(&self, name: u32, number: u32) {
        if let Some(mutator) = self.mutators.borrow_mut().iter_mut().find(|mutator| mutator.name == name) {
            mutator.number = Some(number);
        }
    }

    /// Another is started for the next run. What the thread held stays allocated until then.
    fn mutator_failed(&self, name: u32, reason: &str) {
        let index = self.mutators.borrow().iter().position(|mutator| mutator.name == name);
        let number = index.and_then(|index| self.mutators.borrow_mut().remove(index).number);
        if let (Some(number), Some(board)) = (number, shared::mutators()) {
            board.note_ended(number);
            // SAFETY: it ended, or it panicked and does nothing any more.
            unsafe { shared::release_rings(shared::mutator_mark(number)) };
        }
        // Its number on the board is the one that figures and map show.
        let shown = number.map_or(name, |number| number + 1);
        self.tell(format!("mutator {shown} stopped: {reason}; the run goes on without it, the next has another"));
    }

    /// Says it on the console and where it is seen at once.
    fn tell(&self, text: String) {
        self.listener.notice(Notice { time_us: 0, level: Level::Error, text: text.clone() });
        self.listener.alert(Some(text));
    }

    /// The recording lies in the memory of all: another recorder goes on with it.
    fn recorder_failed(this: &Rc<Self>, reason: String) {
        if !this.silence(Thread::Recorder) {
            return;
        }
        if this.capabilities.borrow().is_none() && this.failure.borrow().is_none() {
            return this.fail(reason);
        }
        this.reject(Thread::Recorder, &reason);
        let begun = (shared::RECORDERS.count() < RECORDERS_MAX).then(|| Self::start_recorder(this));
        if let Some(Ok(())) = begun {
            return this.tell(format!(
                "the recorder stopped: {reason}; another goes on with the recording, and what it misses is counted as lost"
            ));
        }
        // Nobody makes room from now on: threads must not wait for it.
        shared::shared().events.set_lossless(false);
        this.tell(format!("the recorder stopped: {reason}; what was recorded is kept, but nothing more is recorded until the page is reloaded"));
    }

    /// The first reason counts: what follows a panic is its echo.
    fn fail(&self, reason: String) {
        if self.failure.borrow().is_some() {
            return;
        }
        let ready = self.capabilities.borrow().is_some();
        let error = if ready {
            StartError::Stopped { reason: reason.clone() }
        } else {
            StartError::Worker { reason: reason.clone() }
        };
        *self.failure.borrow_mut() = Some(error.clone());
        self.silence(Thread::Engine);
        // Without an engine nobody takes in what mutators pass on.
        if let Some(board) = shared::mutators() {
            board.set_running(false);
        }
        self.reject(Thread::Engine, &reason);
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
    let is_isolated = property("crossOriginIsolated").is_truthy();
    if is_isolated && property("SharedArrayBuffer").is_undefined() {
        return Err(StartError::NoThreads);
    }
    if is_isolated || can_share() { Ok(()) } else { Err(StartError::NotIsolated) }
}

/// Whether shared memory can be handed to a worker: in panels of an extension it can, though
/// they do not say that they are isolated.
fn can_share() -> bool {
    let options = js_sys::Object::new();
    for (name, value) in [("initial", JsValue::from(1)), ("maximum", 1.into()), ("shared", true.into())] {
        // A new plain object takes any property.
        let _ = js_sys::Reflect::set(&options, &name.into(), &value);
    }
    let Ok(memory) = js_sys::WebAssembly::Memory::new(&options) else { return false };
    let clone = js_sys::Reflect::get(&js_sys::global(), &"structuredClone".into());
    let clone: Option<js_sys::Function> = clone.ok().and_then(|clone| clone.dyn_into().ok());
    clone.is_some_and(|clone| clone.call1(&JsValue::UNDEFINED, &memory.buffer()).is_ok())
}
