//! The engine's commands: each a message, and its answer.

use super::pulse::refresh;
use crate::analysis::run::labels::run_name;
use crate::app::runs::state::ShownRun;
use crate::app::state::store::Store;
use crate::session::command::Command;
use crate::session::config::RunConfig;
use crate::telemetry::pool_detail::PoolDetail;
use leptos::prelude::*;

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
    store.engine.0.with_untracked(|engine| engine.as_ref().map(|engine| engine.start_mutators(config.mutators)));
    // What the engine says while it begins is of the new run.
    let before = show_run(store, run_name(&config));
    let answer = call(store, Command::Start { config: config.clone() }).await;
    if answer.is_err() {
        store.run.set(before);
    }
    let answer = answer?;
    let applied = serde_json::from_str(&answer).unwrap_or(config);
    store.chosen.set(applied.clone());
    store.applied.set(Some(applied.clone()));
    refresh(store);
    Ok(applied)
}

/// Counts a new run; answers with the one that was shown before.
pub(super) fn show_run(store: Store, name: String) -> ShownRun {
    let before = store.run.get_untracked();
    store.run.set(ShownRun { number: before.number + 1, name: name.into() });
    before
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

/// Both pools one by one.
///
/// # Errors
/// The engine's message for people.
pub async fn pool_detail(store: Store) -> Result<PoolDetail, String> {
    let answer = call(store, Command::PoolDetail).await?;
    serde_json::from_str(&answer).map_err(|error| error.to_string())
}

/// The budget report as text.
///
/// # Errors
/// The engine's message for people.
pub async fn report(store: Store) -> Result<String, String> {
    let answer = call(store, Command::Report).await?;
    Ok(serde_json::from_str(&answer).unwrap_or(answer))
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
