//! `window.arenascope`: the page for scripts. Every function is described in
//! `docs/scripting.md`.

use super::{compare, lab, plain_data, recording, runs};
use crate::app::engine::pulse;
use crate::app::engine::recordings;
use crate::app::engine::rpc;
use crate::app::frames::frame_loop;
use crate::app::run;
use crate::app::snapshots;
use crate::app::state::store::Store;
use crate::app::throughput;
use crate::session::config;
use crate::telemetry::capabilities::Capabilities;
use crate::telemetry::metrics::Metrics;
use crate::throughput::Bench;
use js_sys::{Function, JSON, Object, Promise, Reflect};
use leptos::prelude::{GetUntracked, Update, WithUntracked, untrack};
use serde::Serialize;
use std::cell::RefCell;
use std::future::Future;
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::future_to_promise;

/// The promise `arenascope.ready`, and its two ends.
pub struct Readiness {
    promise: Promise,
    ends: Rc<RefCell<Option<(Function, Function)>>>,
}

impl Readiness {
    /// A promise that is pending.
    pub fn new() -> Self {
        let ends = Rc::new(RefCell::new(None));
        let promise = Promise::new(&mut |resolve, reject| *ends.borrow_mut() = Some((resolve, reject)));
        // Nobody need wait for it: a rejection is on the page already.
        let heard = Closure::<dyn FnMut(JsValue)>::new(|_| {});
        let _ = promise.catch(&heard);
        heard.forget();
        Self { promise, ends }
    }

    /// The engine is up.
    pub fn resolve(&self) {
        if let Some((resolve, _)) = self.ends.borrow_mut().take() {
            let _ = resolve.call0(&JsValue::UNDEFINED);
        }
    }

    /// There is no engine.
    pub fn reject(&self, reason: &str) {
        if let Some((_, reject)) = self.ends.borrow_mut().take() {
            let _ = reject.call1(&JsValue::UNDEFINED, &js_sys::Error::new(reason));
        }
    }
}

impl Default for Readiness {
    fn default() -> Self {
        Self::new()
    }
}

/// Puts the interface on the window.
pub fn install(store: Store, readiness: &Readiness) {
    let interface = Interface(Object::new());
    interface.value("version", &env!("CARGO_PKG_VERSION").into());
    interface.value("ready", &readiness.promise);
    interface.getter("scenarios", || json_of(&config::scenarios()));
    interface.getter("policies", || json_of(&config::policies()));
    interface.getter("pool_modes", || json_of(&config::pool_modes()));
    interface.getter("capabilities", move || json_of(&capabilities(store)));
    interface.getter("metrics", move || json_of(&metrics(store)));
    interface.action("start", move |arguments| start(store, arguments));
    interface.action("stop", move |_| no_answer(async move { rpc::stop(store).await }));
    interface.action("reset", move |_| no_answer(async move { rpc::reset(store).await }));
    interface.action("set_speed", move |speed| set_speed(store, speed));
    interface.getter("budget_modes", || json_of(&config::budget_modes()));
    interface.getter("arena", move || json_of(&pulse::arena_table(store)));
    interface.getter("budget", move || json_of(&pulse::budget_table(store)));
    interface.getter("recording", move || json_of(&recording::figures(store)));
    interface.action("show_moment", move |request| show_moment(store, request));
    interface.action("pool", move |_| pool(store));
    interface.action("set_limits", move |limits| set_limits(store, limits));
    interface.action("what_if", move |limits| what_if(store, limits));
    interface.action("snapshot", move |_| snapshot(store));
    interface.action("recordings", move |_| parsed(async move { recordings::list(store).await }));
    interface.action("save_recording", move |_| parsed(async move { recordings::save(store).await }));
    interface
        .action("open_recording", move |name| parsed(async move { recordings::open(store, name_of(&name)?).await }));
    interface.action("delete_recording", move |name| {
        no_answer(async move { recordings::delete(store, name_of(&name)?).await })
    });
    interface.action("open", move |file| Box::pin(runs::open(store, file)));
    interface.getter("runs", move || json_of(&runs::figures(store)));
    interface.action("show_run", move |run| no_answer(async move { runs::show(store, &run) }));
    interface.action("close_run", move |run| no_answer(async move { runs::close(store, &run) }));
    interface.action("export_run", move |format| Box::pin(runs::export(store, format)));
    interface
        .action("set_categories", move |rules| no_answer(async move { runs::set_categories(store, &rules).await }));
    interface.action_of_three("compare", move |arguments| compared(store, arguments));
    interface.action("lab", move |argument| worked_out(store, argument));
    interface.action("lose_gpu_device", move |_| no_answer(async move { rpc::lose_gpu_device(store).await }));
    interface.action("lose_nn_context", move |_| no_answer(async move { rpc::lose_nn_context(store).await }));
    interface.action("bench", move |arguments| bench(store, arguments));
    interface.action("bench_recording", move |_| bench_recording(store));
    interface.action("cancel_bench", move |_| no_answer(async move { cancel_bench(store) }));
    interface.publish();
}

type Answer = std::pin::Pin<Box<dyn Future<Output = Result<JsValue, String>>>>;

struct Interface(Object);

impl Interface {
    fn value(&self, name: &str, value: &JsValue) {
        // A plain new object takes any property.
        let _ = Reflect::set(&self.0, &name.into(), value);
    }

    /// A function that answers at once.
    fn getter(&self, name: &str, answer: impl Fn() -> JsValue + 'static) {
        let function = Closure::<dyn Fn() -> JsValue>::new(answer);
        self.value(name, function.as_ref());
        function.forget();
    }

    /// A function that answers with a promise; it rejects with an `Error`.
    fn action(&self, name: &str, work: impl Fn(JsValue) -> Answer + 'static) {
        let function = Closure::<dyn Fn(JsValue) -> Promise>::new(move |argument| {
            let answer = work(argument);
            future_to_promise(async move { answer.await.map_err(|reason| js_sys::Error::new(&reason).into()) })
        });
        self.value(name, function.as_ref());
        function.forget();
    }

    /// As [`Self::action`], of three arguments.
    fn action_of_three(&self, name: &str, work: impl Fn([JsValue; 3]) -> Answer + 'static) {
        let function = Closure::<dyn Fn(JsValue, JsValue, JsValue) -> Promise>::new(move |one, two, three| {
            let answer = work([one, two, three]);
            future_to_promise(async move { answer.await.map_err(|reason| js_sys::Error::new(&reason).into()) })
        });
        self.value(name, function.as_ref());
        function.forget();
    }

    fn publish(self) {
        // A page whose window takes no property has no scripts either.
        let _ = Reflect::set(&js_sys::global(), &"arenascope".into(), &Object::freeze(&self.0));
    }
}

fn no_answer(work: impl Future<Output = Result<(), String>> + 'static) -> Answer {
    Box::pin(async move { work.await.map(|()| JsValue::UNDEFINED) })
}

fn start(store: Store, arguments: JsValue) -> Answer {
    Box::pin(async move {
        let config = run::settings::from_arguments(&value_of(&arguments)?).map_err(|error| error.to_string())?;
        let applied = rpc::start(store, config).await?;
        Ok(json_of(&applied))
    })
}

fn set_speed(store: Store, speed: JsValue) -> Answer {
    no_answer(async move {
        let speed = config::speed("speed", &value_of(&speed)?).map_err(|error| error.to_string())?;
        store.chosen.update(|config| config.speed = speed);
        rpc::set_speed(store, speed).await
    })
}

fn pool(store: Store) -> Answer {
    Box::pin(async move { Ok(json_of(&rpc::pool_detail(store).await?)) })
}

/// The answer of a call that gives JSON text.
fn parsed(work: impl Future<Output = Result<String, String>> + 'static) -> Answer {
    Box::pin(async move { JSON::parse(&work.await?).map_err(|_| String::from("the answer is not JSON")) })
}

/// The name of a recording.
fn name_of(argument: &JsValue) -> Result<String, String> {
    argument.as_string().ok_or_else(|| "the name of a recording is a text: one of those of recordings()".into())
}

fn show_moment(store: Store, request: JsValue) -> Answer {
    no_answer(async move {
        let request = recording::moment_request(&value_of(&request)?).map_err(|error| error.to_string())?;
        recording::show_moment(store, request)
    })
}

fn set_limits(store: Store, limits: JsValue) -> Answer {
    Box::pin(async move {
        let answer = rpc::set_limits(store, value_of(&limits)?).await?;
        JSON::parse(&answer).map_err(|_| String::from("the answer is not JSON"))
    })
}

fn compared(store: Store, arguments: [JsValue; 3]) -> Answer {
    Box::pin(async move {
        let [first, second, options] = arguments.each_ref().map(value_of);
        let text = compare::compare(store, first?, second?, options?).await?;
        JSON::parse(&text).map_err(|_| String::from("the answer is not JSON"))
    })
}

fn worked_out(store: Store, argument: JsValue) -> Answer {
    Box::pin(async move {
        let text = lab::lab(store, value_of(&argument)?).await?;
        JSON::parse(&text).map_err(|_| String::from("the answer is not JSON"))
    })
}

fn what_if(store: Store, limits: JsValue) -> Answer {
    Box::pin(async move {
        let answer = rpc::what_if(store, value_of(&limits)?).await?;
        JSON::parse(&answer).map_err(|_| String::from("the answer is not JSON"))
    })
}

fn snapshot(store: Store) -> Answer {
    Box::pin(async move {
        if let Some(reason) = untrack(|| snapshots::commands::refused(store)) {
            let way = if store.opened.with_untracked(Option::is_some) {
                "start(…) begins a run"
            } else {
                "show_moment(null) does"
            };
            return Err(format!("{reason}; {way}"));
        }
        let (_, text) = snapshots::commands::take(store).await?;
        JSON::parse(&text).map_err(|_| String::from("the snapshot is not JSON"))
    })
}

fn bench(store: Store, arguments: JsValue) -> Answer {
    Box::pin(async move {
        let bench = Bench::from_arguments(&value_of(&arguments)?).map_err(|error| error.to_string())?;
        let rows = throughput::measurement::measure(store, bench).await.map_err(|error| error.to_string())?;
        Ok(json_of(&rows))
    })
}

fn bench_recording(store: Store) -> Answer {
    Box::pin(async move {
        let costs = throughput::measurement::measure_recording(store).await.map_err(|error| error.to_string())?;
        Ok(json_of(&costs))
    })
}

fn cancel_bench(store: Store) -> Result<(), String> {
    store.throughput.cancel();
    Ok(())
}

fn capabilities(store: Store) -> Capabilities {
    store.capabilities.get_untracked()
}

/// The newest figures, with the page's own cost filled in.
fn metrics(store: Store) -> Metrics {
    let mut metrics = pulse::newest_metrics(store).unwrap_or_default();
    let timings = frame_loop::timings();
    metrics.own.frame_ms_p95 = timings.frame_ms_p95;
    metrics.own.script_ms_p95 = timings.script_ms_p95;
    metrics
}

fn json_of(value: &impl Serialize) -> JsValue {
    let text = serde_json::to_string(value).unwrap_or_else(|_| String::from("null"));
    JSON::parse(&text).unwrap_or(JsValue::NULL)
}

/// A script's argument as plain data.
fn value_of(argument: &JsValue) -> Result<serde_json::Value, String> {
    plain_data::read(argument).map_err(|refusal| refusal.to_string())
}
