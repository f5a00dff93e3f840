//! The engine worker: commands in, ticks, requests to the devices, figures out.

use super::executor::Executor;
use super::{heartbeat, link};
use crate::platform::clock::{now_ms, shared_now as now};
use crate::platform::panic;
use crate::platform::shared::{ENGINE_MARK, ENGINES, event_log, is_spilling, set_mutators, set_spilling, shared};
use crate::recording::Limits;
use crate::session::Session;
use crate::session::command::{Call, Command, Message};
use crate::session::config::{RunConfig, speed};
use crate::telemetry::capabilities::{Availability, Capabilities, WebNnCapability};
use crate::telemetry::notice::{Level, Notice};
use crate::telemetry::ring::mark_thread;
use gloo_timers::future::TimeoutFuture;
use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;
use wasm_bindgen::prelude::*;

/// One tick while running, ms.
const TICK_MS: f64 = 1000.0 / 60.0;

/// How long mutators may take to end a batch, on a machine under load.
const RECALL_PATIENCE_MS: f64 = 3_000.0;

type Calls = Rc<RefCell<VecDeque<Call>>>;

/// Enters the engine worker; called by the worker's script.
#[wasm_bindgen]
pub fn enter_engine() {
    panic::listen(say_failed);
    mark_thread(ENGINE_MARK);
    heartbeat::keep(&shared().heartbeats.engine);
    let calls = Calls::default();
    listen(&calls);
    wasm_bindgen_futures::spawn_local(run(calls));
}

fn listen(calls: &Calls) {
    let calls = Rc::clone(calls);
    link::listen(move |call| calls.borrow_mut().push_back(call));
}

fn say(message: &Message) {
    link::say(message);
}

/// The last thing that the page hears from a worker that panicked.
pub(super) fn say_failed(reason: &str) {
    say(&Message::Failed { reason: reason.into() });
}

async fn run(calls: Calls) {
    let is_newest = ENGINES.enter();
    let mut session = match Session::new(RunConfig::default(), shared(), now()) {
        Ok(session) => session.with_clock(now).with_wall_clock(|| js_sys::Date::now() as u64),
        Err(error) => return say(&Message::Failed { reason: error.to_string() }),
    };
    set_mutators(session.mutators());
    let mut executor = Executor::open().await;
    session.handle_report(executor.ready());
    session.handle_report(executor.networks_ready());
    introduce(&session, executor.capabilities());
    session.publish();
    say(&Message::Ready { capabilities: executor.capabilities().clone() });
    while is_newest() {
        let begun = now_ms();
        let commanded = carry_out_waiting(&calls, &mut session, &executor).await;
        session.handle_tick(now());
        let known = executor.capabilities().webnn.clone();
        if executor.run(&mut session).await {
            say(&Message::Capabilities { capabilities: executor.capabilities().clone() });
            if executor.capabilities().webnn != known {
                introduce_networks(&session, &executor.capabilities().webnn);
            }
        }
        if commanded || session.needs_publishing() {
            session.publish();
        }
        session.take_notices().into_iter().for_each(|notice| say(&Message::Notice { notice }));
        let rest = TICK_MS - (now_ms() - begun);
        TimeoutFuture::new(rest.max(1.0).round() as u32).await;
    }
}

/// Carries out the commands that wait; true where there were any.
async fn carry_out_waiting(calls: &Calls, session: &mut Session<'_>, executor: &Executor) -> bool {
    let mut commanded = false;
    loop {
        // The borrow ends here: answers may be followed by new calls.
        let Some(Call { id, command }) = calls.borrow_mut().pop_front() else { return commanded };
        commanded = true;
        if matches!(command, Command::Start { .. } | Command::Reset) {
            recall_mutators(session).await;
        }
        let result = carry_out(command, session, executor);
        say(&Message::Answer { id, result });
    }
}

/// Lets the mutators give everything back, so that the arena is the engine's alone.
async fn recall_mutators(session: &mut Session<'_>) {
    session.recall_mutators();
    let begun = now_ms();
    while !session.mutators_are_gone() {
        if now_ms() - begun > RECALL_PATIENCE_MS {
            return session.give_up_mutators();
        }
        TimeoutFuture::new(1).await;
    }
}

fn carry_out(command: Command, session: &mut Session<'_>, executor: &Executor) -> Result<String, String> {
    let null = || Ok("null".to_owned());
    match command {
        Command::Start { config } => {
            // Before its first event, so that none is recorded in another way.
            record_as(&config);
            session.start(config, now()).map_err(|error| {
                record_as(session.config());
                set_spilling(session.config().recording_file);
                format!("`arena_bytes` cannot be had: {error}")
            })?;
            // After it: the run before is not to be kept because this one is.
            set_spilling(session.config().recording_file);
            json(session.config())
        }
        Command::Stop => {
            session.stop(now());
            null()
        }
        Command::Reset => {
            session.reset(now()).map_err(|error| error.to_string())?;
            null()
        }
        Command::SetSpeed { speed: wanted } => {
            session.set_speed(speed("speed", &wanted.into()).map_err(|error| error.to_string())?);
            null()
        }
        Command::SetLimits { limits } => json(&session.set_limits(&limits).map_err(|error| error.to_string())?),
        Command::WhatIf { limits } => json(&session.what_if(&limits).map_err(|error| error.to_string())?),
        Command::NoteBrowserMemory { bytes } => {
            session.note_browser_memory(bytes);
            null()
        }
        Command::Snapshot => {
            let created_at = String::from(js_sys::Date::new_0().to_iso_string());
            json(&session.document(executor.capabilities().clone(), created_at))
        }
        Command::PoolDetail => json(&session.pool_detail()),
        Command::Report => json(&session.report().to_string()),
        Command::LoseGpuDevice => {
            executor.lose_device()?;
            null()
        }
        Command::LoseNnContext => {
            executor.lose_context()?;
            null()
        }
    }
}

/// Tells recorder and rings what the run wants of the recording.
fn record_as(config: &RunConfig) {
    let RunConfig { recording_bytes, recording_full, recording_file, lossless, .. } = *config;
    event_log().set_limits(Limits { bytes: recording_bytes.get(), when_full: recording_full });
    shared().events.set_lossless(lossless);
    set_spilling(is_spilling() && recording_file);
}

fn json(value: &impl serde::Serialize) -> Result<String, String> {
    serde_json::to_string(value).map_err(|error| error.to_string())
}

/// The first lines of the console: what there is to work with.
fn introduce(session: &Session<'_>, capabilities: &Capabilities) {
    let arena = &session.metrics().arena;
    let line = |level, text| say(&Message::Notice { notice: Notice { time_us: 0, level, text } });
    let capacity = crate::units::Bytes::new(arena.capacity_bytes);
    let metadata = crate::units::Bytes::new(arena.metadata_bytes);
    line(Level::Info, format!("engine ready: arena {capacity} in shared memory, {metadata} of it metadata"));
    let gpu = &capabilities.webgpu;
    match (gpu.state, &gpu.adapter, &gpu.reason) {
        (Availability::Ready, Some(adapter), _) => {
            let kind = if gpu.software == Some(true) { ", a software adapter" } else { "" };
            line(Level::Info, format!("WebGPU ready: {adapter}{kind}; device bytes are our own accounting"));
        }
        (_, _, reason) => {
            let reason = reason.as_deref().unwrap_or("no reason given");
            line(Level::Warning, format!("no WebGPU ({reason}): the CPU emulates the device"));
        }
    }
    introduce_networks(session, &capabilities.webnn);
}

/// Who runs the networks, at the start and where a new context is another one.
fn introduce_networks(session: &Session<'_>, nn: &WebNnCapability) {
    let text = match (nn.state, &nn.reason) {
        (Availability::Ready, _) => {
            let device = nn.device.as_deref().unwrap_or("default");
            let largest = nn.max_tensor_bytes.map(crate::units::Bytes::new).unwrap_or_default();
            format!("WebNN ready: networks run on a context of device type {device}, tensors up to {largest}")
        }
        (_, reason) => {
            let reason = reason.as_deref().unwrap_or("no reason given");
            format!("no WebNN ({reason}): networks are emulated, {}", words(&session.metrics().nn.mode))
        }
    };
    let time_us = session.time().get();
    say(&Message::Notice { notice: Notice { time_us, level: Level::Info, text } });
}

/// A mode of emulation in words.
fn words(mode: &str) -> &str {
    match mode {
        "webgpu-emulated" => "as compute passes on the WebGPU device",
        "cpu-emulated" => "on the CPU",
        other => other,
    }
}
