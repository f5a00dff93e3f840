//! The page's link to the engine: launch, commands, and the pulse that brings
//! its figures into the store.

use super::frame;
use super::signals::put;
use super::store::{Line, Phase, Store};
use crate::analysis::table_numbers::clock_text;
use crate::analysis::table_rate::RateMeter;
use crate::analysis::turns::Turn;
use crate::platform::engine::{Engine, Listener};
use crate::platform::failure::StartError;
use crate::platform::memory;
use crate::session::command::{Command, RecorderCommand};
use crate::session::config::RunConfig;
use crate::telemetry::arena_table::{self, ArenaTable};
use crate::telemetry::budget_table::{self, BudgetTable};
use crate::telemetry::capabilities::Capabilities;
use crate::telemetry::metrics::Metrics;
use crate::telemetry::notice::{Level, Notice};
use crate::telemetry::pool_detail::PoolDetail;
use leptos::prelude::*;
use std::future::Future;
use std::sync::Arc;

/// Text and tables follow the figures at 4 Hz: readable, and cheap.
const PULSE_MS: f64 = 250.0;
/// The browser is asked this often what the page holds.
const MEMORY_EVERY_MS: u32 = 20_000;
/// Lines the console keeps.
const LINES_KEPT: usize = 1000;

struct ToStore(Store);

impl Listener for ToStore {
    fn notice(&self, notice: Notice) {
        note(self.0, notice.level, notice.text, Some(notice.time_us));
    }

    fn capabilities(&self, capabilities: Capabilities) {
        self.0.capabilities.set(capabilities);
    }

    fn failed(&self, error: StartError) {
        note(self.0, Level::Error, error.to_string(), None);
        self.0.running.set(false);
        self.0.phase.set(Phase::Failed(error));
    }
}

/// Starts the engine and, once it is up, puts it into the store.
///
/// # Errors
/// Why there is no engine; the store's phase says it too.
pub async fn launch(store: Store) -> Result<(), StartError> {
    match Engine::launch(ToStore(store)).await {
        Ok(engine) => {
            store.capabilities.set(engine.capabilities());
            store.engine.0.set(Some(engine));
            store.phase.set(Phase::Ready);
            watch_browser_memory(store);
            Ok(())
        }
        Err(error) => {
            note(store, Level::Error, error.to_string(), None);
            store.phase.set(Phase::Failed(error.clone()));
            Err(error)
        }
    }
}

/// Adds a line to the console, under the wall clock. It is shown with the next others:
/// see [`show_lines`].
pub fn note(store: Store, level: Level, text: impl Into<String>, engine_us: Option<u64>) {
    let text = text.into();
    let clock = wall_clock();
    store.lines.update_untracked(|lines| {
        let number = lines.last().map_or(1, |line| line.number + 1);
        if lines.len() == LINES_KEPT {
            lines.remove(0);
        }
        lines.push(Arc::new(Line { number, clock, engine_us, level, text }));
    });
}

/// Shows the lines that came, for as long as the current owner lives: a storm has dozens
/// a second, and each would bring the whole list up to date.
pub fn show_lines(store: Store) {
    let newest = move || store.lines.with_untracked(|lines| lines.last().map_or(0, |line| line.number));
    let mut shown = newest();
    every(PULSE_MS, move |_| {
        if core::mem::replace(&mut shown, newest()) != newest() {
            store.lines.notify();
        }
    });
}

/// The time of day, as the console and lists show it.
pub fn wall_clock() -> String {
    let now = js_sys::Date::new_0();
    clock_text(now.get_hours(), now.get_minutes(), now.get_seconds(), now.get_milliseconds())
}

/// Sends a command and awaits the answer.
///
/// # Errors
/// The engine's message for people.
pub async fn call(store: Store, command: Command) -> Result<String, String> {
    let engine = store.engine.0.get_untracked();
    match engine {
        Some(engine) => engine.call(command).await,
        None => Err("the engine is not running".into()),
    }
}

/// Begins a run, and makes the toolbar say what runs.
///
/// # Errors
/// The engine's message for people.
pub async fn start(store: Store, config: RunConfig) -> Result<RunConfig, String> {
    store.engine.0.with_untracked(|engine| engine.as_ref().map(|engine| engine.hire(config.mutators)));
    let answer = call(store, Command::Start { config: config.clone() }).await?;
    let applied = serde_json::from_str(&answer).unwrap_or(config);
    store.chosen.set(applied.clone());
    store.applied.set(Some(applied.clone()));
    refresh(store);
    Ok(applied)
}

/// Ends the run.
///
/// # Errors
/// The engine's message for people.
pub async fn stop(store: Store) -> Result<(), String> {
    call(store, Command::Stop).await?;
    refresh(store);
    Ok(())
}

/// Drops everything and zeroes every figure.
///
/// # Errors
/// The engine's message for people.
pub async fn reset(store: Store) -> Result<(), String> {
    call(store, Command::Reset).await?;
    refresh(store);
    Ok(())
}

/// Changes the speed of the run in progress.
///
/// # Errors
/// The engine's message for people.
pub async fn set_speed(store: Store, speed: f64) -> Result<(), String> {
    call(store, Command::SetSpeed { speed }).await?;
    store.applied.update(|applied| {
        if let Some(run) = applied {
            run.speed = speed;
        }
    });
    Ok(())
}

/// Changes limits of the budget; answers with all of them, as JSON text.
///
/// # Errors
/// The engine's message for people.
pub async fn set_limits(store: Store, limits: serde_json::Value) -> Result<String, String> {
    let answer = call(store, Command::SetLimits { limits }).await?;
    refresh(store);
    Ok(answer)
}

/// What the run so far would have been under these limits, as JSON text.
///
/// # Errors
/// The engine's message for people.
pub async fn what_if(store: Store, limits: serde_json::Value) -> Result<String, String> {
    call(store, Command::WhatIf { limits }).await
}

/// The budget's tags and newest events.
pub fn budget_table(store: Store) -> BudgetTable {
    let engine = store.engine.0.get_untracked();
    engine.map(|engine| budget_table::read(&engine.shared().budget_table)).unwrap_or_default()
}

/// Both pools one by one.
///
/// # Errors
/// The engine's message for people.
pub async fn pool_detail(store: Store) -> Result<PoolDetail, String> {
    let answer = call(store, Command::PoolDetail).await?;
    serde_json::from_str(&answer).map_err(|error| error.to_string())
}

/// The arena's newest refusals and stray writes.
pub fn arena_table(store: Store) -> ArenaTable {
    let engine = store.engine.0.get_untracked();
    engine.map(|engine| arena_table::read(&engine.shared().arena_table)).unwrap_or_default()
}

/// Asks the browser now and then what the page holds, and tells the engine.
/// Answers come seconds later, after a garbage collection, so it is rare; a
/// browser without the interface is asked once.
pub fn watch_browser_memory(store: Store) {
    leptos::task::spawn_local(async move {
        while let Some(bytes) = memory::measure().await {
            // An engine that stopped says so elsewhere.
            let _ = call(store, Command::NoteBrowserMemory { bytes: Some(bytes) }).await;
            gloo_timers::future::TimeoutFuture::new(MEMORY_EVERY_MS).await;
        }
    });
}

/// Asks the driver's part to fail: the device is lost, and comes back.
///
/// # Errors
/// The engine's message for people.
pub async fn lose_gpu_device(store: Store) -> Result<(), String> {
    call(store, Command::LoseGpuDevice).await.map(drop)
}

/// Destroys the WebNN context: it is lost, and comes back.
///
/// # Errors
/// The engine's message for people.
pub async fn lose_nn_context(store: Store) -> Result<(), String> {
    call(store, Command::LoseNnContext).await.map(drop)
}

/// Asks the recorder; answers with JSON text.
///
/// # Errors
/// The recorder's message for people.
async fn call_recorder(store: Store, command: RecorderCommand) -> Result<String, String> {
    let engine = store.engine.0.get_untracked();
    match engine {
        Some(engine) => engine.call_recorder(command).await,
        None => Err("the engine is not running".into()),
    }
}

/// The recordings in the browser's storage, as JSON text.
///
/// # Errors
/// The browser's refusal.
pub async fn recordings(store: Store) -> Result<String, String> {
    call_recorder(store, RecorderCommand::Recordings).await
}

/// Writes what memory holds of the newest run into a file; answers with its name
/// and size, as JSON text.
///
/// # Errors
/// The browser's refusal, for example where its storage is full: no file is left.
pub async fn save_recording(store: Store) -> Result<String, String> {
    call_recorder(store, RecorderCommand::Save).await
}

/// Ends the run and reads a file as the newest one; answers with what came of it,
/// as JSON text.
///
/// # Errors
/// A name that does not exist, or a file that is no recording.
pub async fn open_recording(store: Store, name: String) -> Result<String, String> {
    stop(store).await?;
    let before = store.opened.get_untracked();
    // Not before all of it is read: its end is shown then.
    store.opened.set(None);
    let answer = call_recorder(store, RecorderCommand::Open { name: name.clone() }).await;
    store.opened.set(if answer.is_ok() { Some(name) } else { before });
    answer
}

/// Deletes a file.
///
/// # Errors
/// A name that does not exist, or is in use.
pub async fn delete_recording(store: Store, name: String) -> Result<(), String> {
    call_recorder(store, RecorderCommand::Delete { name }).await.map(drop)
}

/// The budget report as text.
///
/// # Errors
/// The engine's message for people.
pub async fn report(store: Store) -> Result<String, String> {
    let answer = call(store, Command::Report).await?;
    Ok(serde_json::from_str(&answer).unwrap_or(answer))
}

/// Runs something that may fail, on the page thread; a failure becomes a line
/// of the console.
pub fn spawn(store: Store, work: impl Future<Output = Result<(), String>> + 'static) {
    leptos::task::spawn_local(async move {
        if let Err(reason) = work.await {
            note(store, Level::Error, reason, None);
        }
    });
}

/// The newest figures the engine published, straight from shared memory.
pub fn newest_metrics(store: Store) -> Option<Metrics> {
    let engine = store.engine.0.get_untracked()?;
    serde_json::from_str(&engine.shared().metrics.read_text()?).ok()
}

/// Brings the newest figures into the store now.
pub fn refresh(store: Store) {
    if let Some(metrics) = newest_metrics(store) {
        // The last figures of an engine that stopped still say that it runs.
        let running = metrics.running && store.phase.with_untracked(|phase| *phase == Phase::Ready);
        put(store.running, running);
        store.metrics.set(metrics);
    }
}

/// Keeps the store fresh for as long as the current owner lives.
pub fn pulse(store: Store) {
    let mut seen = None;
    let mut rate = RateMeter::default();
    every(PULSE_MS, move |now_ms| {
        let Some(engine) = store.engine.0.get_untracked() else { return };
        let (shared, cost) = (engine.shared(), frame::timings());
        shared.page.set(cost.frame_ms_p95, cost.script_ms_p95);
        let number = shared.metrics.number();
        if seen != Some(number) {
            seen = Some(number);
            refresh(store);
        }
        let log = engine.event_log();
        let per_second = rate.per_second(now_ms, log.events().end + log.figures().refused);
        put(store.events_per_second, per_second);
    });
}

/// Calls `work` at most once in `interval_ms`, from the page's frame loop, for
/// as long as the current owner lives; the first time at the next frame, then in
/// turn with others.
pub fn every(interval_ms: f64, mut work: impl FnMut(f64) + 'static) {
    let mut turn = Turn::new();
    frame::on_frame(move |frame| {
        if frame::takes_turn(&mut turn, frame.now_ms, interval_ms) {
            work(frame.now_ms);
        }
    });
}
